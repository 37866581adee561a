"""What every store reads of what stands between people: a part of the contract that `store.Store` is."""

from typing import Protocol

import msgspec

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.rows import ReadStateRow
from tuichat.server.store.social_rows import (
    DirectStateRow,
    FeatureReadRow,
    FollowedGuildRow,
    FollowedTopicsRow,
    FollowedUserRow,
    GuildSettingsRow,
    NoteRow,
    PrivacyRow,
    ProfileRow,
    RelationshipRow,
    SettingsProtoRow,
)


class SocialSnapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What a server holds of it in memory, read once at its start.

    `guild_settings` are those of direct messages, and those that keep a mention from counting.
    """

    direct_states: list[DirectStateRow]
    relationships: list[RelationshipRow]
    privacy: list[PrivacyRow]
    guild_settings: list[GuildSettingsRow]
    followed_users: list[FollowedUserRow] = []
    followed_guilds: list[FollowedGuildRow] = []
    followed_topics: list[FollowedTopicsRow] = []


class AccountRows(msgspec.Struct, frozen=True, kw_only=True):
    """All that follows one account, read at once for its READY; `settings` is JSON, None where nothing was changed."""

    read_states: list[ReadStateRow]
    feature_reads: list[FeatureReadRow]
    guild_settings: list[GuildSettingsRow]
    notes: list[NoteRow]
    settings: bytes | None
    profile: ProfileRow | None


class MentionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which mentions are looked for: after one id and before another, newest first; of oneself, one's roles, everyone."""

    user_id: int
    after: int
    before: int
    with_roles: bool = True
    with_everyone: bool = True


class SocialStore(Protocol):
    """Reads of notes, settings, profiles and mentions; they are written with `Store.write`."""

    async def load_social(self) -> SocialSnapshot: ...

    async def read_account(self, user_id: int) -> AccountRows: ...

    async def read_profile(self, user_id: int) -> ProfileRow | None: ...

    async def read_notes(self, user_id: int) -> list[NoteRow]: ...

    async def read_user_settings(self, user_id: int) -> bytes | None: ...

    async def read_settings_proto(self, user_id: int, kind: int) -> SettingsProtoRow | None: ...

    async def read_guild_settings(self, user_id: int) -> list[GuildSettingsRow]: ...

    async def read_token_ids(self, user_id: int) -> list[Snowflake]:
        """Read the ids of a user's tokens, newest first."""
        ...

    async def read_recovery_codes(self, user_id: int) -> list[bytes]:
        """Read the hashes of a user's recovery codes."""
        ...

    async def read_mentions(self, query: MentionQuery, limit: int) -> list[MessageRow]:
        """Read up to `limit` messages of others that mention somebody, newest first, less those that the user dismissed.

        Whether the user sees them, and has a role that one names, is left to the caller.
        """
        ...
