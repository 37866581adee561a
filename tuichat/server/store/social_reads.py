"""What every store reads of what stands between people."""

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store import channel_tables, message_tables, social_tables
from tuichat.server.store.connection import Connection, Cursor
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.readers import Readers
from tuichat.server.store.social_rows import GuildSettingsRow, NoteRow, ProfileRow, SettingsProtoRow
from tuichat.server.store.social_store import AccountRows, MentionQuery, SocialSnapshot
from tuichat.server.store.table import Table

_SELECT_SETTINGS = "SELECT settings FROM user_settings WHERE user_id = ?"


def _in_order(table: Table) -> str:
    """What was followed first comes first."""
    return f"{table.select} ORDER BY since_ms, {', '.join(table.key)}"


class SocialReads:
    """The reading half of `SocialStore`, which TableStore takes over."""

    _readers: Readers

    async def load_social(self) -> SocialSnapshot:
        def query(connection: Connection) -> SocialSnapshot:
            execute = connection.execute
            settings = f"{social_tables.GUILD_SETTINGS.select} WHERE guild_id = 0 OR suppresses <> 0"
            return SocialSnapshot(
                direct_states=list(map(social_tables.read_direct_state, execute(social_tables.DIRECT_STATES.select))),
                relationships=list(map(social_tables.read_relationship, execute(social_tables.RELATIONSHIPS.select))),
                privacy=list(map(social_tables.read_privacy, execute(social_tables.PRIVACY.select))),
                guild_settings=list(map(social_tables.read_guild_settings, execute(settings))),
                followed_users=list(
                    map(social_tables.read_followed_user, execute(_in_order(social_tables.FOLLOWED_USERS)))
                ),
                followed_guilds=list(
                    map(social_tables.read_followed_guild, execute(_in_order(social_tables.FOLLOWED_GUILDS)))
                ),
                followed_topics=list(
                    map(social_tables.read_followed_topics, execute(social_tables.FOLLOWED_TOPICS.select))
                ),
            )

        return await self._readers.read(query)

    async def read_account(self, user_id: int) -> AccountRows:
        def query(connection: Connection) -> AccountRows:
            def rows(table: Table) -> Cursor:
                return connection.execute(f"{table.select} WHERE user_id = ?", (user_id,))

            settings = connection.execute(_SELECT_SETTINGS, (user_id,)).fetchone()
            profile = rows(social_tables.PROFILES).fetchone()
            return AccountRows(
                read_states=list(map(channel_tables.read_read_state, rows(channel_tables.READ_STATES))),
                feature_reads=list(map(social_tables.read_feature_read, rows(social_tables.FEATURE_READS))),
                guild_settings=list(map(social_tables.read_guild_settings, rows(social_tables.GUILD_SETTINGS))),
                notes=list(map(social_tables.read_note, rows(social_tables.NOTES))),
                settings=None if settings is None else str(settings[0]).encode(),
                profile=None if profile is None else social_tables.read_profile(profile),
            )

        return await self._readers.read(query)

    async def read_profile(self, user_id: int) -> ProfileRow | None:
        sql = f"{social_tables.PROFILES.select} WHERE user_id = ?"
        return await self._readers.one(social_tables.read_profile, sql, user_id)

    async def read_notes(self, user_id: int) -> list[NoteRow]:
        sql = f"{social_tables.NOTES.select} WHERE user_id = ?"
        return await self._readers.all(social_tables.read_note, sql, user_id)

    async def read_user_settings(self, user_id: int) -> bytes | None:
        record = await self._readers.read(lambda c: c.execute(_SELECT_SETTINGS, (user_id,)).fetchone())
        return None if record is None else str(record[0]).encode()

    async def read_settings_proto(self, user_id: int, kind: int) -> SettingsProtoRow | None:
        sql = f"{social_tables.SETTINGS_PROTOS.select} WHERE user_id = ? AND kind = ?"
        return await self._readers.one(social_tables.read_settings_proto, sql, user_id, kind)

    async def read_guild_settings(self, user_id: int) -> list[GuildSettingsRow]:
        sql = f"{social_tables.GUILD_SETTINGS.select} WHERE user_id = ?"
        return await self._readers.all(social_tables.read_guild_settings, sql, user_id)

    async def read_token_ids(self, user_id: int) -> list[Snowflake]:
        sql = "SELECT id FROM tokens WHERE user_id = ? ORDER BY id DESC"
        return await self._readers.read(lambda c: [Snowflake(token_id) for (token_id,) in c.execute(sql, (user_id,))])

    async def read_recovery_codes(self, user_id: int) -> list[bytes]:
        sql = "SELECT code_hash FROM recovery_codes WHERE user_id = ?"
        return await self._readers.read(lambda c: [bytes(r[0]) for r in c.execute(sql, (user_id,))])

    async def read_mentions(self, query: MentionQuery, limit: int) -> list[MessageRow]:
        kinds = ["replace(replace(mention_ids, '[', ','), ']', ',') LIKE ?4"]
        if query.with_roles:
            kinds.append("mention_role_ids IS NOT NULL")
        if query.with_everyone:
            kinds.append("mentions_everyone <> 0")
        sql = (
            f"{message_tables.MESSAGES.select} WHERE id > ?2 AND id < ?3 AND author_id <> ?1"  # noqa: S608
            # what the index messages_mentioning holds
            " AND (mention_ids IS NOT NULL OR mention_role_ids IS NOT NULL OR mentions_everyone <> 0)"
            f" AND ({' OR '.join(kinds)})"
            " AND id NOT IN (SELECT message_id FROM dismissed_mentions WHERE user_id = ?1)"
            " ORDER BY id DESC LIMIT ?5"
        )
        user_id = int(query.user_id)
        parameters = (user_id, int(query.after), int(query.before), f"%,{user_id},%", limit)
        return await self._readers.all(message_tables.read_message, sql, *parameters)
