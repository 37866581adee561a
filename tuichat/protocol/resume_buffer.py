"""The dispatches of one session that a resume may ask for again."""

import enum
from collections import deque

import msgspec

from tuichat.protocol.gateway import dispatch_prefix, dispatch_tail

MAX_DISPATCHES = 1000  # taste: a busy minute; the bytes are shared by all sessions, an entry here costs two references
MAX_AGE_MS = 120_000


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


class ResumeBuffer:
    """Numbers a session's dispatches, and keeps the latest for replay.

    It lives as long as the session, over any number of connections. It holds references to the shared tails and copies
    nothing. The window is bounded by count and by age; give it the time with every append.
    """

    def __init__(self, max_dispatches: int = MAX_DISPATCHES, max_age_ms: int = MAX_AGE_MS) -> None:
        self._max_dispatches = max_dispatches
        self._max_age_ms = max_age_ms
        self._tails: deque[bytes] = deque()
        self._sent_ms: deque[int] = deque()
        self._last_sequence = 0

    @property
    def last_sequence(self) -> int:
        """The number of the newest dispatch, 0 before the first."""
        return self._last_sequence

    def __len__(self) -> int:
        return len(self._tails)

    def append(self, tail: bytes, now_ms: int) -> int:
        """Keep a dispatch's tail and return its sequence number: 1, 2, and so on."""
        if len(self._tails) >= self._max_dispatches:
            self._drop_oldest()
        self._tails.append(tail)
        self._sent_ms.append(now_ms)
        self._last_sequence += 1
        self.expire(now_ms)
        return self._last_sequence

    def append_dispatch(self, name: str, body: bytes, now_ms: int) -> bytes:
        """Keep a dispatch that goes to this session alone, and return its whole payload."""
        tail = dispatch_tail(name, body)
        return dispatch_prefix(self.append(tail, now_ms)) + tail

    def expire(self, now_ms: int) -> None:
        """Forget what is older than the window."""
        while self._sent_ms and now_ms - self._sent_ms[0] > self._max_age_ms:
            self._drop_oldest()

    def acknowledge(self, sequence: int) -> None:
        """Forget what the client has said, in a heartbeat, to have seen; it resumes from there or from later."""
        while self._tails and self._last_sequence - len(self._tails) < sequence:
            self._drop_oldest()

    def replay_after(self, sequence: int | None, now_ms: int) -> Replay | ReplayRefusal:
        """Return every dispatch after `sequence` (None: from the first on), or why that is not possible."""
        self.expire(now_ms)
        seen = sequence or 0
        if seen > self._last_sequence or seen < 0:
            return ReplayRefusal.AHEAD
        missed = self._last_sequence - seen
        if missed > len(self._tails):
            return ReplayRefusal.TOO_OLD
        kept = list(self._tails)
        return Replay(seen + 1, kept[len(kept) - missed :])

    def _drop_oldest(self) -> None:
        self._tails.popleft()
        self._sent_ms.popleft()
