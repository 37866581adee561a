"""Which picture is shown, and where it is loaded from."""

import msgspec

from tuichat.protocol.message import Attachment

TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
MAX_SIDE = 65_535  # pixels
# Drawn smaller by the server: twice the pixels of half blocks are enough for any of the ways.
LOADED_SIDE = 960


class PictureSource(msgspec.Struct, frozen=True):
    """A picture of so many pixels; `name` tells it from all others, whatever signs its URL has at the time."""

    name: str
    url: str
    width: int
    height: int


def of_attachment(attachment: Attachment) -> PictureSource | None:
    """Return the picture that a file is; None for one that is none, or whose size is not known before it is loaded."""
    if attachment.content_type not in TYPES or not attachment.url:
        return None
    name = f"{int(attachment.id)}{attachment.filename}"
    return _sized(name, attachment.proxy_url or attachment.url, attachment.width, attachment.height)


def of_emoji(target: str) -> PictureSource:
    """Return a server's own emoji, by its id behind an "a" for one that moves; its size is not known."""
    return PictureSource(f"emoji{target}", f"/emojis/{target.removeprefix('a')}.webp?size=64", 64, 64)


def _sized(name: str, url: str, width: object, height: object) -> PictureSource | None:
    if not isinstance(width, int) or not isinstance(height, int):
        return None
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        return None
    return PictureSource(
        name, f"{url}{'&' if '?' in url else '?'}width={LOADED_SIDE}&height={LOADED_SIDE}", width, height
    )
