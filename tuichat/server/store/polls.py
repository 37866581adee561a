"""Polls in tables: who voted for what, and which polls are still open."""

from collections.abc import Iterable, Sequence

from tuichat.protocol.message import MessageType
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.connection import Connection
from tuichat.server.store.errors import Conflict
from tuichat.server.store.message_rows import AnswerCount, MessageRow, OpenPollRow
from tuichat.server.store.operations import ClosePoll, SetVotes


def open_with(connection: Connection, rows: Iterable[MessageRow]) -> None:
    """Note the polls of messages that were just inserted."""
    opened = [
        (int(row.id), int(row.channel_id), row.extras.poll.expires_ms)
        for row in rows
        if row.extras is not None
        and row.extras.poll is not None
        and not row.extras.poll.is_finalized
        and row.type != MessageType.THREAD_STARTER_MESSAGE
    ]
    connection.executemany("INSERT INTO open_polls (message_id, channel_id, expires_ms) VALUES (?, ?, ?)", opened)


def set_votes(connection: Connection, votes: SetVotes) -> None:
    if connection.execute("SELECT 1 FROM open_polls WHERE message_id = ?", (votes.message_id,)).fetchone() is None:
        raise Conflict("The poll is not open any more.")
    key = (votes.message_id, votes.user_id)
    connection.execute("DELETE FROM poll_votes WHERE message_id = ? AND user_id = ?", key)
    connection.executemany(
        "INSERT INTO poll_votes (message_id, user_id, answer_id) VALUES (?, ?, ?)",
        [(*key, answer_id) for answer_id in votes.answer_ids],
    )


def close(connection: Connection, closed: ClosePoll) -> None:
    if not connection.execute("DELETE FROM open_polls WHERE message_id = ?", (closed.message_id,)).rowcount:
        raise Conflict("The poll is not open any more.")


def read_open(connection: Connection, before_ms: int, limit: int) -> list[OpenPollRow]:
    sql = "SELECT message_id, channel_id, expires_ms FROM open_polls WHERE expires_ms <= ? ORDER BY expires_ms LIMIT ?"
    return [
        OpenPollRow(message_id=Snowflake(message_id), channel_id=Snowflake(channel_id), expires_ms=expires_ms)
        for message_id, channel_id, expires_ms in connection.execute(sql, (before_ms, limit))
    ]


def read_next_end_ms(connection: Connection) -> int | None:
    (found,) = connection.execute("SELECT MIN(expires_ms) FROM open_polls").fetchone()
    return None if found is None else int(found)


def read_counts(connection: Connection, message_ids: Sequence[int], user_id: int) -> list[AnswerCount]:
    sql = (
        "SELECT message_id, answer_id, COUNT(*), MAX(CASE WHEN user_id = ? THEN 1 ELSE 0 END) FROM poll_votes"  # noqa: S608  # marks only
        f" WHERE message_id IN ({', '.join('?' * len(message_ids))})"
        " GROUP BY message_id, answer_id ORDER BY message_id, answer_id"
    )
    return [
        AnswerCount(Snowflake(message_id), answer_id, count, bool(is_mine))
        for message_id, answer_id, count, is_mine in connection.execute(sql, (user_id, *map(int, message_ids)))
    ]


def read_voters(connection: Connection, message_id: int, answer_id: int, after: int, limit: int) -> list[Snowflake]:
    sql = (
        "SELECT user_id FROM poll_votes WHERE message_id = ? AND answer_id = ? AND user_id > ? ORDER BY user_id LIMIT ?"
    )
    return [Snowflake(user_id) for (user_id,) in connection.execute(sql, (message_id, answer_id, after, limit))]


def read_votes(connection: Connection, message_id: int, user_id: int) -> list[int]:
    sql = "SELECT answer_id FROM poll_votes WHERE message_id = ? AND user_id = ? ORDER BY answer_id"
    return [answer_id for (answer_id,) in connection.execute(sql, (message_id, user_id))]
