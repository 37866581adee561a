"""Rows of what stands between people, and of what follows an account; times in Unix milliseconds."""

import msgspec

from tuichat.protocol.snowflake import Snowflake


class ProfileRow(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says about itself where others look for it; `email` only itself sees."""

    user_id: Snowflake
    email: str | None = None
    bio: str = ""
    pronouns: str = ""
    banner: str | None = None
    accent_color: int | None = None


class DirectStateRow(msgspec.Struct, frozen=True, kw_only=True):
    """A direct message as one of its people has it: in its list or closed, and whether it agreed to be written to.

    `consent` is Discord's consent status (`direct_access.Consent`), `requested_ms` when a stranger first wrote.
    """

    channel_id: Snowflake
    user_id: Snowflake
    is_open: bool = True
    consent: int = 0
    requested_ms: int | None = None


class RelationshipRow(msgspec.Struct, frozen=True, kw_only=True):
    """What `other_id` is to `user_id`: a friend, blocked, a request either way, or ignored alone (type 0)."""

    user_id: Snowflake
    other_id: Snowflake
    type: int
    nickname: str | None = None
    since_ms: int | None = None
    is_ignored: bool = False
    is_stranger: bool = False  # the request came from somebody without a friend or guild in common


class NoteRow(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody noted about another, for itself."""

    user_id: Snowflake
    about_id: Snowflake
    note: str


class PrivacyRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who may write to somebody and ask for friendship; `friend_sources` are bits of `privacy.FriendSource`."""

    user_id: Snowflake
    restricted_guild_ids: tuple[Snowflake, ...] = ()
    restricts_new_guilds: bool = False
    friend_sources: int = 0b1110


class UserSettingsRow(msgspec.Struct, frozen=True, kw_only=True):
    """The other settings of an account, as JSON of `protocol.user_settings.UserSettings`."""

    user_id: Snowflake
    settings: bytes


class SettingsProtoRow(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that clients keep as a protocol buffer; `version` counts the changes."""

    user_id: Snowflake
    kind: int
    version: int
    content: bytes


class GuildSettingsRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody's notification settings of a guild (0: of direct messages), as JSON of `protocol.guild_settings`.

    `suppresses` are bits: 1 for @everyone and @here, 2 for roles.
    """

    user_id: Snowflake
    guild_id: Snowflake
    version: int
    settings: bytes
    suppresses: int = 0


class FeatureReadRow(msgspec.Struct, frozen=True, kw_only=True):
    """How far somebody has seen what is no channel, by Discord's type of read state."""

    user_id: Snowflake
    resource_id: Snowflake
    type: int
    last_acked_id: Snowflake
    version: int = 0


class DismissedMentionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A message that somebody took off its list of mentions."""

    user_id: Snowflake
    message_id: Snowflake


class RecoveryCodeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A code that is good once in place of a forgotten password: its SHA-256, never the code."""

    user_id: Snowflake
    code_hash: bytes


class FollowedUserRow(msgspec.Struct, frozen=True, kw_only=True):
    """`user_id` wants to hear of the rooms of `followed_id`."""

    user_id: Snowflake
    followed_id: Snowflake
    since_ms: int


class FollowedGuildRow(msgspec.Struct, frozen=True, kw_only=True):
    """A user wants to hear of the rooms of a guild, which it need not be in."""

    user_id: Snowflake
    guild_id: Snowflake
    since_ms: int


class FollowedTopicsRow(msgspec.Struct, frozen=True, kw_only=True):
    """The tags of rooms that a user chose."""

    user_id: Snowflake
    topics: tuple[str, ...]


SocialRow = (
    ProfileRow
    | DirectStateRow
    | RelationshipRow
    | NoteRow
    | PrivacyRow
    | UserSettingsRow
    | SettingsProtoRow
    | GuildSettingsRow
    | FeatureReadRow
    | DismissedMentionRow
    | RecoveryCodeRow
    | FollowedUserRow
    | FollowedGuildRow
    | FollowedTopicsRow
)
