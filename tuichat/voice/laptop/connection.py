"""One connection to a laptop's engine, from the opening to its end: pinged, timed, and never a queue for what would come late."""

import asyncio
import contextlib
import os
import pwd
import socket
import statistics
import time
from collections import deque
from collections.abc import Callable

from tuichat import __version__
from tuichat.errors import TuichatError
from tuichat.local import unix_socket
from tuichat.local.errors import LocalError
from tuichat.local.ssh_session import SshSession
from tuichat.translation import N_, _, setting_in_use
from tuichat.voice.audio_protocol import AudioReport
from tuichat.voice.engine_protocol import (
    MEDIA_VERSION,
    NEWEST_VERSION,
    SQUEEZE,
    Devices,
    EngineError,
    EngineProtocolError,
    Hello,
    HelloRefused,
    HelloReply,
    MessageReader,
    Ping,
    Pong,
    Report,
    Request,
    check_agreed_version,
    encode,
    report_reader,
)
from tuichat.voice.header_squeeze import HeaderSqueeze
from tuichat.voice.joined_writer import JoinedWriter
from tuichat.voice.laptop_opening import OpeningError, OpeningTimeout, open_as_host
from tuichat.voice.late_filter import LateFilter
from tuichat.voice.media_protocol import Datagram, MediaReport
from tuichat.voice.monotonic import always_ms, now_ms
from tuichat.voice.pace import Pace
from tuichat.voice.place_protocol import WaysTried
from tuichat.voice.sound import SoundReport

READ_BYTES = 65536
HELLO_TIMEOUT_S = 15.0  # a cold start of Python from a slow disk takes several seconds
PING_S = 0.5
STALL_PINGS = 3  # without any sign of life: more than TCP needs to send a lost segment again
LONG_STALL_PINGS = 12  # taste: who logged in from elsewhere meanwhile is there now
DEAD_PINGS = 50  # the laptop itself gives up after 30 s; a shorter stall costs no new engine there
BEHIND_MS = 1000.0  # beyond the round trip, a ping without an answer: what is sent now waits behind it
TRIPS = 9  # of which the median is told
MAX_WAITING_BYTES = 8 * 1024  # of this process's own, before datagrams are dropped: a tenth of a second of ten voices
MAX_UNSENT_BYTES = 2 * 1024 * 1024  # a laptop that reads nothing; well above the longest frame
UNITS_S = 1000.0  # taste, in datagrams: one voice is fifty a second, and its reports are half of what is left
REPORT_UNITS = 5  # what goes on to the screen costs more than what goes on by UDP
FLOOD_S = 5.0  # taste: who is more than that ahead of the pace is cut off; what a stall held up is a fraction of it

CANNOT_AGREE = N_("tuichat on your laptop and here cannot agree: {reason}")

LaptopReport = SoundReport | WaysTried


class LaptopAwayError(TuichatError):
    """The laptop cannot be reached now, and another try may succeed; the text says why."""


class SessionOverError(LaptopAwayError):
    """Nobody listens at the session's socket any more: it was left behind."""


class LaptopRefusedError(TuichatError):
    """The laptop said no, or the two cannot agree; the text is a sentence for the user."""


class LaptopConnection:
    """Made by `connect`. Run `run` as a task; every other call is for the same loop and returns at once.

    Times are milliseconds. Reports that come before `run` wait for it.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        ping_s: float = PING_S,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._outgoing = JoinedWriter(writer.write)
        self._ping_s = ping_s
        self._squeeze: HeaderSqueeze | None = None  # once the laptop has said that it restores
        self._messages: MessageReader[Report] = report_reader()
        self._early: list[Report] = []
        self._late = LateFilter()
        self._pings = 0
        self._unanswered: dict[int, float] = {}  # when it was sent, the oldest first
        self._trips_ms: deque[float] = deque(maxlen=TRIPS)
        self._silent_pings = 0
        self._has_heard = False
        self._pace = Pace(time.monotonic(), messages_s=UNITS_S)
        self._slowed_s = 0.0  # without a pause
        self._is_slowed = False
        self._end = ""
        self.dropped = 0
        """Datagrams that were not sent, since they would have come late."""

    @property
    def is_stalled(self) -> bool:
        """Whether nothing has come for a moment."""
        return self._silent_pings >= STALL_PINGS

    @property
    def is_long_stalled(self) -> bool:
        """Whether nothing has come for so long that another laptop may be the one to use."""
        return self._silent_pings >= LONG_STALL_PINGS

    @property
    def rtt_ms(self) -> float | None:
        """The median round trip of the last pings."""
        return statistics.median(self._trips_ms) if self._trips_ms else None

    async def greet(self) -> None:
        """Say Hello, raising LaptopRefusedError, LaptopAwayError or what the socket raises."""
        self.send(Hello(f"tuichat {__version__}", MEDIA_VERSION, NEWEST_VERSION, (SQUEEZE,), language=setting_in_use()))
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                reply = await self._first_report()
        except TimeoutError:
            raise LaptopAwayError(
                _("tuichat on your laptop did not answer within {seconds} s.").format(seconds=f"{HELLO_TIMEOUT_S:g}")
            ) from None
        match reply:
            case HelloReply():
                check_agreed_version(reply)
                if SQUEEZE in reply.features:
                    self._squeeze = HeaderSqueeze()
                if reply.version < MEDIA_VERSION:
                    raise LaptopRefusedError(
                        _("{program} on your laptop is too old to lend its sound: update it there.").format(
                            program=reply.program[:100]
                        )
                    )
            case HelloRefused(reason):
                raise LaptopRefusedError(_(CANNOT_AGREE).format(reason=reason[:300]))
            case EngineError(reason):
                raise LaptopAwayError(reason[:300])
            case _:
                raise EngineProtocolError(f"a laptop sent {type(reply).__name__} before HelloReply")

    async def _first_report(self) -> Report:
        while True:
            data = await self._reader.read(READ_BYTES)
            if not data:
                raise EOFError
            reports = self._messages.feed(data)
            if reports:
                self._early = reports[1:]
                return reports[0]

    async def run(self, report: Callable[[LaptopReport], None], on_stall: Callable[[], None]) -> str:
        """Pass on what comes until the connection ends, and return why that was, "" where nothing was said.

        `on_stall` is called whenever `is_stalled` changes. Raises EngineProtocolError for nonsense.
        """
        pinging = asyncio.create_task(self._ping(on_stall), name="laptop pings")
        try:
            with contextlib.suppress(OSError):
                await self._listen(report)
        finally:
            pinging.cancel()
            await asyncio.gather(pinging, return_exceptions=True)
            self.close()
        return self._end

    def send(self, request: Request) -> None:
        """Send something. A datagram is dropped while what is sent does not arrive."""
        if self._writer.is_closing():
            return
        waiting = self._writer.transport.get_write_buffer_size()
        if isinstance(request, Datagram) and (waiting > MAX_WAITING_BYTES or self._is_behind(now_ms())):
            self.dropped += 1
            return
        if waiting > MAX_UNSENT_BYTES:
            self._drop(_("Your laptop does not read what it is told."))
            return
        self._outgoing.put(encode(request, self._squeeze))

    def close(self) -> None:
        """Say what was to be said, and end."""
        if not self._writer.is_closing():
            self._outgoing.flush()
        self._writer.close()

    def _is_behind(self, now: float) -> bool:
        oldest = next(iter(self._unanswered.values()), None)
        return oldest is not None and now - oldest > BEHIND_MS + (self.rtt_ms or 0.0)

    def _drop(self, reason: str) -> None:
        self._end = self._end or reason
        self._writer.transport.abort()

    async def _listen(self, report: Callable[[LaptopReport], None]) -> None:
        for each in self._early:
            self._take(each, report)
        self._early = []
        while not self._end:
            data = await self._reader.read(READ_BYTES)
            if not data:
                return
            self._has_heard = True
            reports = self._messages.feed(data)
            for each in reports:
                self._take(each, report)
            await self._keep_pace(len(data), sum(_units(each) for each in reports))

    async def _keep_pace(self, size_bytes: int, units: int) -> None:
        """Leave what a flood brings on the laptop's side, and end one that goes on."""
        delay_s = self._pace.take(size_bytes, units, time.monotonic())
        self._slowed_s = self._slowed_s + delay_s if delay_s else 0.0
        if self._slowed_s > FLOOD_S:
            self._drop(_("Your laptop sends more than a call can bring."))
        elif delay_s:
            self._is_slowed = True
            await asyncio.sleep(delay_s)
            self._is_slowed = False

    def _take(self, received: Report, report: Callable[[LaptopReport], None]) -> None:
        match received:
            case Pong(number):
                self._take_pong(number)
            case Datagram():
                if not self._late.is_late(received, always_ms()):
                    report(received)
            case EngineError(reason, is_fatal):
                if is_fatal:
                    self._end = self._end or reason[:300]
                else:
                    report(received)
            case Devices() | WaysTried():
                report(received)
            case _ if isinstance(received, AudioReport | MediaReport):
                report(received)
            case _:
                raise EngineProtocolError(f"a laptop sent {type(received).__name__} out of order")

    def _take_pong(self, number: int) -> None:
        sent_ms = self._unanswered.pop(number, None)
        if sent_ms is None:
            return
        self._trips_ms.append(now_ms() - sent_ms)
        for older in [each for each in self._unanswered if each < number]:
            del self._unanswered[older]

    async def _ping(self, on_stall: Callable[[], None]) -> None:
        """Ask for a sign of life twice a second. Silence is counted, not timed: this computer may have slept."""
        while True:
            self._pings += 1
            self._unanswered[self._pings] = now_ms()
            self.send(Ping(self._pings))
            await asyncio.sleep(self._ping_s)
            was_stalled = self.is_stalled
            self._silent_pings = 0 if self._has_heard or self._is_slowed else self._silent_pings + 1
            self._has_heard = False
            if self._silent_pings >= DEAD_PINGS:
                self._drop(
                    _("Nothing came from your laptop for {seconds} s.").format(seconds=f"{DEAD_PINGS * self._ping_s:g}")
                )
                return
            if self.is_stalled != was_stalled:
                on_stall()


def _units(report: Report) -> int:
    return 1 if isinstance(report, Datagram | Pong) else REPORT_UNITS


async def connect(
    session: SshSession, *, on_asking: Callable[[str], None] = lambda sentence: None, ping_s: float = PING_S
) -> LaptopConnection:
    """Connect to a session's laptop, up to the point where it takes requests.

    `on_asking` is told a sentence while the person there is asked. Raises SessionOverError, LaptopAwayError and
    LaptopRefusedError.
    """
    writer: asyncio.StreamWriter | None = None
    try:
        connection = await _connected_socket(session)
        reader, writer = await asyncio.open_unix_connection(sock=connection)
        await open_as_host(
            reader, writer, session.secret, host=socket.gethostname(), user=_user_name(), on_asking=on_asking
        )
        opened = LaptopConnection(reader, writer, ping_s=ping_s)
        await opened.greet()
    except BaseException as error:
        if writer is not None:
            writer.close()
        if isinstance(error, OpeningTimeout):
            raise LaptopAwayError(str(error)) from error
        if isinstance(error, OpeningError | LocalError):
            raise LaptopRefusedError(str(error)) from error
        if isinstance(error, EngineProtocolError):
            raise LaptopRefusedError(_(CANNOT_AGREE).format(reason=str(error)[:300])) from error
        if isinstance(error, OSError | EOFError):
            raise LaptopAwayError(_("Your laptop's end of the login does not answer.")) from error
        raise
    return opened


async def _connected_socket(session: SshSession) -> socket.socket:
    try:
        return await unix_socket.connect(session.socket)
    except (ConnectionRefusedError, FileNotFoundError) as error:
        raise SessionOverError(_("The login from your laptop has ended.")) from error


def _user_name() -> str:
    with contextlib.suppress(KeyError):
        return pwd.getpwuid(os.getuid()).pw_name
    return str(os.getuid())
