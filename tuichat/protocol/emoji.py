"""Emojis that people make: of a guild, or of an application."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User


class Emoji(msgspec.Struct, frozen=True, kw_only=True):
    """A custom emoji. `roles`: who of the guild may use it, everybody when there are none; `user` made it."""

    id: Snowflake | None
    name: str | None
    roles: list[Snowflake] = []
    user: User | UnsetType = UNSET
    require_colons: bool = True
    managed: bool = False
    animated: bool = False
    available: bool = True


class EmojiList(msgspec.Struct, frozen=True, kw_only=True):
    """GET /applications/{id}/emojis."""

    items: list[Emoji]


class CreateEmojiRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`image` is a data URI of at most 256 KiB."""

    name: str
    image: str
    roles: list[Snowflake] | UnsetType | None = UNSET


class EditEmojiRequest(msgspec.Struct, frozen=True, kw_only=True):
    name: str | UnsetType | None = UNSET
    roles: list[Snowflake] | UnsetType | None = UNSET
