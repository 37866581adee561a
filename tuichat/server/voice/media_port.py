"""The UDP port that all media of this process goes through."""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable

from tuichat.errors import TuichatError
from tuichat.server.voice.participant import Address

MAX_DATAGRAM_BYTES = 2048  # larger ones are cut, and refused for their size
READ_AT_ONCE = 64  # datagrams in one turn of the loop, so that the gateway has its turn too
BUSY_MS = 2
BUFFER_BYTES = 4 * 1024 * 1024  # of the kernel, each way; it gives what it may (net.core.rmem_max, wmem_max)
LOW_DELAY = 0xB8  # DSCP EF, for audio (RFC 4594, 4.1)

_NOT_OURS = errno.EADDRNOTAVAIL

logger = logging.getLogger(__name__)


class MediaPortError(TuichatError):
    """The UDP port of voice cannot be had; the text says why and what to do."""


class MediaPort:
    """A bound IPv4 UDP socket; `host` is what clients are told to send to, as a literal."""

    def __init__(self, sock: socket.socket, host: str) -> None:
        self._socket = sock
        self._loop: asyncio.AbstractEventLoop | None = None
        self._read_ms = 0
        self.host = host
        self.port: int = sock.getsockname()[1]
        self.send: Callable[[bytes, Address], int] = sock.sendto

    @property
    def descriptor(self) -> int:
        return self._socket.fileno()

    def start(self, receive: Callable[[bytes, Address, int], None]) -> None:
        """Hand each datagram to `receive`, on the running loop, with the loop's time in milliseconds."""
        os.set_blocking(self.descriptor, False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._read, self._socket.recvfrom, receive, self._loop.time)

    def give_away(self) -> None:
        """Leave the reading to a thread that waits in it; what is sent from here still waits for nothing."""
        os.set_blocking(self.descriptor, True)
        self.send = self._send_at_once

    def _send_at_once(self, packet: bytes, address: Address) -> int:
        return self._socket.sendto(packet, socket.MSG_DONTWAIT, address)

    def _read(
        self,
        receive_from: Callable[[int], tuple[bytes, Address]],
        receive: Callable[[bytes, Address, int], None],
        now_s: Callable[[], float],
    ) -> None:
        """Read one datagram, or what is there where the last one came just now: to ask in vain costs a system call."""
        now_ms = int(now_s() * 1000)
        limit = READ_AT_ONCE if now_ms - self._read_ms <= BUSY_MS else 1
        self._read_ms = now_ms
        for _ in range(limit):
            try:
                packet, address = receive_from(MAX_DATAGRAM_BYTES)
            except OSError:  # nothing more is there, or an answer said that nobody is at some address
                return
            try:
                receive(packet, address, now_ms)
            except Exception:
                logger.exception("a datagram of %d bytes could not be handled", len(packet))

    def close(self) -> None:
        if self._loop is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._loop = None
        self._socket.close()


def open_media_port(host: str, port: int) -> MediaPort:
    """Bind the UDP port of voice on `host`, an IPv4 address or a name of one. Raises MediaPortError.

    Where `host` is not this machine's own, as behind a NAT or in a container, the port is bound on all its addresses.
    """
    literal = _ipv4(host)
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        sock.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_TOS, LOW_DELAY)
    try:
        try:
            sock.bind((literal, port))
        except OSError as error:
            if error.errno != _NOT_OURS:
                raise
            sock.bind(("", port))
    except OSError as error:
        sock.close()
        raise MediaPortError(
            f"Cannot take UDP port {port} of {host} for voice: {error.strerror or error}. "
            "Choose another with --voice-port (0 picks a free one)."
        ) from error
    return MediaPort(sock, literal)


def _ipv4(host: str) -> str:
    """Return the literal of a host; voice speaks IPv4, since libraries do (discord.py opens AF_INET sockets)."""
    try:
        found = socket.getaddrinfo(host, None, family=socket.AF_INET, type=socket.SOCK_DGRAM)
    except OSError as error:
        raise MediaPortError(
            f"Voice needs an IPv4 address, and {host} has none: {error.strerror or error}. Give one with --voice-host."
        ) from error
    return str(found[0][4][0])
