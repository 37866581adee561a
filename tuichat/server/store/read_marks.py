"""Read states in the embedded store: marking a channel as read, and counting what mentions its reader after that."""

from tuichat.server.store import columns
from tuichat.server.store.connection import Connection
from tuichat.server.store.operations import MarkPinsRead, MarkRead

MAX_UNREAD_SCAN = 1000  # messages looked at for mentions when a channel is marked as read in its middle
RECIPIENT_REMOVE = 2  # that somebody left a group counts for nobody (Discord's "Channel Read State Automations")

_MARK = " ".join(
    (
        "INSERT INTO read_states (user_id, channel_id, last_message_id, mention_count, version, flags, last_viewed)",
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        "ON CONFLICT (user_id, channel_id) DO UPDATE SET last_message_id = excluded.last_message_id,",
        "mention_count = excluded.mention_count, version = excluded.version,",
        "flags = coalesce(excluded.flags, read_states.flags),",
        "last_viewed = coalesce(excluded.last_viewed, read_states.last_viewed)",
    )
)
_MARK_PINS = " ".join(
    (
        "INSERT INTO read_states (user_id, channel_id, mention_count, version, last_pin_ms) VALUES (?, ?, 0, ?, ?)",
        "ON CONFLICT (user_id, channel_id) DO UPDATE SET version = excluded.version, last_pin_ms = excluded.last_pin_ms",
    )
)
_LATER = " ".join(
    (
        "SELECT author_id, type, mentions_everyone, mention_ids, mention_role_ids FROM messages",
        "WHERE channel_id = ? AND id > ? AND author_id <> ? ORDER BY id LIMIT ?",
    )
)


def mark_read(connection: Connection, mark: MarkRead) -> int:
    """Write the read state, and return its mention count; none of a channel that was deleted while this waited."""
    if connection.execute("SELECT 1 FROM channels WHERE id = ?", (int(mark.channel_id),)).fetchone() is None:
        return 0
    count = _count(connection, mark) if mark.mention_count is None else mark.mention_count
    connection.execute(
        _MARK,
        (
            int(mark.user_id), int(mark.channel_id), int(mark.message_id), count, mark.version,
            mark.flags, mark.last_viewed,
        ),
    )  # fmt: skip
    return count


def mark_pins_read(connection: Connection, mark: MarkPinsRead) -> None:
    connection.execute(_MARK_PINS, (int(mark.user_id), int(mark.channel_id), mark.version, mark.pinned_ms))


def _count(connection: Connection, mark: MarkRead) -> int:
    later = connection.execute(_LATER, (int(mark.channel_id), int(mark.message_id), int(mark.user_id), MAX_UNREAD_SCAN))
    return sum(
        _mentions(mark, kind, everyone, user_ids, role_ids)
        for author_id, kind, everyone, user_ids, role_ids in later
        if author_id not in mark.ignored_ids
    )


def _mentions(mark: MarkRead, kind: int, everyone: int, user_ids: str | None, role_ids: str | None) -> bool:
    if user_ids is not None and mark.user_id in columns.read_ids(user_ids):
        return True
    if mark.counts_all:
        return kind != RECIPIENT_REMOVE
    if everyone and not mark.skips_everyone:
        return True
    return role_ids is not None and not set(mark.role_ids).isdisjoint(columns.read_ids(role_ids))
