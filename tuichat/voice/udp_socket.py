"""One UDP socket to a voice server's media port, read by the running loop."""

import asyncio
import contextlib
import ipaddress
import socket
from collections.abc import Callable

from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.json import printable

MAX_DATAGRAM_BYTES = 2048
MAX_READ_AT_ONCE = 64  # then others on the loop have their turn


class UdpSocket:
    """Connected, so that the kernel lets nobody else's datagrams in. Raises ProtocolError for what is no address.

    `is_broken` once the system refused to send: there is no network, or the address it had is gone.
    """

    def __init__(self, host: str, port: int, on_datagram: Callable[[bytes], None]) -> None:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            raise ProtocolError(f"READY's ip is no address: {printable(host)}") from None
        if not 0 < port < 65536:
            raise ProtocolError(f"READY's media port must be 1 to 65535, got {str(port)[:20]}")
        self._on_datagram = on_datagram
        self.is_broken = False
        self._socket = socket.socket(socket.AF_INET6 if address.version == 6 else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        try:
            self._socket.connect((str(address), port))
        except OSError:  # no network now: the next one is opened in a moment
            self.is_broken = True
            return
        asyncio.get_running_loop().add_reader(self._socket.fileno(), self._read)

    def send(self, datagram: bytes) -> None:
        """Send a datagram; one that the system does not take is lost, as it might be on the way."""
        try:
            self._socket.send(datagram)
        except (BlockingIOError, ConnectionRefusedError):  # a full buffer; a port without a program, told by ICMP
            pass
        except OSError:
            self.is_broken = True

    def close(self) -> None:
        with contextlib.suppress(ValueError, OSError):
            asyncio.get_running_loop().remove_reader(self._socket.fileno())
        self._socket.close()

    def _read(self) -> None:
        for _ in range(MAX_READ_AT_ONCE):
            try:
                datagram = self._socket.recv(MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError:  # what an ICMP said of an earlier datagram
                continue
            self._on_datagram(datagram)
            if self._socket.fileno() < 0:  # closed by whoever was told
                return
