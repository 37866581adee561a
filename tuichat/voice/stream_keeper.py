"""Opens, closes and heals the two streams on a thread of its own, since the sound system may block for seconds."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import Final, Literal

import msgspec

from tuichat.translation import N_, _
from tuichat.voice.device import AudioBackendError, DeviceList, OpenStream, SoundSystem
from tuichat.voice.pulse_connection import FARTHER_MS
from tuichat.voice.sample_queues import CaptureQueue, PlaybackQueue
from tuichat.voice.stream_health import StreamHealth

log = logging.getLogger(__name__)

LOOK_S: Final = 0.25

Place = Literal["input", "output"]


class StreamOpened(msgspec.Struct, frozen=True):
    """A device is in use from now on."""

    place: Place
    name: str
    delay_ms: int


class StreamClosed(msgspec.Struct, frozen=True):
    """A device was given back, by `problem` against our will."""

    place: Place
    problem: str | None = None


class DevicesChanged(msgspec.Struct, frozen=True):
    """Devices came, went or became the default."""


StreamNews = StreamOpened | StreamClosed | DevicesChanged


class _Direction:
    def __init__(self, place: Place) -> None:
        self.place = place
        self.health = StreamHealth()
        self.wanted: str | None = None
        self.opened_for: str | None = None
        self.stream: OpenStream | None = None
        self.problem: str | None = None


class StreamKeeper:
    """Keeps open what is wanted. `on_news` is called on the keeper's thread."""

    def __init__(
        self,
        sound: SoundSystem,
        capture: CaptureQueue,
        playback: PlaybackQueue,
        on_news: Callable[[StreamNews], None],
        *,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sound = sound
        self._capture = capture
        self._playback = playback
        self._on_news = on_news
        self._now_s = now_s
        self._input = _Direction("input")
        self._output = _Direction("output")
        self._devices: DeviceList | None = None
        self._have_changed = threading.Event()
        self._look = threading.Event()
        self._is_over = False
        self._thread: threading.Thread | None = None

    def want(self, input_key: str | None, output_key: str | None) -> None:
        """Say which devices are to be open, None for closed and "" for the default; returns at once."""
        self._input.wanted = input_key
        self._output.wanted = output_key
        if self._thread is None and (input_key is not None or output_key is not None):
            self._thread = threading.Thread(target=self._run, name="audio-streams", daemon=True)
            self._thread.start()
        self._look.set()

    def close(self, timeout_s: float = 2.0) -> None:
        """Give both devices back; a sound system that blocks is left behind after the timeout."""
        self._is_over = True
        self._look.set()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        stop_watching = self._sound.watch(self._devices_changed)
        self._have_changed.set()
        try:
            while not self._is_over:
                is_idle = self._input.wanted is None and self._output.wanted is None
                self._look.wait(None if is_idle and not self._is_open() else LOOK_S)
                self._look.clear()
                if self._is_over:
                    return
                self._go_round()
        finally:
            stop_watching()
            for direction in (self._input, self._output):
                with contextlib.suppress(Exception):  # nobody is left to tell
                    self._close(direction, None)

    def _go_round(self) -> None:
        if self._have_changed.is_set():
            self._have_changed.clear()
            self._devices = self._listed()
            for direction in (self._input, self._output):
                direction.health.hurry()
            if self._output.stream is not None and self._holds_too_little(self._output.stream):
                self._close(self._output, None)
        for direction in (self._output, self._input):
            try:
                self._tend(direction)
            except Exception as error:
                # The thread's outermost place: as a device vanishes the library raises what it likes.
                log.exception("the %s could not be tended", direction.place)
                direction.stream = None
                direction.health.failed(self._now_s())
                reason = f"{type(error).__name__}: {error}"
                self._tell_problem(direction, _("the sound system fails: {reason}").format(reason=reason)[:300])

    def _holds_too_little(self, stream: OpenStream) -> bool:
        """Whether the sound server is farther away by now than it was as this stream was opened."""
        reach = self._devices.reach if self._devices is not None else None
        return reach is not None and reach.asked_ms > stream.delay_ms + FARTHER_MS

    def _is_open(self) -> bool:
        return self._input.stream is not None or self._output.stream is not None

    def _devices_changed(self) -> None:
        self._have_changed.set()
        self._look.set()
        self._on_news(DevicesChanged())

    def _listed(self) -> DeviceList | None:
        try:
            return self._sound.list_devices()
        except AudioBackendError:
            return None
        except Exception:
            log.exception("the sound devices could not be listed")
            return None

    def _tell_problem(self, direction: _Direction, problem: str) -> None:
        if direction.problem != problem:
            direction.problem = problem
            self._on_news(StreamClosed(direction.place, problem=problem))

    def _tend(self, direction: _Direction) -> None:
        """Bring one direction closer to what is wanted."""
        now_s = self._now_s()
        key = self._there(direction)
        if direction.stream is not None:
            if key is None or key != direction.opened_for:
                self._close(direction, None)
            elif not direction.stream.is_alive() or direction.health.is_stalled(now_s, self._count(direction)):
                self._close(direction, _(_SILENT[direction.place]))
                direction.health.failed(now_s)
        if key is None:
            direction.problem = None
        elif direction.stream is None and direction.health.may_open(now_s):
            self._open(direction, key)

    def _there(self, direction: _Direction) -> str | None:
        """Return the wanted device, or the default in place of one that is gone."""
        key = direction.wanted
        if not key or self._devices is None:
            return key
        known = self._devices.inputs if direction.place == "input" else self._devices.outputs
        return key if any(device.key == key for device in known) else ""

    def _count(self, direction: _Direction) -> int:
        return (self._capture if direction.place == "input" else self._playback).count

    def _open(self, direction: _Direction, key: str) -> None:
        try:
            if direction.place == "input":
                stream = self._sound.open_input(key, self._capture.put)
            else:
                stream = self._sound.open_output(key, self._playback.next)
        except AudioBackendError as error:
            direction.health.failed(self._now_s())
            self._tell_problem(direction, str(error))
            return
        direction.stream = stream
        direction.opened_for = key
        direction.problem = None
        direction.health.opened(self._now_s(), self._count(direction))
        self._on_news(StreamOpened(direction.place, stream.name, stream.delay_ms))

    def _close(self, direction: _Direction, problem: str | None) -> None:
        if direction.stream is None:
            return
        stream, direction.stream = direction.stream, None
        direction.opened_for = None
        direction.problem = problem
        stream.close()
        self._on_news(StreamClosed(direction.place, problem))


_SILENT: Final[dict[Place, str]] = {
    "input": N_("the microphone has stopped giving sound; it is opened again"),
    "output": N_("the speaker has stopped taking sound; it is opened again"),
}
