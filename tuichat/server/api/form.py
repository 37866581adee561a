"""Forms with files: their JSON as a struct, and their files written to the disk as they come."""

import contextlib
import re
from collections.abc import AsyncIterator, Callable, Collection
from typing import TypeVar

import falcon
import msgspec
from falcon.asgi import Request
from falcon.asgi.multipart import BodyPart
from falcon.media import MultipartFormHandler
from falcon.media.multipart import MultipartParseOptions

from tuichat.protocol.rest.error import ErrorCode
from tuichat.server.actions import attachments
from tuichat.server.actions.attachments import MAX_ATTACHMENTS, FilePart
from tuichat.server.actions.context import Context
from tuichat.server.actions.errors import ActionError, too_long
from tuichat.server.api.body import MAX_JSON_BYTES, MULTIPART, decode_body, media_type, read_payload, too_large
from tuichat.server.files.errors import FileTooLarge

T = TypeVar("T")

MAX_PARTS = 64
MAX_FRAME_BYTES = 64 * 1024  # of boundaries and headers between the parts
_FILE = re.compile(r"files?(?:\[(?P<bracketed>\d{1,9})\]|(?P<plain>\d{1,9}))?")


@contextlib.asynccontextmanager
async def read_form(
    req: Request,
    kind: type[T],
    ctx: Context,
    *,
    words: Collection[str] = (),
    may_attach: Callable[[], None] = lambda: None,
) -> AsyncIterator[tuple[T, list[FilePart]]]:
    """Read a body with files until left: JSON, or a form of `payload_json` and `files[N]`, `fileN` or `file`. A form without
    files may be URL-encoded, as py-cord sends it. Without `payload_json` the fields of `words` are texts of the JSON's own
    names, as curl sends them.

    `may_attach` is called before the first byte of a file is kept, and raises for who may not. Files that nobody stored
    are gone when left. Raises ActionError 413 for more than `ctx.max_upload_bytes`, 50035 for a form that is none.
    """
    if media_type(req) != MULTIPART:
        yield await read_payload(req, kind, field="payload_json", words=words), []
        return
    if (req.content_length or 0) > ctx.max_upload_bytes + MAX_JSON_BYTES + MAX_FRAME_BYTES:
        raise attachments.too_large(ctx.max_upload_bytes)
    reading = _Reading(ctx, words, may_attach)
    try:
        try:
            payload = await reading.read(req)
        except (falcon.HTTPError, ValueError) as error:
            raise ActionError(400, ErrorCode.INVALID_FORM_BODY, f"The form is not valid: {error}"[:200]) from None
        yield decode_body(b"{}" if payload is None else payload, kind), reading.files
    finally:
        for file in reading.files:
            await file.draft.discard()


class _Reading:
    """One form as it comes in."""

    def __init__(self, ctx: Context, words: Collection[str], may_attach: Callable[[], None]) -> None:
        self.files: list[FilePart] = []
        self._ctx = ctx
        self._words = words
        self._may_attach = may_attach
        self._bytes = 0

    async def read(self, req: Request) -> bytes | None:
        """Return the JSON of the form, if there is any."""
        payload: bytes | None = None
        texts: dict[str, str] = {}
        options = MultipartParseOptions()
        options.max_body_part_count = MAX_PARTS
        form = await MultipartFormHandler(options).deserialize_async(req.stream, req.content_type, req.content_length)
        async for part in form:
            name = part.name or ""
            if name == "payload_json":
                payload = await _read_small(part)
            elif name in self._words:
                texts[name] = (await _read_small(part)).decode()
            elif found := _FILE.fullmatch(name):
                number = found["bracketed"] or found["plain"]
                await self._read_file(part, None if number is None else int(number))
        return msgspec.json.encode(texts) if payload is None and texts else payload

    async def _read_file(self, part: BodyPart, number: int | None) -> None:
        if len(self.files) == MAX_ATTACHMENTS:
            raise too_long("files", MAX_ATTACHMENTS)
        if not self.files:
            self._may_attach()
        most = self._ctx.max_upload_bytes
        draft = self._ctx.files.draft(most - self._bytes)
        self.files.append(FilePart(number, part.filename or "unknown", draft))
        try:
            async for chunk in part.stream:
                await draft.write(chunk)
        except FileTooLarge:
            raise attachments.too_large(most) from None
        await draft.suspend()
        self._bytes += draft.size_bytes


async def _read_small(part: BodyPart) -> bytes:
    payload: bytes = await part.stream.read(MAX_JSON_BYTES + 1)
    if len(payload) > MAX_JSON_BYTES:
        raise too_large(MAX_JSON_BYTES)
    return payload
