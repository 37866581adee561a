"""Which files messages name: written with the message, so that a file goes with its last one.

A forward has no attachments of its own: it shows those of the message in its snapshots, and names their files anew.
"""

from collections.abc import Iterable, Sequence

import msgspec

from tuichat.server.store.connection import Connection
from tuichat.server.store.message_rows import MessageRow

_INSERT = (
    "INSERT INTO message_files (message_id, attachment_id, file, size_bytes, content_type) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)
_INSERT_AVATAR = (
    "INSERT INTO images (kind, owner_id, guild_id, hash, file) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
MESSAGE_AVATARS = "message-avatars"  # the kind of picture that a webhook's message shows as its author's
_COPY = (
    "INSERT INTO message_files SELECT ?, attachment_id, file, size_bytes, content_type"
    " FROM message_files WHERE attachment_id = ? LIMIT 1 ON CONFLICT DO NOTHING"
)


class _SnapshotAttachment(msgspec.Struct):
    id: str | int


class _SnapshotMessage(msgspec.Struct):
    attachments: list[_SnapshotAttachment] = []


class _Snapshot(msgspec.Struct):
    message: _SnapshotMessage


_read_snapshot = msgspec.json.Decoder(_Snapshot)


def add(connection: Connection, rows: Iterable[MessageRow]) -> None:
    """Note the files of messages that were just inserted."""
    for row in rows:
        if row.attachments:
            connection.executemany(
                _INSERT,
                [(int(row.id), int(a.id), a.sha256, a.size_bytes, a.content_type) for a in row.attachments],
            )
        if row.extras is not None and row.extras.author_avatar is not None and row.extras.webhook_id is not None:
            avatar = row.extras.author_avatar
            values = (MESSAGE_AVATARS, int(row.extras.webhook_id), int(row.id), avatar, avatar.removeprefix("a_"))
            connection.execute(_INSERT_AVATAR, values)
        if row.extras is not None and row.extras.snapshots:
            copied = _attachments_of(row.extras.snapshots)
            connection.executemany(_COPY, [(int(row.id), attachment_id) for attachment_id in copied])


def replace(connection: Connection, row: MessageRow) -> None:
    """Note the files of a message that was written anew."""
    kept = [int(attachment.id) for attachment in row.attachments]
    if row.extras is not None:
        kept += _attachments_of(row.extras.snapshots)
    marks = ", ".join("?" * len(kept))
    sql = f"DELETE FROM message_files WHERE message_id = ? AND attachment_id NOT IN ({marks})"  # noqa: S608  # marks only
    connection.execute(sql, (int(row.id), *kept))
    add(connection, [row])


def _attachments_of(snapshots: Sequence[msgspec.Raw]) -> list[int]:
    return [int(each.id) for raw in snapshots for each in _read_snapshot.decode(raw).message.attachments]
