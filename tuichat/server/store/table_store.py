"""What every store on tables is: the writes, and the reads that are no noun's of their own."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from tuichat.protocol.snowflake import Snowflake, SnowflakeGenerator
from tuichat.server.bus import Event
from tuichat.server.store import (
    account_tables,
    channel_tables,
    command_tables,
    guild_tables,
    scheduled_event_tables,
    stage_tables,
)
from tuichat.server.store.command_rows import InteractionRow
from tuichat.server.store.connection import ERRORS, Connection
from tuichat.server.store.database import Database
from tuichat.server.store.engine import Engine
from tuichat.server.store.errors import StoreBusy, StoreError
from tuichat.server.store.event_log import decode_event
from tuichat.server.store.fences import Fence
from tuichat.server.store.file_reads import FileReads
from tuichat.server.store.message_batch import NewMessage
from tuichat.server.store.message_reads import MessageReads
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.message_search import MessageSearch, SearchIndexing, SearchPage
from tuichat.server.store.operations import MarkRead, Operation
from tuichat.server.store.read_marks import mark_read
from tuichat.server.store.readers import Readers
from tuichat.server.store.recent_messages import RecentMessages
from tuichat.server.store.rows import (
    ApplicationRow,
    AuditRow,
    BanRow,
    InviteRow,
    ReadStateRow,
    TemplateRow,
    TokenRow,
    WebhookRow,
)
from tuichat.server.store.scheduled_event_reads import ScheduledEventReads
from tuichat.server.store.search_index import is_damage
from tuichat.server.store.snapshot import Progress
from tuichat.server.store.social_reads import SocialReads
from tuichat.server.store.statistics import Statistics, read_statistics
from tuichat.server.store.store import Apply, Publish, Snapshot, nothing
from tuichat.server.store.table_operations import Operations
from tuichat.server.store.writer import Writer

logger = logging.getLogger(__name__)

T = TypeVar("T")

SEARCH_THREADS = 1  # of their own, so that no other read waits for a search
MAX_SEARCHES = 100  # at once; taste: a second of the slowest ones
MAX_LISTED = 500  # ids in one statement


# A thread's first message does not count: a post's has the thread's id, another thread's is of type 21 where there is one.
# Counting reads the index alone, once at the start; a counter in a row would be one more write with each message.
_COUNT_THREADS = """
    SELECT id,
        (SELECT COUNT(*) FROM messages m WHERE m.channel_id = channels.id AND m.id <> channels.id)
            - COALESCE((SELECT CASE WHEN m.type = 21 THEN 1 ELSE 0 END FROM messages m
                WHERE m.channel_id = channels.id ORDER BY m.id LIMIT 1), 0),
        COALESCE((SELECT count FROM thread_deletions d WHERE d.thread_id = channels.id), 0)
    FROM channels WHERE thread IS NOT NULL
"""


class TableStore(MessageReads, FileReads, SocialReads, ScheduledEventReads):
    """A store whose rows stand in tables, in whichever database."""

    def __init__(
        self,
        database: Database,
        engine: Engine,
        ids: SnowflakeGenerator,
        server_id: str,
        publish: Publish,
        recent: RecentMessages,
        wall_ms: Callable[[], int],
    ) -> None:
        """Begin the threads; `engine` is the database's."""
        self._database = database
        self._writer = Writer(engine, ids, publish, asyncio.get_running_loop(), wall_ms)
        self._readers = Readers(database.connect)
        self._searchers = Readers(database.connect, SEARCH_THREADS)
        self._searching = 0
        self._ids = ids
        self._server_id = server_id
        self._publish = publish
        self._operations = Operations(self._writer)
        self._recent = recent
        self._wall_ms = wall_ms

    @property
    def database(self) -> Database:
        """What it stands on now."""
        return self._database

    async def run_alone(self, run: Callable[[Connection], T]) -> T:
        """Have the writing connection for a moment, in no transaction, while all writes wait. Raises StoreError."""
        return await self._writer.run_alone(run)

    async def switch(
        self,
        last_part: Callable[[Connection, Callable[[], int]], tuple[Database, Engine]],
        take_leave: Callable[[Connection], None],
    ) -> None:
        """Have `last_part` run while all writes wait, and go on with the database that it returns; the one before is closed.

        It is given the writing connection and a clock. Where it raises, all is as before; else `take_leave` has that
        connection once more, while others write by the new one.
        """
        old, old_readers = self._database, (self._readers, self._searchers)
        found: list[Database] = []
        left: list[Connection] = []

        def run(connection: Connection) -> None:
            database, engine = last_part(connection, self._wall_ms)
            self._writer.stand_on(engine)
            found.append(database)
            left.append(connection)

        def leave() -> None:
            with contextlib.suppress(*ERRORS):
                take_leave(left[0])
            old.close()

        def follow() -> None:
            (self._database,) = found
            self._readers = Readers(self._database.connect)
            self._searchers = Readers(self._database.connect, SEARCH_THREADS)

        await self._writer.run_alone(run, follow)
        for readers in old_readers:
            await asyncio.to_thread(readers.close, reads_all=True)
        await asyncio.to_thread(leave)

    @property
    def server_id(self) -> str:
        return self._server_id

    def next_id(self, now_ms: int) -> Snowflake:
        return self._ids.next(now_ms)

    async def write(
        self,
        operations: Sequence[Operation],
        events: Sequence[Event] = (),
        *,
        before_publish: Apply = nothing,
        after_publish: Apply = nothing,
        fence: Fence | None = None,
    ) -> None:
        def run(connection: Connection) -> None:
            for operation in operations:
                self._operations.do(connection, operation)

        def committed() -> None:
            for operation in operations:
                self._recent.follow(operation)
            before_publish()

        await self._writer.write(run, events, committed, after_publish, fence)

    async def add_message(
        self,
        row: MessageRow,
        events: Sequence[Event] = (),
        *,
        is_nonce_unique: bool = False,
        pinged_ids: Sequence[int] = (),
        pings_guild_id: int | None = None,
        marks_read: bool = False,
        before_publish: Apply = nothing,
        fence: Fence | None = None,
    ) -> MessageRow:
        new = NewMessage(row, is_nonce_unique, tuple(pinged_ids), pings_guild_id, marks_read)

        def committed() -> None:
            self._recent.added(row)
            before_publish()

        return await self._writer.add_message(new, events, committed, fence)

    async def mark_read(self, marks: Sequence[MarkRead], told: Callable[[MarkRead, int], Event]) -> None:
        counts: list[int] = []

        def run(connection: Connection) -> None:
            counts[:] = [mark_read(connection, mark) for mark in marks]

        def tell() -> None:
            for mark, count in zip(marks, counts, strict=True):
                self._publish(told(mark, count))

        await self._writer.write(run, before_publish=tell)

    async def load(self) -> Snapshot:
        def query(connection: Connection) -> Snapshot:
            execute = connection.execute
            last = execute(
                "SELECT id, (SELECT MAX(m.id) FROM messages m WHERE m.channel_id = channels.id) FROM channels"
            )
            return Snapshot(
                users=[account_tables.read_user(r) for r in execute(account_tables.USERS.select)],
                guilds=[guild_tables.read_guild(r) for r in execute(f"{guild_tables.GUILDS.select} ORDER BY id")],
                roles=[guild_tables.read_role(r) for r in execute(f"{guild_tables.ROLES.select} ORDER BY id")],
                channels=[
                    channel_tables.read_channel(r) for r in execute(f"{channel_tables.CHANNELS.select} ORDER BY id")
                ],
                members=[guild_tables.read_member(r) for r in execute(guild_tables.MEMBERS.select)],
                commands=[
                    command_tables.read_command(r) for r in execute(f"{command_tables.COMMANDS.select} ORDER BY id")
                ],
                command_permissions=[
                    command_tables.read_command_permissions(r)
                    for r in execute(command_tables.COMMAND_PERMISSIONS.select)
                ],
                thread_members=[
                    channel_tables.read_thread_member(r) for r in execute(channel_tables.THREAD_MEMBERS.select)
                ],
                emojis=[guild_tables.read_emoji(r) for r in execute(f"{guild_tables.EMOJIS.select} ORDER BY id")],
                sounds=[guild_tables.read_sound(r) for r in execute(f"{guild_tables.SOUNDS.select} ORDER BY id")],
                scheduled_events=[
                    scheduled_event_tables.read_scheduled_event(r)
                    for r in execute(f"{scheduled_event_tables.SCHEDULED_EVENTS.select} ORDER BY id")
                ],
                stages=[stage_tables.read_stage(r) for r in execute(f"{stage_tables.STAGES.select} ORDER BY id")],
                seen=[account_tables.read_seen(r) for r in execute(account_tables.SEEN.select)],
                left_timeouts=[guild_tables.read_left_timeout(r) for r in execute(guild_tables.LEFT_TIMEOUTS.select)],
                thread_counts={thread: (kept, deleted) for thread, kept, deleted in execute(_COUNT_THREADS)},
                last_message_ids={channel: Snowflake(message) for channel, message in last if message is not None},
                last_pins_ms=dict(
                    execute(
                        "SELECT channel_id, MAX(pinned_ms) FROM messages WHERE pinned_ms IS NOT NULL GROUP BY channel_id"
                    )
                ),
            )

        return await self._readers.read(query)

    async def read_webhook(self, webhook_id: int) -> WebhookRow | None:
        found = await self._read_webhooks("id = ?", webhook_id)
        return found[0] if found else None

    async def read_webhooks(self, *, guild_id: int | None = None, channel_id: int | None = None) -> list[WebhookRow]:
        if channel_id is not None:
            return await self._read_webhooks("channel_id = ?", channel_id)
        return await self._read_webhooks("guild_id = ?", guild_id or 0)

    async def read_followers(self, channel_id: int) -> list[WebhookRow]:
        return await self._read_webhooks("source_channel_id = ?", channel_id)

    async def _read_webhooks(self, where: str, parameter: int) -> list[WebhookRow]:
        sql = f"{guild_tables.WEBHOOKS.select} WHERE {where} ORDER BY id"
        return await self._readers.all(guild_tables.read_webhook, sql, int(parameter))

    async def read_template(self, code: str) -> TemplateRow | None:
        sql = f"{guild_tables.TEMPLATES.select} WHERE code = ?"
        return await self._readers.one(guild_tables.read_template, sql, code)

    async def read_template_of(self, guild_id: int) -> TemplateRow | None:
        sql = f"{guild_tables.TEMPLATES.select} WHERE guild_id = ?"
        return await self._readers.one(guild_tables.read_template, sql, guild_id)

    async def read_invite(self, code: str) -> InviteRow | None:
        sql = f"{guild_tables.INVITES.select} WHERE code = ?"
        return await self._readers.one(guild_tables.read_invite, sql, code)

    async def read_invites(self, guild_id: int | None = None) -> list[InviteRow]:
        where, parameters = ("", ()) if guild_id is None else (" WHERE guild_id = ?", (guild_id,))
        sql = f"{guild_tables.INVITES.select}{where} ORDER BY created_ms, code"
        return await self._readers.all(guild_tables.read_invite, sql, *parameters)

    async def read_states(self, user_id: int) -> list[ReadStateRow]:
        sql = f"{channel_tables.READ_STATES.select} WHERE user_id = ?"
        return await self._readers.all(channel_tables.read_read_state, sql, user_id)

    async def read_token(self, token_id: int) -> TokenRow | None:
        sql = f"{account_tables.TOKENS.select} WHERE id = ?"
        return await self._readers.one(account_tables.read_token, sql, token_id)

    async def read_password_hash(self, user_id: int) -> str | None:
        sql = "SELECT password_hash FROM passwords WHERE user_id = ?"
        return await self._readers.one(lambda record: str(record[0]), sql, user_id)

    async def read_password_holders(self) -> set[int]:
        return await self._readers.read(lambda c: {row[0] for row in c.execute("SELECT user_id FROM passwords")})

    async def read_application(self, application_id: int) -> ApplicationRow | None:
        sql = f"{account_tables.APPLICATIONS.select} WHERE id = ?"
        return await self._readers.one(account_tables.read_application, sql, application_id)

    async def read_applications(self, owner_id: int) -> list[ApplicationRow]:
        sql = f"{account_tables.APPLICATIONS.select} WHERE owner_id = ? ORDER BY id"
        return await self._readers.all(account_tables.read_application, sql, owner_id)

    async def read_interaction(self, interaction_id: int) -> InteractionRow | None:
        sql = f"{command_tables.INTERACTIONS.select} WHERE id = ?"
        return await self._readers.one(command_tables.read_interaction, sql, interaction_id)

    async def read_setting(self, key: str) -> str | None:
        sql = "SELECT value FROM settings WHERE key = ?"
        return await self._readers.one(lambda record: str(record[0]), sql, key)

    async def read_ban(self, guild_id: int, user_id: int) -> BanRow | None:
        sql = f"{guild_tables.BANS.select} WHERE guild_id = ? AND user_id = ?"
        return await self._readers.one(guild_tables.read_ban, sql, int(guild_id), int(user_id))

    async def read_bans(
        self, guild_id: int, *, before: int | None = None, after: int | None = None, limit: int = 1000
    ) -> list[BanRow]:
        bound, order = ("user_id < ?", "DESC") if before is not None else ("user_id > ?", "ASC")
        sql = f"{guild_tables.BANS.select} WHERE guild_id = ? AND {bound} ORDER BY user_id {order} LIMIT ?"
        parameters = (int(guild_id), int(before if before is not None else after or 0), limit)
        rows = await self._readers.read(lambda c: [guild_tables.read_ban(r) for r in c.execute(sql, parameters)])
        return rows[::-1] if before is not None else rows

    async def read_audit_log(
        self,
        guild_id: int,
        *,
        user_id: int | None = None,
        action_type: int | None = None,
        target_id: int | None = None,
        before: int | None = None,
        after: int | None = None,
        limit: int = 50,
    ) -> list[AuditRow]:
        conditions = {
            "guild_id = ?": guild_id,
            "user_id = ?": user_id,
            "action_type = ?": action_type,
            "target_id = ?": target_id,
            "id < ?": before,
            "id > ?": after,
        }
        asked = {text: value for text, value in conditions.items() if value is not None}
        order = "DESC" if after is None else "ASC"
        sql = f"{guild_tables.AUDIT_LOG.select} WHERE {' AND '.join(asked)} ORDER BY id {order} LIMIT ?"
        parameters = (*map(int, asked.values()), limit)
        return await self._readers.all(guild_tables.read_audit, sql, *parameters)

    async def read_events(self, guild_id: int, after_seq: int, limit: int = 1000) -> list[Event]:
        sql = "SELECT event FROM events WHERE guild_id = ? AND seq > ? ORDER BY seq LIMIT ?"
        return await self._readers.read(
            lambda c: [decode_event(r[0]) for r in c.execute(sql, (guild_id, after_seq, limit))]
        )

    async def count_messages(self, channel_ids: Sequence[int], *, before: int) -> int:
        def query(connection: Connection) -> int:
            total = 0
            for begin in range(0, len(channel_ids), MAX_LISTED):
                listed = tuple(map(int, channel_ids[begin : begin + MAX_LISTED]))
                marks = ", ".join("?" * len(listed))
                sql = f"SELECT count(*) FROM messages WHERE channel_id IN ({marks}) AND id < ?"  # noqa: S608  # marks only
                total += int(connection.execute(sql, (*listed, int(before))).fetchone()[0])
            return total

        return await self._searchers.read(query)

    async def search(self, wanted: MessageSearch) -> SearchPage | SearchIndexing:
        if not self._writer.search.is_complete:
            return SearchIndexing(indexed=self._writer.search.backfilled)
        if self._searching >= MAX_SEARCHES:
            raise StoreBusy(f"{self._searching} searches run or wait already; try again in a moment.")
        self._searching += 1
        database = self._database
        try:
            if self._writer.search.has_waiting:
                await self._writer.write(lambda _: self._writer.search.demand())
            return await self._searchers.read(lambda c: database.search(c, wanted))
        except StoreError as error:
            if not is_damage(error.__cause__):
                raise
            logger.error("The search index is damaged (%s) and is made anew", error)
            await self._writer.write(lambda _: self._writer.search.renew())
            return SearchIndexing(indexed=0)
        finally:
            self._searching -= 1

    async def statistics(self) -> Statistics:
        database = self._database
        return await self._searchers.read(lambda c: read_statistics(c, database.size_bytes(c)))

    async def copy_to(self, target: Path, progress: Progress) -> None:
        await asyncio.to_thread(self._database.copy, target, progress)

    async def close(self) -> None:
        await self._writer.close()
        await asyncio.to_thread(self._searchers.close)
        await asyncio.to_thread(self._readers.close)
        await asyncio.to_thread(self._database.close)
