"""What an engine tells its agent, bounded: to one that does not read, as a screen that was suspended, the newest of each kind is kept."""

import asyncio
from collections.abc import Hashable

from tuichat.voice.audio_protocol import (
    AudioState,
    Level,
    MutedTalking,
    Problem,
    SpeakingLevels,
    TestProgress,
    TestResult,
)
from tuichat.voice.call_protocol import CallStatistics, Speaking
from tuichat.voice.engine_protocol import Devices, EngineError, Report, encode
from tuichat.voice.joined_writer import JoinedWriter
from tuichat.voice.media_protocol import Datagram, MediaState, MediaStatistics, SpeakerMark
from tuichat.voice.place_protocol import WaysTried

BEHIND_BYTES = 256 * 1024  # taste: unread, from which on only the newest counts
MAX_UNSENT_BYTES = 16 * 1024 * 1024  # taste: days of what is left then
LOOK_S = 0.1

_NEWEST_COUNTS = (
    AudioState,
    CallStatistics,
    Devices,
    EngineError,
    Level,
    MediaState,
    MediaStatistics,
    MutedTalking,
    SpeakingLevels,
    TestProgress,
    TestResult,
    WaysTried,
)


class ReportOutbox:
    """Writes reports, in order. On one loop; `flush` before the connection is closed.

    An agent that reads nothing for days loses the connection, as if it had gone.
    """

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._joined = JoinedWriter(writer.write)
        self._kept: dict[Hashable, Report] = {}  # by what a newer one replaces, in order
        self._looking: asyncio.TimerHandle | None = None

    def send(self, report: Report) -> None:
        if self._writer.is_closing():
            return
        unread = self._unread_bytes()
        if unread <= BEHIND_BYTES and not self._kept:
            self._joined.put(encode(report))
        elif (kind := _kind(report)) is not None:
            self._keep(kind, report)
        elif not isinstance(report, Datagram):  # one that waits is of no use any more
            self._give()
            self._joined.put(encode(report))
            if unread > MAX_UNSENT_BYTES:
                self._writer.transport.abort()

    def flush(self) -> None:
        """Write all that is left."""
        if not self._writer.is_closing():
            self._give()
            self._joined.flush()

    def _keep(self, kind: Hashable, report: Report) -> None:
        self._kept.pop(kind, None)  # the newest is the last in order, too
        self._kept[kind] = report
        if self._looking is None:
            self._looking = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _look(self) -> None:
        self._looking = None
        if self._writer.is_closing():
            return
        if self._unread_bytes() <= BEHIND_BYTES:
            self._give()
        elif self._kept:
            self._looking = asyncio.get_running_loop().call_later(LOOK_S, self._look)

    def _give(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None
        kept, self._kept = self._kept, {}
        for report in kept.values():
            self._joined.put(encode(report))

    def _unread_bytes(self) -> int:
        return self._writer.transport.get_write_buffer_size()


def _kind(report: Report) -> Hashable | None:
    """Return what a newer report replaces, None for one that must be heard in its turn."""
    match report:
        case Speaking(_, user_id) | SpeakerMark(_, user_id):
            return type(report), user_id
        case Problem(place):
            return Problem, place
        case EngineError(_, is_fatal) if is_fatal:
            return None
    return type(report) if isinstance(report, _NEWEST_COUNTS) else None
