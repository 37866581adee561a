"""A listener on which connections in the clear and with TLS come in on one port, told apart by their first byte.

Bot libraries speak TLS alone to a voice gateway, while on this machine all else may stay in the clear: one port serves both.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Callable

TLS_HANDSHAKE = b"\x16"  # RFC 8446, 5.1: the content type that a TLS connection begins with; no HTTP method does
RETRY_S = 1.0  # as asyncio's own servers do when the system has no descriptors left
MAX_ACCEPTED = 100  # connections in one turn of the loop

logger = logging.getLogger(__name__)


class MixedListener:
    """Accepts from a bound socket that listens, until `close`; what comes is served by protocols of `make_protocol`."""

    def __init__(
        self,
        listener: socket.socket,
        make_protocol: Callable[[], asyncio.Protocol],
        tls: ssl.SSLContext,
        *,
        first_byte_limit_s: float,
        handshake_limit_s: float,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._make_protocol = make_protocol
        self._tls = tls
        self._first_byte_limit_s = first_byte_limit_s
        self._handshake_limit_s = handshake_limit_s
        self._waiting: dict[asyncio.Task[None], socket.socket] = {}
        self._retry: asyncio.TimerHandle | None = None
        self._loop.add_reader(listener.fileno(), self._accept)

    @property
    def sockets(self) -> list[socket.socket]:
        """The listening socket; none once it is closed."""
        return [] if self._listener.fileno() < 0 else [self._listener]

    @property
    def waiting(self) -> list[int]:
        """The descriptors of connections that have said nothing yet, as far as we have read."""
        return [connection.fileno() for connection in self._waiting.values() if connection.fileno() >= 0]

    def close(self) -> None:
        """Accept no more. What was accepted goes on."""
        if self._retry is not None:
            self._retry.cancel()
        if self._listener.fileno() >= 0:
            self._loop.remove_reader(self._listener.fileno())
            self._listener.close()

    async def drop_waiting(self) -> None:
        """Close the connections that have said nothing."""
        tasks = list(self._waiting)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _accept(self) -> None:
        for _ in range(MAX_ACCEPTED):
            try:
                connection, _address = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as error:
                logger.error("cannot accept connections, trying again in %s s: %s", RETRY_S, error)
                self._loop.remove_reader(self._listener.fileno())
                self._retry = self._loop.call_later(RETRY_S, self._resume)
                return
            connection.setblocking(False)
            task = self._loop.create_task(self._serve(connection), name="first byte")
            self._waiting[task] = connection
            task.add_done_callback(self._waiting.pop)

    def _resume(self) -> None:
        self._retry = None
        if self._listener.fileno() >= 0:
            self._loop.add_reader(self._listener.fileno(), self._accept)

    async def _serve(self, connection: socket.socket) -> None:
        try:
            async with asyncio.timeout(self._first_byte_limit_s):
                await self._until_readable(connection)
            first = connection.recv(1, socket.MSG_PEEK)
            is_tls = first == TLS_HANDSHAKE
            if first:
                await self._loop.connect_accepted_socket(
                    self._make_protocol,
                    connection,
                    ssl=self._tls if is_tls else None,
                    ssl_handshake_timeout=self._handshake_limit_s if is_tls else None,
                )
            else:
                connection.close()
        except (OSError, TimeoutError) as error:  # an SSLError is an OSError
            logger.debug("a connection was not made: %s", error)
            connection.close()
        except asyncio.CancelledError:
            connection.close()
            raise

    async def _until_readable(self, connection: socket.socket) -> None:
        ready = self._loop.create_future()
        descriptor = connection.fileno()
        self._loop.add_reader(descriptor, _set, ready)
        try:
            await ready
        finally:
            with contextlib.suppress(OSError, ValueError):
                self._loop.remove_reader(descriptor)


def _set(ready: "asyncio.Future[None]") -> None:
    if not ready.done():
        ready.set_result(None)
