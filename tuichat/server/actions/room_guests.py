"""Who comes into a live room and how: people are asked to come, and strangers join one that is public."""

import msgspec

from tuichat.protocol.live_room import MAX_INVITED, LiveRoom, LiveRoomInvited
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors, joining, relationships, stages
from tuichat.server.actions.access import require_channel, require_still
from tuichat.server.actions.bans import require_not_banned
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.guild_editing import INVITES_DISABLED
from tuichat.server.actions.guilds import require_room
from tuichat.server.actions.room_access import find_room, require_room_seen
from tuichat.server.actions.stage_doors import JOINING, is_public, why_not_in
from tuichat.server.actions.stage_hosts import hosts
from tuichat.server.actions.stage_objects import live_room
from tuichat.server.bus import event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.stage_rows import StageRow


async def invite(ctx: Context, actor: Actor, channel_id: int, user_id: Snowflake) -> None:
    """Ask somebody to come: TUICHAT_LIVE_ROOM_INVITED, unless it blocked the actor.

    A host's invitation opens the room to who could not come in else, until the room ends; others in the room ask whom it
    lets in. Raises ActionError 10007 and 10013 for people who cannot be asked, 50013 with the reason.
    """
    state, channel, _ = require_channel(ctx, actor, channel_id)
    stage = find_room(state, channel.id)
    if hosts(ctx, state, stage, actor.user_id):
        _require_guest(ctx, actor, state, stage, user_id)
        stage = await stages.change(ctx, actor, channel_id, lambda _state, _channel, stage: _with_guest(stage, user_id))
    else:
        _require_in_room(ctx, actor, stage)
        _require_guest(ctx, actor, state, stage, user_id)
        if why_not_in(ctx, state, stage, user_id) is not None:
            raise errors.missing_permissions()  # without the reason: hosts alone know who is blocked
    tell(ctx, actor, stage, user_id)


async def withdraw(ctx: Context, actor: Actor, channel_id: int, user_id: Snowflake) -> None:
    """Take an invitation back: for hosts. Who came by it may stay."""

    def alter(state: GuildState, channel: ChannelRow, stage: StageRow) -> StageRow:
        left = tuple(other_id for other_id in stage.invited_ids if other_id != user_id)
        return msgspec.structs.replace(stage, invited_ids=left)

    await stages.change(ctx, actor, channel_id, alter)


def tell(ctx: Context, actor: Actor, stage: StageRow, user_id: Snowflake) -> None:
    """Tell somebody that it is asked to come, where it may know of the room and wants to hear of the actor."""
    state = ctx.guilds.get(stage.guild_id)
    channel = None if state is None else state.channels.get(stage.channel_id)
    if state is None or channel is None or not ctx.relations.hears(user_id, actor.user_id):
        return
    if not (state.can_view(user_id, channel.id) or is_public(state, stage)):
        return
    told = LiveRoomInvited(
        room=live_room(ctx, stage),
        guild_name=state.row.name,
        channel_name=channel.name or "",
        inviter=ctx.users.wire(actor.user_id),
    )
    ctx.bus.publish(event("TUICHAT_LIVE_ROOM_INVITED", told, user_ids=[user_id]))


async def join(ctx: Context, actor: Actor, channel_id: int) -> LiveRoom:
    """Become a temporary member of the guild of a public room, who goes when it disconnects. Not for bots.

    For members it only says whether they may come in. Raises ActionError 10067, 50001, 50013 with the reason, 40007.
    """
    if actor.is_bot:
        raise errors.bots_cannot()
    state, _ = require_room_seen(ctx, actor, channel_id)
    async with ctx.edits.hold(actor.user_id), state.lock:
        require_still(ctx, state)
        state, stage = require_room_seen(ctx, actor, channel_id)
        is_member = state.has_member(actor.user_id)
        reason = why_not_in(ctx, state, stage, actor.user_id)
        if reason is not None:
            raise errors.not_in_this_room(reason)
        if not is_member:
            await _require_welcome(ctx, actor, state)
            step = joining.join(ctx, state, actor.user_id, is_temporary=True, is_quiet=True)
            await joining.write(ctx, step)
    return live_room(ctx, stage)


async def _require_welcome(ctx: Context, actor: Actor, state: GuildState) -> None:
    """Refuse who may not become a member. The caller holds the guild's lock."""
    if INVITES_DISABLED in state.row.settings.features:
        raise errors.ActionError(403, ErrorCode.MISSING_ACCESS, "Invites to this guild are paused")
    await require_not_banned(ctx, state, actor.user_id)
    require_room(ctx, actor.user_id)


def _require_guest(ctx: Context, actor: Actor, state: GuildState, stage: StageRow, user_id: Snowflake) -> None:
    """Refuse whom nobody can ask into a room: a stranger to it or to the actor, oneself, who may not connect there."""
    if user_id == actor.user_id:
        raise errors.bad_request(ErrorCode.GENERAL, "Nobody can invite itself.")
    if not state.has_member(user_id):
        if not is_public(state, stage):
            raise errors.unknown_member()
        if not relationships.knows(ctx, actor.user_id, user_id):
            raise errors.unknown_user()
    elif state.permissions_in(user_id, stage.channel_id, ctx.now_ms()) & JOINING != JOINING:
        raise errors.not_in_this_room("This person does not see the channel, or may not connect to it.")


def _require_in_room(ctx: Context, actor: Actor, stage: StageRow) -> None:
    seat = ctx.voice_seats.get(stage.guild_id, actor.user_id)
    if seat is None or seat.channel_id != stage.channel_id:
        raise errors.missing_permissions()


def _with_guest(stage: StageRow, user_id: Snowflake) -> StageRow:
    if user_id in stage.invited_ids:
        return stage
    if user_id in stage.blocked_ids:
        raise errors.not_in_this_room("This person is blocked from the room.")
    if len(stage.invited_ids) >= MAX_INVITED:
        raise errors.limit_reached(ErrorCode.GENERAL, "people invited to a room", MAX_INVITED)
    return msgspec.structs.replace(stage, invited_ids=(*stage.invited_ids, user_id))
