"""Files that come before their message, in one piece or in several, also across a restart of the server."""

import re
import secrets
from collections.abc import AsyncIterable, Sequence

import msgspec

from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.message import AttachmentRequest
from tuichat.server.actions import errors
from tuichat.server.actions.access import require_place
from tuichat.server.actions.attachments import MAX_ATTACHMENTS, clean_filename
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.upload_book import KEY_CHARACTERS, Upload
from tuichat.server.files.errors import FileTooLarge
from tuichat.server.store.operations import DeleteUpload, Put
from tuichat.server.store.rows import UploadRow

MAX_UPLOADS_OF_USER = 50
MAX_UPLOADS = 10_000
LIFE_MS = 86_400_000
FILE_TOO_LARGE = 50045  # Discord's documentation, "JSON Error Codes"
_CONTENT_RANGE = re.compile(r"bytes (?:(?P<first>\d{1,18})-(?P<last>\d{1,18})|\*)/(?P<total>\d{1,18}|\*)")


class UploadRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is to come; `id` is the sender's own mark for it."""

    filename: str
    file_size: int
    id: str | int | None = None


class CreateUploadsRequest(msgspec.Struct, frozen=True, kw_only=True):
    files: list[UploadRequest]


class UploadTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Where to PUT a file, and what the message calls it then."""

    id: str | int | None
    upload_url: str
    upload_filename: str


class UploadTargets(msgspec.Struct, frozen=True, kw_only=True):
    attachments: list[UploadTarget]


class ContentRange(msgspec.Struct, frozen=True):
    """Which bytes of a file a request brings, from `start`; none for a question how far it is."""

    start: int
    is_question: bool
    total: int | None


async def create_uploads(
    ctx: Context, actor: Actor, channel_id: int, request: CreateUploadsRequest, base_url: str
) -> UploadTargets:
    """Give places to PUT files to, for a day: SEND_MESSAGES and ATTACH_FILES."""
    place = require_place(ctx, actor, channel_id, Permissions.SEND_MESSAGES, Permissions.ATTACH_FILES)
    if not 1 <= len(request.files) <= MAX_ATTACHMENTS:
        raise errors.invalid_field(
            "files", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_ATTACHMENTS} in length."
        )
    for index, file in enumerate(request.files):
        if file.file_size < 0:
            raise errors.invalid_field(
                f"files.{index}.file_size", "NUMBER_TYPE_MIN", "int value should be greater than or equal to 0."
            )
        if file.file_size > ctx.max_upload_bytes:
            raise errors.ActionError(
                400,
                FILE_TOO_LARGE,
                f"File uploaded exceeds the maximum size: {ctx.max_upload_bytes} bytes, not {file.file_size}",
            )
        if not 1 <= len(file.filename) <= 1024:
            raise errors.invalid_field(
                f"files.{index}.filename", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 1024 in length."
            )
    if ctx.uploads.count_of(actor.user_id) + len(request.files) > MAX_UPLOADS_OF_USER:
        raise errors.slow_down(
            0, f"At most {MAX_UPLOADS_OF_USER} uploads wait for their messages at once.", LIFE_MS / 1000
        )
    if len(ctx.uploads) + len(request.files) > MAX_UPLOADS:
        raise errors.overloaded()
    ctx.files.require_room(sum(file.file_size for file in request.files))
    rows = [
        UploadRow(
            key=secrets.token_hex(KEY_CHARACTERS // 2),
            user_id=actor.user_id,
            channel_id=place.channel.id,
            filename=clean_filename(file.filename),
            size_bytes=file.file_size,
            created_ms=ctx.now_ms(),
        )
        for file in request.files
    ]
    uploads = [ctx.uploads.add(row) for row in rows]  # before the wait, so that the limits hold
    await ctx.store.write([Put(row) for row in rows])
    return UploadTargets(
        attachments=[
            UploadTarget(id=file.id, upload_url=f"{base_url}/uploads/{upload.row.key}", upload_filename=upload.name)
            for file, upload in zip(request.files, uploads, strict=True)
        ]
    )


async def receive(ctx: Context, key: str, chunks: AsyncIterable[bytes], content_range: ContentRange | None) -> Upload:
    """Take bytes of an upload, as far as they come, and return it.

    Without a range they begin the file anew. A range may repeat bytes that are here; one that begins after them, or a
    question how far it is, changes nothing. Raises ActionError 404, 409 while another request sends it, 400 for more bytes
    than were announced.
    """
    upload = ctx.uploads.get(key)
    if upload is None:
        raise errors.ActionError(404, 0, "404: Not Found")
    if upload.lock.locked():
        raise errors.ActionError(409, 0, "409: Conflict (another request sends this file)")
    async with upload.lock:
        if upload.stored is not None:
            return upload
        if content_range is None:
            await upload.draft.discard()
            upload.draft = ctx.files.draft(upload.row.size_bytes, upload.row.key)
            skipped = 0
        else:
            if content_range.total not in (None, upload.row.size_bytes):
                raise errors.ActionError(
                    400, ErrorCode.GENERAL, f"The file was announced with {upload.row.size_bytes} bytes."
                )
            if content_range.is_question or content_range.start > upload.received_bytes:
                return upload
            skipped = upload.received_bytes - content_range.start
        try:
            async for chunk in chunks:
                if skipped:
                    fresh = chunk[skipped:]
                    skipped -= len(chunk) - len(fresh)
                    chunk = fresh
                await upload.draft.write(chunk)
        except FileTooLarge as error:
            raise errors.ActionError(
                400, ErrorCode.GENERAL, f"The file was announced with {error.max_bytes} bytes, and more came."
            ) from None
        finally:
            await upload.draft.suspend()
    return upload


def parse_content_range(header: str | None) -> ContentRange | None:
    """Read a Content-Range header; None without one. Raises ActionError 400 where it is malformed."""
    if header is None:
        return None
    found = _CONTENT_RANGE.fullmatch(header.strip())
    if found is None:
        raise errors.ActionError(
            400, ErrorCode.GENERAL, "Content-Range is written `bytes FIRST-LAST/TOTAL`, or `bytes */TOTAL` to ask."
        )
    total = None if found["total"] == "*" else int(found["total"])
    if found["first"] is None:
        return ContentRange(0, True, total)
    return ContentRange(int(found["first"]), False, total)


async def delete_upload(ctx: Context, actor: Actor, name: str) -> None:
    """Drop an own upload that no message will take."""
    upload = ctx.uploads.find(name)
    if upload is None or upload.row.user_id != actor.user_id:
        raise errors.ActionError(404, 0, "404: Not Found")
    await _drop(ctx, [upload])


async def drop_taken(ctx: Context, said: Sequence[AttachmentRequest]) -> None:
    """Forget the uploads that a message took."""
    names = [each.uploaded_filename for each in said if each.uploaded_filename]
    await _drop(ctx, [upload for name in names if (upload := ctx.uploads.find(name)) is not None])


async def expire(ctx: Context) -> int:
    """Drop uploads of which no message came within a day; return how many went."""
    old = ctx.uploads.older_than(ctx.now_ms() - LIFE_MS)
    await _drop(ctx, old)
    return len(old)


async def _drop(ctx: Context, uploads: Sequence[Upload]) -> None:
    if not uploads:
        return
    for upload in uploads:
        await ctx.uploads.remove(upload)
    await ctx.store.write([DeleteUpload(upload.row.key) for upload in uploads])
