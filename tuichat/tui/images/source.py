"""Which picture is shown, and where it is loaded from."""

import re

import msgspec

from tuichat.client.errors import NotPermittedHereError
from tuichat.client.file_address import own_path
from tuichat.protocol.message import Attachment
from tuichat.protocol.scheduled_event import ScheduledEvent
from tuichat.protocol.user import User
from tuichat.text.media import Media

TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
MAX_SIDE = 65_535  # pixels
# Drawn smaller by the server: twice the pixels of half blocks are enough for any of the ways.
LOADED_SIDE = 960
_HASH = re.compile(r"\w{1,80}", re.ASCII)
COVER_SIZE = (512, 205)  # as Discord's own clients cut it: five to two
UNKNOWN_SIZE = (256, 144)  # taste


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


def of_media(media: Media) -> PictureSource | None:
    """Return the picture behind an address; None where it is not of one's own server, which alone is asked for pictures.

    One of unknown size is shown within a frame of the usual shape.
    """
    url = media.proxy_url or media.url
    try:
        name = own_path(url).partition("?")[0]
    except NotPermittedHereError:
        return None
    return _sized(name, url, media.width, media.height) or _sized(name, url, *UNKNOWN_SIZE)


def of_avatar(user: User) -> PictureSource | None:
    """Return somebody's picture; None for who has none."""
    if not user.avatar or not _HASH.fullmatch(user.avatar):
        return None
    return PictureSource(
        f"avatar{int(user.id)}{user.avatar}", f"/avatars/{int(user.id)}/{user.avatar}.webp?size=128", 128, 128
    )


def of_cover(event: ScheduledEvent) -> PictureSource | None:
    """Return the picture of a scheduled event; None where it has none."""
    if not event.image or not _HASH.fullmatch(event.image):
        return None
    name = f"cover{int(event.id)}{event.image}"
    return PictureSource(name, f"/guild-events/{int(event.id)}/{event.image}.webp?size=512", *COVER_SIZE)


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
