"""Routes outside /api: the pictures of users, guilds and other things, in the size and format that is asked for."""

import re

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors, images
from tuichat.server.actions.images import ImageKind
from tuichat.server.api.exchange import Request, Resource, Response, query_bool, query_int
from tuichat.server.api.file_answer import IMMUTABLE, answer_bytes
from tuichat.server.files.errors import FileMissing
from tuichat.server.files.picture import EXTENSIONS, Format
from tuichat.server.files.pictures import DEFAULT_AVATARS

SIZES = frozenset(16 << step for step in range(9))  # 16 to 4096, Discord's documentation, "Image Formatting"
A_DAY = "public, max-age=86400"  # where the path has no hash: an emoji's picture stays, but the emoji may go
DEFAULT_AVATAR_SIZE = 256
_NAME = re.compile(r"(?P<stem>[0-9a-z_]{1,80})(?:\.(?P<extension>[a-z]{3,4}))?")


class _Pictures(Resource):
    """Pictures of one kind. Subclasses give the kind, and the routes the ids."""

    kind: ImageKind

    async def send(
        self, req: Request, resp: Response, owner_id: int, name: str, *, guild_id: int | None = None
    ) -> None:
        stem, wanted = _parse(name)
        row = await images.find_image(self.context, self.kind, owner_id, stem, guild_id=guild_id)
        if row is None:
            raise _not_found()
        await send_picture(self, req, resp, row.file, wanted, is_animated=row.hash.startswith("a_"))


async def send_picture(
    resource: Resource,
    req: Request,
    resp: Response,
    file: str,
    wanted: Format,
    *,
    is_animated: bool,
    cache: str = IMMUTABLE,
) -> None:
    """Answer with a stored picture: as `?size` and the format want it, moving where both it and the format can."""
    size = _size(req)
    moves = is_animated and (wanted is Format.GIF or (wanted is Format.WEBP and query_bool(req, "animated")))
    if wanted is Format.GIF and not is_animated:
        raise errors.ActionError(415, 0, "415: Unsupported Media Type (only animated images are shown as GIF)")
    try:
        content = await images.draw(resource.context, file, wanted, width=size, height=size, animated=moves)
    except FileMissing:
        raise _not_found() from None
    etag = f"{file[:32]}-{wanted.value.lower()}-{size or 0}-{int(moves)}"
    answer_bytes(req, resp, content, etag=etag, content_type=wanted.content_type, cache=cache)


def _of(kind_: ImageKind) -> type[_Pictures]:
    """A route of one id and a hash."""

    class Pictures(_Pictures):
        kind = kind_

        async def on_get(self, req: Request, resp: Response, owner_id: Snowflake, name: str) -> None:
            """A picture by its hash and format, `?size` 16 to 4096 wide."""
            await self.send(req, resp, owner_id, name)

        on_head = on_get

    return Pictures


def _of_member(kind_: ImageKind) -> type[_Pictures]:
    class Pictures(_Pictures):
        kind = kind_

        async def on_get(
            self, req: Request, resp: Response, guild_id: Snowflake, user_id: Snowflake, name: str
        ) -> None:
            """A member's picture in one guild, by its hash and format."""
            await self.send(req, resp, user_id, name, guild_id=guild_id)

        on_head = on_get

    return Pictures


class Emojis(Resource):
    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        """An emoji's picture; the path names no hash, for it never changes."""
        stem, wanted = _parse(name)
        row = await images.find_image(self.context, ImageKind.EMOJI, int(stem)) if _is_id(stem) else None
        if row is None:
            raise _not_found()
        is_animated = row.hash.startswith("a_")
        await send_picture(self, req, resp, row.file, wanted, is_animated=is_animated, cache=A_DAY)

    on_head = on_get


class DefaultAvatars(Resource):
    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        stem, wanted = _parse(name)
        if wanted is not Format.PNG or stem not in map(str, range(DEFAULT_AVATARS)):
            raise _not_found()
        size = _size(req) or DEFAULT_AVATAR_SIZE
        content = await images.default_avatar(self.context, int(stem), size)
        answer_bytes(
            req, resp, content, etag=f"avatar-{stem}-{size}", content_type=Format.PNG.content_type, cache=A_DAY
        )

    on_head = on_get


class Stickers(Resource):
    """There are none."""

    async def on_get(self, req: Request, resp: Response, name: str) -> None:
        raise _not_found()

    on_head = on_get


def _parse(name: str) -> tuple[str, Format]:
    """Read `HASH.EXTENSION`. Raises ActionError 404, 415 for a format that we do not have."""
    found = _NAME.fullmatch(name)
    if found is None:
        raise _not_found()
    extension = found["extension"]
    if extension is not None and extension not in EXTENSIONS:
        raise errors.ActionError(415, 0, f"415: Unsupported Media Type (png, jpg, webp or gif, got {extension})")
    return found["stem"], Format.WEBP if extension is None else EXTENSIONS[extension]


def _size(req: Request) -> int | None:
    if req.params.get("size") in (None, ""):
        return None
    size = query_int(req, "size", 0, minimum=16, maximum=4096)
    if size not in SIZES:
        raise errors.invalid_field("size", "BASE_TYPE_CHOICES", "Must be a power of two between 16 and 4096.")
    return size


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 19


def _not_found() -> errors.ActionError:
    return errors.ActionError(404, 0, "404: Not Found")


ROUTES = {
    "/avatars/{owner_id}/{name}": _of(ImageKind.AVATAR),
    "/icons/{owner_id}/{name}": _of(ImageKind.ICON),
    "/banners/{owner_id}/{name}": _of(ImageKind.BANNER),
    "/splashes/{owner_id}/{name}": _of(ImageKind.SPLASH),
    "/discovery-splashes/{owner_id}/{name}": _of(ImageKind.DISCOVERY_SPLASH),
    "/role-icons/{owner_id}/{name}": _of(ImageKind.ROLE_ICON),
    "/app-icons/{owner_id}/{name}": _of(ImageKind.APPLICATION_ICON),
    "/channel-icons/{owner_id}/{name}": _of(ImageKind.CHANNEL_ICON),
    "/guild-events/{owner_id}/{name}": _of(ImageKind.EVENT_COVER),
    "/guilds/{guild_id}/users/{user_id}/avatars/{name}": _of_member(ImageKind.MEMBER_AVATAR),
    "/guilds/{guild_id}/users/{user_id}/banners/{name}": _of_member(ImageKind.MEMBER_BANNER),
    "/emojis/{name}": Emojis,
    "/embed/avatars/{name}": DefaultAvatars,
    "/stickers/{name}": Stickers,
}
