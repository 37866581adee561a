"""Lines on their way to a plugin that may not read them: bounded, and written without ever waiting for it."""

import asyncio
import contextlib
import os
from collections import deque
from collections.abc import Callable

import msgspec

MAX_EVENTS = 256
MAX_EVENTS_BYTES = 1024 * 1024


class Lost(msgspec.Struct, frozen=True, tag="lost", tag_field="type"):
    """So many events came while the plugin did not read; these were the oldest, and are gone."""

    count: int


class Outbox:
    """Takes ownership of `descriptor`, a pipe's end. Where events are too many for it the oldest make way, and it is told how many."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        os.set_blocking(descriptor, False)
        self._loop = asyncio.get_running_loop()
        self._events: deque[bytes] = deque()
        self._events_bytes = 0
        self._answers: deque[tuple[bytes, Callable[[], None]]] = deque()
        self._current = memoryview(b"")
        self._written: Callable[[], None] | None = None
        self._lost = 0
        self._is_waiting = False
        self._is_closed = False

    def event(self, line: bytes) -> None:
        if self._is_closed:
            return
        self._events.append(line)
        self._events_bytes += len(line)
        while len(self._events) > MAX_EVENTS or self._events_bytes > MAX_EVENTS_BYTES:
            self._events_bytes -= len(self._events.popleft())
            self._lost += 1
        self._pump()

    def answer(self, line: bytes, written: Callable[[], None]) -> None:
        """Send an answer, before any event that waits. `written` is called once it is in the pipe, or never will be."""
        if self._is_closed:
            written()
            return
        self._answers.append((line, written))
        self._pump()

    def close(self) -> None:
        """End the plugin's standard input: the sign that tuichat ends it."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._is_waiting:
            self._loop.remove_writer(self._descriptor)
        os.close(self._descriptor)
        for _line, written in self._answers:
            written()
        self._answers.clear()
        self._events.clear()

    def _pump(self) -> None:
        if self._is_waiting:
            return
        while not self._is_closed and (self._current or self._take_next()):
            try:
                self._current = self._current[os.write(self._descriptor, self._current) :]
            except BlockingIOError:
                self._is_waiting = True
                self._loop.add_writer(self._descriptor, self._go_on)
                return
            except OSError:  # it reads no more
                self._finish_current()
                self.close()
                return
            if not self._current:
                self._finish_current()

    def _go_on(self) -> None:
        self._is_waiting = False
        with contextlib.suppress(ValueError):
            self._loop.remove_writer(self._descriptor)
        self._pump()

    def _finish_current(self) -> None:
        if self._written is not None:
            written, self._written = self._written, None
            written()

    def _take_next(self) -> bool:
        """Have the next line be the current one; return whether there is any."""
        if self._answers:
            line, self._written = self._answers.popleft()
        elif self._lost:
            line = msgspec.json.encode(Lost(self._lost)) + b"\n"
            self._lost = 0
        elif self._events:
            line = self._events.popleft()
            self._events_bytes -= len(line)
        else:
            return False
        self._current = memoryview(line)
        return True
