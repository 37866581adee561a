"""What each operation of a write does to the tables."""

import msgspec

from tuichat.server.store import channel_tables, message_files, message_tables, polls, reactions, tables
from tuichat.server.store.channel_rows import ChannelRow, ThreadFields
from tuichat.server.store.connection import Connection, Cursor
from tuichat.server.store.errors import Conflict
from tuichat.server.store.message_batch import NewMessage, add_messages, read_rows
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import (
    AddMessage,
    AddReaction,
    ClosePoll,
    CountTemplateUse,
    DeleteBan,
    DeleteChannel,
    DeleteCommand,
    DeleteEmoji,
    DeleteGuild,
    DeleteImage,
    DeleteInteractions,
    DeleteInvite,
    DeleteMember,
    DeleteMessages,
    DeleteReadState,
    DeleteRecoveryCodes,
    DeleteRole,
    DeleteTemplate,
    DeleteThreadMember,
    DeleteToken,
    DeleteTokensOf,
    DeleteUpload,
    DeleteWebhook,
    EraseAccount,
    ForgetDismissed,
    ForgetLooseFiles,
    MarkPinsRead,
    MarkRead,
    NoteSeen,
    Operation,
    Put,
    Remove,
    RemoveReaction,
    RemoveReactions,
    SetVotes,
    TrimTokens,
    UpdateMessage,
)
from tuichat.server.store.read_marks import mark_pins_read, mark_read
from tuichat.server.store.writer import Writer

_UPSERTS = {kind: table.upsert for kind, table in tables.TABLES.items()}
_VALUES = {kind: table.values for kind, table in tables.TABLES.items()}
_INSERT_MESSAGE = message_tables.MESSAGES.insert
_UPDATE_MESSAGE = message_tables.MESSAGES.update
_OF_AN_ACCOUNT = (
    ("passwords", "user_id"),
    ("tokens", "user_id"),
    ("recovery_codes", "user_id"),
    ("profiles", "user_id"),
    ("user_settings", "user_id"),
    ("settings_protos", "user_id"),
    ("guild_settings", "user_id"),
    ("privacy", "user_id"),
    ("notes", "user_id"),
    ("notes", "about_id"),
    ("relationships", "user_id"),
    ("relationships", "other_id"),
    ("read_states", "user_id"),
    ("feature_reads", "user_id"),
    ("dismissed_mentions", "user_id"),
    ("scheduled_event_users", "user_id"),
    ("followed_users", "user_id"),
    ("followed_users", "followed_id"),
    ("followed_guilds", "user_id"),
    ("followed_topics", "user_id"),
)
_COUNT_DELETED = """
    INSERT INTO thread_deletions (thread_id, count)
    SELECT id, ? FROM channels WHERE id = ? AND thread IS NOT NULL
    ON CONFLICT (thread_id) DO UPDATE SET count = thread_deletions.count + excluded.count
"""
_DELETE_FOLLOWER = """
    DELETE FROM thread_members WHERE user_id = ?
    AND thread_id IN (SELECT id FROM channels WHERE guild_id = ? AND thread IS NOT NULL)
"""
_DELETE_INTEREST = """
    DELETE FROM scheduled_event_users WHERE user_id = ?
    AND event_id IN (SELECT id FROM scheduled_events WHERE guild_id = ?)
"""


class Operations:
    """Does operations on the writing thread, within a transaction; the search index follows."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def do(self, connection: Connection, operation: Operation) -> None:
        """Raises Conflict or one of ERRORS; the transaction then takes back what was done."""
        match operation:
            case Put(MessageRow() as row):
                _insert_message(connection, row)
                self._writer.search.added([row])
            case AddMessage(row, pinged_ids, guild_id, marks_read):
                new = NewMessage(row, False, pinged_ids, guild_id, marks_read)
                (outcome,) = add_messages(connection, [new])
                if isinstance(outcome, Conflict):
                    raise outcome
                self._writer.search.added([row])
            case Put(ChannelRow(thread=ThreadFields()) as row):
                self._writer.purges.finish(row.id)  # it may begin anew at the message of a deleted one
                connection.execute(channel_tables.CHANNELS.upsert, channel_tables.CHANNELS.values(row))
            case Put(row):
                kind: type[msgspec.Struct] = type(row)
                connection.execute(_UPSERTS[kind], _VALUES[kind](row))
            case UpdateMessage(row):
                before = read_rows(connection, "WHERE id = ?", (int(row.id),))
                if not before:
                    raise _gone("message")
                connection.execute(_UPDATE_MESSAGE, (*message_tables.MESSAGES.values(row), int(row.id)))
                self._writer.search.changed(before[0], row)
                message_files.replace(connection, row)
            case DeleteMessages(channel_id, message_ids):
                where = f"WHERE channel_id = ? AND id IN ({', '.join('?' * len(message_ids))})"
                parameters = (channel_id, *map(int, message_ids))
                deleted = read_rows(connection, where, parameters)
                if not deleted:
                    raise _gone("message")
                connection.execute(f"DELETE FROM messages {where}", parameters)  # noqa: S608  # marks only
                self._writer.search.removed(deleted)
                counted = sum(1 for gone in deleted if gone.id != channel_id)
                connection.execute(_COUNT_DELETED, (counted, channel_id))
            case AddReaction():
                reactions.add(connection, operation)
            case RemoveReaction():
                reactions.remove(connection, operation)
            case RemoveReactions():
                reactions.remove_all(connection, operation)
            case SetVotes():
                polls.set_votes(connection, operation)
            case ClosePoll():
                polls.close(connection, operation)
            case DeleteWebhook(webhook_id):
                own = "DELETE FROM images WHERE owner_id = ? AND kind <> ?"  # what its messages show stays with them
                connection.execute(own, (int(webhook_id), message_files.MESSAGE_AVATARS))
                _expect_one(connection.execute("DELETE FROM webhooks WHERE id = ?", (int(webhook_id),)), "webhook")
            case Remove(row):
                table = tables.TABLES[type(row)]
                connection.execute(table.delete, tuple(getattr(row, column) for column in table.key))
            case MarkRead():
                mark_read(connection, operation)
            case ForgetDismissed(user_id, before_id):
                sql = "DELETE FROM dismissed_mentions WHERE user_id = ? AND message_id < ?"
                connection.execute(sql, (user_id, before_id))
            case MarkPinsRead():
                mark_pins_read(connection, operation)
            case DeleteReadState(user_id, channel_id):
                connection.execute(
                    "DELETE FROM read_states WHERE user_id = ? AND channel_id = ?", (user_id, channel_id)
                )
            case DeleteGuild(guild_id):
                channels = connection.execute("SELECT id FROM channels WHERE guild_id = ?", (guild_id,)).fetchall()
                for (channel_id,) in channels:
                    self._delete_channel(connection, channel_id)
                connection.execute("DELETE FROM images WHERE guild_id = ?1 OR owner_id = ?1", (guild_id,))
                connection.execute("DELETE FROM guild_settings WHERE guild_id = ?", (guild_id,))
                connection.execute("DELETE FROM guilds WHERE id = ?", (guild_id,))
            case DeleteChannel(channel_id):
                self._delete_channel(connection, channel_id)
            case DeleteThreadMember(thread_id, user_id):
                connection.execute(
                    "DELETE FROM thread_members WHERE thread_id = ? AND user_id = ?", (thread_id, user_id)
                )
            case DeleteRole(role_id):
                connection.execute("DELETE FROM roles WHERE id = ?", (role_id,))
                connection.execute("DELETE FROM images WHERE owner_id = ?", (role_id,))
            case DeleteMember(guild_id, user_id):
                connection.execute("DELETE FROM members WHERE guild_id = ? AND user_id = ?", (guild_id, user_id))
                connection.execute("DELETE FROM images WHERE owner_id = ? AND guild_id = ?", (user_id, guild_id))
                connection.execute(_DELETE_FOLLOWER, (user_id, guild_id))
                connection.execute(_DELETE_INTEREST, (user_id, guild_id))
            case DeleteCommand(command_id):
                connection.execute("DELETE FROM commands WHERE id = ?", (command_id,))
                connection.execute("DELETE FROM command_permissions WHERE target_id = ?", (command_id,))
            case DeleteInteractions(before_id):
                connection.execute("DELETE FROM interactions WHERE id < ?", (before_id,))
            case DeleteInvite(code):
                _expect_one(connection.execute("DELETE FROM invites WHERE code = ?", (code,)), "invite")
            case DeleteBan(guild_id, user_id):
                sql = "DELETE FROM bans WHERE guild_id = ? AND user_id = ?"
                _expect_one(connection.execute(sql, (int(guild_id), int(user_id))), "ban")
            case NoteSeen(days):
                sql = (
                    "INSERT INTO seen SELECT id, ? FROM users WHERE id = ?"
                    " ON CONFLICT (user_id) DO UPDATE SET day = excluded.day"
                )
                connection.executemany(sql, [(day, int(user_id)) for user_id, day in days])
            case DeleteEmoji(emoji_id):
                _expect_one(connection.execute("DELETE FROM emojis WHERE id = ?", (int(emoji_id),)), "emoji")
            case DeleteImage(noun, owner_id, guild_id):
                sql = "DELETE FROM images WHERE kind = ? AND owner_id = ? AND guild_id = ?"
                connection.execute(sql, (noun, int(owner_id), int(guild_id)))
            case ForgetLooseFiles(ids):
                connection.executemany("DELETE FROM loose_files WHERE id = ?", [(number,) for number in ids])
            case DeleteUpload(key):
                connection.execute("DELETE FROM uploads WHERE key = ?", (key,))
            case DeleteTemplate(code):
                _expect_one(connection.execute("DELETE FROM templates WHERE code = ?", (code,)), "template")
            case CountTemplateUse(code):
                connection.execute("UPDATE templates SET usage_count = usage_count + 1 WHERE code = ?", (code,))
            case DeleteToken(token_id):
                connection.execute("DELETE FROM tokens WHERE id = ?", (token_id,))
            case DeleteTokensOf(user_id):
                connection.execute("DELETE FROM tokens WHERE user_id = ?", (user_id,))
            case DeleteRecoveryCodes(user_id):
                connection.execute("DELETE FROM recovery_codes WHERE user_id = ?", (user_id,))
            case EraseAccount(user_id):
                for name, column in _OF_AN_ACCOUNT:
                    connection.execute(f"DELETE FROM {name} WHERE {column} = ?", (user_id,))  # noqa: S608  # constants
            case TrimTokens(user_id, keep):
                newest = "SELECT id FROM tokens WHERE user_id = ? ORDER BY id DESC LIMIT ?"
                sql = f"DELETE FROM tokens WHERE user_id = ? AND id NOT IN ({newest})"  # noqa: S608  # a constant
                connection.execute(sql, (user_id, user_id, keep))

    def _delete_channel(self, connection: Connection, channel_id: int) -> None:
        """Remove a channel, and the threads below it; a category's channels stay."""
        threads = connection.execute(
            "SELECT id FROM channels WHERE parent_id = ? AND thread IS NOT NULL", (channel_id,)
        ).fetchall()
        for (thread_id,) in threads:
            self._delete_channel(connection, thread_id)
        found = connection.execute("SELECT guild_id FROM channels WHERE id = ?", (channel_id,)).fetchone()
        hooks = "SELECT id FROM webhooks WHERE channel_id = ?"
        connection.execute(f"DELETE FROM images WHERE owner_id IN ({hooks})", (channel_id,))  # noqa: S608  # a constant
        connection.execute("DELETE FROM channels WHERE id = ?", (channel_id,))
        connection.execute("DELETE FROM images WHERE owner_id = ?", (channel_id,))
        connection.execute("DELETE FROM read_states WHERE channel_id = ?", (channel_id,))
        connection.execute("DELETE FROM nonces WHERE channel_id = ?", (channel_id,))
        if found is not None:
            self._writer.purges.add(channel_id, found[0])


def _insert_message(connection: Connection, row: MessageRow) -> None:
    if connection.execute("SELECT 1 FROM channels WHERE id = ?", (int(row.channel_id),)).fetchone() is None:
        raise Conflict("The channel of the message is gone.")
    connection.execute(_INSERT_MESSAGE, message_tables.MESSAGES.values(row))
    message_files.add(connection, [row])
    polls.open_with(connection, [row])


def _expect_one(cursor: Cursor, noun: str) -> None:
    if cursor.rowcount == 0:
        raise _gone(noun)


def _gone(noun: str) -> Conflict:
    return Conflict(f"The {noun} is not there any more.")
