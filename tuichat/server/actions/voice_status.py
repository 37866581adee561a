"""The status of a voice channel: a line that says what is going on there, until the last one leaves it."""

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch.voice import VoiceChannelStatusUpdate
from tuichat.protocol.permissions import Permissions
from tuichat.server.actions import audit, errors, fields
from tuichat.server.actions.access import require_channel
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.bus import Event, event
from tuichat.server.store.operations import Put

MAX_CHARACTERS = 500


async def set_status(ctx: Context, actor: Actor, channel_id: int, status: str | None) -> None:
    """Say what goes on in a voice channel, or take that away: SET_VOICE_CHANNEL_STATUS, and MANAGE_CHANNELS from outside."""
    state, channel, granted = require_channel(ctx, actor, channel_id, Permissions.SET_VOICE_CHANNEL_STATUS)
    seat = ctx.voice_seats.get(state.id, actor.user_id)
    is_inside = seat is not None and seat.channel_id == channel.id
    if not is_inside and not granted & Permissions.MANAGE_CHANNELS:
        raise errors.missing_permissions()
    if channel.type != ChannelType.VOICE:
        raise errors.wrong_channel_type()
    text = fields.require_length("status", status or "", 0, MAX_CHARACTERS) or None
    if text == state.voice_statuses.get(channel.id):
        return

    def set_it() -> None:
        if text is None:
            state.voice_statuses.pop(channel.id, None)
        else:
            state.voice_statuses[channel.id] = text

    told = VoiceChannelStatusUpdate(id=channel.id, guild_id=state.id, status=text)
    put, noted = _entry(ctx, actor, state, channel.id, text)
    await ctx.store.write(
        [put],
        [event("VOICE_CHANNEL_STATUS_UPDATE", told, guild_id=state.id, channel_id=channel.id), noted],
        before_publish=set_it,
    )


def _entry(ctx: Context, actor: Actor, state: GuildState, channel_id: int, status: str | None) -> tuple[Put, Event]:
    if status is None:
        return audit.entry(ctx, actor, state, AuditAction.VOICE_CHANNEL_STATUS_DELETE, channel_id)
    options = {"status": status}
    return audit.entry(ctx, actor, state, AuditAction.VOICE_CHANNEL_STATUS_CREATE, channel_id, options=options)
