"""What is told of the audio engine."""

import pytest

from tuichat.voice.device import AudioDevice, DeviceList
from tuichat.voice.engine_state import EngineReady

DEVICE = AudioDevice(0, "Headset", "pulse", 1, 48000.0)


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "1 microphone, 1 speaker"), (2, "2 microphones, 2 speakers"), (0, "0 microphones, 0 speakers")],
)
def test_devices_are_counted_in_words_that_agree(count: int, words: str) -> None:
    devices = DeviceList(inputs=(DEVICE,) * count, outputs=(DEVICE,) * count)
    state = EngineReady(1, "tuichat 1", 2, (), {"opus": "1.3.1"}, devices=devices)
    assert state.sentence == f"voice engine: tuichat 1, protocol 2, opus 1.3.1; {words}"
