"""Read states: how far somebody has read a channel."""

from collections.abc import Sequence

from tuichat.protocol.dispatch import MessageAck
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors, fields
from tuichat.server.actions.access import require_place
from tuichat.server.actions.context import Actor, Context
from tuichat.server.bus import Event, event
from tuichat.server.store.operations import MarkRead, Operation

MAX_BULK_ACKS = 100


async def ack_message(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> None:
    """Note that the actor has read a channel up to a message, and tell its other sessions.

    Mentions after it stay counted, so that one which arrives at the same instant is not lost.
    """
    if actor.is_bot:
        raise errors.bots_cannot()
    mark, told = _mark(ctx, actor, channel_id, message_id)
    await ctx.store.write([mark], [told])


async def ack_messages(ctx: Context, actor: Actor, read: Sequence[tuple[int, int]]) -> None:
    """Note how far the actor has read each of up to 100 channels (channel id, message id), all at once.

    Channels that are gone, or that the actor may not see any more, are passed over: whoever asks cannot know yet.
    """
    if actor.is_bot:
        raise errors.bots_cannot()
    if len(read) > MAX_BULK_ACKS:
        raise errors.too_long("read_states", MAX_BULK_ACKS)
    marks: list[Operation] = []
    events: list[Event] = []
    for channel_id, message_id in read:
        try:
            mark, told = _mark(ctx, actor, channel_id, message_id)
        except errors.ActionError:
            continue
        marks.append(mark)
        events.append(told)
    if marks:
        await ctx.store.write(marks, events)


def _mark(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> tuple[MarkRead, Event]:
    place = require_place(ctx, actor, channel_id)
    fields.require_written_in(place.channel)
    payload = MessageAck(channel_id=place.channel.id, message_id=Snowflake(message_id))
    role_ids = () if place.guild is None else place.guild.members[actor.user_id].role_ids
    mark = MarkRead(actor.user_id, place.channel.id, message_id, tuple(role_ids))
    return mark, event("MESSAGE_ACK", payload, user_ids=[actor.user_id])
