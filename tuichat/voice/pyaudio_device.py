"""Audio devices found through PortAudio, by PyAudio."""

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

from tuichat.voice.device import AudioBackendError, AudioDevice, DeviceList

MAX_DEVICES = 128  # of taste: PortAudio's ALSA layer may list dozens of aliases, more is noise
MAX_NAME_CHARACTERS = 200

HOW_TO_INSTALL = (
    "run `make voice` in a checkout, or install the PortAudio and Opus headers (Debian and Ubuntu: portaudio19-dev libopus-dev) "
    "and then the extra: pip install 'tuichat[voice]'"
)


class PyAudioBackend:
    """PortAudio's view of the sound system, initialised anew for every listing so that it is never stale."""

    def version(self) -> str:
        """Return PortAudio's version, such as `19.7.0`."""
        text = _pyaudio().get_portaudio_version_text()
        found = re.search(r"V(\d+\.\d+\.\d+)", text)
        return found.group(1) if found else text[:MAX_NAME_CHARACTERS]

    def list_devices(self) -> DeviceList:
        pyaudio = _pyaudio()
        with silenced_stderr():
            try:
                audio = pyaudio.PyAudio()
            except OSError as error:
                raise AudioBackendError(f"PortAudio cannot start: {error}") from error
            try:
                return _enumerate(audio)
            finally:
                audio.terminate()


@contextlib.contextmanager
def silenced_stderr() -> Iterator[None]:
    """Send file descriptor 2 to nowhere: ALSA and JACK write a hundred lines there, past Python's sys.stderr.

    It holds for the whole process, other threads included.
    """
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)


def _pyaudio() -> ModuleType:
    try:
        import pyaudio
    except ImportError as error:
        # PyAudio raises it too when its C part is there but libportaudio.so.2 is not.
        if error.name == "pyaudio":
            raise AudioBackendError(f"PyAudio is not installed: {HOW_TO_INSTALL}") from error
        raise AudioBackendError(f"PyAudio cannot be loaded ({error}): {HOW_TO_INSTALL}") from error
    module: ModuleType = pyaudio
    return module


def _enumerate(audio: Any) -> DeviceList:
    default_input = _default_index(audio.get_default_input_device_info)
    default_output = _default_index(audio.get_default_output_device_info)
    inputs: list[AudioDevice] = []
    outputs: list[AudioDevice] = []
    for index in range(min(audio.get_device_count(), MAX_DEVICES)):
        info = audio.get_device_info_by_index(index)
        host_api = audio.get_host_api_info_by_index(info["hostApi"])["name"]
        for devices, channels_key, default in (
            (inputs, "maxInputChannels", default_input),
            (outputs, "maxOutputChannels", default_output),
        ):
            channels = int(info[channels_key])
            if channels > 0:
                devices.append(
                    AudioDevice(
                        index=index,
                        name=str(info["name"])[:MAX_NAME_CHARACTERS],
                        host_api=str(host_api)[:MAX_NAME_CHARACTERS],
                        channels=channels,
                        default_sample_rate_hz=float(info["defaultSampleRate"]),
                        is_default=index == default,
                    )
                )
    return DeviceList(inputs=tuple(inputs), outputs=tuple(outputs))


def _default_index(ask: Any) -> int | None:
    try:
        return int(ask()["index"])
    except OSError:  # PortAudio's way to say that there is none
        return None
