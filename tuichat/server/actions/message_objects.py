"""Messages as the wire shows them, in answers and in dispatches."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol import codec
from tuichat.protocol.message import Message, MessageType
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import wire
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.bus import Event
from tuichat.server.store.rows import MessageRow


class Deleted(msgspec.Struct, frozen=True):
    """A referenced message that is gone."""


DELETED = Deleted()


def message(
    ctx: Context, state: GuildState, row: MessageRow, referenced: MessageRow | Deleted | None = None
) -> Message:
    """A message as REST answers it. `referenced` is what a reply answers, DELETED when that is gone."""
    is_reply = row.reference is not None
    if not is_reply or referenced is None:
        answered: Message | msgspec.UnsetType | None = UNSET
    else:
        answered = None if isinstance(referenced, Deleted) else message(ctx, state, referenced)
    return Message(
        id=row.id,
        channel_id=row.channel_id,
        author=ctx.users.wire(row.author_id),
        content=row.content,
        timestamp=format_timestamp(row.id.timestamp_ms),
        edited_timestamp=None if row.edited_ms is None else format_timestamp(row.edited_ms),
        tts=row.is_tts,
        mention_everyone=row.mentions_everyone,
        mentions=wire.mentioned_users(ctx, state, row) if row.mention_ids else [],
        mention_roles=list(row.mention_role_ids),
        embeds=wire.embeds(row),
        type=row.type,
        flags=row.flags,
        nonce=UNSET if row.nonce is None else row.nonce,
        message_reference=wire.reference(row) if is_reply else UNSET,
        referenced_message=answered,
    )


async def messages(ctx: Context, state: GuildState, rows: Sequence[MessageRow]) -> list[Message]:
    """Messages as REST answers them, each reply with the message that it answers."""
    known = {row.id: row for row in rows}
    wanted = {
        row.reference.message_id for row in rows if row.type == MessageType.REPLY and row.reference
    } - known.keys()
    for row in await ctx.store.read_messages_by_id(list(wanted)):
        known[row.id] = row
    return [
        message(ctx, state, row, known.get(row.reference.message_id, DELETED) if row.reference else None)
        for row in rows
    ]


def created(ctx: Context, state: GuildState, row: MessageRow, shown: Message) -> Event:
    """MESSAGE_CREATE, encoded once with content and once without."""
    return _dispatch(ctx, state, row, shown, "MESSAGE_CREATE")


def updated(ctx: Context, state: GuildState, row: MessageRow, shown: Message) -> Event:
    """MESSAGE_UPDATE, likewise."""
    return _dispatch(ctx, state, row, shown, "MESSAGE_UPDATE")


def _dispatch(ctx: Context, state: GuildState, row: MessageRow, shown: Message, name: str) -> Event:
    """The message with the keys that `dispatch.MessageCreate` and `MessageUpdate` have beside it.

    They are joined as JSON: building a second struct for each message would cost more than encoding it.
    """
    author = state.members.get(row.author_id)
    tail = b',"guild_id":"%d"' % state.id
    if author is not None:
        tail += b',"member":' + codec.encode(wire.partial_member(author, ctx.now_ms()))
    bare = _without_content(shown)
    return Event(
        name=name,
        body=codec.encode(shown)[:-1] + tail + b"}",
        guild_id=int(state.id),
        channel_id=int(row.channel_id),
        content_free_body=None if bare is None else codec.encode(bare)[:-1] + tail + b"}",
        author_id=int(row.author_id),
        mentioned_ids=frozenset(map(int, row.mention_ids)),
    )


def _without_content(shown: Message) -> Message | None:
    """What sessions without MESSAGE_CONTENT get; None when that is the same."""
    answered = shown.referenced_message
    if not shown.content and not shown.embeds and not isinstance(answered, Message):
        return None
    if isinstance(answered, Message):
        answered = msgspec.structs.replace(answered, content="", embeds=[])
    return msgspec.structs.replace(shown, content="", embeds=[], referenced_message=answered)
