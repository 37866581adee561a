"""Where sound changes hands between the sound card's thread and the loop: bounded, without a lock."""

import os
import time
from collections import deque
from typing import Final

CHUNK_SAMPLES: Final = 480  # 10 ms at 48 kHz
CHUNK_BYTES: Final = 2 * CHUNK_SAMPLES
SILENT_CHUNK: Final = bytes(CHUNK_BYTES)
MAX_CAPTURED: Final = 25  # a quarter of a second: a loop that is later than that has lost the thread anyway


class Wake:
    """A pipe that tells a loop that something happened; telling it often tells it once."""

    def __init__(self) -> None:
        self.reader, self._writer = os.pipe()
        os.set_blocking(self.reader, False)
        os.set_blocking(self._writer, False)

    def set(self) -> None:
        """Called on any thread."""
        try:
            os.write(self._writer, b"\0")
        except BlockingIOError:  # it has not been read for a while: the loop knows already
            return

    def clear(self) -> None:
        try:
            os.read(self.reader, 4096)
        except BlockingIOError:
            return

    def close(self) -> None:
        os.close(self.reader)
        os.close(self._writer)


class CaptureQueue:
    """Chunks of the microphone on their way to the loop. When it is full the oldest is dropped."""

    def __init__(self, wake: Wake) -> None:
        self._chunks: deque[bytes] = deque()
        self._wake = wake
        self.count = 0
        """Chunks that the sound card gave, ever."""
        self.overruns = 0

    def put(self, chunk: bytes) -> None:
        """Called by the sound card."""
        self.count += 1
        if len(self._chunks) >= MAX_CAPTURED:
            self._chunks.popleft()
            self.overruns += 1
        self._chunks.append(chunk)
        self._wake.set()

    def take(self) -> bytes | None:
        """Return the oldest chunk, None where there is none."""
        return self._chunks.popleft() if self._chunks else None

    def clear(self) -> None:
        self._chunks.clear()


class PlaybackQueue:
    """Chunks for the speaker; it is given silence where the loop is late, and the loop then keeps one more ready."""

    LEAST: Final = 2  # the loop shares two cores with other programs, which hold it up for 10 ms now and then
    MOST: Final = 4
    CALM_CHUNKS: Final = 3000  # half a minute without an underrun takes back one

    def __init__(self, wake: Wake) -> None:
        self._chunks: deque[bytes] = deque()
        self._wake = wake
        self.count = 0
        """Chunks that the sound card asked for, ever."""
        self.underruns = 0
        self.target = self.LEAST
        self.asked_s = 0.0
        """When it asked last, by time.monotonic()."""
        self._calm = 0
        self._is_flowing = False

    def next(self) -> bytes:
        """Called by the sound card."""
        self.count += 1
        self.asked_s = time.monotonic()
        try:
            chunk = self._chunks.popleft()
            self._is_flowing = True
            self._calm += 1
            if self._calm >= self.CALM_CHUNKS:
                self._calm = 0
                self.target = max(self.target - 1, self.LEAST)
        except IndexError:
            chunk = SILENT_CHUNK
            if self._is_flowing:  # before the first chunk nobody is late
                self.underruns += 1
                self._calm = 0
                self.target = min(self.target + 1, self.MOST)
        self._wake.set()
        return chunk

    @property
    def missing(self) -> int:
        """How many chunks the loop has to add now."""
        return max(self.target - len(self._chunks), 0)

    def put(self, chunk: bytes) -> None:
        self._chunks.append(chunk)

    def clear(self) -> None:
        """Forget what is left, as when the stream was closed."""
        self._chunks.clear()
        self._is_flowing = False
        self.target = self.LEAST
