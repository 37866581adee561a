"""What the embedded store reads of what stands between people."""

import sqlite3

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store import social_tables, tables
from tuichat.server.store.readers import Readers
from tuichat.server.store.rows import MessageRow
from tuichat.server.store.social_rows import (
    FeatureReadRow,
    GuildSettingsRow,
    NoteRow,
    ProfileRow,
    SettingsProtoRow,
)
from tuichat.server.store.social_store import MentionQuery, SocialSnapshot


class SocialReads:
    """The reading half of `SocialStore`, which SQLiteStore takes over."""

    _readers: Readers

    async def load_social(self) -> SocialSnapshot:
        def query(connection: sqlite3.Connection) -> SocialSnapshot:
            execute = connection.execute
            settings = f"{social_tables.GUILD_SETTINGS.select} WHERE guild_id = 0 OR suppresses <> 0"
            return SocialSnapshot(
                direct_states=list(map(social_tables.read_direct_state, execute(social_tables.DIRECT_STATES.select))),
                relationships=list(map(social_tables.read_relationship, execute(social_tables.RELATIONSHIPS.select))),
                privacy=list(map(social_tables.read_privacy, execute(social_tables.PRIVACY.select))),
                guild_settings=list(map(social_tables.read_guild_settings, execute(settings))),
            )

        return await self._readers.read(query)

    async def read_profile(self, user_id: int) -> ProfileRow | None:
        sql = f"{social_tables.PROFILES.select} WHERE user_id = ?"
        record = await self._readers.read(lambda c: c.execute(sql, (user_id,)).fetchone())
        return None if record is None else social_tables.read_profile(record)

    async def read_notes(self, user_id: int) -> list[NoteRow]:
        sql = f"{social_tables.NOTES.select} WHERE user_id = ?"
        return await self._readers.read(lambda c: [social_tables.read_note(r) for r in c.execute(sql, (user_id,))])

    async def read_user_settings(self, user_id: int) -> bytes | None:
        sql = "SELECT settings FROM user_settings WHERE user_id = ?"
        record = await self._readers.read(lambda c: c.execute(sql, (user_id,)).fetchone())
        return None if record is None else str(record[0]).encode()

    async def read_settings_proto(self, user_id: int, kind: int) -> SettingsProtoRow | None:
        sql = f"{social_tables.SETTINGS_PROTOS.select} WHERE user_id = ? AND kind = ?"
        record = await self._readers.read(lambda c: c.execute(sql, (user_id, kind)).fetchone())
        return None if record is None else social_tables.read_settings_proto(record)

    async def read_guild_settings(self, user_id: int) -> list[GuildSettingsRow]:
        sql = f"{social_tables.GUILD_SETTINGS.select} WHERE user_id = ?"
        return await self._readers.read(
            lambda c: [social_tables.read_guild_settings(r) for r in c.execute(sql, (user_id,))]
        )

    async def read_feature_reads(self, user_id: int) -> list[FeatureReadRow]:
        sql = f"{social_tables.FEATURE_READS.select} WHERE user_id = ?"
        return await self._readers.read(
            lambda c: [social_tables.read_feature_read(r) for r in c.execute(sql, (user_id,))]
        )

    async def read_token_ids(self, user_id: int) -> list[Snowflake]:
        sql = "SELECT id FROM tokens WHERE user_id = ? ORDER BY id DESC"
        return await self._readers.read(lambda c: [Snowflake(token_id) for (token_id,) in c.execute(sql, (user_id,))])

    async def read_mentions(self, query: MentionQuery, limit: int) -> list[MessageRow]:
        kinds = ["EXISTS (SELECT 1 FROM json_each(mention_ids) WHERE value = :user)"]
        if query.with_roles:
            kinds.append("mention_role_ids IS NOT NULL")
        if query.with_everyone:
            kinds.append("mentions_everyone <> 0")
        sql = (
            f"{tables.MESSAGES.select} WHERE id > :after AND id < :before AND author_id <> :user"  # noqa: S608
            # what the index messages_mentioning holds
            " AND (mention_ids IS NOT NULL OR mention_role_ids IS NOT NULL OR mentions_everyone <> 0)"
            f" AND ({' OR '.join(kinds)})"
            " AND id NOT IN (SELECT message_id FROM dismissed_mentions WHERE user_id = :user)"
            " ORDER BY id DESC LIMIT :limit"
        )
        values = {"user": query.user_id, "after": query.after, "before": query.before, "limit": limit}
        return await self._readers.read(lambda c: [tables.read_message(r) for r in c.execute(sql, values)])
