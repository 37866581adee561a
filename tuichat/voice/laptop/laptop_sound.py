"""A laptop's devices as a Sound: connected to, watched, and connected to again."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from tuichat.local.ssh_session import SshSession, remove_session
from tuichat.translation import N_, _
from tuichat.voice.audio_protocol import StartTest, TestResult
from tuichat.voice.engine_protocol import Devices, DevicesRequest, EngineProtocolError
from tuichat.voice.laptop.connection import (
    CANNOT_AGREE,
    PING_S,
    LaptopAwayError,
    LaptopConnection,
    LaptopRefusedError,
    LaptopReport,
    SessionOverError,
    connect,
)
from tuichat.voice.monotonic import now_ms
from tuichat.voice.place_protocol import PlaceState, TryWays, WaysTried
from tuichat.voice.sound import SoundReport, SoundRequest

logger = logging.getLogger(__name__)

FIRST_WAIT_S, MAX_WAIT_S = 0.25, 8.0  # taste, before another try
LONG_LOST_MS = 10_000.0  # taste: a network that changes is back by then
STEADY_MS = 20_000.0  # a connection that held so long begins the waits anew
TRY_TIMEOUT_S = 8.0  # of the ways: five discoveries, each with its limit, and a slow link
SWEEP_REFUSALS, SWEEP_WAIT_S = 2, 1.0  # sshd listens an instant after it has made the socket

STALLED_SENTENCE = N_("Nothing comes from your laptop {name} at the moment.")
LOST_SENTENCE = N_("No sound from your laptop {name} now: {reason} It is tried again.")
OVER_SENTENCE = N_(
    "The login from your laptop {name} has ended: log in from it again by tuichat ssh to have its sound."
)
REFUSED_SENTENCE = N_("Your laptop {name} lends no sound: {reason}")
CLOSED = N_("The connection was closed.")


class LaptopSound:
    """A Sound. It connects from the start, and until `close`.

    `on_connected` is called with each new connection, before anything is reported of it: what is at its other end knows
    nothing yet. `on_change` is called whenever `state` or `sentence` changes otherwise.
    """

    def __init__(
        self,
        session: SshSession,
        report: Callable[[SoundReport], None],
        *,
        on_change: Callable[[], None],
        on_connected: Callable[[], None],
        ping_s: float = PING_S,
        try_timeout_s: float = TRY_TIMEOUT_S,
    ) -> None:
        self.session = session
        self._report = report
        self._on_change = on_change
        self._on_connected = on_connected
        self._ping_s = ping_s
        self._try_timeout_s = try_timeout_s
        self.state = PlaceState.CONNECTING
        self.sentence = ""
        self._connection: LaptopConnection | None = None
        self._lost_ms = 0.0
        self._again = asyncio.Event()
        self._is_closed = self._was_connected = self._is_asking = False
        self._ways: asyncio.Future[WaysTried] | None = None
        self.task = asyncio.create_task(self._keep(), name="laptop")

    def __repr__(self) -> str:
        return f"LaptopSound({self.session!r}, {self.state.value})"

    @property
    def key(self) -> str:
        return self.session.key

    @property
    def rtt_ms(self) -> float | None:
        """Through ssh, there and back."""
        return None if self._connection is None else self._connection.rtt_ms

    @property
    def is_given_up(self) -> bool:
        """Whether a later login from elsewhere should have the sound: there is no connection, or none that anything came by."""
        if self.state is PlaceState.LOST:
            return True
        return self._connection is not None and self._connection.is_long_stalled

    @property
    def is_long_lost(self) -> bool:
        """Whether it is not to be expected in a moment."""
        return self.state is PlaceState.LOST and now_ms() - self._lost_ms > LONG_LOST_MS

    def receive(self, request: SoundRequest) -> None:
        """Pass a request on; where nobody can act on it, say so to those that wait for an answer."""
        if self._connection is not None:
            self._connection.send(request)
        elif isinstance(request, DevicesRequest):
            self._report(Devices(problem=self.sentence or self._words(LOST_SENTENCE, _(CLOSED))))
        elif isinstance(request, StartTest):
            self._report(TestResult(is_good=False, verdict=self.sentence or self._words(LOST_SENTENCE, _(CLOSED))))

    def retry(self) -> None:
        """Try at once, also after a refusal."""
        self._again.set()

    async def try_ways(self, request: TryWays) -> WaysTried:
        """Return what the laptop measures from there, and the round trip to it; None for what gave no answer."""
        connection = self._connection
        if connection is None:
            return WaysTried()
        if self._ways is None or self._ways.done():
            self._ways = asyncio.get_running_loop().create_future()
            connection.send(request)
        ways = self._ways  # another that asks meanwhile waits for the same
        await asyncio.wait([ways], timeout=self._try_timeout_s)
        if not ways.done():
            ways.set_result(WaysTried())  # the next one asks anew
        return WaysTried(ssh_ms=connection.rtt_ms, direct_ms=ways.result().direct_ms)

    def close(self) -> None:
        """End the connection, and with it the laptop's engine. `task` ends in a moment."""
        self._is_closed = True
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.task.cancel()

    async def _keep(self) -> None:
        wait_s = FIRST_WAIT_S
        refusals = 0
        while True:
            self._again.clear()
            self._is_asking = False
            connected_ms = now_ms()
            try:
                await self._connect_once()
            except SessionOverError:
                refusals += 1
                if refusals < SWEEP_REFUSALS:
                    await asyncio.sleep(SWEEP_WAIT_S)
                    continue
                logger.info("nobody listens for session %s any more: swept", self.key)
                await asyncio.to_thread(remove_session, self.session)
                self._change(PlaceState.LOST, self._words(OVER_SENTENCE))
                return
            except LaptopRefusedError as error:
                logger.warning("laptop %r lends no sound: %s", self.session.laptop, error)
                self._change(PlaceState.REFUSED, self._words(REFUSED_SENTENCE, str(error)))
                await self._again.wait()
                self._change(PlaceState.CONNECTING)
                continue
            except LaptopAwayError as error:
                if not self._is_asking:  # else the person there has not answered yet, and still may
                    logger.info("laptop %r cannot be reached: %s", self.session.laptop, error)
                    self._change(PlaceState.LOST, self._words(LOST_SENTENCE, str(error)))
            if now_ms() - connected_ms > STEADY_MS:
                wait_s = FIRST_WAIT_S
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._again.wait()
            wait_s = min(wait_s * 2, MAX_WAIT_S)

    async def _connect_once(self) -> None:
        """Hold one connection to its end, and raise what says why that was."""
        connection = await connect(self.session, on_asking=self._ask, ping_s=self._ping_s)
        self._connection = connection
        self._is_asking = False
        reason = ""
        try:
            self.state, self.sentence, self._was_connected = PlaceState.READY, "", True
            self._on_connected()
            reason = await connection.run(self._take, self._show_stall)
        except EngineProtocolError as error:
            raise LaptopRefusedError(_(CANNOT_AGREE).format(reason=str(error)[:300])) from error
        finally:
            connection.close()
            self._connection = None
            if self._ways is not None and not self._ways.done():
                self._ways.set_result(WaysTried())
        raise LaptopAwayError(reason or _(CLOSED))

    def _take(self, report: LaptopReport) -> None:
        if self._is_closed:
            return
        if not isinstance(report, WaysTried):
            self._report(report)
        elif self._ways is not None and not self._ways.done():
            self._ways.set_result(report)

    def _ask(self, sentence: str) -> None:
        self._is_asking = True
        # Whoever had this sound before still misses it.
        self._change(PlaceState.LOST if self._was_connected else PlaceState.ASKING, sentence)

    def _show_stall(self) -> None:
        if self._connection is not None and self._connection.is_stalled:
            self._change(PlaceState.STALLED, self._words(STALLED_SENTENCE))
        else:
            self._change(PlaceState.READY)

    def _words(self, sentence: str, reason: str = "") -> str:
        return _(sentence).format(name=self.session.laptop, reason=reason)

    def _change(self, state: PlaceState, sentence: str = "") -> None:
        if (state, sentence) != (self.state, self.sentence) and not self._is_closed:
            if state is PlaceState.LOST and self.state is not PlaceState.LOST:
                self._lost_ms = now_ms()
            self.state, self.sentence = state, sentence
            self._on_change()
