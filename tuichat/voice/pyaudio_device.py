"""Audio devices found through PortAudio, by PyAudio."""

import contextlib
import os
import re
import sys
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Final

from tuichat.translation import N_, _
from tuichat.voice.device import AudioBackendError, AudioDevice, DeviceList, OpenStream, ServerReach
from tuichat.voice.pulse_connection import asked_latency_ms, environment
from tuichat.voice.pulse_devices import pulse_devices, watch_pulse
from tuichat.voice.sample_queues import CHUNK_SAMPLES

MAX_DEVICES = 128  # of taste: PortAudio's ALSA layer may list dozens of aliases, more is noise
MAX_NAME_CHARACTERS = 200
RATE_HZ: Final = 48_000

NO_DEVICES = N_(
    "no sound devices: there is no sound card, and no sound server (PulseAudio or PipeWire) answers; "
    "start one or set PULSE_SERVER"
)
NO_DEVICES_OVER_SSH = N_(
    "no sound devices: there is no sound card here; log in by `tuichat ssh` in place of `ssh` to have the sound of the machine "
    "you sit at, or set PULSE_SERVER to a sound server that answers"
)
NO_INPUT = N_("there is no microphone: plug one in, or choose another input; you hear the others meanwhile")
NO_OUTPUT = N_("there is no speaker: plug one in, or choose another output")
NO_PLUGIN = N_(
    "ALSA has no way to the sound server: install its plugins (Debian and Ubuntu: libasound2-plugins; "
    "Fedora: alsa-plugins-pulseaudio; Arch: pulseaudio-alsa or pipewire-alsa)"
)
_NOT_OPENED: Final = {
    "input": N_("the microphone cannot be opened: {reason}"),
    "output": N_("the speaker cannot be opened: {reason}"),
}
_ENVIRONMENT: Final = {name: os.environ.get(name, "") for name in ("PULSE_SOURCE", "PULSE_SINK")}  # the user's own
_opening = (
    threading.Lock()
)  # PortAudio is not thread-safe; the environment and descriptor 2 belong to the whole process

HOW_TO_INSTALL = N_(
    "run `make voice` in a checkout, or install the PortAudio and Opus headers (Debian and Ubuntu: portaudio19-dev libopus-dev) "
    "and then the extra: pip install 'tuichat[voice]'"
)
OVER_SSH = N_(
    "over SSH none of it is needed here: log in by `tuichat ssh` in place of `ssh`, and the sound is that of the machine "
    "you sit at; for sound on this one, {how}"
)
NOT_LISTED = N_("the sound devices cannot be listed: {reason}")


def not_installed(library: str) -> str:
    """Return the sentence for a library of sound that is missing."""
    return _("{library} is not installed: {how}").format(library=library, how=_how_to_install())


def not_loaded(library: str, error: Exception) -> str:
    """Return the sentence for a library of sound that is there and does not work."""
    return _("{library} cannot be loaded ({error}): {how}").format(library=library, error=error, how=_how_to_install())


def no_devices() -> str:
    """Return the sentence for a machine without microphone and speaker."""
    return _(NO_DEVICES_OVER_SSH) if _is_over_ssh() else _(NO_DEVICES)


def _how_to_install() -> str:
    how = _(HOW_TO_INSTALL)
    return _(OVER_SSH).format(how=how) if _is_over_ssh() else how


def _is_over_ssh() -> bool:
    return bool(os.environ.get("SSH_CONNECTION"))


class PyAudioBackend:
    """PortAudio's view of the sound system, initialised anew for every listing so that it is never stale."""

    def version(self) -> str:
        """Return PortAudio's version, such as `19.7.0`."""
        text = _pyaudio().get_portaudio_version_text()
        found = re.search(r"V(\d+\.\d+\.\d+)", text)
        return found.group(1) if found else text[:MAX_NAME_CHARACTERS]

    def list_devices(self) -> DeviceList:
        """Return the sound server's devices where one answers, else what PortAudio finds."""
        pyaudio = _pyaudio()
        return pulse_devices() or self._portaudio_devices(pyaudio)

    def open_input(self, key: str, take: Callable[[bytes], None]) -> OpenStream:
        """Record from a device; see SoundSystem."""
        return PyAudioStream.recording(_pyaudio(), key, take)

    def open_output(self, key: str, give: Callable[[], bytes]) -> OpenStream:
        """Play to a device; see SoundSystem."""
        return PyAudioStream.playing(_pyaudio(), key, give)

    def watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Follow the sound server's devices; PortAudio alone tells nothing, its dead streams are noticed by silence."""
        return watch_pulse(on_change)

    def _portaudio_devices(self, pyaudio: ModuleType) -> DeviceList:
        with _opening, silenced_stderr():
            try:
                audio = pyaudio.PyAudio()
            except OSError as error:
                raise AudioBackendError(_("PortAudio cannot start: {reason}").format(reason=error)) from error
            try:
                return _enumerate(audio)
            except OSError as error:  # a device that vanishes meanwhile
                raise AudioBackendError(_(NOT_LISTED).format(reason=_reason(error))) from error
            finally:
                audio.terminate()


class PyAudioStream:
    """One direction of one device. Each stream has a PortAudio of its own count: the last one ends the library."""

    def __init__(self, pyaudio: ModuleType, key: str, *, is_input: bool, callback: Any) -> None:
        direction = "input" if is_input else "output"
        with _opening, silenced_stderr():
            pulse = pulse_devices()
            try:
                self._audio = pyaudio.PyAudio()
            except OSError as error:
                raise AudioBackendError(_("PortAudio cannot start: {reason}").format(reason=error)) from error
            try:
                device = _choose(self._audio, pulse, key, is_input=is_input)
                _choose_behind_pulse("PULSE_SOURCE" if is_input else "PULSE_SINK", key if pulse is not None else "")
                with _latency(pulse.reach if pulse is not None else None, is_input=is_input) as way_ms:
                    self._stream = self._audio.open(
                        RATE_HZ,
                        1,
                        pyaudio.paInt16,
                        frames_per_buffer=CHUNK_SAMPLES,
                        stream_callback=callback,
                        **{direction: True, f"{direction}_device_index": device},
                    )
                latency_s = getattr(self._stream, f"get_{direction}_latency")()
                self.name = _name(self._audio, pulse, key, device, is_input=is_input)
            except (OSError, ValueError) as error:
                self._audio.terminate()
                raise AudioBackendError(_(_NOT_OPENED[direction]).format(reason=_reason(error))) from error
            except AudioBackendError:
                self._audio.terminate()
                raise
        self.delay_ms = max(round(1000 * latency_s), way_ms)

    @classmethod
    def recording(cls, pyaudio: ModuleType, key: str, take: Callable[[bytes], None]) -> "PyAudioStream":
        go_on = (None, pyaudio.paContinue)

        def callback(data: bytes, frames: int, times: object, status: int) -> tuple[None, int]:
            take(data)
            return go_on

        return cls(pyaudio, key, is_input=True, callback=callback)

    @classmethod
    def playing(cls, pyaudio: ModuleType, key: str, give: Callable[[], bytes]) -> "PyAudioStream":
        go_on = pyaudio.paContinue

        def callback(data: None, frames: int, times: object, status: int) -> tuple[bytes, int]:
            return give(), go_on

        return cls(pyaudio, key, is_input=False, callback=callback)

    def is_alive(self) -> bool:
        try:
            return bool(self._stream.is_active())
        except OSError:
            return False

    def close(self) -> None:
        """Abort rather than stop, which would wait until all is played."""
        with _opening:
            with contextlib.suppress(OSError):
                self._stream.close()
            self._audio.terminate()


def _choose_behind_pulse(variable: str, key: str) -> None:
    """Say which device is meant behind PortAudio's one: libpulse and PipeWire read it when a stream connects."""
    for name, value in ((variable, key or _ENVIRONMENT[variable]), ("PIPEWIRE_NODE", key)):
        if value:
            os.environ[name] = value
        else:
            os.environ.pop(name, None)


@contextlib.contextmanager
def _latency(reach: ServerReach | None, *, is_input: bool) -> Iterator[int]:
    """Have a distant sound server hold as much as it needs of the stream that is opened meanwhile; yield the way's delay in ms.

    Only what is played is asked for over a round trip. What is recorded comes by itself, and would only come later. The
    user's own PULSE_LATENCY_MSEC holds for both, as in every program.
    """
    own_ms = asked_latency_ms()
    if reach is None:
        yield own_ms
    elif is_input:
        yield own_ms + round(reach.round_trip_ms / 2)
    elif own_ms or not reach.needed_ms:
        yield own_ms
    else:
        with environment("PULSE_LATENCY_MSEC", str(reach.needed_ms)):
            yield reach.needed_ms


def _choose(audio: Any, pulse: DeviceList | None, key: str, *, is_input: bool) -> int:
    """Return PortAudio's number of the device, raising AudioBackendError where there is none."""
    if pulse is not None:
        if not (pulse.inputs if is_input else pulse.outputs):
            raise AudioBackendError(_(NO_INPUT if is_input else NO_OUTPUT))
        numbers = {audio.get_device_info_by_index(index)["name"]: index for index in range(audio.get_device_count())}
        for name in ("pulse", "pipewire"):
            if name in numbers:
                return int(numbers[name])
        # ALSA's own devices would be in the sound server's hands already.
        if sys.platform == "linux":
            raise AudioBackendError(_(NO_PLUGIN))
    found = _enumerate(audio)
    devices = found.inputs if is_input else found.outputs
    for device in devices:
        if (device.key == key) if key else device.is_default:
            return device.index
    if devices:
        return devices[0].index
    if not (found.inputs or found.outputs):
        raise AudioBackendError(no_devices())
    raise AudioBackendError(_(NO_INPUT if is_input else NO_OUTPUT))


def _name(audio: Any, pulse: DeviceList | None, key: str, index: int, *, is_input: bool) -> str:
    if pulse is not None:
        for device in pulse.inputs if is_input else pulse.outputs:
            if (device.key == key) if key else device.is_default:
                return device.name
    return str(audio.get_device_info_by_index(index)["name"])[:MAX_NAME_CHARACTERS]


def _reason(error: Exception) -> str:
    """PyAudio's OSError carries PortAudio's number and text, in either order."""
    texts = [part for part in error.args if isinstance(part, str)]
    return texts[0] if texts else str(error)


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
            raise AudioBackendError(not_installed("PyAudio")) from error
        raise AudioBackendError(not_loaded("PyAudio", error)) from error
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
                        key=str(info["name"])[:MAX_NAME_CHARACTERS],
                    )
                )
    return DeviceList(inputs=tuple(inputs), outputs=tuple(outputs))


def _default_index(ask: Any) -> int | None:
    try:
        return int(ask()["index"])
    except OSError:  # PortAudio's way to say that there is none
        return None
