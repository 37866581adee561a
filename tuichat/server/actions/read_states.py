"""Read states: how far somebody has read a channel."""

from tuichat.protocol.dispatch import MessageAck
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors, fields
from tuichat.server.actions.access import require_channel
from tuichat.server.actions.context import Actor, Context
from tuichat.server.bus import event
from tuichat.server.store.operations import MarkRead


async def ack_message(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> None:
    """Note that the actor has read a channel up to a message, and tell its other sessions.

    Mentions after it stay counted, so that one which arrives at the same instant is not lost.
    """
    if actor.is_bot:
        raise errors.bots_cannot()
    state, channel, _ = require_channel(ctx, actor, channel_id)
    fields.require_written_in(channel)
    payload = MessageAck(channel_id=channel.id, message_id=Snowflake(message_id))
    mark = MarkRead(actor.user_id, channel.id, message_id, tuple(state.members[actor.user_id].role_ids))
    await ctx.store.write([mark], [event("MESSAGE_ACK", payload, user_ids=[actor.user_id])])
