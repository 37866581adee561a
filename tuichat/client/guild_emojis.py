"""The emojis that a guild made for itself."""

import re

from tuichat.client.errors import RefusedError
from tuichat.client.rest import Rest
from tuichat.client.routes import Repeat, Request, make_request
from tuichat.protocol.emoji import CreateEmojiRequest, EditEmojiRequest, Emoji
from tuichat.translation import _

MAX_IMAGE_BYTES = 256 * 1024  # Discord's documentation, "Emoji Resource"
MAX_NAME_CHARACTERS = 32
_NAME = re.compile(r"[A-Za-z0-9_]{2,32}")


def list_emojis(guild_id: int) -> Request:
    return make_request("GET", "/guilds/{}/emojis", guild_id)


def create_emoji(guild_id: int, wanted: CreateEmojiRequest) -> Request:
    return make_request("POST", "/guilds/{}/emojis", guild_id, body=wanted, repeat=Repeat.UNSAFE)


def edit_emoji(guild_id: int, emoji_id: int, edit: EditEmojiRequest) -> Request:
    return make_request("PATCH", "/guilds/{}/emojis/{}", guild_id, emoji_id, body=edit)


def delete_emoji(guild_id: int, emoji_id: int) -> Request:
    return make_request("DELETE", "/guilds/{}/emojis/{}", guild_id, emoji_id)


class GuildEmojis:
    """One account's way to them; what changed comes as a dispatch. Every call raises ClientError alone."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def of_guild(self, guild_id: int) -> list[Emoji]:
        """Return them with who made them, where one may know that."""
        return await self._rest.get(list_emojis(guild_id), list[Emoji])

    async def create(self, guild_id: int, name: str, image: str) -> None:
        """Make an emoji of a picture, a data URI of at most MAX_IMAGE_BYTES."""
        await self._rest.perform(create_emoji(guild_id, CreateEmojiRequest(name=emoji_name(name), image=image)))

    async def rename(self, guild_id: int, emoji_id: int, name: str) -> None:
        await self._rest.perform(edit_emoji(guild_id, emoji_id, EditEmojiRequest(name=emoji_name(name))))

    async def delete(self, guild_id: int, emoji_id: int) -> None:
        await self._rest.perform(delete_emoji(guild_id, emoji_id))


def emoji_name(typed: str) -> str:
    """Return a name as a server takes it, colons left off. Raises RefusedError with the rule."""
    name = typed.strip().strip(":")
    if not _NAME.fullmatch(name):
        raise RefusedError(_("The name of an emoji has 2 to 32 letters, digits and _, such as party_parrot."))
    return name
