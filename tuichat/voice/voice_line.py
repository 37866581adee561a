"""One voice session over real WebSockets, each opened when the one before it broke."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable

from tuichat.protocol.gateway_connection import Close, SendText
from tuichat.protocol.voice_extensions import pack_media
from tuichat.voice.call_protocol import VoiceAddress
from tuichat.voice.signaling import Grant, Open, Order, VoiceSession
from tuichat.voice.voice_socket import Closed, VoiceSocket, VoiceUnreachableError

logger = logging.getLogger(__name__)

NORMAL = 1000
OpenSocket = Callable[[VoiceAddress], Awaitable[VoiceSocket]]


class VoiceLine:
    """Carries out what a VoiceSession orders of sockets, and gives the rest to `told`. Owned: `close` it in the end.

    All calls are for one loop and return at once, but `close`.
    """

    def __init__(
        self, grant: Grant, address: VoiceAddress, told: Callable[[Order], None], open_socket: OpenSocket
    ) -> None:
        self._session = VoiceSession(grant, random=random.random)
        self._address = address
        self._told = told
        self._open_socket = open_socket
        self._socket: VoiceSocket | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ending: set[asyncio.Task[None]] = set()

    @property
    def is_ready(self) -> bool:
        """Whether the voice server knows us over the connection there is now."""
        return self._session.is_ready

    def start(self) -> None:
        self._carry_out(self._session.start())

    def leave(self) -> None:
        """End the session on purpose."""
        self._carry_out(self._session.leave())
        self._stop_reading()

    async def close(self) -> None:
        """Leave, and wait until every socket is let go, a second or so at most."""
        self.leave()
        while self._ending:
            await asyncio.gather(*self._ending, return_exceptions=True)

    def tick(self) -> None:
        due_ms = self._session.next_timeout_ms()
        if due_ms is not None and line_now_ms() >= due_ms:
            self._carry_out(self._session.tick(line_now_ms()))

    def select(self, *, mode: str, address: str, port: int) -> None:
        self._carry_out(self._session.select(mode=mode, address=address, port=port))

    def select_websocket(self, *, mode: str) -> None:
        self._carry_out(self._session.select_websocket(mode=mode))

    def speak(self, flags: int) -> None:
        self._carry_out(self._session.speak(flags))

    def send_media(self, packet: bytes) -> None:
        if self._socket is not None:
            self._socket.send_media(pack_media(packet))

    def probe(self) -> None:
        """Find out soon whether the connection is alive."""
        self._carry_out(self._session.probe(line_now_ms()))

    def hurry(self) -> None:
        """Do not wait for the next try: something says that the network is back."""
        self._carry_out(self._session.hurry(line_now_ms()))
        if self._socket is None and not self._session.is_over:
            self._open(0)

    def reconnect(self, reason: str) -> None:
        """Take the connection for dead."""
        self._carry_out(self._session.reconnect(line_now_ms(), reason))

    def _carry_out(self, orders: list[Order]) -> None:
        for order in orders:
            match order:
                case Open(delay_ms, reason):
                    if reason:
                        logger.info("the voice connection: %s", reason)
                    self._open(delay_ms)
                    self._told(order)
                case SendText(payload):
                    if self._socket is not None:
                        self._socket.send(payload)
                case Close(code):
                    self._let_go(code)
                case _:
                    self._told(order)

    def _open(self, delay_ms: int) -> None:
        self._stop_reading()
        self._reading = asyncio.create_task(self._read_on(delay_ms), name="voice-line")

    def _stop_reading(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            self._keep(reading)
            if reading is not asyncio.current_task():
                reading.cancel()

    async def _read_on(self, delay_ms: int) -> None:
        try:
            await self._read(delay_ms)
        except Exception:
            # The task's outermost place: whatever failed, another connection may go better.
            logger.exception("the voice connection failed")
            self._let_go(NORMAL)
            self._carry_out(self._session.connection_lost(None, line_now_ms()))

    async def _read(self, delay_ms: int) -> None:
        """Open a WebSocket and read it to its end; whoever opens another ends this."""
        await asyncio.sleep(delay_ms / 1000)
        try:
            socket = self._socket = await self._open_socket(self._address)
        except VoiceUnreachableError as error:
            self._carry_out(self._session.connection_lost(None, line_now_ms(), str(error)))
            return
        self._carry_out(self._session.connection_opened(line_now_ms()))
        while self._socket is socket:
            message = await socket.receive()
            if self._socket is not socket:
                return
            match message:
                case str():
                    self._carry_out(self._session.receive_text(message, line_now_ms()))
                case bytes():
                    self._carry_out(self._session.receive_binary(message))
                case Closed(code):
                    self._let_go(NORMAL)
                    self._carry_out(self._session.connection_lost(code, line_now_ms()))

    def _let_go(self, code: int) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            self._keep(asyncio.create_task(_close(socket, code), name="voice-line-end"))

    def _keep(self, task: "asyncio.Task[None]") -> None:
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


async def _close(socket: VoiceSocket, code: int) -> None:
    with contextlib.suppress(OSError):
        await socket.close(code)


def line_now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
