"""An engine that may only play opens no microphone, says why, and plays."""

import pytest

from tests.voice.fake_sound import FakeSound
from tuichat.voice.device import AudioBackendError
from tuichat.voice.engine import sound_system
from tuichat.voice.engine_process import NO_MICROPHONE_VARIABLE
from tuichat.voice.listening_only import ListeningOnly


def test_it_opens_no_microphone_and_says_why() -> None:
    sound = FakeSound()
    with pytest.raises(AudioBackendError, match="nobody would see it"):
        ListeningOnly(sound, "nobody would see it").open_input("", lambda chunk: None)
    assert sound.opened == []


def test_all_else_is_as_it_was() -> None:
    sound = FakeSound()
    listening = ListeningOnly(sound, "")
    assert listening.list_devices() == sound.list_devices()
    assert listening.version() == sound.version()
    assert listening.open_output("speaker", lambda: b"").name == "speaker"
    assert sound.opened == [("output", "speaker")]


def test_an_engine_is_told_so_by_its_environment() -> None:
    assert isinstance(sound_system({NO_MICROPHONE_VARIABLE: "a reason"}), ListeningOnly)
    assert not isinstance(sound_system({NO_MICROPHONE_VARIABLE: ""}), ListeningOnly)
