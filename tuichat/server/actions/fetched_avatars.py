"""Pictures of a webhook's authors, which its sender names by URL: fetched by the server, and shown by it."""

from tuichat.server.actions.avatar_memory import Remembered
from tuichat.server.actions.context import Context
from tuichat.server.actions.external import TYPES
from tuichat.server.actions.images import keep_picture
from tuichat.server.fetch.errors import FetchError
from tuichat.server.fetch.fetcher import Request
from tuichat.server.files.picture import PictureRefused
from tuichat.server.files.pictures import PicturesBusy

MAX_BYTES = 2 * 1024 * 1024
LIFE_MS = 3_600_000
FAILURE_LIFE_MS = 60_000
TIMEOUT_S = 3.0  # the message waits for it


async def fetch_avatar(ctx: Context, url: str) -> str | None:
    """Return the hash of the picture at a URL, which is stored; None where there is none to be had within 3 s.

    It stays without a row for ten minutes, as with `images.keep_image`.
    """
    now_ms = ctx.now_ms()
    found = ctx.avatars.get(url, now_ms)
    if found is not None and (found.image_hash is None or await _is_stored(ctx, found.image_hash)):
        return found.image_hash
    try:
        answer = await ctx.fetcher.fetch(Request(url=url, max_bytes=MAX_BYTES, types=TYPES, timeout_s=TIMEOUT_S))
        image_hash = await keep_picture(ctx, answer.body) if answer.status == 200 else None
    except (FetchError, PictureRefused, PicturesBusy):
        image_hash = None
    life_ms = FAILURE_LIFE_MS if image_hash is None else LIFE_MS
    ctx.avatars.put(url, Remembered(image_hash, now_ms + life_ms))
    return image_hash


async def _is_stored(ctx: Context, image_hash: str) -> bool:
    """Say whether a picture is still there, and see to it that it stays."""
    file = image_hash.removeprefix("a_")
    if not ctx.files.is_pinned(file) and not await ctx.store.read_used_files([file]):
        return False
    ctx.files.pin(file)
    return True
