"""Answering with a file: whole or in part, or by word that the client has it already."""

import re
from collections.abc import AsyncIterator, Callable

import msgspec

from tuichat.server.actions.errors import ActionError
from tuichat.server.api.exchange import Request, Response

IMMUTABLE = "public, max-age=31536000, immutable"
_RANGE = re.compile(r"bytes=(?P<first>\d{0,18})-(?P<last>\d{0,18})")

Read = Callable[[int, int], AsyncIterator[bytes]]


class Span(msgspec.Struct, frozen=True):
    """Bytes `start` up to `stop` of a file."""

    start: int
    stop: int


def parse_range(header: str | None, size_bytes: int) -> Span | None:
    """Return what a Range header asks for; None for the whole file, also where it is malformed or has several parts.

    Raises ActionError 416 when nothing of it is in the file (RFC 9110, 14.2).
    """
    found = _RANGE.fullmatch((header or "").strip())
    if found is None or not (found["first"] or found["last"]):
        return None
    if not found["first"]:
        length = int(found["last"])
        if length and size_bytes:
            return Span(max(size_bytes - length, 0), size_bytes)
    else:
        start = int(found["first"])
        stop = min(int(found["last"]) + 1, size_bytes) if found["last"] else size_bytes
        if found["last"] and int(found["last"]) < start:
            return None
        if start < size_bytes:
            return Span(start, stop)
    raise ActionError(416, 0, f"416: Range Not Satisfiable (the file has {size_bytes} bytes)")


def answer_file(
    req: Request, resp: Response, read: Read, size_bytes: int, *, etag: str, content_type: str, cache: str = IMMUTABLE
) -> None:
    """Answer GET or HEAD with a file whose content never changes under its `etag`."""
    resp.content_type = content_type
    resp.set_headers(
        {
            "ETag": f'"{etag}"',
            "Cache-Control": cache,
            "Accept-Ranges": "bytes",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
    )
    known = req.get_header("If-None-Match") or ""
    if known.strip() == "*" or f'"{etag}"' in known:
        resp.status = 304
        return
    condition = req.get_header("If-Range")
    asked = req.get_header("Range") if condition in (None, f'"{etag}"') else None
    try:
        span = parse_range(asked, size_bytes)
    except ActionError:
        resp.set_header("Content-Range", f"bytes */{size_bytes}")
        raise
    start, stop = (span.start, span.stop) if span is not None else (0, size_bytes)
    if span is not None:
        resp.status = 206
        resp.set_header("Content-Range", f"bytes {start}-{stop - 1}/{size_bytes}")
    resp.set_header("Content-Length", str(stop - start))
    if req.method != "HEAD":
        resp.stream = read(start, stop)


def answer_bytes(req: Request, resp: Response, content: bytes, *, etag: str, content_type: str, cache: str) -> None:
    """Answer with a file that is in memory."""

    async def read(start: int, stop: int) -> AsyncIterator[bytes]:
        yield content[start:stop]

    answer_file(req, resp, read, len(content), etag=etag, content_type=content_type, cache=cache)
