"""How a call begins, changes and ends, and how its people hear of it."""

from collections.abc import Mapping

import msgspec

from tuichat.protocol.call import CallCreate, CallDelete, CallUpdate
from tuichat.protocol.message import MessageType
from tuichat.protocol.permissions import DIRECT
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import message_objects
from tuichat.server.actions.access import Place
from tuichat.server.actions.announcing import announce
from tuichat.server.actions.call_book import Call
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.direct_access import admit
from tuichat.server.actions.errors import ActionError
from tuichat.server.actions.step import Step, write
from tuichat.server.bus import event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.message_rows import CallRow, MessageExtras, MessageRow
from tuichat.server.store.operations import UpdateMessage


def begin(ctx: Context, direct: ChannelRow, caller: Actor) -> Call:
    """Begin a call: its people are told, and a message in their channel says so, which opens it for both."""
    regions = ctx.voice_rooms.regions()
    call = Call(
        channel_id=direct.id,
        message_id=ctx.next_id(),
        region=regions[0].id if regions else None,
        participant_ids=(caller.user_id,),
    )
    ctx.calls.put(call)
    ctx.background.start(_announce(ctx, call, caller), "telling of a call")
    _tell(ctx, direct, "CALL_CREATE", created(ctx, call))
    return call


def joined(ctx: Context, call: Call, user_id: Snowflake) -> None:
    """Somebody is in a call now: its client rings no longer."""
    participants = tuple(dict.fromkeys((*call.participant_ids, user_id)))
    change(ctx, msgspec.structs.replace(call, participant_ids=participants), _without(call.ringing, user_id))


def change(ctx: Context, call: Call, ringing: Mapping[Snowflake, int]) -> None:
    """Keep a call as it is now, with who is rung, and tell its people of what they can see of that."""
    before = ctx.calls.get(call.channel_id)
    call = msgspec.structs.replace(call, ringing=dict(ringing))
    ctx.calls.put(call)
    direct = ctx.directs.get(call.channel_id)
    if before is None or direct is None or (set(before.ringing), before.region) == (set(call.ringing), call.region):
        return
    payload = CallUpdate(
        channel_id=call.channel_id, message_id=call.message_id, region=call.region, ringing=list(call.ringing)
    )
    _tell(ctx, direct, "CALL_UPDATE", payload)


def stop_ringing(ctx: Context, call: Call, user_ids: frozenset[int]) -> None:
    """Let these people's clients ring no longer."""
    change(ctx, call, {user_id: until_ms for user_id, until_ms in call.ringing.items() if user_id not in user_ids})


def end(ctx: Context, channel_id: int) -> None:
    """The last one left: the call is over, and its message says who was in it."""
    call = ctx.calls.remove(channel_id)
    if call is None:
        return
    ctx.background.start(_conclude(ctx, call, ctx.now_ms()), "telling of a call's end")
    direct = ctx.directs.get(channel_id)
    if direct is not None:
        _tell(ctx, direct, "CALL_DELETE", CallDelete(channel_id=call.channel_id))


def created(ctx: Context, call: Call) -> CallCreate:
    """A call as CALL_CREATE tells it, with who is in it."""
    return CallCreate(
        channel_id=call.channel_id,
        message_id=call.message_id,
        region=call.region,
        ringing=list(call.ringing),
        voice_states=[seat.told for seat in ctx.voice_seats.in_server(call.channel_id) if seat.told is not None],
    )


def expire(ctx: Context) -> None:
    """Let ringing stop that nobody answered."""
    now_ms = ctx.now_ms()
    for call in ctx.calls.all():
        over = frozenset(int(user_id) for user_id, until_ms in call.ringing.items() if until_ms <= now_ms)
        if over:
            stop_ringing(ctx, call, over)


async def _announce(ctx: Context, call: Call, caller: Actor) -> None:
    async with ctx.edits.hold(call.message_id):
        place = _place(ctx, call)
        if place is None:
            return
        try:
            place = await admit(ctx, caller, place)
        except ActionError:  # it was blocked in this moment, or opens too many direct messages
            return
        row = MessageRow(
            id=call.message_id,
            channel_id=call.channel_id,
            author_id=call.participant_ids[0],
            type=MessageType.CALL,
            extras=MessageExtras(call=CallRow(participant_ids=call.participant_ids)),
        )
        await write(ctx, announce(ctx, place, row, marks_read=True))


async def _conclude(ctx: Context, call: Call, ended_ms: int) -> None:
    async with ctx.edits.hold(call.message_id):
        row = await ctx.store.read_message(call.channel_id, call.message_id)
        place = _place(ctx, call)
        if row is None or place is None:
            return
        told = CallRow(participant_ids=call.participant_ids, ended_ms=ended_ms)
        changed = msgspec.structs.replace(row, extras=MessageExtras(call=told))
        shown = message_objects.message(ctx, None, changed)
        await write(ctx, Step([UpdateMessage(changed)], [message_objects.updated(ctx, place, changed, shown)]))


def _place(ctx: Context, call: Call) -> Place | None:
    direct = ctx.directs.get(call.channel_id)
    return None if direct is None else Place(channel=direct, guild=None, granted=DIRECT)


def _tell(ctx: Context, direct: ChannelRow, name: str, payload: msgspec.Struct) -> None:
    ctx.bus.publish(event(name, payload, channel_id=direct.id, user_ids=direct.recipient_ids))


def _without(ringing: Mapping[Snowflake, int], user_id: int) -> dict[Snowflake, int]:
    return {other: until_ms for other, until_ms in ringing.items() if other != user_id}
