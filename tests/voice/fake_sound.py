"""A sound system that is a plain object: a test gives the microphone's chunks and asks for the speaker's."""

import threading
from collections.abc import Callable

from tuichat.voice.device import AudioBackendError, AudioDevice, DeviceList

MICROPHONE = AudioDevice(0, "Microphone", "ALSA", 1, 48000.0, is_default=True, key="mic")
HEADSET = AudioDevice(1, "Headset", "ALSA", 1, 48000.0, key="headset")
SPEAKER = AudioDevice(2, "Speaker", "ALSA", 2, 44100.0, is_default=True, key="speaker")


class FakeStream:
    def __init__(self, name: str) -> None:
        self.name = name
        self.delay_ms = 20
        self.is_running = True
        self.is_closed = False

    def is_alive(self) -> bool:
        return self.is_running

    def close(self) -> None:
        self.is_closed = True


class FakeSound:
    """Answers as SoundSystem does. `input_stream` and `output_stream` are those opened last."""

    def __init__(
        self,
        found: DeviceList | Exception = DeviceList((MICROPHONE, HEADSET), (SPEAKER,)),  # noqa: B008 - frozen
        version: str | AudioBackendError = "19.7.0",
    ) -> None:
        self.found = found
        self.found_version = version
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.opened: list[tuple[str, str]] = []
        self.refusal: str | None = None
        self.input_stream: FakeStream | None = None
        self.output_stream: FakeStream | None = None
        self.take: Callable[[bytes], None] = lambda chunk: None
        self.give: Callable[[], bytes] = lambda: b""
        self.changed: Callable[[], None] = lambda: None
        self.happened = threading.Condition()

    def version(self) -> str:
        if isinstance(self.found_version, AudioBackendError):
            raise self.found_version
        return self.found_version

    def list_devices(self) -> DeviceList:
        assert self.may_answer.wait(10)
        if isinstance(self.found, Exception):
            raise self.found
        return self.found

    def open_input(self, key: str, take: Callable[[bytes], None]) -> FakeStream:
        self.take = take
        self.input_stream = self._open("input", key)
        return self.input_stream

    def open_output(self, key: str, give: Callable[[], bytes]) -> FakeStream:
        self.give = give
        self.output_stream = self._open("output", key)
        return self.output_stream

    def watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        self.changed = on_change
        return lambda: None

    def _open(self, place: str, key: str) -> FakeStream:
        with self.happened:
            self.opened.append((place, key))
            self.happened.notify_all()
        if self.refusal is not None:
            raise AudioBackendError(self.refusal)
        return FakeStream(key or "default")
