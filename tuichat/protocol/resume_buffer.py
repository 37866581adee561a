"""The dispatches of one session that a resume may ask for again."""

import enum
from collections import deque
from collections.abc import Callable
from itertools import islice

import msgspec

from tuichat.protocol.gateway import dispatch_prefix

MAX_DISPATCHES = 1000  # taste: a busy minute; the bytes are shared by all sessions, an entry here costs two references
MAX_AGE_MS = 120_000
MAX_BYTES = 2 * 1024 * 1024  # what a client asked for goes to its session alone, so that here the bytes count


class Replay(msgspec.Struct, frozen=True):
    """What a resuming client has missed: the tails of dispatches `first_sequence`, `first_sequence` + 1, and so on."""

    first_sequence: int
    tails: list[bytes]

    def payloads(self) -> list[bytes]:
        """Return the whole payloads, ready to be sent in order."""
        return [dispatch_prefix(sequence) + tail for sequence, tail in enumerate(self.tails, self.first_sequence)]


class ReplayRefusal(enum.Enum):
    """Why a resume cannot be served: answer TOO_OLD with invalid session, AHEAD with close 4007."""

    TOO_OLD = "too old"
    AHEAD = "ahead of the server"


class _Second(msgspec.Struct, frozen=True, gc=False):
    """Dispatches from `first_sequence` on were sent within a second from `start_ms`."""

    start_ms: int
    first_sequence: int


class ResumeBuffer:
    """Numbers a session's dispatches, and keeps the latest for replay.

    It lives as long as the session, over any number of connections. It holds references to the shared tails and copies
    nothing. The window is bounded by count, by bytes and by age, to the second; give it the time with every append, in order.
    """

    __slots__ = (
        "_abouts",
        "_last_sequence",
        "_max_age_ms",
        "_max_bytes",
        "_max_dispatches",
        "_next_second_ms",
        "_seconds",
        "_size_bytes",
        "_tails",
    )

    def __init__(
        self, max_dispatches: int = MAX_DISPATCHES, max_age_ms: int = MAX_AGE_MS, max_bytes: int = MAX_BYTES
    ) -> None:
        self._max_dispatches = max_dispatches
        self._max_age_ms = max_age_ms
        self._max_bytes = max_bytes
        self._tails: deque[bytes] = deque()
        self._abouts: deque[object] = deque()  # what each is about, as `append` was told
        self._size_bytes = 0  # of all tails
        self._last_sequence = 0
        self._seconds: list[_Second] = []
        self._next_second_ms: int | None = None

    @property
    def last_sequence(self) -> int:
        """The number of the newest dispatch, 0 before the first."""
        return self._last_sequence

    def __len__(self) -> int:
        return len(self._tails)

    def append(self, tail: bytes, now_ms: int, about: object = None) -> int:
        """Keep a dispatch's tail and return its sequence number: 1, 2, and so on. `about` is for `forget_unseen`."""
        tails = self._tails
        tails.append(tail)
        self._abouts.append(about)
        self._size_bytes += len(tail)
        while self._size_bytes > self._max_bytes or len(tails) > self._max_dispatches:
            self._size_bytes -= len(tails.popleft())
            self._abouts.popleft()
        self._last_sequence = sequence = self._last_sequence + 1
        if self._next_second_ms is None or now_ms >= self._next_second_ms:
            self._next_second_ms = now_ms + 1000
            self._seconds.append(_Second(now_ms, sequence))
            self.expire(now_ms)
        return sequence

    def expire(self, now_ms: int) -> None:
        """Forget what is older than the window."""
        seconds = self._seconds
        expired = 0
        while expired < len(seconds) and now_ms - seconds[expired].start_ms > self._max_age_ms + 1000:
            expired += 1
        if expired == 0:
            return
        is_all = expired == len(seconds)
        self.acknowledge(self._last_sequence if is_all else seconds[expired].first_sequence - 1)
        del seconds[:expired]
        if is_all:
            self._next_second_ms = None

    def acknowledge(self, sequence: int) -> None:
        """Forget what the client has said, in a heartbeat, to have seen; it resumes from there or from later."""
        tails = self._tails
        for _ in range(min(len(tails), sequence - (self._last_sequence - len(tails)))):
            self._size_bytes -= len(tails.popleft())
            self._abouts.popleft()

    def forget_unseen(self, sequence: int | None, may_see: Callable[[object], bool]) -> None:
        """Drop those dispatches after `sequence`, the last that the client has, whose `about` it may not see any more.

        What stays is numbered anew without gaps: the client knows none of these numbers yet. Nothing happens for a
        sequence from which no replay is possible.
        """
        seen = sequence or 0
        first = len(self._tails) - (self._last_sequence - seen)
        if seen > self._last_sequence or first < 0:
            return
        unseen = list(zip(self._tails, self._abouts, strict=True))[first:]
        kept = [may_see(about) for _, about in unseen]
        if all(kept):
            return
        for _ in unseen:
            self._tails.pop()
            self._abouts.pop()
        renumbered = {}  # new numbers by the old ones, of a dropped one the next one's
        for offset, ((tail, about), is_kept) in enumerate(zip(unseen, kept, strict=True)):
            renumbered[seen + 1 + offset] = seen + 1 + sum(kept[:offset])
            if is_kept:
                self._tails.append(tail)
                self._abouts.append(about)
            else:
                self._size_bytes -= len(tail)
        self._last_sequence = seen + sum(kept)
        self._seconds = [
            _Second(second.start_ms, renumbered.get(second.first_sequence, second.first_sequence))
            for second in self._seconds
        ]

    def replay_after(self, sequence: int | None, now_ms: int) -> Replay | ReplayRefusal:
        """Return every dispatch after `sequence` (None: from the first on), or why that is not possible."""
        self.expire(now_ms)
        seen = sequence or 0
        if seen > self._last_sequence or seen < 0:
            return ReplayRefusal.AHEAD
        missed = self._last_sequence - seen
        if missed > len(self._tails):
            return ReplayRefusal.TOO_OLD
        return Replay(seen + 1, list(islice(self._tails, len(self._tails) - missed, None)))
