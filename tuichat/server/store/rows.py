"""Rows: what the store keeps, as structs; times in Unix milliseconds."""

import msgspec

from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.snowflake import Snowflake


class UserRow(msgspec.Struct, frozen=True, kw_only=True):
    """An account, or a bot's user. `name_key` is the folded user name that must be unique (`server/names.py`)."""

    id: Snowflake
    username: str
    name_key: str
    display_name: str | None = None
    is_bot: bool = False
    is_system: bool = False


class PasswordRow(msgspec.Struct, frozen=True, kw_only=True):
    """An account's argon2id hash; accounts of a personal server and bots have none."""

    user_id: Snowflake
    password_hash: str


class TokenRow(msgspec.Struct, frozen=True, kw_only=True):
    """A token that was given out: the SHA-256 of its secret part, never the token."""

    id: Snowflake
    user_id: Snowflake
    secret_hash: bytes


class ApplicationRow(msgspec.Struct, frozen=True, kw_only=True):
    """A bot's application; its id is also its bot's user id. `flags` are Discord's (intents it may ask for)."""

    id: Snowflake
    owner_id: Snowflake | None
    name: str
    flags: int = 0
    is_public: bool = True


class GuildRow(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    name: str
    owner_id: Snowflake
    system_channel_id: Snowflake | None = None


class RoleRow(msgspec.Struct, frozen=True, kw_only=True):
    """A role; the one whose id is its guild's is @everyone."""

    id: Snowflake
    guild_id: Snowflake
    name: str
    permissions: Permissions = NONE
    position: int = 0
    color: int = 0
    is_hoisted: bool = False
    is_mentionable: bool = False
    is_managed: bool = False


class OverwriteRow(msgspec.Struct, frozen=True, kw_only=True):
    """A channel's overwrite for a role (`type` 0) or a member (`type` 1)."""

    id: Snowflake
    type: int
    allow: Permissions = NONE
    deny: Permissions = NONE


class ChannelRow(msgspec.Struct, frozen=True, kw_only=True):
    """A channel; the last four fields mean something for some kinds only."""

    id: Snowflake
    type: int
    guild_id: Snowflake | None
    name: str
    position: int = 0
    parent_id: Snowflake | None = None
    overwrites: tuple[OverwriteRow, ...] = ()
    topic: str | None = None
    is_nsfw: bool = False
    rate_limit_s: int = 0
    bitrate: int = 64_000
    user_limit: int = 0


class MemberRow(msgspec.Struct, frozen=True, kw_only=True):
    """A user in a guild. `role_ids` leave @everyone out."""

    guild_id: Snowflake
    user_id: Snowflake
    joined_ms: int
    nick: str | None = None
    role_ids: tuple[Snowflake, ...] = ()
    timeout_until_ms: int | None = None


class ReferenceRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a message answers."""

    message_id: Snowflake
    channel_id: Snowflake
    guild_id: Snowflake | None = None


class MessageRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message; its time is its id's. `nonce` is the sender's own mark, as it was sent."""

    id: Snowflake
    channel_id: Snowflake
    author_id: Snowflake
    type: int = 0
    content: str = ""
    edited_ms: int | None = None
    is_tts: bool = False
    flags: int = 0
    mentions_everyone: bool = False
    mention_ids: tuple[Snowflake, ...] = ()
    mention_role_ids: tuple[Snowflake, ...] = ()
    nonce: str | int | None = None
    reference: ReferenceRow | None = None
    embeds: bytes = b"[]"  # a JSON array, as it goes to the wire


class InviteRow(msgspec.Struct, frozen=True, kw_only=True):
    """An invite; `max_age_s` and `max_uses` 0 mean without limit."""

    code: str
    guild_id: Snowflake
    channel_id: Snowflake
    inviter_id: Snowflake | None
    created_ms: int
    max_age_s: int = 86_400
    max_uses: int = 0
    uses: int = 0
    is_temporary: bool = False

    def is_valid(self, now_ms: int) -> bool:
        is_fresh = self.max_age_s == 0 or now_ms < self.created_ms + self.max_age_s * 1000
        return is_fresh and (self.max_uses == 0 or self.uses < self.max_uses)


class ReadStateRow(msgspec.Struct, frozen=True, kw_only=True):
    """How far a user has read a channel, and how often it was mentioned since."""

    user_id: Snowflake
    channel_id: Snowflake
    last_message_id: Snowflake | None = None
    mention_count: int = 0


class SettingRow(msgspec.Struct, frozen=True, kw_only=True):
    """One fact about the server itself, e.g. which guild is Home."""

    key: str
    value: str


Row = (
    UserRow
    | PasswordRow
    | TokenRow
    | ApplicationRow
    | GuildRow
    | RoleRow
    | ChannelRow
    | MemberRow
    | MessageRow
    | InviteRow
    | ReadStateRow
    | SettingRow
)
