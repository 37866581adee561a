"""How everybody who may know hears of who is where in voice.

What the audience of a stage does is gathered: it is told once a second, in numbers to sessions that asked for that, and by
VOICE_STATE_UPDATE to all others. Who neither came nor went in the end is not told of, and one's own is told at once.
"""

import asyncio
import logging
import time
from collections.abc import Iterator

import msgspec

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch.voice import VoiceStateUpdate
from tuichat.protocol.guild import VoiceState
from tuichat.protocol.live_room import LiveRoomAudience
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import voice_objects
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.voice_objects import AUDIENCE_EVENT
from tuichat.server.actions.voice_seats import Seat
from tuichat.server.bus import Event, event
from tuichat.server.store.rows import MemberRow

GATHER_S = 1.0
TELL_SLICE_S = 0.002  # how long people are told of in one turn of the loop

logger = logging.getLogger(__name__)


def tell(ctx: Context, before: Seat | None, after: Seat | None) -> None:
    """Tell what changed for somebody: VOICE_STATE_UPDATE to all who see the channel, and once more, with none, to those
    who saw the one before alone. What is and was of an audience waits for `flush`, but for the user itself.
    """
    seat = after or before
    assert seat is not None
    state = None if seat.guild_id is None else ctx.guilds.get(seat.guild_id)
    if state is None:
        _tell_call(ctx, before, after)
        return
    for each, other in ((before, after), (after, before)):
        if each is not None and not _counts_alike(each, other) and _is_stage(state, each.channel_id):
            ctx.untold_seats.note_count(state.id, each.channel_id)
    if (before is None or before.is_audience) and (after is None or after.is_audience):
        ctx.untold_seats.note(state.id, seat.user_id, before)
        shown = after.told if after is not None else voice_objects.left(seat)
        if shown is not None:
            ctx.bus.publish(voice_event(shown, seat, user_ids=frozenset({int(seat.user_id)}), author_id=seat.user_id))
        return
    _tell_gathered(ctx, state.id, seat.user_id, before)
    _tell_members(ctx, state, before, after, is_gathered=False)


def show(ctx: Context, seat: Seat, viewer_ids: frozenset[int], *, is_gone: bool = False) -> None:
    """Tell people of somebody's place who just began to see its channel, or where `is_gone` just ceased to."""
    assert seat.told is not None
    shown = voice_objects.left(seat) if is_gone else seat.told
    told = voice_event(shown, seat, user_ids=viewer_ids - {int(seat.user_id)})
    ctx.bus.publish(msgspec.structs.replace(told, replaced_by=AUDIENCE_EVENT) if seat.is_audience else told)


def counts(ctx: Context, guild_id: int, channel_id: int) -> tuple[int, int]:
    """How many speak on a stage, and how many listen: those with a hand raised, and who has not accepted yet, as well."""
    speakers = sum(seat.channel_id == channel_id and not seat.is_listening for seat in ctx.voice_seats.apart(guild_id))
    return speakers, ctx.voice_seats.count(guild_id, channel_id) - speakers


def audience(ctx: Context, guild_id: Snowflake, channel_id: Snowflake) -> LiveRoomAudience:
    speakers, listeners = counts(ctx, guild_id, channel_id)
    return LiveRoomAudience(guild_id=guild_id, channel_id=channel_id, speakers=speakers, listeners=listeners)


def audiences(ctx: Context, state: GuildState, member: MemberRow) -> list[LiveRoomAudience]:
    """The numbers of each stage with anybody in it that a member sees. Also for somebody who is just about to become one."""
    if state.id not in ctx.voice_seats:
        return []
    return [
        audience(ctx, state.id, row.id)
        for row in state.channels.values()
        if row.type == ChannelType.STAGE
        and ctx.voice_seats.count(state.id, row.id)
        and state.compute(member, row, None) & Permissions.VIEW_CHANNEL
    ]


def flush(ctx: Context) -> None:
    """Tell what was gathered."""
    for _ in _flushing(ctx):
        pass


async def run(ctx: Context) -> None:
    """Tell what was gathered at once, and then each second, until cancelled."""
    while True:
        await ctx.untold_seats.changed.wait()
        ctx.untold_seats.changed.clear()
        try:
            for _ in _flushing(ctx):
                await asyncio.sleep(0)
        except Exception:
            logger.exception("what the audience of a stage did was not told")
            ctx.untold_seats.changed.set()  # the others are told at the next time
        await asyncio.sleep(GATHER_S)


def voice_event(
    shown: VoiceState,
    seat: Seat,
    *,
    channel_id: int | None = None,
    user_ids: frozenset[int] | None = None,
    author_id: int | None = None,
) -> Event:
    """VOICE_STATE_UPDATE; who it is about gets it whatever its intents, so it stands as the author."""
    payload = VoiceStateUpdate(**{field: getattr(shown, field) for field in shown.__struct_fields__})
    told = event("VOICE_STATE_UPDATE", payload, guild_id=seat.guild_id, channel_id=channel_id, user_ids=user_ids)
    return msgspec.structs.replace(told, author_id=None if author_id is None else int(author_id))


def _flushing(ctx: Context) -> Iterator[None]:
    """The same, giving up the turn again and again. Who changes again meanwhile is told of at the next time."""
    end = time.perf_counter() + TELL_SLICE_S
    for guild_id, user_id in ctx.untold_seats.people():
        _tell_gathered(ctx, guild_id, user_id, ctx.voice_seats.get(guild_id, user_id))
        if time.perf_counter() >= end:
            yield
            end = time.perf_counter() + TELL_SLICE_S
    for guild_id, channel_id in ctx.untold_seats.take_channels():
        state = ctx.guilds.get(guild_id)
        if state is not None and channel_id in state.channels:
            payload = audience(ctx, state.id, Snowflake(channel_id))
            ctx.bus.publish(event(AUDIENCE_EVENT, payload, guild_id=guild_id, channel_id=channel_id))


def _tell_gathered(ctx: Context, guild_id: int, user_id: int, current: Seat | None) -> None:
    """Tell the others where somebody of an audience is, unless they know; harmless for all other people."""
    if not ctx.untold_seats.holds(guild_id, user_id):
        return
    known = ctx.untold_seats.take(guild_id, user_id)
    state = ctx.guilds.get(guild_id)
    if state is None or (known is None and current is None):
        return
    if known is not None and current is not None and voice_objects.same(known.told, current.told):
        return
    _tell_members(ctx, state, known, current, is_gathered=True)


def _tell_members(
    ctx: Context, state: GuildState, before: Seat | None, after: Seat | None, *, is_gathered: bool
) -> None:
    def publish(told: Event, user_id: int) -> None:
        if is_gathered:  # the user itself knows
            told = msgspec.structs.replace(told, author_id=None, told_id=int(user_id), replaced_by=AUDIENCE_EVENT)
        ctx.bus.publish(told)

    if before is not None and (after is None or before.channel_id != after.channel_id):
        gone = voice_objects.left(before)
        if before.channel_id not in state.channels:  # who saw it cannot be told any more, and it is nobody's secret now
            publish(voice_event(gone, before, author_id=before.user_id), before.user_id)
        elif after is None:
            told = voice_event(gone, before, channel_id=before.channel_id, author_id=before.user_id)
            publish(told, before.user_id)
        elif viewer_ids := _losing(ctx, state, before, after):
            publish(voice_event(gone, before, user_ids=viewer_ids), before.user_id)
    if after is not None and after.told is not None:
        publish(voice_event(after.told, after, channel_id=after.channel_id, author_id=after.user_id), after.user_id)


def _losing(ctx: Context, state: GuildState, before: Seat, after: Seat) -> frozenset[int]:
    """The members who see somebody leave, and not where it goes."""
    return frozenset(
        int(user_id)
        for user_id in ctx.presences.connected_ids()
        if user_id in state.members
        and user_id != after.user_id
        and state.can_view(user_id, before.channel_id)
        and not state.can_view(user_id, after.channel_id)
    )


def _tell_call(ctx: Context, before: Seat | None, after: Seat | None) -> None:
    seat = after or before
    assert seat is not None
    shown = voice_objects.left(seat) if after is None else after.told
    direct = ctx.directs.get(seat.channel_id)
    viewer_ids = frozenset(map(int, () if direct is None else direct.recipient_ids)) | {int(seat.user_id)}
    if shown is not None:
        ctx.bus.publish(voice_event(shown, seat, user_ids=viewer_ids))


def _counts_alike(seat: Seat, other: Seat | None) -> bool:
    return other is not None and other.channel_id == seat.channel_id and other.is_listening == seat.is_listening


def _is_stage(state: GuildState, channel_id: int) -> bool:
    channel = state.channels.get(channel_id)
    return channel is not None and channel.type == ChannelType.STAGE
