"""Telling followers that somebody, or a club, whom they follow started a room, or is to speak in one."""

import asyncio
from collections.abc import Iterable

from tuichat.protocol.follow import FollowedLive
from tuichat.protocol.live_room import FoundRoom
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.room_directory import may_join, show_room
from tuichat.server.actions.voice_seats import Seat
from tuichat.server.bus import event
from tuichat.server.store.stage_rows import StageRow

TOLD_IN_A_TURN = 50  # followers, before other work has its turn; taste: a few milliseconds
STARTED, SPEAKS, CLUB = "started", "speaks", "club"


def tell_started(ctx: Context, state: GuildState, stage: StageRow) -> None:
    """A room began: who follows who started it hears of that, who follows the club alone of the club's room."""
    of_starter = ctx.follows.followers(stage.starter_id)
    of_club = sorted(set(ctx.follows.guild_followers(state.id)) - set(of_starter))
    if of_starter:
        _begin(ctx, state, stage, STARTED, of_starter, stage.starter_id)
    if of_club:
        _begin(ctx, state, stage, CLUB, of_club, stage.starter_id)


def tell_speaks(ctx: Context, before: Seat | None, seat: Seat) -> None:
    """Somebody in voice who stays where it is: where it speaks on a live stage from now on, its followers hear of it.

    Who started the room does not count: that was told.
    """
    if seat.guild_id is None or seat.is_listening or (before is not None and not before.is_listening):
        return
    state = ctx.guilds.get(seat.guild_id)
    stage = None if state is None else state.stages.get(seat.channel_id)
    if state is None or stage is None or stage.starter_id == seat.user_id:
        return
    followers = ctx.follows.followers(seat.user_id)
    if followers:
        _begin(ctx, state, stage, SPEAKS, followers, seat.user_id)


def _begin(
    ctx: Context, state: GuildState, stage: StageRow, reason: str, follower_ids: Iterable[int], person_id: int
) -> None:
    wanting = [user_id for user_id in follower_ids if ctx.presences.is_connected(user_id)]
    if wanting:
        ctx.background.start(_tell(ctx, state, stage, reason, wanting, person_id), "telling followers of a room")


async def _tell(
    ctx: Context, state: GuildState, stage: StageRow, reason: str, follower_ids: list[int], person_id: int
) -> None:
    for number, follower_id in enumerate(follower_ids, 1):
        if number % TOLD_IN_A_TURN == 0:
            await asyncio.sleep(0)
        if not state.has_member(follower_id) and await ctx.store.read_ban(state.id, follower_id) is not None:
            continue
        current = state.stages.get(stage.channel_id)
        if ctx.guilds.get(state.id) is not state or current is None or current.id != stage.id:
            return  # it is over
        if _is_wanted(ctx, state, current, follower_id, person_id):
            about_id = int(state.id) if reason == CLUB else person_id
            if ctx.told_rooms.note(stage.channel_id, stage.id, follower_id, about_id, reason):
                _publish(ctx, show_room(ctx, follower_id, state, current), reason, follower_id, person_id)


def _is_wanted(ctx: Context, state: GuildState, stage: StageRow, follower_id: int, person_id: int) -> bool:
    """Whether a follower hears of a room: it may come in, is not in it, and neither of the two blocked the other."""
    if follower_id == person_id or not may_join(ctx, state, stage, follower_id):
        return False
    if ctx.relations.blocks(person_id, follower_id) or not ctx.relations.hears(follower_id, person_id):
        return False
    seat = ctx.voice_seats.get(state.id, follower_id)
    return seat is None or seat.channel_id != stage.channel_id


def _publish(ctx: Context, found: FoundRoom, reason: str, follower_id: int, person_id: int) -> None:
    payload = FollowedLive(room=found, reason=reason, user=None if reason == CLUB else ctx.users.wire(person_id))
    ctx.bus.publish(event("TUICHAT_FOLLOWED_LIVE", payload, user_ids=[follower_id]))
