"""The connection to a NATS broker: made anew whenever it ends, with everything subscribed again."""

import asyncio
import logging
import random
import ssl
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import nats.errors
from nats.aio.client import Client
from nats.aio.subscription import Subscription
from nats.aio.transport import TcpTransport

from tuichat.server.bus.bus import BusUnreachable
from tuichat.server.bus.nats_address import NatsAddress

logger = logging.getLogger(__name__)

CONNECT_LIMIT_S = 4.0
FIRST_PAUSE_S, LAST_PAUSE_S = (
    0.05,
    3.0,
)  # between two attempts; each time twice as long, and by chance up to half as long
PULSE_S, PULSE_LIMIT_S = 0.5, 2  # a broker that does not answer for so long is away, whatever its socket says
CLOSE_LIMIT_S = 0.5
CANCEL_AGAIN_S = 1.0
MAX_QUEUED, MAX_QUEUED_BYTES = 20_000, 32 * 1024 * 1024
WRITTEN_AT_ONCE = 256  # messages between two looks at other work
_LIBRARY_PING_S = 3600  # the library's: those here notice sooner

_PING = b"PING\r\n"

Received = Callable[[str, str, bytes], None]


class _Client(Client):
    """The library's client, but for three things: what is subscribed to here is handed on in the order in which it came,
    whatever the subject; nothing secret is said to a broker that should encrypt and does not; and pings keep their place."""

    def __init__(self, prefix: str, received: Received, *, is_encrypted: bool) -> None:
        super().__init__()
        self._prefix = f"{prefix}.".encode()
        self._received_here = received
        self._is_encrypted = is_encrypted
        self.subscriptions: dict[str, Subscription] = {}  # by subject
        self.is_over = False
        self.ended = asyncio.Event()

    def _build_message(
        self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: dict[str, str] | None
    ) -> Any:
        if not subject.startswith(self._prefix):
            return super()._build_message(sid, subject, reply, data, headers)
        try:
            if not self.is_over:
                self._received_here(subject.decode(), reply.decode(), data)
        except Exception:
            logger.exception("A message of the bus was not taken")
        return None

    async def ping_in_order(self) -> None:
        """Return when the broker has had all that the library took so far; the library's own pings overtake that.

        Raises nats.errors.TimeoutError.
        """
        answered = asyncio.get_running_loop().create_future()
        self._pongs.append(answered)
        await self._send_command(_PING)
        await self._flush_pending()
        try:
            async with asyncio.timeout(PULSE_LIMIT_S):
                await answered
        except TimeoutError:
            raise nats.errors.TimeoutError from None

    async def _process_pong(self) -> None:
        if self._pongs and self._pongs[0].done():  # nobody waits any more; the library would end its reading
            self._pongs.pop(0)
        else:
            await super()._process_pong()

    def _connect_command(self) -> bytes:
        if self._is_encrypted and not self._server_info.get("tls_required"):
            raise nats.errors.SecureConnRequiredError
        command: bytes = super()._connect_command()
        return command


class _Out(NamedTuple):
    """What waits to be written: a message, or with no body a subject to subscribe to, or not any more."""

    subject: str
    body: bytes | None = None
    reply: str = ""


class NatsLink:
    """One broker's connection at a time. What is sent while there is none, or while it is too slow, is dropped, and the caller
    is told so."""

    def __init__(
        self,
        address: NatsAddress,
        prefix: str,
        received: Received,
        *,
        came_up: Callable[[], None] = lambda: None,
        went_down: Callable[[], None] = lambda: None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`received(subject, reply, body)` gets each message of what is subscribed to, in order; all these subjects begin with
        `prefix` and a dot."""
        self._address = address
        self._prefix = prefix
        self._received = received
        self._came_up = came_up
        self._went_down = went_down
        self._tls = tls
        self._subjects: dict[str, None] = {}
        self._client: _Client | None = None  # while it is up
        self._queue: deque[_Out | asyncio.Future[None]] = deque()  # a future: done when all before it are written
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._up = asyncio.Event()
        self._problem = BusUnreachable(f"The NATS broker {', '.join(address.servers)} does not answer.")

    @property
    def client(self) -> Client | None:
        """The library's client while it is up, for what is more than messages."""
        return self._client

    @property
    def is_up(self) -> bool:
        return self._client is not None

    async def wait_up(self, timeout_s: float | None = None) -> None:
        """Wait for a connection, which `run` makes. Raises BusUnreachable."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._up.wait()
        except TimeoutError:
            raise self._problem from None

    def subscribe(self, subject: str) -> None:
        if subject not in self._subjects:
            self._subjects[subject] = None
            self._enqueue(_Out(subject))

    def unsubscribe(self, subject: str) -> None:
        if subject in self._subjects:
            del self._subjects[subject]
            self._enqueue(_Out(subject))

    def is_subscribed(self, subject: str) -> bool:
        return subject in self._subjects

    def send(self, subject: str, body: bytes, reply: str = "") -> bool:
        """Have a message sent soon, and say whether it will be, as far as is known."""
        client = self._client
        if client is None or len(body) > client.max_payload:
            return False
        if len(self._queue) >= MAX_QUEUED or self._queued_bytes + len(body) > MAX_QUEUED_BYTES:
            return False
        self._enqueue(_Out(subject, body, reply))
        return True

    async def settle(self) -> bool:
        """Wait until the broker knows what was subscribed to and sent so far. False where there is no connection to it."""
        client = self._client
        if client is None:
            return False
        written = asyncio.get_running_loop().create_future()
        self._queue.append(written)
        self._wake.set()
        try:
            await written
            await client.ping_in_order()
        except (nats.errors.Error, OSError, _Ended):
            return False
        return self._client is client

    async def run(self) -> None:
        """Keep a connection up until this is cancelled."""
        pause_s = FIRST_PAUSE_S
        while True:
            try:
                client = await self._connect()
            except BusUnreachable as error:
                if str(error) != str(self._problem) or pause_s == FIRST_PAUSE_S:
                    logger.warning("%s Trying again.", error)
                self._problem = error
            else:
                logger.info("connected to the NATS broker %s", ", ".join(self._address.servers))
                pause_s = FIRST_PAUSE_S
                await self._live(client)
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311
            pause_s = min(LAST_PAUSE_S, pause_s * 2)

    async def _connect(self) -> _Client:
        """Raises BusUnreachable."""
        address = self._address
        client = _Client(self._prefix, self._received, is_encrypted=address.is_encrypted)
        errors: list[Exception] = []

        async def failed(error: Exception) -> None:
            errors[:] = [error]
            logger.debug("NATS: %s", type(error).__name__)

        async def ended() -> None:
            client.ended.set()

        try:
            async with asyncio.timeout(CONNECT_LIMIT_S):
                await client.connect(
                    list(address.servers),
                    name=f"tuichat {self._prefix}",
                    user=address.user,
                    password=address.password,
                    token=address.token,
                    tls=self._tls,
                    error_cb=failed,
                    disconnected_cb=ended,
                    no_echo=True,
                    allow_reconnect=False,
                    max_reconnect_attempts=1,
                    reconnect_time_wait=0,
                    connect_timeout=int(CONNECT_LIMIT_S),
                    ping_interval=_LIBRARY_PING_S,
                    flush_timeout=PULSE_LIMIT_S,
                )
                for subject in list(self._subjects):
                    await self._sync(client, subject)
                await client.ping_in_order()
        except (nats.errors.Error, OSError, TimeoutError) as error:
            await _close(client)
            reasons = [_reason(each) for each in (error, *errors)]
            reason = next((each for each in reasons if each != _SILENT), _SILENT)
            raise BusUnreachable(f"The NATS broker {', '.join(address.servers)} {reason}.") from None
        except BaseException:
            await _close(client)
            raise
        return client

    async def _live(self, client: _Client) -> None:
        """Use a connection until it ends."""
        self._client = client
        for subject in self._subjects.keys() ^ client.subscriptions.keys():  # what changed while it was made
            self._enqueue(_Out(subject))
        self._up.set()
        tasks = {
            asyncio.create_task(self._write(client), name="nats-writer"),
            asyncio.create_task(_watch(client), name="nats-pulse"),
        }
        try:
            self._came_up()
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._client, client.is_over = None, True
            self._up.clear()
            for waiting in self._queue:
                if isinstance(waiting, asyncio.Future) and not waiting.done():
                    waiting.set_exception(_Ended())
            self._queue.clear()
            self._queued_bytes = 0
            self._wake.set()
            self._went_down()
            await _close(client)
            await end_tasks(tasks)

    def _enqueue(self, out: _Out) -> None:
        if self._client is not None:
            self._queue.append(out)
            self._queued_bytes += len(out.body or b"")
            self._wake.set()

    async def _write(self, client: _Client) -> None:
        written = 0
        try:
            while self._client is client and not client.is_closed:
                if not self._queue:
                    self._wake.clear()
                    await self._wake.wait()
                    continue
                out = self._queue.popleft()
                if isinstance(out, asyncio.Future):
                    if not out.done():
                        out.set_result(None)
                elif out.body is None:
                    await self._sync(client, out.subject)
                else:
                    self._queued_bytes -= len(out.body)
                    await client.publish(out.subject, out.body, out.reply)
                written += 1
                if written % WRITTEN_AT_ONCE == 0:
                    await asyncio.sleep(0)
        except (nats.errors.Error, OSError) as error:
            logger.info("The connection to the NATS broker ended: %s", type(error).__name__)

    async def _sync(self, client: _Client, subject: str) -> None:
        """Subscribe to a subject, or end that, as is wanted now."""
        if subject in self._subjects and subject not in client.subscriptions:
            client.subscriptions[subject] = await client.subscribe(subject)
        elif subject not in self._subjects and subject in client.subscriptions:
            await client.subscriptions.pop(subject).unsubscribe()


async def end_tasks(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks until they are done: the library, and `asyncio.wait_for` before Python 3.12, swallow some cancellations."""
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        done, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_S)
        for task in done:
            if not task.cancelled() and (error := task.exception()) is not None:
                logger.error("A task of the bus failed", exc_info=error)


class _Ended(Exception):
    """The connection ended before a message was written."""


async def _watch(client: _Client) -> None:
    """Return when a connection has ended, or its broker does not answer."""
    while not client.is_closed:
        try:
            async with asyncio.timeout(PULSE_S):
                await client.ended.wait()
            return
        except TimeoutError:
            pass
        try:
            await client.ping_in_order()
        except (nats.errors.Error, OSError):
            return


async def _close(client: Client) -> None:
    """Drop a connection, whatever is still to be written: a broker that was stopped takes nothing, and holds nobody up."""
    transport = client._transport
    writer = transport._io_writer if isinstance(transport, TcpTransport) else None
    if writer is not None:
        writer.transport.abort()
    closing = asyncio.create_task(client.close(), name="nats-close")
    for task in (closing, client._reading_task, client._flusher_task):
        if task is not None:
            task.add_done_callback(_pass_over)
    await asyncio.wait({closing}, timeout=CLOSE_LIMIT_S)
    closing.cancel()


def _pass_over(task: "asyncio.Task[None]") -> None:
    """Take no notice of how a task of the library ended: its socket is gone."""
    if not task.cancelled():
        task.exception()


_SILENT = "does not answer"


def _reason(error: Exception) -> str:
    if isinstance(error, nats.errors.AuthorizationError) or "authorization" in str(error).lower():
        return "does not take this user, password or token"
    if isinstance(error, nats.errors.SecureConnRequiredError):
        return "does not encrypt, as tls:// asks for"
    if isinstance(error, ssl.SSLError):
        return "has a certificate that is not trusted here, or wants one"
    return _SILENT
