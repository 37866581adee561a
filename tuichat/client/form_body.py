"""A message with its files as one form (RFC 7578), for servers that give no places to send files to beforehand."""

import secrets
from collections.abc import AsyncIterator, Callable, Sequence

_ESCAPES = str.maketrans(
    {'"': "%22", "\r": "%0D", "\n": "%0A"}
)  # as browsers write names (WHATWG, multipart/form-data)

ReadFile = Callable[[int], AsyncIterator[bytes]]


class FormBody:
    """Of the JSON of a message, which names its files by their numbers, and of these files, as (name, bytes)."""

    def __init__(self, payload: bytes, files: Sequence[tuple[str, int]]) -> None:
        self._files = files
        self._boundary = secrets.token_hex(16)
        self._heads = [self._head("payload_json", "application/json") + payload]
        for number, (name, _size_bytes) in enumerate(files):
            self._heads.append(b"\r\n" + self._head(f"files[{number}]", "application/octet-stream", name))
        self._end = f"\r\n--{self._boundary}--\r\n".encode()

    @property
    def headers(self) -> dict[str, str]:
        size_bytes = sum(map(len, self._heads)) + len(self._end) + sum(size for _name, size in self._files)
        return {"Content-Type": f"multipart/form-data; boundary={self._boundary}", "Content-Length": str(size_bytes)}

    async def parts(self, read: ReadFile) -> AsyncIterator[bytes]:
        """Yield the body; `read` yields a file's content by its number."""
        yield self._heads[0]
        for number in range(len(self._files)):
            yield self._heads[number + 1]
            async for chunk in read(number):
                yield chunk
        yield self._end

    def _head(self, name: str, content_type: str, filename: str | None = None) -> bytes:
        named = "" if filename is None else f'; filename="{filename.translate(_ESCAPES)}"'
        return (
            f'--{self._boundary}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n'
            f"Content-Type: {content_type}\r\n\r\n"
        ).encode("utf-8", "replace")
