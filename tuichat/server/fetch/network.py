"""The two things that a fetch asks of the network: the addresses of a name, and a connection to one address."""

import asyncio
import socket
import ssl
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import msgspec

RESOLVER_THREADS = 8
READ_BYTES = 64 * 1024  # what a connection buffers at most


class Connection(msgspec.Struct, frozen=True):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Network(Protocol):
    """The network, or a test's."""

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses of a name. Raises OSError."""
        ...

    async def connect(self, address: str, port: int, tls_name: str | None) -> Connection:
        """Connect to an address, with TLS for that name unless it is None. Raises OSError or ssl.SSLError."""
        ...

    def close(self) -> None: ...


class RealNetwork:
    """The system's resolver and sockets; no proxy, whatever the environment says."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(RESOLVER_THREADS, thread_name_prefix="resolver")
        self._tls: ssl.SSLContext | None = None

    async def resolve(self, host: str, port: int) -> list[str]:
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    async def connect(self, address: str, port: int, tls_name: str | None) -> Connection:
        if tls_name is not None and self._tls is None:
            self._tls = await asyncio.to_thread(ssl.create_default_context)
        reader, writer = await asyncio.open_connection(
            address,
            port,
            ssl=None if tls_name is None else self._tls,
            server_hostname=tls_name,
            limit=READ_BYTES,
        )
        return Connection(reader, writer)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
