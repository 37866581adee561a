"""Calls of direct messages and groups: joining one, ringing people, and declining."""

from collections.abc import Sequence

import msgspec

from tuichat.protocol.call import CallCreate, CallEligibility
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.gateway import VoiceStateUpdate as VoiceRequest
from tuichat.protocol.permissions import DIRECT
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import call_life, errors, voice_states
from tuichat.server.actions.access import Place
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.direct_access import cannot_message, may_write, other_of, require_may_write
from tuichat.server.actions.voice_rooms import Removal
from tuichat.server.actions.voice_seats import Seat
from tuichat.server.store.channel_rows import ChannelRow

RING_MS = 30_000  # how long a client rings that nobody answers; Discord's


def update_call_state(ctx: Context, actor: Actor, session_id: str, gateway_url: str, request: VoiceRequest) -> None:
    """What a gateway session asks for with op 4 outside of guilds: join a call, which begins with the first one in it.

    Without a channel it leaves whatever the session itself is in. Raises ActionError 20001 for a bot, 10003, 50001, and 50007
    where one may not write to the other either.
    """
    if request.channel_id is None:
        for held in ctx.voice_seats.of_user(actor.user_id):
            if held.session_id == session_id:
                voice_states.leave(ctx, held, Removal.LEFT)
        return
    direct = _require_direct(ctx, actor, request.channel_id)
    before = ctx.voice_seats.get(direct.id, actor.user_id)
    if before is not None and before.session_id == session_id:
        voice_states.reclaim(ctx, before, request)
        return
    call = ctx.calls.get(direct.id)
    if call is None:
        require_may_write(ctx, Place(channel=direct, guild=None, granted=DIRECT), actor.user_id)
    voice_states.leave_others(ctx, actor.user_id, direct.id)
    call = call or call_life.begin(ctx, direct, actor)
    seat = Seat(
        guild_id=None,
        channel_id=direct.id,
        user_id=actor.user_id,
        session_id=session_id,
        gateway_url=gateway_url,
        joined_ms=ctx.now_ms(),
        self_mute=request.self_mute,
        self_deaf=request.self_deaf,
        self_video=request.self_video,
    )
    voice_states.sit(ctx, seat)
    call_life.joined(ctx, call, actor.user_id)


def find_call(ctx: Context, actor: Actor, channel_id: int) -> CallCreate | None:
    """The call that goes on in a channel of the actor's, as op 13 asks for it."""
    direct, call = ctx.directs.get(channel_id), ctx.calls.get(channel_id)
    if direct is None or call is None or actor.user_id not in direct.recipient_ids:
        return None
    return call_life.created(ctx, call)


def own_calls(ctx: Context, actor: Actor) -> list[CallCreate]:
    """All calls that go on where the actor is."""
    found = [find_call(ctx, actor, call.channel_id) for call in ctx.calls.all()]
    return [call for call in found if call is not None]


async def get_eligibility(ctx: Context, actor: Actor, channel_id: int) -> CallEligibility:
    """Whether the actor may ring the others of a channel: in a direct message, as it may write to the other one."""
    return CallEligibility(ringable=_is_ringable(ctx, actor, _require_direct(ctx, actor, channel_id)))


async def ring(ctx: Context, actor: Actor, channel_id: int, recipients: Sequence[Snowflake] | None) -> None:
    """Ring people of a call that goes on, all others for None. Without a call it does nothing. Raises ActionError 50007."""
    direct = _require_direct(ctx, actor, channel_id)
    if not _is_ringable(ctx, actor, direct):
        raise cannot_message()
    call = ctx.calls.get(direct.id)
    if call is None:
        return
    inside = {seat.user_id for seat in ctx.voice_seats.in_server(direct.id)}
    wanted = direct.recipient_ids if recipients is None else recipients
    until_ms = ctx.now_ms() + RING_MS
    rung = {
        user_id: until_ms
        for user_id in direct.recipient_ids
        if user_id in wanted and user_id != actor.user_id and user_id not in inside and not _is_bot(ctx, user_id)
    }
    call_life.change(ctx, call, {**call.ringing, **rung})


async def stop_ringing(ctx: Context, actor: Actor, channel_id: int, recipients: Sequence[Snowflake] | None) -> None:
    """Decline a call (None), or as one who is in it give people up whom it rings. Without a call it does nothing."""
    direct = _require_direct(ctx, actor, channel_id)
    call = ctx.calls.get(direct.id)
    if call is None:
        return
    user_ids = frozenset(map(int, [actor.user_id] if recipients is None else recipients))
    if user_ids != {int(actor.user_id)} and ctx.voice_seats.get(direct.id, actor.user_id) is None:
        raise errors.missing_permissions()
    call_life.stop_ringing(ctx, call, user_ids)


async def set_region(ctx: Context, actor: Actor, channel_id: int, region: str | None) -> None:
    """Have a call carried by another voice node. Without a call it does nothing. Raises ActionError 50035 for an unknown one."""
    direct = _require_direct(ctx, actor, channel_id)
    if region is not None and region not in (known.id for known in ctx.voice_rooms.regions()):
        raise errors.invalid_field("region", "BASE_TYPE_CHOICES", "No such voice region runs now.")
    call = ctx.calls.get(direct.id)
    if call is not None and region is not None:
        call_life.change(ctx, msgspec.structs.replace(call, region=region), call.ringing)


def look_again(ctx: Context, channel_id: int) -> None:
    """After a group changed: who is not in it any more is not in its call either."""
    direct, call = ctx.directs.get(channel_id), ctx.calls.get(channel_id)
    people = () if direct is None else direct.recipient_ids
    for seat in ctx.voice_seats.in_server(channel_id):
        if seat.user_id not in people:
            voice_states.leave(ctx, seat, Removal.NOT_ALLOWED)
    if call is not None and ctx.calls.get(channel_id) is not None:
        call_life.stop_ringing(ctx, call, frozenset(map(int, set(call.ringing) - set(people))))


def _require_direct(ctx: Context, actor: Actor, channel_id: int) -> ChannelRow:
    if actor.is_bot:
        raise errors.bots_cannot()
    direct = ctx.directs.get(channel_id)
    if direct is None:
        raise errors.unknown_channel() if ctx.guilds.of_channel(channel_id) is None else errors.wrong_channel_type()
    if actor.user_id not in direct.recipient_ids:
        raise errors.missing_access()
    return direct


def _is_ringable(ctx: Context, actor: Actor, direct: ChannelRow) -> bool:
    if direct.type == ChannelType.GROUP_DM:
        return True
    other_id = other_of(direct, actor.user_id)
    return not _is_bot(ctx, other_id) and may_write(ctx, actor.user_id, other_id)


def _is_bot(ctx: Context, user_id: int) -> bool:
    row = ctx.users.get(user_id)
    return row is None or not row.is_person
