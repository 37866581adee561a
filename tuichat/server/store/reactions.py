"""Reactions in tables: who reacted, and beside it how many."""

from collections.abc import Sequence

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.connection import Connection
from tuichat.server.store.errors import Conflict
from tuichat.server.store.message_rows import ReactionCount
from tuichat.server.store.operations import AddReaction, RemoveReaction, RemoveReactions


def add(connection: Connection, new: AddReaction) -> None:
    added = connection.execute(
        "INSERT INTO reactions (message_id, emoji, user_id)"
        " SELECT id, ?, ? FROM messages WHERE id = ? AND channel_id = ? ON CONFLICT DO NOTHING",
        (new.emoji, new.user_id, new.message_id, new.channel_id),
    )
    if not added.rowcount:
        raise Conflict("The message is gone, or the reaction is there already.")
    connection.execute(
        "INSERT INTO reaction_counts VALUES (?, ?, ?, ?, ?, 1)"
        " ON CONFLICT (message_id, emoji) DO UPDATE SET count = reaction_counts.count + 1",
        (new.message_id, new.emoji, new.name, new.is_animated, new.order_id),
    )


def remove(connection: Connection, gone: RemoveReaction) -> None:
    key = (gone.message_id, gone.emoji)
    sql = "DELETE FROM reactions WHERE message_id = ? AND emoji = ? AND user_id = ?"
    if not connection.execute(sql, (*key, gone.user_id)).rowcount:
        raise Conflict("The reaction is not there any more.")
    connection.execute("UPDATE reaction_counts SET count = count - 1 WHERE message_id = ? AND emoji = ?", key)
    connection.execute("DELETE FROM reaction_counts WHERE message_id = ? AND emoji = ? AND count <= 0", key)


def remove_all(connection: Connection, gone: RemoveReactions) -> None:
    where = "message_id = ?1 AND (emoji = ?2 OR ?2 IS NULL)"
    parameters = (gone.message_id, gone.emoji)
    if not connection.execute(f"DELETE FROM reaction_counts WHERE {where}", parameters).rowcount:  # noqa: S608
        raise Conflict("The reactions are not there any more.")
    connection.execute(f"DELETE FROM reactions WHERE {where}", parameters)  # noqa: S608


def read_counts(connection: Connection, message_ids: Sequence[int], user_id: int) -> list[ReactionCount]:
    sql = (
        "SELECT c.message_id, c.emoji, c.name, c.is_animated, c.count, r.user_id IS NOT NULL"  # noqa: S608  # marks only
        " FROM reaction_counts c LEFT JOIN reactions r"
        " ON r.message_id = c.message_id AND r.emoji = c.emoji AND r.user_id = ?"
        f" WHERE c.message_id IN ({', '.join('?' * len(message_ids))}) ORDER BY c.message_id, c.first_id"
    )
    return [
        ReactionCount(Snowflake(message_id), emoji, name, bool(is_animated), count, bool(is_mine))
        for message_id, emoji, name, is_animated, count, is_mine in connection.execute(
            sql, (user_id, *map(int, message_ids))
        )
    ]


def read_reacted(connection: Connection, message_ids: Sequence[int]) -> set[int]:
    """Which of the messages have reactions."""
    if not message_ids:
        return set()
    marks = ", ".join("?" * len(message_ids))
    sql = f"SELECT DISTINCT message_id FROM reaction_counts WHERE message_id IN ({marks})"  # noqa: S608  # marks only
    return {message_id for (message_id,) in connection.execute(sql, tuple(map(int, message_ids)))}


def read_users(connection: Connection, message_id: int, emoji: str, after: int, limit: int) -> list[Snowflake]:
    sql = "SELECT user_id FROM reactions WHERE message_id = ? AND emoji = ? AND user_id > ? ORDER BY user_id LIMIT ?"
    return [Snowflake(user_id) for (user_id,) in connection.execute(sql, (message_id, emoji, after, limit))]
