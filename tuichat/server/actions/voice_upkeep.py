"""What happens to people in voice by itself: permissions, channels and members that go, and those who do nothing for long."""

import asyncio
import logging
import time
from collections import deque

import msgspec

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import call_life, calls, voice_moderation, voice_states, voice_telling
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.stage_doors import JOINING, is_blocked_from
from tuichat.server.actions.voice_objects import AUDIENCE_EVENT
from tuichat.server.actions.voice_rooms import Removal
from tuichat.server.actions.voice_seats import Seat
from tuichat.server.bus import Event, subject_id
from tuichat.server.bus import event as dispatch

TICK_INTERVAL_S = 5.0
LOOK_SLICE_S = 0.002  # how long those in voice are looked at again in one turn of the loop
_CHANGING = frozenset(
    {
        "GUILD_UPDATE",
        "GUILD_DELETE",
        "GUILD_ROLE_CREATE",
        "GUILD_ROLE_UPDATE",
        "GUILD_ROLE_DELETE",
        "CHANNEL_UPDATE",
        "CHANNEL_DELETE",
    }
)  # after one of these, somebody may have to leave voice, or may do something else there
_OF_MEMBERS = ("GUILD_MEMBER_UPDATE", "GUILD_MEMBER_REMOVE")  # likewise, but one member alone
_REVEALING = ("CHANNEL_CREATE", "CHANNEL_DELETE")  # with users: those see a channel now, or see it no more

logger = logging.getLogger(__name__)


class VoiceWatch:
    """Follows the bus, and looks at those in voice again once the change that was told is whole."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._loop = asyncio.get_running_loop()
        self._changed: dict[tuple[int, int], None] = {}  # guilds and members, 0 for all of them, in order
        self._sights: list[Event] = []
        self._waiting: deque[tuple[int, int]] = deque()  # guild and user
        self._is_looking = False

    def follow(self, event: Event) -> None:
        seats = self._ctx.voice_seats
        if not seats:
            return
        if event.name == "MESSAGE_CREATE" and event.author_id is not None:
            seats.note_active([event.author_id], self._ctx.now_ms())
        elif event.name == "MESSAGE_ACK":
            seats.note_active(event.user_ids or (), self._ctx.now_ms())
        if event.name == "CHANNEL_RECIPIENT_REMOVE" and event.channel_id is not None:
            self._loop.call_soon(calls.look_again, self._ctx, event.channel_id)
        if event.guild_id is None or event.guild_id not in seats:
            return
        user_id = 0
        if event.user_ids is not None and event.name in _REVEALING:
            self._sights.append(event)
        elif event.name in _OF_MEMBERS:
            user_id = subject_id(event)
            if seats.get(event.guild_id, user_id) is None:
                return
        elif event.name not in _CHANGING:
            return
        if not self._changed:
            self._loop.call_soon(self._look)
        self._changed[event.guild_id, user_id] = None

    def _look(self) -> None:
        """Begin with what changed; what takes longer than a turn of the loop may goes on in the next ones."""
        changed, self._changed = list(self._changed), {}
        sights, self._sights = self._sights, []
        for event in sights:
            try:
                _tell_sight(self._ctx, event)
            except Exception:
                logger.exception("who sees a channel anew was not told who is in it")
        for guild_id, user_id in changed:
            in_voice = self._ctx.voice_seats.in_server(guild_id)
            self._waiting += [(guild_id, user_id)] if user_id else [(guild_id, int(seat.user_id)) for seat in in_voice]
        if not self._is_looking:
            self._look_on()

    def _look_on(self) -> None:
        end = time.perf_counter() + LOOK_SLICE_S
        while self._waiting and time.perf_counter() < end:
            guild_id, user_id = self._waiting.popleft()
            try:
                look_again(self._ctx, guild_id, user_id)
            except Exception:
                logger.exception("somebody in voice was not looked at again")
        self._is_looking = bool(self._waiting)
        if self._is_looking:
            self._loop.call_soon(self._look_on)


def look_again(ctx: Context, guild_id: int, user_id: int) -> None:
    """Take somebody out of voice who cannot be there any more, or tell what changed for it."""
    seat = ctx.voice_seats.get(guild_id, user_id)
    if seat is None:
        return
    state = ctx.guilds.get(guild_id)
    reason = _why_not(ctx, state, seat)
    if reason is None and state is not None:
        excused = seat.excused & ~state.permissions_in(user_id, seat.channel_id, ctx.now_ms())
        voice_states.settle(ctx, msgspec.structs.replace(seat, excused=excused))  # what it gets it has to keep
    elif reason is not None:
        voice_states.leave(ctx, seat, reason)


def tick(ctx: Context) -> None:
    """Move those who neither said nor did anything for as long as their guild allows to its AFK channel, and let phones rest."""
    call_life.expire(ctx)
    now_ms = ctx.now_ms()
    for server_id in ctx.voice_seats.servers():
        state = ctx.guilds.get(server_id)
        afk = None if state is None else state.channels.get(state.row.settings.afk_channel_id or 0)
        if state is None or afk is None:
            continue
        for seat in ctx.voice_seats.apart(server_id):
            if _is_away(ctx, state, seat, now_ms):
                voice_moderation.move(ctx, seat, afk)


async def run(ctx: Context) -> None:
    """Tick until cancelled."""
    unsubscribe = ctx.bus.subscribe(VoiceWatch(ctx).follow)
    try:
        while True:
            await asyncio.sleep(TICK_INTERVAL_S)
            try:
                tick(ctx)
            except Exception:
                logger.exception("voice was not looked after")
    finally:
        unsubscribe()


def _why_not(ctx: Context, state: GuildState | None, seat: Seat) -> Removal | None:
    """Why somebody cannot be where it is any more; None where it can."""
    if state is None or seat.user_id not in state.members:
        return Removal.NOT_ALLOWED
    if seat.channel_id not in state.channels:
        return Removal.CHANNEL_GONE
    granted = state.permissions_in(seat.user_id, seat.channel_id, ctx.now_ms()) | seat.excused
    stage = state.stages.get(seat.channel_id)
    is_blocked = stage is not None and is_blocked_from(ctx, state, stage, seat.user_id)
    return None if granted & JOINING == JOINING and not is_blocked else Removal.NOT_ALLOWED


def _is_away(ctx: Context, state: GuildState, seat: Seat, now_ms: int) -> bool:
    """Whether somebody in a voice channel was quiet and idle for the guild's timeout. Bots and stages are left alone."""
    settings, channel = state.row.settings, state.channels.get(seat.channel_id)
    if channel is None or channel.type != ChannelType.VOICE or channel.id == settings.afk_channel_id:
        return False
    if ctx.users.wire(seat.user_id).bot:
        return False
    idle_ms = now_ms - max(ctx.voice_seats.active_ms(seat.user_id) or 0, seat.joined_ms)
    quiet_ms = ctx.voice_rooms.quiet_ms(state.id, seat.user_id)
    return min(idle_ms, idle_ms if quiet_ms is None else quiet_ms) >= settings.afk_timeout_s * 1000


def _tell_sight(ctx: Context, event: Event) -> None:
    assert event.guild_id is not None
    assert event.user_ids is not None
    guild_id, channel_id = Snowflake(event.guild_id), Snowflake(event.channel_id or 0)
    known = ctx.untold_seats.as_known(guild_id, ctx.voice_seats.in_server(guild_id))
    seats = [seat for seat in known if seat.channel_id == channel_id]
    for seat in seats:
        voice_telling.show(ctx, seat, event.user_ids, is_gone=event.name == "CHANNEL_DELETE")
    if event.name == "CHANNEL_CREATE" and any(seat.is_audience for seat in seats):
        payload = voice_telling.audience(ctx, guild_id, channel_id)
        ctx.bus.publish(dispatch(AUDIENCE_EVENT, payload, guild_id=guild_id, user_ids=event.user_ids))
