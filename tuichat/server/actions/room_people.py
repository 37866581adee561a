"""What hosts do with the people of a live room: make and unmake hosts, block, mute, put out, and see whom they keep out."""

import msgspec

from tuichat.protocol.live_room import MAX_BLOCKED, MAX_HOSTS, HostMuted, LiveRoomKeeping
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors, stages, voice_moderation, voice_states
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.stage_hosts import moderates, require_may_handle
from tuichat.server.actions.voice_seats import Seat
from tuichat.server.bus import event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.stage_rows import StageRow

OUT = voice_moderation.Target(None)


async def make_host(ctx: Context, actor: Actor, channel_id: int, user_id: Snowflake) -> None:
    """Make a member that sees the channel a host of the room, and no longer a blocked one: for its hosts."""

    def alter(state: GuildState, channel: ChannelRow, stage: StageRow) -> StageRow:
        if not state.can_view(user_id, channel.id):
            raise errors.unknown_member()
        if user_id not in stage.host_ids and len(stage.host_ids) >= MAX_HOSTS:
            raise errors.limit_reached(ErrorCode.GENERAL, "hosts of a room", MAX_HOSTS)
        return msgspec.structs.replace(
            stage, host_ids=_with(stage.host_ids, user_id), blocked_ids=_without(stage.blocked_ids, user_id)
        )

    await stages.change(ctx, actor, channel_id, alter)


async def unmake_host(ctx: Context, actor: Actor, channel_id: int, user_id: Snowflake) -> None:
    """Have somebody be a host no more: for hosts. Who started the room only steps down by itself."""

    def alter(state: GuildState, channel: ChannelRow, stage: StageRow) -> StageRow:
        if user_id != actor.user_id:
            if moderates(ctx, state, channel.id, user_id):
                raise errors.not_in_this_room("Permissions make this person a host of the room.")
            if user_id == stage.starter_id and user_id in stage.host_ids:
                raise errors.not_in_this_room("This person started the room: it only steps down by itself.")
        return msgspec.structs.replace(stage, host_ids=_without(stage.host_ids, user_id))

    await stages.change(ctx, actor, channel_id, alter)


async def block(ctx: Context, actor: Actor, channel_id: int, user_id: Snowflake) -> None:
    """Keep somebody out of the room until it ends, and put it out where it is inside: for hosts. No moderator of the stage
    can be blocked; a host only by those."""
    if ctx.users.get(user_id) is None:
        raise errors.unknown_user()

    def alter(state: GuildState, channel: ChannelRow, stage: StageRow) -> StageRow:
        if user_id == actor.user_id:
            raise errors.bad_request(ErrorCode.GENERAL, "Nobody can block itself.")
        if moderates(ctx, state, channel.id, user_id):
            raise errors.not_in_this_room("Permissions make this person a host of the room.")
        require_may_handle(ctx, state, stage, actor.user_id, user_id)
        if user_id not in stage.blocked_ids and len(stage.blocked_ids) >= MAX_BLOCKED:
            raise errors.limit_reached(ErrorCode.GENERAL, "people blocked from a room", MAX_BLOCKED)
        return msgspec.structs.replace(
            stage,
            host_ids=_without(stage.host_ids, user_id),
            invited_ids=_without(stage.invited_ids, user_id),
            blocked_ids=_with(stage.blocked_ids, user_id),
        )

    stage = await stages.change(ctx, actor, channel_id, alter)
    state = ctx.guilds.get(stage.guild_id)
    seat = None if state is None else _seat(ctx, stage, user_id)
    if state is not None and seat is not None:
        await voice_moderation.move_member(ctx, actor, state, user_id, OUT)


async def unblock(ctx: Context, actor: Actor, channel_id: int, user_id: Snowflake) -> None:
    """Let somebody in again: for hosts."""

    def alter(state: GuildState, channel: ChannelRow, stage: StageRow) -> StageRow:
        return msgspec.structs.replace(stage, blocked_ids=_without(stage.blocked_ids, user_id))

    await stages.change(ctx, actor, channel_id, alter)


async def mute(ctx: Context, actor: Actor, channel_id: int, user_id: Snowflake) -> None:
    """Have nobody hear somebody in the room until it unmutes itself: for hosts. Raises ActionError 40032."""
    state, seat = _require_inside(ctx, actor, channel_id, user_id)
    if seat.is_muted_by_host:
        return
    voice_states.settle(ctx, msgspec.structs.replace(seat, self_mute=True, is_muted_by_host=True))
    told = HostMuted(guild_id=state.id, channel_id=seat.channel_id, user_id=seat.user_id, by_id=actor.user_id)
    ctx.bus.publish(event("TUICHAT_LIVE_ROOM_MUTED", told, guild_id=state.id, user_ids=[seat.user_id]))


async def put_out(ctx: Context, actor: Actor, channel_id: int, user_id: Snowflake) -> None:
    """Put somebody out of the room, who may come back: for hosts. Raises ActionError 40032."""
    state, seat = _require_inside(ctx, actor, channel_id, user_id)
    await voice_moderation.move_member(ctx, actor, state, seat.user_id, OUT)


def get_keeping(ctx: Context, actor: Actor, channel_id: int) -> LiveRoomKeeping:
    """Whom hosts invited, blocked and muted: for hosts."""
    state, _, stage = stages.require_host(ctx, actor, channel_id)
    seats = ctx.voice_seats.in_channel(state.id, stage.channel_id)
    return LiveRoomKeeping(
        invited=[ctx.users.wire(user_id) for user_id in stage.invited_ids],
        blocked=[ctx.users.wire(user_id) for user_id in stage.blocked_ids],
        muted_ids=[seat.user_id for seat in seats if seat.is_muted_by_host],
    )


def _require_inside(ctx: Context, actor: Actor, channel_id: int, user_id: int) -> tuple[GuildState, Seat]:
    """Find somebody in a room whom the actor, a host of it, may mute and put out: else 50013 or 40032."""
    state, _, stage = stages.require_host(ctx, actor, channel_id)
    seat = _seat(ctx, stage, user_id)
    if seat is None:
        raise errors.not_in_voice()
    require_may_handle(ctx, state, stage, actor.user_id, user_id)
    return state, seat


def _seat(ctx: Context, stage: StageRow, user_id: int) -> Seat | None:
    seat = ctx.voice_seats.get(stage.guild_id, user_id)
    return None if seat is None or seat.channel_id != stage.channel_id else seat


def _with(ids: tuple[Snowflake, ...], user_id: Snowflake) -> tuple[Snowflake, ...]:
    return ids if user_id in ids else (*ids, user_id)


def _without(ids: tuple[Snowflake, ...], user_id: Snowflake) -> tuple[Snowflake, ...]:
    return tuple(other_id for other_id in ids if other_id != user_id)
