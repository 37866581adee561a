"""Pictures that people give to things: checked, stored, and found again by the hash that clients know.

To give a noun a picture: `image_hash = await keep_image(ctx, "icon", body.icon, max_bytes=...)` before its permission is
checked a last time, then `put_image(ImageKind.ICON, guild.id, image_hash)` among the operations of its write. The same
operation with None takes the picture away; what goes with a deleted guild, role, channel or member goes by itself.
"""

import asyncio
import binascii
from enum import Enum

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors
from tuichat.server.actions.context import Context
from tuichat.server.files.picture import Format, PictureRefused
from tuichat.server.files.pictures import PicturesBusy
from tuichat.server.store.operations import DeleteImage, Operation, Put
from tuichat.server.store.rows import ImageRow

MAX_IMAGE_BYTES = 4 * 1024 * 1024  # a request is decoded on the loop, and this takes some 3 ms of it
MAX_EMOJI_BYTES = 256 * 1024  # Discord's documentation, "Emoji Resource"
MAX_IMAGE_BODY_BYTES = MAX_IMAGE_BYTES * 4 // 3 + 64 * 1024  # of a request's JSON with one picture, for `read_body`
DECODED_AT_ONCE = 1024 * 1024  # characters; a multiple of 4
_SCHEMES = tuple(f"data:image/{kind};base64," for kind in ("png", "jpeg", "jpg", "gif", "webp"))


class ImageKind(Enum):
    """What a picture shows; the value is the first part of its CDN path where it has one of its own."""

    AVATAR = "avatars"  # of a user, or a webhook
    ICON = "icons"  # of a guild
    BANNER = "banners"  # of a user, or a guild
    SPLASH = "splashes"
    DISCOVERY_SPLASH = "discovery-splashes"
    EMOJI = "emojis"
    ROLE_ICON = "role-icons"
    APPLICATION_ICON = "app-icons"
    CHANNEL_ICON = "channel-icons"  # of a group
    EVENT_COVER = "guild-events"
    SOUND = "soundboard-sounds"  # no picture, but kept and found like one
    MEMBER_AVATAR = "member-avatars"  # of a user in a guild: /guilds/{guild}/users/{user}/avatars
    MEMBER_BANNER = "member-banners"


async def keep_image(ctx: Context, field: str, data_uri: str, *, max_bytes: int = MAX_IMAGE_BYTES) -> str:
    """Store the picture of a data URI, and return its hash as clients know it: with `a_` in front of an animated one.

    It stays without a row for ten minutes. A photograph loses what its camera wrote into it. Raises ActionError 50035 at
    `field` for what is no PNG, JPEG, GIF or WebP, is damaged, or is larger than `max_bytes`; 503 when too many wait.
    """
    content = await asyncio.to_thread(_decode, field, data_uri, max_bytes)
    try:
        return await keep_picture(ctx, content)
    except PictureRefused as refusal:
        raise errors.invalid_field(field, "IMAGE_INVALID", str(refusal)) from None
    except PicturesBusy:
        raise errors.overloaded() from None


async def keep_picture(ctx: Context, content: bytes) -> str:
    """Store a picture and return its hash, as `keep_image` does. Raises PictureRefused or PicturesBusy."""
    picture = await ctx.pictures.inspect(content)
    if picture.has_exif and not picture.is_animated:
        content = await ctx.pictures.without_exif(content)
    blob = await ctx.files.keep_bytes(content)
    return f"a_{blob.name}" if picture.is_animated else blob.name


def put_image(kind: ImageKind, owner_id: int, image_hash: str | None, *, guild_id: int = 0) -> Operation:
    """Return the operation that gives `owner_id` this picture, or none, in place of the one it had.

    `guild_id` is the guild that the owner belongs to (role, emoji, member, event): its deletion takes the picture along.
    """
    if image_hash is None:
        return DeleteImage(kind.value, owner_id, guild_id)
    return Put(
        ImageRow(
            kind=kind.value,
            owner_id=Snowflake(owner_id),
            guild_id=Snowflake(guild_id),
            hash=image_hash,
            file=image_hash.removeprefix("a_"),
        )
    )


async def find_image(
    ctx: Context, kind: ImageKind, owner_id: int, image_hash: str | None = None, *, guild_id: int | None = None
) -> ImageRow | None:
    """Return the picture of `owner_id` when that is the one it has now; any for `image_hash` None.

    A webhook has those that its messages show, too.
    """
    row = await ctx.store.read_image(kind.value, owner_id, guild_id)
    if row is not None and image_hash in (None, row.hash):
        return row
    if kind is ImageKind.AVATAR and image_hash is not None:
        return await ctx.store.read_author_avatar(owner_id, image_hash)
    return None


async def draw(
    ctx: Context,
    file: str,
    wanted: Format,
    *,
    width: int | None = None,
    height: int | None = None,
    animated: bool = False,
) -> bytes:
    """Return a stored picture in a format, made to fit into a size; with neither changing, as it was given.

    Raises FileMissing, ActionError 415 for what cannot be drawn, 503 when too many wait.
    """

    async def make() -> bytes:
        async with ctx.files.local_copy(file) as path:
            return await ctx.pictures.render(path, wanted, width=width, height=height, animated=animated)

    try:
        return await ctx.pictures.kept((file, wanted, width, height, animated), make)
    except PictureRefused as refusal:
        raise errors.ActionError(415, 0, f"415: Unsupported Media Type ({refusal})") from None
    except PicturesBusy:
        raise errors.overloaded() from None


async def default_avatar(ctx: Context, index: int, size: int) -> bytes:
    """Return the picture of somebody without one, as PNG. Raises ActionError 503 when too many wait."""
    try:
        return await ctx.pictures.kept((index, size), lambda: ctx.pictures.default_avatar(index, size))
    except PicturesBusy:
        raise errors.overloaded() from None


def _decode(field: str, data_uri: str, max_bytes: int) -> bytes:
    scheme, comma, encoded = data_uri.partition(",")
    if not comma or not f"{scheme},".lower().startswith(_SCHEMES):
        raise errors.invalid_field(
            field, "IMAGE_INVALID", "Must be a data URI: data:image/png;base64, (or jpeg, gif, webp) and the content."
        )
    if len(encoded) > max_bytes * 4 // 3 + 8:
        raise _too_large(field, max_bytes)
    content = bytearray()
    try:
        for start in range(0, len(encoded), DECODED_AT_ONCE):  # other threads get their turn between
            content += binascii.a2b_base64(encoded[start : start + DECODED_AT_ONCE], strict_mode=True)
    except ValueError as error:
        raise errors.invalid_field(field, "IMAGE_INVALID", f"The image is not valid base64: {error}.") from None
    if len(content) > max_bytes:
        raise _too_large(field, max_bytes)
    return bytes(content)


def _too_large(field: str, max_bytes: int) -> errors.ActionError:
    return errors.invalid_field(field, "IMAGE_TOO_LARGE", f"File cannot be larger than {max_bytes} bytes.")
