"""A network in memory: names, addresses, and what answers there."""

import asyncio
from collections.abc import Callable, Mapping

from tuichat.server.fetch.network import Connection

Site = Callable[[bytes], bytes | list[bytes]]


def page(
    body: bytes = b"<html></html>", content_type: str = "text/html", status: str = "200 OK", **headers: str
) -> bytes:
    """Write an answer as servers do."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def redirect(location: str) -> bytes:
    return page(b"moved", status="302 Found", Location=location)


class _Transport:
    is_open = True

    def abort(self) -> None:
        self.is_open = False


class _Writer:
    def __init__(self, reader: asyncio.StreamReader, site: Site) -> None:
        self.transport = _Transport()
        self._reader = reader
        self._site = site

    def write(self, data: bytes) -> None:
        answer = self._site(data)
        for part in answer if isinstance(answer, list) else [answer]:
            self._reader.feed_data(part)
        self._reader.feed_eof()

    async def drain(self) -> None:
        return


class FakeNetwork:
    """`names` map to addresses, addresses to sites, which are given each request and answer bytes.

    A site of None never takes a connection. What was asked is kept in `requests`, where it went in `connected`.
    """

    def __init__(self, names: Mapping[str, list[str]], sites: Mapping[str, Site | None]) -> None:
        self._names = names
        self._sites = sites
        self.resolved: list[str] = []
        self.connected: list[tuple[str, int, str | None]] = []
        self.requests: list[bytes] = []
        self.transports: list[_Transport] = []

    async def resolve(self, host: str, port: int) -> list[str]:
        self.resolved.append(host)
        if host not in self._names:
            raise OSError("not known")
        return self._names[host]

    async def connect(self, address: str, port: int, tls_name: str | None) -> Connection:
        self.connected.append((address, port, tls_name))
        site = self._sites.get(address)
        if site is None:
            raise ConnectionRefusedError(111, "Connection refused")

        def answer(request: bytes) -> bytes | list[bytes]:
            self.requests.append(request)
            return site(request)

        reader = asyncio.StreamReader()
        writer = _Writer(reader, answer)
        self.transports.append(writer.transport)
        return Connection(reader, writer)  # type: ignore[arg-type]  # it writes into memory

    def close(self) -> None:
        return


def one_site(site: Site, name: str = "site.test", address: str = "93.184.215.14") -> FakeNetwork:
    return FakeNetwork({name: [address]}, {address: site})
