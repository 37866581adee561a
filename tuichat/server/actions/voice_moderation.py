"""What moderators do to people in voice, and what people on a stage ask for: mute, deafen, move, suppress, let speak."""

import msgspec
from msgspec import UNSET

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.guild import VoiceState
from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.rest.member import EditMemberRequest, EditVoiceStateRequest
from tuichat.protocol.timestamp import parse_timestamp
from tuichat.server.actions import audit, errors, voice_states
from tuichat.server.actions.access import require_guild
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.stage_doors import HANDS_CLOSED, JOINING, is_blocked_from, may_ask
from tuichat.server.actions.stage_hosts import hosts, require_may_handle
from tuichat.server.actions.voice_rooms import Removal
from tuichat.server.actions.voice_seats import Seat
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.rows import MemberRow

MAX_CLOCK_DIFFERENCE_MS = 86_400_000  # taste: a clock that is slow by less is only wrong; what comes is asked for now


class Target(msgspec.Struct, frozen=True):
    """Where somebody is moved to; `channel` None disconnects."""

    channel: ChannelRow | None


def muted(ctx: Context, actor: Actor, state: GuildState, row: MemberRow, request: EditMemberRequest) -> MemberRow:
    """The member as it is once it is muted or deafened, or may speak or hear again. Raises ActionError 50013 or 40032."""
    asked = (
        (request.mute, "is_mute", Permissions.MUTE_MEMBERS),
        (request.deaf, "is_deaf", Permissions.DEAFEN_MEMBERS),
    )
    for value, field, needed in asked:
        if isinstance(value, bool):
            _require_seat(ctx, actor, state, row.user_id, needed)
            row = msgspec.structs.replace(row, **{field: value})
    return row


def find_target(
    ctx: Context, actor: Actor, state: GuildState, user_id: int, request: EditMemberRequest
) -> Target | None:
    """Where the request moves a member to, None where it does not.

    MOVE_MEMBERS where it is and where it goes to, and the actor may connect there itself; the member need not be able to,
    and the channel may be full (Discord's documentation, "Modify Guild Member"). Into a live room that a host blocked it from
    nobody moves it.
    """
    if request.channel_id is UNSET:
        return None
    _require_seat(ctx, actor, state, user_id, Permissions.MOVE_MEMBERS)
    if request.channel_id is None:
        return Target(None)
    channel = voice_states.require_joinable(ctx, actor, state, int(request.channel_id))
    if not state.permissions_in(actor.user_id, channel.id, ctx.now_ms()) & Permissions.MOVE_MEMBERS:
        raise errors.missing_permissions()
    stage = state.stages.get(channel.id)
    if stage is not None and is_blocked_from(ctx, state, stage, user_id):
        raise errors.not_in_this_room("This person is blocked from the room.")
    return Target(channel)


def follow(ctx: Context, state: GuildState, user_id: int) -> None:
    """A member was changed: let voice know at once."""
    seat = ctx.voice_seats.get(state.id, user_id)
    if seat is not None:
        voice_states.settle(ctx, seat)


async def move_member(ctx: Context, actor: Actor, state: GuildState, user_id: int, target: Target) -> None:
    """Move or disconnect a member who is in voice still, and note it in the audit log."""
    seat = ctx.voice_seats.get(state.id, user_id)
    if seat is None or (target.channel is not None and seat.channel_id == target.channel.id):
        return
    options = {"count": "1"}
    if target.channel is None:
        voice_states.leave(ctx, seat, Removal.DISCONNECTED)
        action = AuditAction.MEMBER_DISCONNECT
    else:
        move(ctx, seat, target.channel)
        action = AuditAction.MEMBER_MOVE
        options["channel_id"] = str(int(target.channel.id))
    put, told = audit.entry(ctx, actor, state, action, options=options)
    await ctx.store.write([put], [told])


def move(ctx: Context, seat: Seat, channel: ChannelRow) -> None:
    """Put somebody who is in voice into another channel of the guild.

    It stays there without what it may not do there now; what it may, it has to go on being allowed.
    """
    moved = msgspec.structs.replace(
        seat,
        channel_id=channel.id,
        joined_ms=ctx.now_ms(),
        is_speaker=False,
        asked_ms=None,
        is_muted_by_host=False,
        excused=JOINING & ~_granted_there(ctx, seat, channel),
        told=None,
        place=None,
    )
    voice_states.sit(ctx, moved)


def _granted_there(ctx: Context, seat: Seat, channel: ChannelRow) -> Permissions:
    state = ctx.guilds.of_channel(channel.id)
    return NONE if state is None else state.permissions_in(seat.user_id, channel.id, ctx.now_ms())


async def get_state(ctx: Context, actor: Actor, guild_id: int, user_id: int) -> VoiceState:
    """Where a member is in voice. Raises ActionError 10065 where it is nowhere that the actor sees."""
    state = require_guild(ctx, actor, guild_id)
    seat = ctx.voice_seats.get(state.id, user_id)
    is_own = user_id == actor.user_id
    if seat is None or seat.told is None or not (is_own or state.can_view(actor.user_id, seat.channel_id)):
        raise errors.unknown_voice_state()
    return seat.told


async def edit_own_state(ctx: Context, actor: Actor, guild_id: int, request: EditVoiceStateRequest) -> None:
    """On a stage: ask to speak (REQUEST_TO_SPEAK), accept an invitation, speak (MUTE_MEMBERS, or as its host), or listen."""
    state = require_guild(ctx, actor, guild_id)
    seat = _require_on_stage(ctx, actor, state, actor.user_id, request)
    granted = state.permissions_in(actor.user_id, seat.channel_id, ctx.now_ms())
    asked_ms, is_speaker = seat.asked_ms, seat.is_speaker
    if request.request_to_speak_timestamp is None:
        asked_ms, is_speaker = None, is_speaker and seat.asked_ms is None  # an invitation is declined by it
    elif isinstance(request.request_to_speak_timestamp, str):
        if not granted & Permissions.REQUEST_TO_SPEAK:
            raise errors.missing_permissions()
        stage = state.stages.get(seat.channel_id)
        if stage is not None and not may_ask(ctx, state, stage, actor.user_id):
            raise errors.not_in_this_room(HANDS_CLOSED[stage.hands])
        asked_ms = _asked(ctx, request.request_to_speak_timestamp)
    if request.suppress is True:
        asked_ms, is_speaker = (asked_ms if isinstance(request.request_to_speak_timestamp, str) else None), False
    elif request.suppress is False:
        is_invited = seat.is_speaker
        if not is_invited and not _may_let_speak(ctx, actor, state, seat):
            raise errors.missing_permissions()
        asked_ms, is_speaker = None, True
    voice_states.settle(ctx, msgspec.structs.replace(seat, asked_ms=asked_ms, is_speaker=is_speaker))


async def edit_state(ctx: Context, actor: Actor, guild_id: int, user_id: int, request: EditVoiceStateRequest) -> None:
    """On a stage: invite somebody to speak, or send it back to listen: MUTE_MEMBERS, or as a host. A bot speaks at once.

    Another host is sent back by who has the permission alone.
    """
    state = require_guild(ctx, actor, guild_id)
    if ctx.voice_seats.get(state.id, user_id) is None:
        raise errors.unknown_voice_state()
    seat = _require_on_stage(ctx, actor, state, user_id, request)
    if not _may_let_speak(ctx, actor, state, seat):
        raise errors.missing_permissions()
    if request.suppress is True:
        _require_above(ctx, actor, state, seat)
        voice_states.settle(ctx, msgspec.structs.replace(seat, asked_ms=None, is_speaker=False))
    elif request.suppress is False and not seat.is_speaker:
        asked_ms = None if ctx.users.wire(seat.user_id).bot else ctx.now_ms()
        voice_states.settle(ctx, msgspec.structs.replace(seat, asked_ms=asked_ms, is_speaker=True))


def _require_seat(ctx: Context, actor: Actor, state: GuildState, user_id: int, needed: Permissions) -> Seat:
    """Find where a member is in voice, for an actor who has the permission there: else 50013 or 40032."""
    seat = ctx.voice_seats.get(state.id, user_id)
    granted = (
        state.permissions(actor.user_id, ctx.now_ms())
        if seat is None
        else state.permissions_in(actor.user_id, seat.channel_id, ctx.now_ms())
    )
    if not granted & needed:
        raise errors.missing_permissions()
    if seat is None:
        raise errors.not_in_voice()
    return seat


def _require_above(ctx: Context, actor: Actor, state: GuildState, seat: Seat) -> None:
    """Refuse to send another host back to listen to who is a host of the live stage alone."""
    stage = state.stages.get(seat.channel_id)
    granted = state.permissions_in(actor.user_id, seat.channel_id, ctx.now_ms())
    if stage is not None and not granted & Permissions.MUTE_MEMBERS:
        require_may_handle(ctx, state, stage, actor.user_id, seat.user_id)


def _may_let_speak(ctx: Context, actor: Actor, state: GuildState, seat: Seat) -> bool:
    """Whether somebody decides who speaks on the stage that a seat is on: with MUTE_MEMBERS there, or as a host of it."""
    if state.permissions_in(actor.user_id, seat.channel_id, ctx.now_ms()) & Permissions.MUTE_MEMBERS:
        return True
    stage = state.stages.get(seat.channel_id)
    return stage is not None and hosts(ctx, state, stage, actor.user_id)


def _require_on_stage(
    ctx: Context, actor: Actor, state: GuildState, user_id: int, request: EditVoiceStateRequest
) -> Seat:
    seat = ctx.voice_seats.get(state.id, user_id)
    if isinstance(request.channel_id, int):
        channel = state.channels.get(request.channel_id)
        if channel is None:
            raise errors.unknown_channel()
        if channel.type != ChannelType.STAGE:
            raise errors.wrong_channel_type()
    if seat is None or (isinstance(request.channel_id, int) and seat.channel_id != request.channel_id):
        raise errors.not_in_voice()
    if user_id != actor.user_id and not state.can_view(actor.user_id, seat.channel_id):
        raise errors.unknown_voice_state()
    if state.channels[seat.channel_id].type != ChannelType.STAGE:
        raise errors.wrong_channel_type()
    return seat


def _asked(ctx: Context, timestamp: str) -> int:
    """When somebody asked to speak: now, or what it says in the future. Clocks may differ by a day."""
    field = "request_to_speak_timestamp"
    try:
        asked_ms = parse_timestamp(timestamp)
    except ValueError as error:
        raise errors.invalid_field(
            field, "DATE_TIME_TYPE_PARSE", f"Could not parse {timestamp[:40]}: {error}."
        ) from None
    if asked_ms < ctx.now_ms() - MAX_CLOCK_DIFFERENCE_MS:
        raise errors.invalid_field(field, "DATE_TIME_TYPE_PAST", "The time must be the present one or a future one.")
    return max(asked_ms, ctx.now_ms())
