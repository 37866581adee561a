"""Who may see, plan and change scheduled events."""

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.scheduled_event import EntityType
from tuichat.server.actions import errors
from tuichat.server.actions.access import require_channel, require_guild, require_in_guild
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.store.scheduled_event_rows import ScheduledEventRow

_HOSTING = {
    EntityType.STAGE_INSTANCE: (Permissions.MANAGE_CHANNELS, Permissions.MUTE_MEMBERS, Permissions.MOVE_MEMBERS),
    EntityType.VOICE: (Permissions.CONNECT,),
    EntityType.EXTERNAL: (),
}  # discord-userdoccers, "Guild Scheduled Event Permissions Requirements"
_CHANNELS = {EntityType.STAGE_INSTANCE: ChannelType.STAGE, EntityType.VOICE: ChannelType.VOICE}


def sees(state: GuildState, user_id: int, row: ScheduledEventRow) -> bool:
    """Whether a member sees an event: it sees the event's channel, where it has one."""
    return state.has_member(user_id) and (row.channel_id is None or state.can_view(user_id, row.channel_id))


def find(ctx: Context, actor: Actor, guild_id: int, event_id: int) -> tuple[GuildState, ScheduledEventRow]:
    """Find an event that the actor sees: else 10004, 50001 or 10070."""
    state = require_guild(ctx, actor, guild_id)
    row = ctx.scheduled_events.get(event_id)
    if row is None or row.guild_id != state.id or not sees(state, actor.user_id, row):
        raise errors.unknown_scheduled_event()
    return state, row


def require_planner(
    ctx: Context, actor: Actor, guild_id: int, entity_type: int, channel_id: int | None, needed: Permissions
) -> GuildState:
    """Find the guild where the actor has `needed`, and what hosting takes, in the channel of such an event, or in the guild
    where it has none. Raises ActionError 50035 where the channel is no place for it."""
    kind = EntityType(entity_type)
    if channel_id is None:
        return require_in_guild(ctx, actor, guild_id, needed)
    require_guild(ctx, actor, guild_id)
    state, channel, granted = require_channel(ctx, actor, channel_id)
    if state.id != guild_id or channel.type != _CHANNELS[kind]:
        raise errors.invalid_field(
            "channel_id", "CHANNEL_INVALID", f"Must be a channel for events of type {int(kind)}."
        )
    if any(not granted & permission for permission in (needed, *_HOSTING[kind])):
        raise errors.missing_permissions()
    return state


def require_hosting(ctx: Context, actor: Actor, row: ScheduledEventRow) -> None:
    """Refuse who may neither change an event nor co-hosts it and sees it."""
    state = require_guild(ctx, actor, row.guild_id)
    if actor.user_id not in row.cohost_ids or not sees(state, actor.user_id, row):
        require_changeable(ctx, actor, row)


def require_changeable(ctx: Context, actor: Actor, row: ScheduledEventRow) -> None:
    """Refuse who may not change an event: its maker may with CREATE_EVENTS or MANAGE_EVENTS, others with MANAGE_EVENTS."""
    needed = Permissions.MANAGE_EVENTS
    if row.creator_id == actor.user_id:
        needed |= Permissions.CREATE_EVENTS
    if row.channel_id is not None:
        require_planner(ctx, actor, row.guild_id, row.entity_type, row.channel_id, needed)
        return
    state = require_guild(ctx, actor, row.guild_id)
    if not state.permissions(actor.user_id, ctx.now_ms()) & needed:
        raise errors.missing_permissions()
