"""Drops the voice that a stream connection delivers too late to be heard: after a stall, what was held up would only keep on being late."""

from collections import deque

from tuichat.protocol import rtp
from tuichat.voice.media_protocol import Datagram

LATE_MS = 250  # beyond the fastest; more than any playout delay waits
WINDOW_MS = 5000.0  # of which two tell how fast it goes: long enough for a stall's end, and short for two clocks that drift apart
MAX_GAP_MS = 100.0  # a pause tells nothing of the way, so it is no time: what ends a stall comes after nothing at all
# What is late alike for so long has a longer way, or a sender whose clock stood still: a stall's end comes in a bunch, each
# less late than the one before.
MOVED_MS, MOVED_SPREAD_MS = 400.0, 100
SAMPLE_MS = 16.0  # below a frame: what comes at one moment counts once
MIN_SAMPLES = 5
WRAP = 0x10000
_NEVER = WRAP


class LateFilter:
    """Knows a sender's stamps, milliseconds modulo 65536, by the receiver's clock. The two clocks need not agree.

    Both are to be clocks that go on while a computer sleeps (`always_ms`): then a sleep is a stall like others. Where one does not,
    or jumps, it costs MOVED_MS of voice.
    """

    def __init__(self) -> None:
        self._first: int | None = None
        self._fastest = [_NEVER, _NEVER]  # in the window before, and in this one
        self._window_ms = 0.0
        self._last_ms = 0.0
        self._late: deque[tuple[float, int]] = deque()

    def is_late(self, datagram: Datagram, now_ms: float) -> bool:
        """Take a datagram, and say whether it is voice that comes too late.

        Nothing else ever is: a discovery, a keep-alive or a report serves late, too. `now_ms` never goes back.
        """
        return self._note(datagram.stamp_ms, now_ms) and _is_voice(datagram.data)

    def _note(self, stamp_ms: int, now_ms: float) -> bool:
        transit = (int(now_ms) - stamp_ms) % WRAP
        if self._first is None:
            self._first, self._last_ms = transit, now_ms
        # Counted from the first one, so that a zero that lies between two transits does no harm.
        relative = (transit - self._first + WRAP // 2) % WRAP - WRAP // 2
        self._pass_time(now_ms)
        self._fastest[1] = min(self._fastest[1], relative)
        if relative - min(self._fastest) <= LATE_MS:
            self._late.clear()
            return False
        if self._has_moved(relative, now_ms):
            self._fastest = [_NEVER, min(transit for _, transit in self._late)]
            self._window_ms = 0.0
            self._late.clear()
            return False
        return True

    def _pass_time(self, now_ms: float) -> None:
        self._window_ms += min(now_ms - self._last_ms, MAX_GAP_MS)
        self._last_ms = now_ms
        if self._window_ms >= WINDOW_MS:
            self._fastest = [self._fastest[1], _NEVER]
            self._window_ms = 0.0

    def _has_moved(self, relative: int, now_ms: float) -> bool:
        """Note one that is late, and say whether all are late for good."""
        late = self._late
        if late and now_ms - late[-1][0] < SAMPLE_MS:
            return False
        late.append((now_ms, relative))
        while len(late) > 2 and now_ms - late[1][0] >= MOVED_MS:
            late.popleft()
        transits = [transit for _, transit in late]
        return (
            len(late) >= MIN_SAMPLES
            and now_ms - late[0][0] >= MOVED_MS
            and max(transits) - min(transits) <= MOVED_SPREAD_MS
        )


def _is_voice(data: bytes) -> bool:
    return len(data) > rtp.HEADER_BYTES and data[0] & 0xC0 == 0x80 and not rtp.is_rtcp(data)
