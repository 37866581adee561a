"""HTTP by hand, for what no honest client would send."""

import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec

TIMEOUT_S = 10.0
MAX_ANSWER_BYTES = 1_000_000


class RawAnswer(msgspec.Struct, frozen=True):
    """An answer as it came: `headers` in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def send(
    base_url: str,
    method: str,
    path: str,
    headers: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    *,
    host: str | None = "",
) -> RawAnswer:
    """Send exactly these headers and return the answer; `host` None leaves the Host header out."""
    parts = urlsplit(base_url)
    assert parts.hostname is not None
    lines = [f"{method} {path} HTTP/1.1"]
    if host is not None:
        lines.append(f"Host: {host or parts.netloc}")
    lines += [f"{name}: {value}" for name, value in headers]
    if not any(name.lower() == "connection" for name, _ in headers):
        lines.append("Connection: close")
    if body or method in ("POST", "PUT", "PATCH"):
        lines.append(f"Content-Length: {len(body)}")
    request = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    with socket.create_connection((parts.hostname, parts.port or 80), timeout=TIMEOUT_S) as connection:
        connection.sendall(request)
        return _read(connection)


def upgrade(base_url: str, path: str, headers: Sequence[tuple[str, str]] = (), *, host: str = "") -> RawAnswer:
    """Ask for a WebSocket with these additional headers; 101 means that it was opened."""
    handshake = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ]
    return send(base_url, "GET", path, [*handshake, *headers], host=host)


def _read(connection: socket.socket) -> RawAnswer:
    data = b""
    while b"\r\n\r\n" not in data:
        received = connection.recv(65536)
        if not received:
            raise ConnectionError(f"the connection was closed after {data!r}")
        data += received
    head, _, body = data.partition(b"\r\n\r\n")
    first, *rest = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    status = int(first.split()[1])
    if status != 101:
        length = int(headers.get("content-length", MAX_ANSWER_BYTES))
        while len(body) < length and (received := connection.recv(65536)):
            body += received
    return RawAnswer(status=status, headers=headers, body=body)
