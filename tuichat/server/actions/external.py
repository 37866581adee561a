"""Strangers' pictures, loaded by the server for its clients, so that no stranger learns where they are."""

from tuichat.server.actions import errors
from tuichat.server.actions.context import Context
from tuichat.server.fetch.errors import FetchBusy, FetchError
from tuichat.server.fetch.fetcher import Request
from tuichat.server.files import sniff
from tuichat.server.files.picture import Format, PictureRefused
from tuichat.server.files.pictures import PicturesBusy

MAX_PICTURE_BYTES = 8 * 1024 * 1024
MAX_SIDE = 2048  # of what is shown: the original never goes on to clients as it came
TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_FORMATS = {kind.content_type: kind for kind in Format}


async def load(
    ctx: Context, url: str, signature: str, *, width: int | None, height: int | None, wanted: Format | None
) -> tuple[bytes, Format]:
    """Fetch a picture whose URL this server signed, and draw it anew in a format and size.

    Raises ActionError 404 for a URL that is not signed, or brings no picture; 503 when too many wait.
    """
    if not ctx.links.is_good_external(url, signature):
        raise gone()

    async def make() -> bytes:
        answer = await ctx.fetcher.fetch(Request(url=url, max_bytes=MAX_PICTURE_BYTES, types=TYPES))
        own = _FORMATS.get(sniff.content_type(answer.body[:64]) or "")
        if answer.status != 200 or own is None:
            raise gone()
        shown = wanted or (own if own in (Format.GIF, Format.PNG, Format.JPEG) else Format.WEBP)
        moves = own in (Format.GIF, Format.WEBP) and shown in (Format.GIF, Format.WEBP)
        return await ctx.pictures.render(
            answer.body,
            shown,
            width=min(width or MAX_SIDE, MAX_SIDE),
            height=min(height or MAX_SIDE, MAX_SIDE),
            animated=moves,
        )

    try:
        content = await ctx.pictures.kept((url, width, height, wanted), make)
    except (FetchBusy, PicturesBusy):
        raise errors.overloaded() from None
    except (FetchError, PictureRefused):
        raise gone() from None
    return content, _FORMATS[sniff.content_type(content[:64]) or ""]


def gone() -> errors.ActionError:
    return errors.ActionError(404, 0, "404: Not Found (there is no picture at this address)")
