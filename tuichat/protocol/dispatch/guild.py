"""Dispatches of guilds: what they are, their roles, bans, emojis, sounds and invites."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.emoji import Emoji
from tuichat.protocol.guild import FullGuild, Guild, Role, UnavailableGuild
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import SoundboardSound, SoundboardSounds
from tuichat.protocol.user import User


class GuildCreate(FullGuild, frozen=True, kw_only=True):
    pass


class GuildUpdate(Guild, frozen=True, kw_only=True):
    pass


class GuildDelete(UnavailableGuild, frozen=True, kw_only=True):
    pass


class RoleCreate(msgspec.Struct, frozen=True, kw_only=True):
    guild_id: Snowflake
    role: Role


class RoleUpdate(msgspec.Struct, frozen=True, kw_only=True):
    guild_id: Snowflake
    role: Role


class RoleDelete(msgspec.Struct, frozen=True, kw_only=True):
    guild_id: Snowflake
    role_id: Snowflake


class BanAdd(msgspec.Struct, frozen=True, kw_only=True):
    """GUILD_BAN_ADD, to those who may ban."""

    guild_id: Snowflake
    user: User


class BanRemove(msgspec.Struct, frozen=True, kw_only=True):
    """GUILD_BAN_REMOVE, likewise."""

    guild_id: Snowflake
    user: User


class EmojisUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """GUILD_EMOJIS_UPDATE: all emojis that the guild has now."""

    guild_id: Snowflake
    emojis: list[Emoji]


class InviteCreate(msgspec.Struct, frozen=True, kw_only=True):
    channel_id: Snowflake
    code: str
    created_at: str
    guild_id: Snowflake | UnsetType = UNSET
    inviter: User | UnsetType = UNSET
    max_age: int = 0
    max_uses: int = 0
    temporary: bool = False
    uses: int = 0
    type: int = 0


class InviteDelete(msgspec.Struct, frozen=True, kw_only=True):
    channel_id: Snowflake
    code: str
    guild_id: Snowflake | UnsetType = UNSET


class SoundCreate(SoundboardSound, frozen=True, kw_only=True):
    """GUILD_SOUNDBOARD_SOUND_CREATE."""


class SoundUpdate(SoundboardSound, frozen=True, kw_only=True):
    """GUILD_SOUNDBOARD_SOUND_UPDATE."""


class SoundsUpdate(SoundboardSounds, frozen=True, kw_only=True):
    """GUILD_SOUNDBOARD_SOUNDS_UPDATE: several were changed at once."""
