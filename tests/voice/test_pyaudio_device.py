"""PortAudio's listing, against a module that stands in for PyAudio."""

import os
import sys
from types import ModuleType

import pytest

from tuichat.voice.device import AudioBackendError
from tuichat.voice.pyaudio_device import PyAudioBackend, no_devices, not_installed, silenced_stderr


class FakePyAudio:
    """Two devices, a microphone and a headset, and no default output."""

    DEVICES = (
        {"name": "Mic", "hostApi": 0, "maxInputChannels": 1, "maxOutputChannels": 0, "defaultSampleRate": 48000.0},
        {"name": "Headset", "hostApi": 0, "maxInputChannels": 1, "maxOutputChannels": 2, "defaultSampleRate": 44100.0},
    )

    def __init__(self) -> None:
        os.write(2, b"ALSA lib confmisc.c: a hundred lines of this\n")

    def get_default_input_device_info(self) -> dict[str, object]:
        return {"index": 1}

    def get_default_output_device_info(self) -> dict[str, object]:
        raise OSError("No Default Output Device Available")

    def get_device_count(self) -> int:
        return len(self.DEVICES)

    def get_device_info_by_index(self, index: int) -> dict[str, object]:
        return self.DEVICES[index]

    def get_host_api_info_by_index(self, index: int) -> dict[str, object]:
        return {"name": "ALSA"}

    def terminate(self) -> None:
        os.write(2, b"ALSA lib: and more at the end\n")


@pytest.fixture
def fake_library(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    module = ModuleType("pyaudio")
    module.PyAudio = FakePyAudio  # type: ignore[attr-defined]
    module.get_portaudio_version_text = lambda: "PortAudio V19.7.0-devel, revision 147dd722"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pyaudio", module)
    return module


@pytest.mark.usefixtures("fake_library")
def test_devices_are_sorted_by_direction_with_their_defaults() -> None:
    found = PyAudioBackend().list_devices()
    assert [(device.index, device.name, device.is_default) for device in found.inputs] == [
        (0, "Mic", False),
        (1, "Headset", True),
    ]
    assert [(device.index, device.channels, device.is_default) for device in found.outputs] == [(1, 2, False)]


@pytest.mark.usefixtures("fake_library")
def test_what_portaudio_writes_does_not_reach_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    PyAudioBackend().list_devices()
    os.write(2, b"after\n")
    assert capfd.readouterr().err == "after\n"


def test_stderr_comes_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(OSError, match="no"), silenced_stderr():
        raise OSError("no")
    os.write(2, b"heard\n")
    assert capfd.readouterr().err == "heard\n"


@pytest.mark.usefixtures("fake_library")
def test_the_version_is_the_number_in_portaudios_text() -> None:
    assert PyAudioBackend().version() == "19.7.0"


def test_portaudio_that_cannot_start_is_an_error_in_words(fake_library: ModuleType) -> None:
    def broken() -> None:
        raise OSError("Internal PortAudio error")

    fake_library.PyAudio = broken  # type: ignore[attr-defined]
    with pytest.raises(AudioBackendError, match="PortAudio cannot start: Internal PortAudio error"):
        PyAudioBackend().list_devices()


def test_a_missing_library_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyaudio", None)
    with pytest.raises(AudioBackendError, match=r"portaudio19-dev libopus-dev.*pip install 'tuichat\[voice\]'"):
        PyAudioBackend().version()


def test_over_ssh_the_laptops_sound_is_what_to_take(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "tuichat ssh" not in not_installed("PyAudio") + no_devices()
    monkeypatch.setenv("SSH_CONNECTION", "192.0.2.7 50000 192.0.2.1 22")
    assert "log in by `tuichat ssh` in place of `ssh`" in not_installed("PyAudio")
    assert "log in by `tuichat ssh` in place of `ssh`" in no_devices()
