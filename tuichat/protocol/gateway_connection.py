"""What both ends of a gateway connection share: its URL, and the orders that a state machine gives its owner."""

from typing import Self
from urllib.parse import parse_qsl, urlsplit, urlunsplit

import msgspec

from tuichat.protocol.compression import Compression
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.json import printable

MAX_URL_CHARACTERS = 2048
MAX_QUERY_FIELDS = 32
WEBSOCKET_SCHEMES = ("ws", "wss")


class SendText(msgspec.Struct, frozen=True, gc=False):
    """Send one WebSocket text message."""

    payload: bytes


class SendBinary(msgspec.Struct, frozen=True, gc=False):
    """Send one WebSocket binary message."""

    payload: bytes


class Close(msgspec.Struct, frozen=True, gc=False):
    """Close the WebSocket with this code. The machine has no more to do with this socket: do not report its loss."""

    code: int
    reason: str = ""


class ConnectionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks for in the gateway URL; whether it is supported, ServerConnection.open says."""

    version: int | None = 10  # None: no number
    encoding: str = "json"
    compression: Compression | None = Compression.NONE  # None: something that we do not know

    @classmethod
    def parse(cls, query: str) -> Self:
        """Read a query string such as `v=10&encoding=json&compress=zlib-stream`. Unknown keys are ignored.

        Raises ProtocolError for one that is too long, or that has too many fields.
        """
        if len(query) > MAX_URL_CHARACTERS:
            raise ProtocolError(f"the gateway's query has {len(query)} characters, the limit is {MAX_URL_CHARACTERS}")
        try:
            fields = dict(parse_qsl(query.removeprefix("?"), keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS))
        except ValueError as error:
            raise ProtocolError(f"the gateway's query is not valid: {printable(str(error))}") from None
        return cls(
            version=_parse_version(fields.get("v") or "10"),
            encoding=fields.get("encoding") or "json",
            compression=_parse_compression(fields.get("compress", "")),
        )


def _parse_version(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None


def _parse_compression(text: str) -> Compression | None:
    if not text:
        return Compression.NONE
    try:
        return Compression(text)
    except ValueError:
        return None


def connection_url(gateway_url: str, compression: Compression, version: int = 10) -> str:
    """Return the URL to open: the gateway's, with its own path kept and the query that we want."""
    parts = urlsplit(gateway_url)
    query = f"v={version}&encoding=json"
    if compression is not Compression.NONE:
        query += f"&compress={compression}"
    return urlunsplit((parts.scheme, parts.netloc, parts.path or "/", query, ""))


def is_safe_resume_url(resume_url: str, gateway_url: str) -> bool:
    """Say whether a server's `resume_gateway_url` may be followed: a WebSocket URL that does not give up encryption."""
    if len(resume_url) > MAX_URL_CHARACTERS or not resume_url.isascii() or not resume_url.isprintable():
        return False
    try:
        parts = urlsplit(resume_url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    if parts.scheme not in WEBSOCKET_SCHEMES or not host or parts.username is not None:
        return False
    return parts.scheme == "wss" or urlsplit(gateway_url).scheme != "wss"
