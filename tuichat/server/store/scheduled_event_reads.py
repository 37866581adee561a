"""What every store reads of who is interested in scheduled events."""

from collections.abc import Sequence

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.connection import Connection
from tuichat.server.store.readers import Readers


class ScheduledEventReads:
    """The reading half of `ScheduledEventStore`, which TableStore takes over."""

    _readers: Readers

    async def read_event_users(
        self, event_id: int, *, before: int | None = None, after: int | None = None, limit: int = 100
    ) -> list[Snowflake]:
        bound, order = ("user_id < ?", "DESC") if before is not None else ("user_id > ?", "ASC")
        sql = (
            f"SELECT user_id FROM scheduled_event_users WHERE event_id = ? AND {bound} ORDER BY user_id {order} LIMIT ?"  # noqa: S608
        )
        parameters = (int(event_id), int(before if before is not None else after or 0), limit)
        found = await self._readers.read(lambda c: [Snowflake(user_id) for (user_id,) in c.execute(sql, parameters)])
        return found[::-1] if before is not None else found

    async def count_event_users(self, event_ids: Sequence[int]) -> dict[int, int]:
        def query(connection: Connection) -> dict[int, int]:
            marks = ", ".join("?" * len(event_ids))
            sql = f"SELECT event_id, count(*) FROM scheduled_event_users WHERE event_id IN ({marks}) GROUP BY event_id"  # noqa: S608
            return dict(connection.execute(sql, tuple(map(int, event_ids))))

        return await self._readers.read(query)

    async def read_events_of_user(self, user_id: int) -> list[Snowflake]:
        sql = "SELECT event_id FROM scheduled_event_users WHERE user_id = ? ORDER BY event_id"
        return await self._readers.read(lambda c: [Snowflake(found) for (found,) in c.execute(sql, (int(user_id),))])
