"""The gateway over real sockets: carries out what ClientConnection orders, and tells its owner what comes."""

import asyncio
import contextlib
import importlib
import logging
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import msgspec

from tuichat.client.endpoint import Endpoint, check_token_allowed
from tuichat.client.errors import ClientError, UnreachableError
from tuichat.config.secret import Token
from tuichat.protocol.backoff import Backoff
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.gateway import CloseCode, CommandPayload
from tuichat.protocol.gateway_client import (
    ClientAction,
    ClientConnection,
    Connect,
    Dispatch,
    Fatal,
    SessionOptions,
    SessionResumed,
    SessionStarted,
)
from tuichat.protocol.gateway_connection import Close, SendText
from tuichat.translation import _

if TYPE_CHECKING:
    from tuichat.client.websocket import GatewaySocket

logger = logging.getLogger(__name__)

T = TypeVar("T")

HURRIED_ATTEMPT_S = (
    2.0  # taste: what takes longer is begun anew for somebody in a hurry: the network may be another now
)
LEAVE_LIMIT_S = 1.0  # taste: how long a quit waits for the server to hear of it
RECONNECT_BACKOFF = Backoff(cap_ms=20_000)  # taste: a person waits; a server is not troubled by one try in 20 s


@dataclass(frozen=True, slots=True)
class Target:
    """Where the gateway is right now. `instance` changes when another process serves: it cannot know an old session."""

    endpoint: Endpoint
    gateway_url: str
    instance: int = 0
    features: frozenset[str] = frozenset()
    max_upload_bytes: int = 0  # of a file; 0 where the server does not say


class GatewayOwner(Protocol):
    """Who is told what the gateway does. All calls come on the loop, in order; none may wait."""

    def connecting(self, reason: str, next_try_ms: int | None) -> None:
        """A connection is opened, now or at `next_try_ms`; `reason` is empty for the first, else a sentence."""

    def session_resumed(self) -> None: ...

    def dispatch(self, name: str, body: msgspec.Raw) -> None:
        """An event; READY comes first in each new session. Raises ProtocolError where the session is useless without it."""

    def refused(self, sentence: str) -> None:
        """The gateway has given up until `reconnect` is called."""


class Gateway:
    """One account's gateway, for as long as the account is signed in.

    `find` returns where to connect, for each connection anew, or raises ClientError: a transient one is tried again with
    back-off, any other is told and waits for `reconnect`. `renew_token` is asked once when the server does not know the
    token, and says whether there is another one.
    """

    def __init__(
        self,
        *,
        find: Callable[[], Coroutine[Any, Any, Target]],
        token: Callable[[], Token],
        renew_token: Callable[[], Awaitable[bool]],
        options: SessionOptions,
        owner: GatewayOwner,
    ) -> None:
        self._find = find
        self._token = token
        self._renew_token = renew_token
        self._options = options
        self._owner = owner
        self._machine: ClientConnection | None = None
        self._orders: deque[ClientAction] = deque()
        self._kick = asyncio.Event()
        self._hurry = asyncio.Event()
        self._was_renewed = False
        self._used: Token | None = None  # what the last session came with

    def reconnect(self) -> None:
        """Do not wait for the next try."""
        self._hurry.set()

    def distrust(self) -> None:
        """Have the line be tried out: where no answer comes soon, another is opened and the session goes on there."""
        if self._machine is not None:
            self._orders.extend(self._machine.distrust(now_ms()))
            self._kick.set()

    def send(self, command: CommandPayload) -> None:
        """Send a command now, or when the session is ready. Raises ProtocolError where it is too large or too many wait."""
        if self._machine is not None:
            self._orders.extend(self._machine.send_command(command, now_ms()))
            self._kick.set()

    async def run(self) -> None:
        """Stay connected until cancelled; then the session is ended, so that the account goes offline at once."""
        # websockets takes a while to import: in a thread, the screen goes on meanwhile.
        await asyncio.to_thread(importlib.import_module, "tuichat.client.websocket")
        while True:
            try:
                fatal = await self._run_session()
            except ClientError as error:  # only those that a further try would not mend
                fatal = Fatal(0, str(error))
            if fatal.code == CloseCode.AUTHENTICATION_FAILED and self._has_other_token():
                continue
            if fatal.code == CloseCode.AUTHENTICATION_FAILED and not self._was_renewed:
                self._was_renewed = True
                if await self._renew_token():
                    continue
            self._owner.refused(in_a_sentence(fatal.sentence))
            await self._wait(None)
            self._was_renewed = False

    async def _run_session(self) -> Fatal:
        """Run one machine over its connections, until it gives up or another server process has taken over."""
        self._owner.connecting("", None)
        target = await self._find_patiently()
        while True:
            machine = self._machine = ClientConnection(
                target.gateway_url,
                self._token_text(target),
                self._options,
                random=random.random,
                backoff=RECONNECT_BACKOFF,
                may_resume_at=lambda resume_url, gateway_url: False,  # another listener, which nobody has verified
            )
            self._orders.clear()
            self._orders.extend(machine.start(now_ms()))
            instance = target.instance
            while target.instance == instance:
                order = await self._carry_out(None)
                if not isinstance(order, Connect):
                    return order or Fatal(0, "the gateway has nothing more to do")
                if order.reason:
                    self._owner.connecting(in_a_sentence(order.reason), now_ms() + order.delay_ms)
                    await self._wait(order.delay_ms)
                    target = await self._find_patiently()
                    if target.instance != instance:
                        break
                await self._connect(machine, order.url, target)

    async def _find_patiently(self) -> Target:
        attempt = 0
        while True:
            try:
                target = await self._attempt(self._find())
                check_token_allowed(target.endpoint, self._token().reveal())
            except ClientError as error:
                if not error.is_transient:
                    raise
                delay_ms = RECONNECT_BACKOFF.delay_ms(attempt, random.random())  # noqa: S311  # jitter, no secret
                attempt += 1
                self._owner.connecting(str(error), now_ms() + delay_ms)
                await self._wait(delay_ms)
            else:
                return target

    def _has_other_token(self) -> bool:
        """Whether the token was replaced since it was last sent, as another password does."""
        try:
            return self._used is not None and self._token() is not self._used
        except ClientError:
            return False

    def _token_text(self, target: Target) -> Callable[[], str]:
        def reveal() -> str:
            self._used = self._token()
            text = self._used.reveal()
            check_token_allowed(target.endpoint, text)
            return text.removeprefix("Bot ")

        return reveal

    async def _connect(self, machine: ClientConnection, url: str, target: Target) -> None:
        """Open the WebSocket and serve it to its end; the orders that follow from that end wait afterwards."""
        from tuichat.client.websocket import open_websocket

        try:
            socket = await self._attempt(open_websocket(url, target.endpoint))
        except ClientError as error:
            if not error.is_transient:
                raise
            logger.info("gateway: %s", error)
            self._orders.extend(machine.connection_lost(None, now_ms()))
            return
        try:
            self._orders.extend(machine.connection_opened(now_ms()))
            await self._serve(machine, socket)
        except asyncio.CancelledError:
            await _leave(machine, socket)
            raise
        finally:
            socket.abort()

    async def _serve(self, machine: ClientConnection, socket: "GatewaySocket") -> None:
        """Carry messages until the machine wants another connection, or gives up."""
        receiving = asyncio.create_task(socket.receive())
        kicked = asyncio.create_task(self._kick.wait())
        try:
            while True:
                following = await self._carry_out(socket)
                if following is not None:
                    self._orders.appendleft(following)
                    return
                waiting = (receiving, kicked)
                await asyncio.wait(waiting, timeout=_until_tick(machine), return_when=asyncio.FIRST_COMPLETED)
                if kicked.done():
                    self._kick.clear()
                    kicked = asyncio.create_task(self._kick.wait())
                if receiving.done():
                    message = receiving.result()
                    self._take(machine, message)
                    if not isinstance(message, str | bytes):
                        return
                    receiving = asyncio.create_task(socket.receive())
                due_ms = machine.next_timeout_ms()
                if due_ms is not None and now_ms() >= due_ms:
                    self._orders.extend(machine.tick(now_ms()))
        finally:
            receiving.cancel()
            kicked.cancel()
            await asyncio.gather(receiving, kicked, return_exceptions=True)

    def _take(self, machine: ClientConnection, message: object) -> None:
        match message:
            case str():
                self._orders.extend(machine.receive_text(message, now_ms()))
            case bytes():
                self._orders.extend(machine.receive_binary(message, now_ms()))
            case _:
                code = getattr(message, "code", None)
                self._orders.extend(machine.connection_lost(code, now_ms()))

    async def _carry_out(self, socket: "GatewaySocket | None") -> Connect | Fatal | None:
        """Carry out what was ordered, up to a Connect or Fatal, which is returned."""
        while self._orders:
            order = self._orders.popleft()
            match order:
                case Connect() | Fatal():
                    return order
                case SendText():
                    if socket is not None:
                        await socket.send(order.payload)
                case Close():
                    if socket is not None:
                        with contextlib.suppress(TimeoutError):
                            async with asyncio.timeout(LEAVE_LIMIT_S):
                                await socket.close(order.code)
                case Dispatch():
                    try:
                        self._owner.dispatch(order.name, order.body)
                    except ProtocolError as error:
                        self._orders.clear()
                        return Fatal(0, str(error))
                case SessionResumed():
                    self._was_renewed = False
                    self._owner.session_resumed()
                case SessionStarted():
                    self._was_renewed = False
        return None

    async def _attempt(self, work: Coroutine[Any, Any, T]) -> T:
        """Carry out a step of connecting; one that hangs is given up as unreachable when somebody is in a hurry."""
        step = asyncio.create_task(work)
        hurry: asyncio.Task[bool] | None = None
        try:
            await asyncio.wait({step}, timeout=HURRIED_ATTEMPT_S)
            if not step.done():
                self._hurry.clear()
                hurry = asyncio.create_task(self._hurry.wait())
                await asyncio.wait({step, hurry}, return_when=asyncio.FIRST_COMPLETED)
            if not step.done():
                raise UnreachableError(_("The server does not answer."), was_sent=False)
            return step.result()
        finally:
            for task in (step, hurry):
                if task is not None and not task.done():
                    task.cancel()
            await asyncio.gather(step, return_exceptions=True)

    async def _wait(self, delay_ms: int | None) -> None:
        """Wait for a time (None: without end), or until somebody is in a hurry."""
        self._hurry.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if delay_ms is None else delay_ms / 1000):
                await self._hurry.wait()


async def _leave(machine: ClientConnection, socket: "GatewaySocket") -> None:
    for order in machine.leave():
        if isinstance(order, Close):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LEAVE_LIMIT_S):
                    await socket.close(order.code)


def _until_tick(machine: ClientConnection) -> float | None:
    due_ms = machine.next_timeout_ms()
    return None if due_ms is None else max(0, due_ms - now_ms()) / 1000


def in_a_sentence(words: str) -> str:
    """Return words as a sentence: a capital letter first, a full stop last."""
    text = words[:1].upper() + words[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."


def now_ms() -> int:
    """Return the client's clock: monotonic, in ms."""
    return time.monotonic_ns() // 1_000_000
