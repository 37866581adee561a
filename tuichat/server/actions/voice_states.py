"""Voice states: who joins, moves and leaves voice."""

import msgspec
from msgspec import UNSET

from tuichat.protocol.call import VoiceServerUpdate
from tuichat.protocol.channel import VOICE_CHANNELS
from tuichat.protocol.dispatch.voice import VoiceChannelStartTimeUpdate, VoiceChannelStatusUpdate
from tuichat.protocol.gateway import VoiceStateUpdate as VoiceRequest
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.server.actions import call_life, errors, followed_live, voice_objects, voice_telling
from tuichat.server.actions.access import require_guild
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.stage_doors import JOINING, why_not_in
from tuichat.server.actions.stage_hosts import hosts
from tuichat.server.actions.voice_rooms import Removal
from tuichat.server.actions.voice_seats import Seat
from tuichat.server.bus import event
from tuichat.server.store.channel_rows import ChannelRow


def update_voice_state(ctx: Context, actor: Actor, session_id: str, gateway_url: str, request: VoiceRequest) -> None:
    """What a gateway session asks for with op 4 in a guild: join, move, leave, mute or deafen itself.

    An account is in one place at a time, a bot in one of each guild. Another session of the user takes its place over. One
    that changes nothing is somebody whose voice connection is lost: it is let in again. Raises ActionError 10004, 10003,
    50001, 50013, 50024, and 0 for a channel that is full.
    """
    assert request.guild_id is not None
    state = require_guild(ctx, actor, request.guild_id)
    before = ctx.voice_seats.get(state.id, actor.user_id)
    if request.channel_id is None:
        if before is not None:
            leave(ctx, before, Removal.LEFT)
        return
    now_ms = ctx.now_ms()
    ctx.voice_seats.note_active([actor.user_id], now_ms)
    if before is not None and before.channel_id == request.channel_id and before.session_id == session_id:
        reclaim(ctx, before, request)
        return
    channel = require_joinable(ctx, actor, state, request.channel_id)
    if before is None or before.channel_id != channel.id:
        _require_room(ctx, state, actor, channel)
    if not actor.is_bot:
        leave_others(ctx, actor.user_id, state.id)
    blank = Seat(
        guild_id=state.id,
        channel_id=channel.id,
        user_id=actor.user_id,
        session_id=session_id,
        gateway_url=gateway_url,
        joined_ms=now_ms,
        is_speaker=_opened_the_room(state, actor, channel),
    )
    if before is not None and before.channel_id == channel.id:  # another session takes over: on a stage it speaks on
        blank = msgspec.structs.replace(
            before, session_id=session_id, gateway_url=gateway_url, joined_ms=now_ms, told=None, place=None
        )
    sit(ctx, _claimed(blank, request))
    ctx.voice_seats.note_active([actor.user_id], now_ms)


def _opened_the_room(state: GuildState, actor: Actor, channel: ChannelRow) -> bool:
    """Whether somebody comes into the room that it started and has hosted since: it speaks at once, a bot once it says so."""
    stage = state.stages.get(channel.id)
    if actor.is_bot:  # libraries wait for the voice state that says so, and a second one does not come
        return False
    return stage is not None and actor.user_id == stage.starter_id and actor.user_id in stage.host_ids


def reclaim(ctx: Context, before: Seat, request: VoiceRequest) -> None:
    """The session that sits somewhere asks for that place again: it mutes or deafens itself, or lost its voice connection."""
    seat = _claimed(before, request)
    is_same = seat == before
    if not is_same:
        settle(ctx, seat)
    elif seat.told is not None:  # libraries wait for both dispatches before they connect
        shown = voice_telling.voice_event(
            seat.told, seat, user_ids=frozenset({int(seat.user_id)}), author_id=seat.user_id
        )
        ctx.bus.publish(msgspec.structs.replace(shown, session_id=seat.session_id))
    if is_same or ctx.voice_rooms.is_lost(seat.server_id, seat.user_id):
        grant(ctx, ctx.voice_seats.get(seat.server_id, seat.user_id) or seat)


def require_joinable(ctx: Context, actor: Actor, state: GuildState, channel_id: int) -> ChannelRow:
    """Find a guild's voice channel or stage that the actor may join: else 10003, 50024, 50001 or 50013."""
    channel = state.channels.get(channel_id)
    if channel is None:
        raise errors.unknown_channel()
    if channel.type not in VOICE_CHANNELS:
        raise errors.wrong_channel_type()
    granted = state.permissions_in(actor.user_id, channel.id, ctx.now_ms())
    if not granted & Permissions.VIEW_CHANNEL:
        raise errors.missing_access()
    if granted & JOINING != JOINING:
        raise errors.missing_permissions()
    stage = state.stages.get(channel.id)
    reason = None if stage is None else why_not_in(ctx, state, stage, actor.user_id)
    if reason is not None:
        raise errors.not_in_this_room(reason)
    return channel


def sit(ctx: Context, seat: Seat) -> None:
    """Put somebody into a place, in the place of the one it had in this guild or call, and let its session connect there."""
    before = ctx.voice_seats.get(seat.server_id, seat.user_id)
    seat = voice_objects.settled(ctx, seat)
    is_first = not ctx.voice_seats.count(seat.server_id, seat.channel_id)
    ctx.voice_seats.put(seat)
    voice_telling.tell(ctx, before, seat)
    grant(ctx, seat)
    if is_first:
        _start(ctx, seat)
    if before is not None and before.channel_id != seat.channel_id:
        _end_if_empty(ctx, before)


def grant(ctx: Context, seat: Seat) -> None:
    """Let the seat's session, and nobody else, open a voice connection: VOICE_SERVER_UPDATE."""
    assert seat.place is not None
    granted = ctx.voice_rooms.grant(seat.place, seat.gateway_url)
    payload = VoiceServerUpdate(
        token=granted.token,
        guild_id=seat.guild_id,
        channel_id=UNSET if seat.guild_id is not None else seat.channel_id,
        endpoint=granted.endpoint,
    )
    told = event("VOICE_SERVER_UPDATE", payload, guild_id=seat.guild_id, user_ids=[seat.user_id])
    ctx.bus.publish(msgspec.structs.replace(told, session_id=seat.session_id))


def settle(ctx: Context, seat: Seat) -> None:
    """Work out what follows for somebody in voice who stays where it is, and tell whom it concerns what changed."""
    before = ctx.voice_seats.get(seat.server_id, seat.user_id)
    seat = voice_objects.settled(ctx, seat)
    ctx.voice_seats.put(seat)
    if before is None or before.place != seat.place:
        assert seat.place is not None
        ctx.voice_rooms.update(seat.place)
    if before is None or not voice_objects.same(before.told, seat.told):
        voice_telling.tell(ctx, before, seat)
    followed_live.tell_speaks(ctx, before, seat)


def leave(ctx: Context, seat: Seat, reason: Removal) -> None:
    """Take somebody out of voice in one guild or call."""
    if ctx.voice_seats.get(seat.server_id, seat.user_id) is None:
        return
    ctx.voice_seats.remove(seat)
    ctx.voice_rooms.remove(seat.server_id, seat.user_id, reason)
    voice_telling.tell(ctx, seat, None)
    _end_if_empty(ctx, seat)


def leave_others(ctx: Context, user_id: int, server_id: int) -> None:
    """An account is in one place at a time: it leaves what it was in elsewhere."""
    for seat in ctx.voice_seats.of_user(user_id):
        if seat.server_id != server_id:
            leave(ctx, seat, Removal.LEFT)


def session_ended(ctx: Context, actor: Actor, session_id: str) -> None:
    """Nobody can resume this gateway session any more: whoever was in voice by it is there no longer."""
    for seat in ctx.voice_seats.of_user(actor.user_id):
        if seat.session_id == session_id:
            leave(ctx, seat, Removal.SESSION_ENDED)


def _claimed(seat: Seat, request: VoiceRequest) -> Seat:
    return msgspec.structs.replace(
        seat,
        self_mute=request.self_mute,
        self_deaf=request.self_deaf,
        self_video=request.self_video,
        is_muted_by_host=seat.is_muted_by_host and request.self_mute,
    )


def _require_room(ctx: Context, state: GuildState, actor: Actor, channel: ChannelRow) -> None:
    """A full channel takes only those in who move members, and the hosts of a live room."""
    limit = channel.user_limit or 0
    if not limit or ctx.voice_seats.count(state.id, channel.id) < limit:
        return
    stage = state.stages.get(channel.id)
    if stage is not None and hosts(ctx, state, stage, actor.user_id):
        return
    if not state.permissions_in(actor.user_id, channel.id, ctx.now_ms()) & Permissions.MOVE_MEMBERS:
        raise errors.bad_request(ErrorCode.GENERAL, f"This channel is full: it takes {limit} people.")


def _start(ctx: Context, seat: Seat) -> None:
    """Somebody came into an empty channel."""
    now_ms = ctx.now_ms()
    ctx.voice_seats.start(seat.channel_id, now_ms)
    _tell_start(ctx, seat, now_ms // 1000)


def _end_if_empty(ctx: Context, seat: Seat) -> None:
    """With the last one goes what was said about the channel."""
    if ctx.voice_seats.count(seat.server_id, seat.channel_id):
        return
    ctx.voice_seats.end(seat.channel_id)
    if seat.guild_id is None:
        call_life.end(ctx, seat.channel_id)
        return
    state = ctx.guilds.get(seat.guild_id)
    if state is None or seat.channel_id not in state.channels:
        return
    _tell_start(ctx, seat, None)
    if state.voice_statuses.pop(seat.channel_id, None) is not None:
        payload = VoiceChannelStatusUpdate(id=seat.channel_id, guild_id=state.id, status=None)
        ctx.bus.publish(
            event("VOICE_CHANNEL_STATUS_UPDATE", payload, guild_id=state.id, channel_id=int(seat.channel_id))
        )


def _tell_start(ctx: Context, seat: Seat, start_s: int | None) -> None:
    if seat.guild_id is None:
        return
    payload = VoiceChannelStartTimeUpdate(id=seat.channel_id, guild_id=seat.guild_id, voice_start_time=start_s)
    ctx.bus.publish(
        event("VOICE_CHANNEL_START_TIME_UPDATE", payload, guild_id=int(seat.guild_id), channel_id=int(seat.channel_id))
    )
