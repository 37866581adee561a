"""Rows: files of messages, and the way that they take."""

from urllib.parse import urlsplit

import aiohttp
import msgspec

from tests.server.api.route_rows.row import row
from tests.server.api.town import Object, Things, thing

CONTENT = "hello"  # seven bytes, as JSON
FILES = {"files": [{"id": "0", "filename": "hello.json", "file_size": len(CONTENT) + 2}]}


async def _upload(things: Things) -> Object:
    path = f"/channels/{things.town.channel}/attachments"
    made = await things.owner.call("POST", path, dict[str, list[Object]], FILES)
    return made["attachments"][0]


@thing
async def upload_name(things: Things) -> str:
    """An upload of the owner's that has not begun; a deletion names it as one part of the path."""
    return str((await _upload(things))["upload_filename"]).replace("/", "%2F")


@thing
async def upload_key(things: Things) -> str:
    """What is behind /uploads/ in the URL of an upload."""
    return str((await _upload(things))["upload_url"]).partition("/uploads/")[2]


@thing
async def attachment_id(things: Things) -> str:
    """The id of a file that a message of the owner's has; `{attachment_url}` is its whole URL."""
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("payload_json", '{"content":"a file"}', content_type="application/json")
    form.add_field("files[0]", b"hello", filename="hello.txt", content_type="text/plain")
    url = f"{things.owner.api_url}/channels/{things.town.channel}/messages"
    headers = {"Authorization": things.owner.authorization}
    async with things.owner.http.post(url, data=form, headers=headers) as response:
        message: Object = msgspec.json.decode(await response.read())
    (attachment,) = message["attachments"]
    things.note("attachment_url", attachment["url"])
    return str(attachment["id"])


@thing
async def attachment_url(things: Things) -> str:
    await things("attachment_id")
    return await things("attachment_url")


@thing
async def signed_filename(things: Things) -> str:
    """The end of the URL of `{attachment_id}`."""
    parts = urlsplit(await things("attachment_url"))
    return f"{parts.path.rpartition('/')[2]}?{parts.query}"


@thing
async def unsigned_filename(things: Things) -> str:
    return (await things("signed_filename")).partition("?")[0]


REFRESH = {"attachment_urls": ["{attachment_url}"]}
FILE = "/attachments/{channel_id}/{attachment_id}/{filename}"

ROWS = [
    # method, path                                   owner admin moderator member muted stranger bot
    row("POST", "/channels/{channel_id}/attachments", "200 200 200 200 50013 50001 200", FILES),
    row("DELETE", "/attachments/{name}", "204 404 404 404 404 404 404", name="upload_name"),
    row("PUT", "/uploads/{key}", "200", CONTENT, key="upload_key"),
    row("POST", "/attachments/refresh-urls", "200", REFRESH),
    row("GET", FILE, "200", filename="signed_filename"),
    row("GET", FILE, "404", filename="unsigned_filename"),
]
