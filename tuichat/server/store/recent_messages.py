"""The newest messages of the channels that are read: most reads of history ask for these, and need no disk."""

from collections import OrderedDict
from collections.abc import Collection

import msgspec

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
    DeleteImage,
    DeleteInteractions,
    DeleteInvite,
    DeleteMember,
    DeleteMessages,
    DeleteReadState,
    DeleteRole,
    DeleteTemplate,
    DeleteThreadMember,
    DeleteToken,
    DeleteTokensOf,
    DeleteUpload,
    DeleteWebhook,
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

KEPT_MESSAGES = 100  # of a channel: the largest page
MAX_BYTES = 16 * 1024 * 1024  # of all messages kept; taste: some thousand pages
_ROW_BYTES = 700  # of a message without its texts
_HARMLESS = (
    *(DeleteBan, DeleteEmoji, DeleteImage, DeleteInvite, DeleteMember, DeleteRole, DeleteThreadMember, DeleteToken),
    *(DeleteTokensOf, DeleteUpload, ForgetLooseFiles, MarkRead, TrimTokens, DeleteWebhook, ClosePoll, SetVotes),
    *(RemoveReaction, RemoveReactions, DeleteTemplate, CountTemplateUse, DeleteCommand, DeleteInteractions, NoteSeen),
    *(DeleteReadState, ForgetDismissed, MarkPinsRead, Remove),
)  # what changes no message


class Fill(msgspec.Struct, eq=False):
    """A read of a channel's newest messages that is under way; stale when they changed meanwhile."""

    channel_id: int
    is_stale: bool = False


class _Channel:
    """Its newest messages, oldest first. `is_whole`: there are no others. None but `reacted_ids` can have reactions."""

    __slots__ = ("is_whole", "reacted_ids", "rows", "size_bytes")

    def __init__(self, rows: list[MessageRow], reacted_ids: set[int], *, is_whole: bool) -> None:
        self.rows = rows
        self.reacted_ids = reacted_ids
        self.is_whole = is_whole
        self.size_bytes = sum(map(_size_bytes, rows))


class RecentMessages:
    """Belongs to the loop, where it is told of every commit before anybody else is.

    What it does not know how to follow empties it: it may always know less than the disk, and never anything else.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        """0 keeps nothing at all: for a store that others write to as well."""
        self._max_bytes = max_bytes
        self._size_bytes = 0
        self._channels: OrderedDict[int, _Channel] = OrderedDict()
        self._fills: dict[int, list[Fill]] = {}

    def __len__(self) -> int:
        return len(self._channels)

    def newest(self, channel_id: int, limit: int) -> list[MessageRow] | None:
        """The last `limit` messages, newest first; None where the disk has to be asked."""
        channel = self._channels.get(channel_id)
        if channel is None or (len(channel.rows) < limit and not channel.is_whole):
            return None
        self._channels.move_to_end(channel_id)
        return channel.rows[: -limit - 1 : -1]

    def find(self, channel_id: int, message_id: int) -> MessageRow | None:
        channel = self._channels.get(channel_id)
        return None if channel is None else next((row for row in channel.rows if row.id == message_id), None)

    def may_have_reactions(self, row: MessageRow) -> bool:
        """Whether the disk has to be asked for a message's reactions."""
        channel = self._channels.get(row.channel_id)
        if channel is None or not channel.rows or channel.rows[0].id > row.id:
            return True
        return row.id in channel.reacted_ids

    def begin_fill(self, channel_id: int) -> Fill:
        """Note that a channel's newest messages are about to be read from the disk. Then call `end_fill`."""
        fill = Fill(channel_id)
        self._fills.setdefault(channel_id, []).append(fill)
        return fill

    def end_fill(
        self, fill: Fill, rows: list[MessageRow] | None, limit: int, reacted_ids: Collection[int] = ()
    ) -> None:
        """Keep what was read, newest first, of up to `limit`, and which have reactions; None where nothing is to be kept."""
        fills = self._fills[fill.channel_id]
        fills.remove(fill)
        if not fills:
            del self._fills[fill.channel_id]
        if rows is None or fill.is_stale or not self._max_bytes:
            return
        self._drop(fill.channel_id)
        channel = self._channels[fill.channel_id] = _Channel(rows[::-1], set(reacted_ids), is_whole=len(rows) < limit)
        self._size_bytes += channel.size_bytes
        self._make_room()

    def added(self, row: MessageRow) -> None:
        """A new message was committed."""
        self._mark_stale(row.channel_id)
        channel = self._channels.get(row.channel_id)
        if channel is None:
            return
        if channel.rows and channel.rows[-1].id >= row.id:  # the disk told of it before its commit was told here
            self._drop(row.channel_id)
            return
        channel.rows.append(row)
        self._grow(channel, _size_bytes(row))
        if len(channel.rows) > KEPT_MESSAGES:
            channel.is_whole = False
            oldest = channel.rows.pop(0)
            channel.reacted_ids.discard(oldest.id)
            self._grow(channel, -_size_bytes(oldest))
        self._make_room()

    def follow(self, operation: Operation) -> None:
        """An operation was committed."""
        match operation:
            case Put(row):
                if isinstance(row, MessageRow):
                    self.added(row)
            case AddMessage(row):
                self.added(row)
            case UpdateMessage(row):
                self._replace(row)
            case AddReaction():
                self._mark_stale(operation.channel_id)
                channel = self._channels.get(operation.channel_id)
                if channel is not None:
                    channel.reacted_ids.add(operation.message_id)
            case DeleteMessages():
                self._remove(operation.channel_id, set(map(int, operation.message_ids)))
            case DeleteChannel():
                self._mark_stale(operation.channel_id)
                self._drop(operation.channel_id)
            case _:
                if not isinstance(operation, _HARMLESS):
                    self._clear()

    # Inside.

    def _replace(self, row: MessageRow) -> None:
        self._mark_stale(row.channel_id)
        channel = self._channels.get(row.channel_id)
        if channel is None:
            return
        for index, known in enumerate(channel.rows):
            if known.id == row.id:
                channel.rows[index] = row
                self._grow(channel, _size_bytes(row) - _size_bytes(known))
        self._make_room()

    def _remove(self, channel_id: int, message_ids: set[int]) -> None:
        self._mark_stale(channel_id)
        channel = self._channels.get(channel_id)
        if channel is None:
            return
        gone = [row for row in channel.rows if row.id in message_ids]
        channel.rows = [row for row in channel.rows if row.id not in message_ids]
        channel.reacted_ids -= message_ids
        self._grow(channel, -sum(map(_size_bytes, gone)))

    def _mark_stale(self, channel_id: int) -> None:
        for fill in self._fills.get(channel_id, ()):
            fill.is_stale = True

    def _clear(self) -> None:
        for channel_id in self._fills:
            self._mark_stale(channel_id)
        self._channels.clear()
        self._size_bytes = 0

    def _drop(self, channel_id: int) -> None:
        channel = self._channels.pop(channel_id, None)
        if channel is not None:
            self._size_bytes -= channel.size_bytes

    def _grow(self, channel: _Channel, added_bytes: int) -> None:
        channel.size_bytes += added_bytes
        self._size_bytes += added_bytes

    def _make_room(self) -> None:
        while self._size_bytes > self._max_bytes and self._channels:
            _, channel = self._channels.popitem(last=False)
            self._size_bytes -= channel.size_bytes


def _size_bytes(row: MessageRow) -> int:
    more = 0 if row.extras is None and not row.attachments else 4000  # taste: a poll, a forward, some files
    return _ROW_BYTES + len(row.content) + len(row.embeds) + len(row.components) + more
