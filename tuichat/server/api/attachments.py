"""Routes: files of messages: sent before their message, shown by URLs that end, in part or as small pictures."""

from urllib.parse import quote

import msgspec

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import attachments, errors, images, uploads
from tuichat.server.actions.attachments import DRAWN, RefreshedUrl, StoredFile
from tuichat.server.actions.links import AttachmentPath
from tuichat.server.actions.upload_book import Upload
from tuichat.server.actions.uploads import CreateUploadsRequest
from tuichat.server.api.body import read_body
from tuichat.server.api.exchange import (
    Request,
    Resource,
    Response,
    answer,
    answer_nothing,
    local_uid,
    query_int,
    query_text,
)
from tuichat.server.api.file_answer import answer_bytes, answer_file
from tuichat.server.files.errors import FileMissing
from tuichat.server.files.picture import EXTENSIONS, Format

A_DAY = "private, max-age=86400, immutable"  # as long as the URL is good
MAX_DRAWN_SIDE = 4096


class RefreshRequest(msgspec.Struct, frozen=True, kw_only=True):
    attachment_urls: list[str]


class RefreshAnswer(msgspec.Struct, frozen=True, kw_only=True):
    refreshed_urls: list[RefreshedUrl]


class Uploads(Resource):
    async def on_post(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        body = await read_body(req, CreateUploadsRequest)
        is_local = local_uid(req) is not None  # it knows no host of ours
        base_url = self.context.links.base_url if is_local else self.api.base_url(req)
        answer(resp, await uploads.create_uploads(self.context, actor, channel_id, body, base_url))


class UploadDeletion(Resource):
    async def on_delete(self, req: Request, resp: Response, name: str) -> None:
        await uploads.delete_upload(self.context, await self.actor(req), name)
        answer_nothing(resp)


class Refresh(Resource):
    async def on_post(self, req: Request, resp: Response) -> None:
        actor = await self.actor(req)
        body = await read_body(req, RefreshRequest)
        refreshed = await attachments.refresh_urls(self.context, actor, body.attachment_urls)
        answer(resp, RefreshAnswer(refreshed_urls=refreshed))


class UploadTarget(Resource):
    """Takes the bytes of an upload, as Google's storage does: 308 with what is here as long as some are missing.

    Who has the URL needs no token.
    """

    async def on_put(self, req: Request, resp: Response, key: str) -> None:
        content_range = uploads.parse_content_range(req.get_header("Content-Range"))
        upload = await uploads.receive(self.context, key, req.stream, content_range)
        _tell(resp, upload)


def _tell(resp: Response, upload: Upload) -> None:
    resp.set_header("Upload-Offset", str(upload.received_bytes))
    if upload.is_complete:
        resp.data = b"{}"
        return
    resp.status = 308
    if upload.received_bytes:
        resp.set_header("Range", f"bytes=0-{upload.received_bytes - 1}")


class File(Resource):
    """The URL is signed: who has it needs no token."""

    async def on_get(
        self, req: Request, resp: Response, channel_id: Snowflake, attachment_id: Snowflake, filename: str
    ) -> None:
        path = AttachmentPath(channel_id, attachment_id, filename)
        stored = await attachments.find(
            self.context,
            path,
            end=query_text(req, "ex"),
            made=query_text(req, "is"),
            signature=query_text(req, "hm"),
        )
        if stored is None:
            raise _gone()
        width, height = _side(req, "width"), _side(req, "height")
        wanted = query_text(req, "format")
        if width or height or wanted:
            await self._draw(req, resp, stored, width, height, wanted)
            return
        resp.set_header("Content-Disposition", disposition(filename))
        read = self.context.files.read
        answer_file(
            req,
            resp,
            lambda start, stop: read(stored.name, start, stop),
            stored.size_bytes,
            etag=stored.name,
            content_type=stored.content_type or "application/octet-stream",
            cache=A_DAY,
        )

    on_head = on_get

    async def _draw(
        self, req: Request, resp: Response, stored: StoredFile, width: int | None, height: int | None, wanted: str
    ) -> None:
        own = DRAWN.get(stored.content_type or "")
        if own is None:
            raise errors.ActionError(415, 0, "415: Unsupported Media Type (only pictures are drawn smaller)")
        if wanted and wanted not in EXTENSIONS:
            raise errors.invalid_field("format", "BASE_TYPE_CHOICES", f"Must be one of {tuple(EXTENSIONS)}.")
        format_ = EXTENSIONS[wanted] if wanted else own
        moves = format_ in (Format.GIF, Format.WEBP) and own in (Format.GIF, Format.WEBP)
        try:
            content = await images.draw(self.context, stored.name, format_, width=width, height=height, animated=moves)
        except FileMissing:
            raise _gone() from None
        resp.set_header("Content-Disposition", disposition(stored.filename))
        etag = f"{stored.name[:32]}-{format_.value.lower()}-{width or 0}-{height or 0}"
        answer_bytes(req, resp, content, etag=etag, content_type=format_.content_type, cache=A_DAY)


def disposition(filename: str) -> str:
    """Return a Content-Disposition that never lets a browser show the file as a page (RFC 6266)."""
    plain = "".join(letter if " " <= letter <= "~" and letter not in '"\\' else "_" for letter in filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _side(req: Request, name: str) -> int | None:
    return query_int(req, name, 0, minimum=0, maximum=MAX_DRAWN_SIDE) or None


def _gone() -> errors.ActionError:
    """One answer for all: a URL that is over, forged, or whose message is deleted."""
    return errors.ActionError(404, 0, "404: Not Found (this content is no longer available)")


ROUTES = {
    "/channels/{channel_id}/attachments": Uploads,
    "/attachments/refresh-urls": Refresh,
    "/attachments/{name}": UploadDeletion,
}
CDN_ROUTES = {
    "/attachments/{channel_id}/{attachment_id}/{filename}": File,
    "/uploads/{key}": UploadTarget,
}
