"""What every store reads of messages, and of what stands with them."""

from collections.abc import Sequence

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store import beside, message_tables, polls, reactions
from tuichat.server.store.connection import Connection
from tuichat.server.store.message_rows import AnswerCount, Beside, CrosspostRow, MessageRow, OpenPollRow, ReactionCount
from tuichat.server.store.readers import Readers
from tuichat.server.store.recent_messages import RecentMessages

_SELECT_MESSAGE = message_tables.MESSAGES.select


class MessageReads:
    """The reading of messages, which TableStore takes over."""

    _readers: Readers
    _recent: RecentMessages

    async def read_messages(
        self, channel_id: int, *, before: int | None = None, after: int | None = None, limit: int = 50
    ) -> list[MessageRow]:
        if before is None and after is None:
            return await self._read_newest(channel_id, limit)
        return await self._readers.read(lambda c: _read_messages(c, channel_id, before, after, limit))

    async def _read_newest(self, channel_id: int, limit: int) -> list[MessageRow]:
        known = self._recent.newest(channel_id, limit)
        if known is not None:
            return known
        sql = f"{_SELECT_MESSAGE} WHERE channel_id = ? ORDER BY id DESC LIMIT ?"

        def query(connection: Connection) -> tuple[list[MessageRow], set[int], bool]:
            rows = [message_tables.read_message(r) for r in connection.execute(sql, (channel_id, limit))]
            is_here = connection.execute("SELECT 1 FROM channels WHERE id = ?", (channel_id,)).fetchone() is not None
            return rows, reactions.read_reacted(connection, [row.id for row in rows]), is_here

        fill = self._recent.begin_fill(channel_id)
        kept, reacted_ids = None, set[int]()
        try:
            rows, reacted_ids, is_here = await self._readers.read(query)
            kept = rows if is_here else None  # a deleted channel's messages go by and by, and nobody tells
        finally:
            self._recent.end_fill(fill, kept, limit, reacted_ids)
        return rows

    async def read_beside(self, rows: Sequence[MessageRow], user_id: int) -> Beside:
        wanted = beside.wanted(rows, self._recent)
        if wanted.is_nothing:
            return Beside(referenced=wanted.found)
        return await self._readers.read(lambda c: beside.read(c, wanted, user_id))

    async def read_message(self, channel_id: int, message_id: int) -> MessageRow | None:
        if (known := self._recent.find(channel_id, message_id)) is not None:
            return known
        sql = f"{_SELECT_MESSAGE} WHERE id = ? AND channel_id = ?"
        return await self._readers.one(message_tables.read_message, sql, message_id, channel_id)

    async def read_messages_by_id(self, message_ids: Sequence[int]) -> list[MessageRow]:
        if not message_ids:
            return []
        sql = f"{_SELECT_MESSAGE} WHERE id IN ({', '.join('?' * len(message_ids))})"
        return await self._readers.all(message_tables.read_message, sql, *map(int, message_ids))

    async def read_pins(self, channel_id: int, *, before_ms: int | None = None, limit: int = 50) -> list[MessageRow]:
        sql = (
            f"{_SELECT_MESSAGE} WHERE channel_id = ? AND pinned_ms IS NOT NULL AND pinned_ms < ?"
            " ORDER BY pinned_ms DESC, id DESC LIMIT ?"
        )
        parameters = (channel_id, 2**63 - 1 if before_ms is None else before_ms, limit)
        return await self._readers.all(message_tables.read_message, sql, *parameters)

    async def count_pins(self, channel_id: int) -> int:
        sql = "SELECT COUNT(*) FROM messages WHERE channel_id = ? AND pinned_ms IS NOT NULL"
        return await self._readers.read(lambda c: int(c.execute(sql, (channel_id,)).fetchone()[0]))

    async def read_reactions(self, message_ids: Sequence[int], user_id: int) -> list[ReactionCount]:
        return await self._readers.read(lambda c: reactions.read_counts(c, message_ids, user_id))

    async def read_reactors(self, message_id: int, emoji: str, *, after: int = 0, limit: int = 100) -> list[Snowflake]:
        return await self._readers.read(lambda c: reactions.read_users(c, message_id, emoji, after, limit))

    async def read_answer_counts(self, message_ids: Sequence[int], user_id: int) -> list[AnswerCount]:
        return await self._readers.read(lambda c: polls.read_counts(c, message_ids, user_id))

    async def read_voters(
        self, message_id: int, answer_id: int, *, after: int = 0, limit: int = 100
    ) -> list[Snowflake]:
        return await self._readers.read(lambda c: polls.read_voters(c, message_id, answer_id, after, limit))

    async def read_votes(self, message_id: int, user_id: int) -> list[int]:
        return await self._readers.read(lambda c: polls.read_votes(c, message_id, user_id))

    async def read_open_polls(self, before_ms: int, limit: int = 100) -> list[OpenPollRow]:
        return await self._readers.read(lambda c: polls.read_open(c, before_ms, limit))

    async def read_next_poll_end_ms(self) -> int | None:
        return await self._readers.read(polls.read_next_end_ms)

    async def read_crossposts(self, message_id: int) -> list[CrosspostRow]:
        sql = f"{message_tables.CROSSPOSTS.select} WHERE source_id = ? ORDER BY message_id"
        return await self._readers.read(
            lambda c: [
                CrosspostRow(source_id=Snowflake(r[0]), message_id=Snowflake(r[1]), channel_id=Snowflake(r[2]))
                for r in c.execute(sql, (int(message_id),))
            ]
        )

    async def read_message_ids_of(self, channel_id: int, author_id: int, *, after: int, limit: int) -> list[Snowflake]:
        sql = "SELECT id FROM messages WHERE channel_id = ? AND id > ? AND author_id = ? ORDER BY id LIMIT ?"
        parameters = (int(channel_id), int(after), int(author_id), limit)
        return await self._readers.read(lambda c: [Snowflake(found) for (found,) in c.execute(sql, parameters)])


def _read_messages(
    connection: Connection, channel_id: int, before: int | None, after: int | None, limit: int
) -> list[MessageRow]:
    if after is not None:
        where, bound, order = "channel_id = ? AND id > ?", after, "ASC"
    else:
        where, bound, order = "channel_id = ? AND id < ?", 2**63 - 1 if before is None else before, "DESC"
    sql = f"{_SELECT_MESSAGE} WHERE {where} ORDER BY id {order} LIMIT ?"
    rows = [message_tables.read_message(r) for r in connection.execute(sql, (channel_id, bound, limit))]
    return rows[::-1] if after is not None else rows
