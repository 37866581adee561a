"""Link previews: what pages that a message links to are about, shown below it soon after it was sent."""

import asyncio
import logging
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.message import MessageFlag
from tuichat.protocol.permissions import NONE, Permissions
from tuichat.server.actions import embeds, message_objects
from tuichat.server.actions.access import Place
from tuichat.server.actions.context import Context
from tuichat.server.actions.embeds import Media
from tuichat.server.actions.page import Page, PagePicture, read_page
from tuichat.server.actions.preview_queue import Wanted
from tuichat.server.fetch.errors import FetchError
from tuichat.server.fetch.fetcher import Request
from tuichat.server.files.picture import PictureRefused
from tuichat.server.files.pictures import PicturesBusy
from tuichat.server.store.errors import Conflict, StoreError
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import UpdateMessage

MAX_LINKS = 5
MAX_PAGE_BYTES = 256 * 1024  # of a page: its head is in it
MAX_PICTURE_HEAD_BYTES = 128 * 1024  # of a picture: its size is in it
PAGE_TYPES = ("text/html", "application/xhtml+xml")
PICTURE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_URL = re.compile(r"https?://[^\s<>]{1,2040}", re.IGNORECASE)
_CODE = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
_HIDDEN = re.compile(r"<https?://[^\s<>]*>", re.IGNORECASE)

logger = logging.getLogger(__name__)


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    name: str


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """An embed that the server made."""

    type: str
    url: str
    title: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    color: int | UnsetType = UNSET
    provider: Provider | UnsetType = UNSET
    thumbnail: Media | UnsetType = UNSET


class _Kind(msgspec.Struct):
    """A message has either the embeds of its author, which are "rich", or those of its links."""

    type: str = "rich"


_read_kinds = msgspec.json.Decoder(list[_Kind])


def links(content: str) -> list[str]:
    """Return the first five URLs of a text, each once: not those in `<>`, which are meant to stay bare, nor those in code."""
    text = _HIDDEN.sub(" ", _CODE.sub(" ", content))
    found = (_trimmed(match[0]) for match in _URL.finditer(text))
    return list(dict.fromkeys(url for url in found if len(url) > len("https://")))[:MAX_LINKS]


def want(ctx: Context, row: MessageRow) -> bool:
    """After a message was written or edited: have its links looked at, when it has some, or had."""
    if not ctx.previews.is_open or row.flags & MessageFlag.SUPPRESS_EMBEDS:
        return False
    kinds = _kinds(row)
    if "rich" in kinds or ("://" not in row.content and not kinds) or not _may_embed(ctx, row):
        return False
    return ctx.previews.put(Wanted(int(row.channel_id), int(row.id)))


def without_previews(row: MessageRow) -> bytes:
    """Return the embeds that its author gave a message, not those of its links."""
    return row.embeds if "rich" in _kinds(row) else embeds.NO_EMBEDS


async def run(ctx: Context) -> None:
    """Look at links, one message after the other, until cancelled."""
    while True:
        wanted = await ctx.previews.get()
        try:
            await show(ctx, wanted.channel_id, wanted.message_id)
        except Exception:  # outermost: one message must not end the previews of all others
            logger.exception("the links of a message could not be looked at")


async def show(ctx: Context, channel_id: int, message_id: int) -> bool:
    """Put previews of a message's links below it; say whether anything changed."""
    row = await ctx.store.read_message(channel_id, message_id)
    if row is None:
        return False
    own = ctx.links.base_url.rstrip("/") + "/"
    urls = [url for url in links(row.content) if not url.startswith(own)]
    made = [preview for preview in await asyncio.gather(*(_preview(ctx, url) for url in urls)) if preview is not None]
    async with ctx.edits.hold(message_id):
        latest = await ctx.store.read_message(channel_id, message_id)
        if latest is None or latest.content != row.content or latest.flags & MessageFlag.SUPPRESS_EMBEDS:
            return False
        changed = msgspec.structs.replace(latest, embeds=_with_previews(latest, made))
        referenced = await message_objects.referenced(ctx, changed)
        place = _place(ctx, channel_id)
        if changed == latest or place is None:
            return False
        shown = message_objects.message(ctx, place.guild, changed, referenced)
        try:
            await ctx.store.write([UpdateMessage(changed)], [message_objects.updated(ctx, place, changed, shown)])
        except (Conflict, StoreError):
            return False
    return True


async def _preview(ctx: Context, url: str) -> Preview | None:
    """Make the embed of one link; None when there is nothing to say of it."""
    try:
        answer = await ctx.fetcher.fetch(
            Request(url=url, max_bytes=MAX_PAGE_BYTES, may_cut=True, types=(*PAGE_TYPES, *PICTURE_TYPES))
        )
        if answer.status != 200:
            return None
        if answer.content_type in PICTURE_TYPES:
            width, height = await ctx.pictures.measure(answer.body)
            return Preview(type="image", url=url, thumbnail=embeds.media(url, width, height))
        charset = re.search(r"charset=\"?([a-zA-Z0-9_:.-]{1,40})", answer.headers.get("content-type", ""))
        page = await asyncio.to_thread(read_page, answer.body, answer.url, charset and charset[1])
        if page.title is None and page.description is None and page.picture is None:
            return None
        return await _of_page(ctx, url, page)
    except (FetchError, PictureRefused, PicturesBusy):
        return None


async def _of_page(ctx: Context, url: str, page: Page) -> Preview:
    picture = await _measured(ctx, page.picture)
    return Preview(
        type="article" if page.kind == "article" else "link",
        url=url,
        title=page.title or UNSET,
        description=page.description or UNSET,
        color=UNSET if page.colour is None else page.colour,
        provider=UNSET if page.site is None else Provider(name=page.site),
        thumbnail=UNSET if picture is None else embeds.media(picture.url, picture.width, picture.height),
    )


async def _measured(ctx: Context, picture: PagePicture | None) -> PagePicture | None:
    """Return a page's picture with its size, None when it cannot be fetched as one."""
    if picture is None or picture.width is not None:
        return picture
    try:
        answer = await ctx.fetcher.fetch(
            Request(url=picture.url, max_bytes=MAX_PICTURE_HEAD_BYTES, may_cut=True, types=PICTURE_TYPES)
        )
        width, height = await ctx.pictures.measure(answer.body)
    except (FetchError, PictureRefused, PicturesBusy):
        return None
    return PagePicture(picture.url, width, height)


def _with_previews(row: MessageRow, made: Sequence[Preview]) -> bytes:
    """Return the message's embeds with these previews in place of those that it had."""
    if "rich" in _kinds(row):
        return row.embeds
    return msgspec.json.encode(made) if made else embeds.NO_EMBEDS


def _kinds(row: MessageRow) -> set[str]:
    if row.embeds == embeds.NO_EMBEDS:
        return set()
    return {embed.type for embed in _read_kinds.decode(row.embeds)}


def _may_embed(ctx: Context, row: MessageRow) -> bool:
    """Whether its author has EMBED_LINKS here, as webhooks and people in a direct message have."""
    state = ctx.guilds.of_channel(row.channel_id)
    if state is None or (row.extras is not None and row.extras.webhook_id is not None):
        return True
    return bool(state.permissions_in(row.author_id, row.channel_id, ctx.now_ms()) & Permissions.EMBED_LINKS)


def _place(ctx: Context, channel_id: int) -> Place | None:
    """Where a message stands, for telling of it; None when the place is gone."""
    state = ctx.guilds.of_channel(channel_id)
    channel = ctx.directs.get(channel_id) if state is None else state.find_channel(channel_id)
    return None if channel is None else Place(channel=channel, guild=state, granted=NONE)


def _trimmed(url: str) -> str:
    """Leave out what ends the sentence around a URL, not the URL."""
    while url:
        last = url[-1]
        if last in ".,!?:;'\"*_~|" or (last in ")]" and url.count(last) > url.count("(" if last == ")" else "[")):
            url = url[:-1]
        else:
            break
    try:
        return url if urlsplit(url).hostname else ""
    except ValueError:
        return ""
