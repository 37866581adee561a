"""Files of messages: taken from a request, checked, stored, and shown with URLs that end."""

import contextlib
import re
import unicodedata
from collections.abc import Mapping, Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol.message import Attachment, MessageFlag
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.message import AttachmentRequest, EditMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors, fields
from tuichat.server.actions.access import require_place
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.held_files import HOLD_S
from tuichat.server.actions.links import AttachmentPath, parse_attachment_url
from tuichat.server.actions.upload_book import Upload
from tuichat.server.files import sniff
from tuichat.server.files.draft import Draft
from tuichat.server.files.picture import Format, PictureRefused
from tuichat.server.files.pictures import PicturesBusy
from tuichat.server.store.message_rows import AttachmentRow, MessageRow

MAX_ATTACHMENTS = 10
MAX_FILENAME_CHARACTERS = 120
MAX_DESCRIPTION_CHARACTERS = 1024
MAX_TITLE_CHARACTERS = 1024
MAX_WAVEFORM_CHARACTERS = 400
MAX_DURATION_S = 86_400
MAX_REFRESHED = 50
DRAWN = {kind.content_type: kind for kind in Format}
_ATTACHMENT_URL = re.compile(rb'(?<=url":")attachment://([^"\\]{1,1000})')


class FilePart(msgspec.Struct, frozen=True):
    """A file of a form: the N of `files[N]`, None for `file`; its name as the sender says; its bytes."""

    number: int | None
    filename: str
    draft: Draft


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file to answer with."""

    name: str
    filename: str
    size_bytes: int
    content_type: str | None


class RefreshedUrl(msgspec.Struct, frozen=True, kw_only=True):
    original: str
    refreshed: str | None


def require_upload(ctx: Context, actor: Actor, channel_id: int) -> None:
    """Before a byte is read: 50013 for who may not attach files here."""
    require_place(ctx, actor, channel_id, Permissions.ATTACH_FILES)


async def take(
    ctx: Context,
    user_id: int,
    channel_id: int,
    wanted: Sequence[AttachmentRequest],
    parts: Sequence[FilePart],
    present: Sequence[AttachmentRow] = (),
) -> tuple[AttachmentRow, ...]:
    """Store what comes with a message, and return its attachments in the order of `wanted`, files without a word after.

    `present` are those that the message has: of them the ones that `wanted` names stay. Raises ActionError 50035.
    """
    if len(wanted) > MAX_ATTACHMENTS:
        raise errors.too_long("attachments", MAX_ATTACHMENTS)
    by_number = _numbered(parts)
    by_id = {int(row.id): row for row in present}
    found: list[AttachmentRow] = []
    for index, request in enumerate(wanted):
        path = f"attachments.{index}"
        _check(request, path)
        number = number_of(request.id)
        if request.uploaded_filename:
            found.append(await _from_upload(ctx, user_id, channel_id, request, path))
        elif number in by_number:
            found.append(await _from_part(ctx, by_number.pop(number), request))
        elif number in by_id:
            found.append(_said_of(by_id.pop(number), request))
        else:
            raise errors.invalid_field(f"{path}.id", "BASE_TYPE_BAD_VALUE", "There is no file of this number.")
    for part in by_number.values():
        found.append(await _from_part(ctx, part, AttachmentRequest()))
    if len(found) > MAX_ATTACHMENTS:
        raise errors.too_long("attachments", MAX_ATTACHMENTS)
    return tuple(found)


async def take_numbered(
    ctx: Context, user_id: int, channel_id: int, wanted: Sequence[AttachmentRequest], parts: Sequence[FilePart]
) -> dict[int, AttachmentRow]:
    """Store files of which no message will name any, for an hour, and return them by the numbers that the sender gave."""
    taken = await take(ctx, user_id, channel_id, wanted, parts)
    hold(ctx, taken)
    named = [number_of(request.id) for request in wanted]
    rest = [number for number in _numbered(parts) if number not in named]
    return {number: row for number, row in zip([*named, *rest], taken, strict=True) if number is not None}


def wanted_of(row: MessageRow, request: EditMessageRequest) -> list[AttachmentRequest]:
    """What an edit says of files; without a word, all that are there stay."""
    if request.attachments is UNSET:
        return [AttachmentRequest(id=int(each.id)) for each in row.attachments]
    return request.attachments or []


def shown(ctx: Context, row: MessageRow) -> list[Attachment]:
    """The attachments of a message, with URLs that are good for a day."""
    is_ephemeral = bool(row.flags & MessageFlag.EPHEMERAL)
    return [shown_file(ctx, row.channel_id, each, is_ephemeral=is_ephemeral) for each in row.attachments]


def shown_file(ctx: Context, channel_id: int, row: AttachmentRow, *, is_ephemeral: bool) -> Attachment:
    """One file, with a URL that is good for a day."""
    url = ctx.links.attachment(channel_id, row.id, row.filename, ctx.now_ms() // 1000)
    return Attachment(
        id=row.id,
        filename=row.filename,
        size=row.size_bytes,
        url=url,
        proxy_url=url,
        content_type=UNSET if row.content_type is None else row.content_type,
        title=UNSET if row.title is None else row.title,
        description=UNSET if row.description is None else row.description,
        width=UNSET if row.width is None else row.width,
        height=UNSET if row.height is None else row.height,
        duration_secs=UNSET if row.duration_s is None else row.duration_s,
        waveform=UNSET if row.waveform is None else row.waveform,
        flags=row.flags or UNSET,
        ephemeral=is_ephemeral or UNSET,
    )


def with_urls(ctx: Context, row: MessageRow, raw: bytes) -> bytes:
    """Put today's URLs into a message's embeds or components: of its own files, which they name as attachment://FILENAME,
    and of strangers' pictures, which clients load through this server."""
    now_s = ctx.now_ms() // 1000
    raw = ctx.links.with_urls(raw, now_s)
    if b"attachment://" not in raw or not row.attachments:
        return raw
    by_name = {
        each.filename: ctx.links.attachment(row.channel_id, each.id, each.filename, now_s) for each in row.attachments
    }
    return bytes(put_urls(by_name, raw))


def lasting(ctx: Context, raw: bytes, rows: Sequence[AttachmentRow]) -> bytes:
    """A message's embeds or components as they are stored; `rows` are its files."""
    return ctx.links.lasting(raw, {int(row.id): row.filename for row in rows}, ctx.now_ms() // 1000)


def put_urls(by_name: Mapping[str, str], raw: bytes) -> msgspec.Raw:
    """Put URLs where JSON names files as attachment://FILENAME."""

    def url(found: re.Match[bytes]) -> bytes:
        return by_name.get(found[1].decode("utf-8", "replace"), found[0].decode("utf-8", "replace")).encode()

    return msgspec.Raw(_ATTACHMENT_URL.sub(url, bytes(raw)))


async def find(ctx: Context, path: AttachmentPath, *, end: str, made: str, signature: str) -> StoredFile | None:
    """Return the file of a URL that this server gave out and whose time is not over, while a message has it."""
    if not ctx.links.is_good(path, end, made, signature, ctx.now_ms() // 1000):
        return None
    named = await ctx.store.read_message_files(path.attachment_id)
    if named:
        return _stored(path, named[0].file, named[0].size_bytes, named[0].content_type)
    held = ctx.held_files.get(path.attachment_id, ctx.now_ms())
    return None if held is None else _stored(path, held.sha256, held.size_bytes, held.content_type)


def hold(ctx: Context, rows: Sequence[AttachmentRow]) -> None:
    """Keep the files of an ephemeral message, which no row names, for an hour."""
    for row in rows:
        ctx.files.pin(row.sha256, HOLD_S)
        ctx.held_files.put(row, ctx.now_ms())


async def refresh_urls(ctx: Context, actor: Actor, urls: Sequence[str]) -> list[RefreshedUrl]:
    """Sign URLs of attachments anew, of messages that the actor can read; null for the others."""
    if not 1 <= len(urls) <= MAX_REFRESHED:
        raise errors.invalid_field(
            "attachment_urls", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_REFRESHED} in length."
        )
    now_s = ctx.now_ms() // 1000
    found = []
    for index, url in enumerate(urls):
        path = parse_attachment_url(url)
        if path is None:
            raise errors.invalid_field(
                f"attachment_urls.{index}", "URL_TYPE_INVALID_URL", "Must be the URL of an attachment."
            )
        named = await ctx.store.read_message_files(path.attachment_id)
        is_readable = any(_can_read(ctx, actor, file.channel_id) for file in named)
        refreshed = ctx.links.attachment(path.channel_id, path.attachment_id, path.filename, now_s)
        found.append(RefreshedUrl(original=url, refreshed=refreshed if is_readable else None))
    return found


def clean_filename(name: str) -> str:
    """Return a name without folders, control, bidi and zero-width characters, and of MAX_FILENAME_CHARACTERS at most."""
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", name)[-1])
    name = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C")
    name = re.sub(r"[\s:*?\"<>|]+", "_", name.strip()).strip("_") or "unknown"
    if not name.strip("."):
        return "unknown"
    if len(name) <= MAX_FILENAME_CHARACTERS:
        return name
    stem, dot, extension = name.rpartition(".")
    if not dot or len(extension) > 16:
        return name[:MAX_FILENAME_CHARACTERS]
    return f"{stem[: MAX_FILENAME_CHARACTERS - len(extension) - 1]}.{extension}"


async def _from_part(ctx: Context, part: FilePart, request: AttachmentRequest) -> AttachmentRow:
    return await _store(ctx, part.draft, request.filename or part.filename, request)


async def _from_upload(
    ctx: Context, user_id: int, channel_id: int, request: AttachmentRequest, path: str
) -> AttachmentRow:
    upload = ctx.uploads.find(request.uploaded_filename or "")
    if upload is None or (upload.row.user_id, upload.row.channel_id) != (user_id, channel_id):
        raise errors.invalid_field(
            f"{path}.uploaded_filename", "BASE_TYPE_BAD_VALUE", "There is no upload of this name here."
        )
    if not upload.is_complete:
        raise errors.invalid_field(
            f"{path}.uploaded_filename",
            "BASE_TYPE_BAD_VALUE",
            f"The upload is not complete: {upload.received_bytes} of {upload.row.size_bytes} bytes are here.",
        )
    return await _take_upload(ctx, upload, request)


async def _take_upload(ctx: Context, upload: Upload, request: AttachmentRequest) -> AttachmentRow:
    """Store an upload; a message that is sent again, for the first one failed, finds it stored."""
    async with upload.lock:
        if upload.stored is None:
            upload.stored = await _store(ctx, upload.draft, upload.row.filename, AttachmentRequest())
        ctx.files.pin(upload.stored.sha256)
    row = msgspec.structs.replace(upload.stored, id=ctx.next_id())
    if request.filename:
        row = msgspec.structs.replace(row, filename=clean_filename(request.filename))
    return _said_of(row, request)


async def _store(ctx: Context, draft: Draft, filename: str, request: AttachmentRequest) -> AttachmentRow:
    await draft.flush()
    kind = sniff.content_type(draft.head)
    width = height = None
    if kind in DRAWN:
        with contextlib.suppress(PictureRefused, PicturesBusy):  # then it is a file like others
            width, height = await ctx.pictures.measure(draft.path)
    blob = await ctx.files.keep(draft)
    cleaned = clean_filename(filename)
    stem, original = cleaned.rpartition(".")[0] or cleaned, filename.rpartition(".")[0] or filename
    title = original[:MAX_TITLE_CHARACTERS] if stem != original and original.isprintable() and original else None
    return _said_of(
        AttachmentRow(
            id=ctx.next_id(),
            filename=cleaned,
            sha256=blob.name,
            size_bytes=blob.size_bytes,
            content_type=kind,
            title=title,
            width=width,
            height=height,
        ),
        request,
    )


def _said_of(row: AttachmentRow, request: AttachmentRequest) -> AttachmentRow:
    """Put in what the sender says of a file."""
    changes: dict[str, object] = {
        name: value or None
        for name, value in (
            ("title", request.title),
            ("description", request.description),
            ("duration_s", request.duration_secs),
            ("waveform", request.waveform),
        )
        if value is not UNSET
    }
    return msgspec.structs.replace(row, **changes) if changes else row


def _check(request: AttachmentRequest, path: str) -> None:
    for name, text, limit in (
        ("filename", request.filename, 1024),
        ("title", request.title, MAX_TITLE_CHARACTERS),
        ("description", request.description, MAX_DESCRIPTION_CHARACTERS),
        ("waveform", request.waveform, MAX_WAVEFORM_CHARACTERS),
    ):
        if text:
            fields.require_text(f"{path}.{name}", text)
            if len(text) > limit:
                raise errors.too_long(f"{path}.{name}", limit)
    duration_s = request.duration_secs
    if isinstance(duration_s, float) and not 0 <= duration_s <= MAX_DURATION_S:
        raise errors.invalid_field(
            f"{path}.duration_secs", "NUMBER_TYPE_MAX", f"float value should be between 0 and {MAX_DURATION_S}."
        )


def _numbered(parts: Sequence[FilePart]) -> dict[int, FilePart]:
    """Give each file its number; those without one take the lowest that are free."""
    found: dict[int, FilePart] = {}
    for part in parts:
        if part.number is not None:
            if part.number in found:
                raise errors.invalid_field(
                    "files", "BASE_TYPE_BAD_VALUE", f"There are two files of the number {part.number}."
                )
            found[part.number] = part
    for part in parts:
        if part.number is None:
            free = next(number for number in range(len(parts)) if number not in found)
            found[free] = part
    return dict(sorted(found.items()))


def number_of(value: object) -> int | None:
    """Read the id of an attachment as libraries send it: a number or digits."""
    if isinstance(value, int):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 19:
        return int(value)
    return None


def _can_read(ctx: Context, actor: Actor, channel_id: Snowflake) -> bool:
    try:
        require_place(ctx, actor, channel_id, Permissions.READ_MESSAGE_HISTORY)
    except errors.ActionError:
        return False
    return True


def _stored(path: AttachmentPath, name: str, size_bytes: int, content_type: str | None) -> StoredFile:
    return StoredFile(name=name, filename=path.filename, size_bytes=size_bytes, content_type=content_type)


def too_large(max_bytes: int) -> errors.ActionError:
    """The files of a request have more bytes than this server takes at once."""
    return errors.ActionError(
        413, ErrorCode.TOO_LARGE, f"Request entity too large: the files of a request have at most {max_bytes} bytes"
    )
