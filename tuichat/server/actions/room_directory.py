"""The directory of live rooms: what is live in one's guilds, and the public rooms of all others, best first."""

import asyncio
from collections.abc import Iterator, Sequence
from functools import lru_cache

from tuichat.protocol.live_room import MAX_DIRECTORY, MAX_PEOPLE_SHOWN, FoundRoom, LiveRoomDirectory
from tuichat.protocol.room_search import fold, has_tag, missing, rank, room_texts
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.stage_doors import JOINING, is_public, why_not_in
from tuichat.server.actions.stage_objects import live_room
from tuichat.server.actions.voice_seats import Seat
from tuichat.server.store.stage_rows import StageRow

SEARCHED_IN_A_TURN = 500  # of an audience, before other work has its turn; taste: a millisecond or two
MAX_FOLDED = 20_000  # names that are kept as a search compares them; taste: those of a few big rooms


async def find_rooms(
    ctx: Context, actor: Actor, words: Sequence[str] = (), tags: Sequence[str] = (), *, limit: int = MAX_DIRECTORY
) -> LiveRoomDirectory:
    """The rooms that the actor sees or may come into, of those that hold all the words and have one of the tags."""
    found = []
    for state, stage in list(_seen(ctx, actor.user_id)):
        if not tags or has_tag(stage.tags, tags):
            room = await _match(ctx, actor.user_id, state, stage, words)
            if room is not None:
                found.append(room)
    found.sort(key=rank)
    rooms: list[FoundRoom] = []
    banned: dict[int, bool] = {}  # by guild, of those that the actor is not in
    for each in found:
        guild_id = each.room.guild_id
        if not each.is_member and guild_id not in banned:
            banned[guild_id] = await ctx.store.read_ban(guild_id, actor.user_id) is not None
        if not banned.get(guild_id, False):
            rooms.append(each)
        if len(rooms) == limit:
            break
    return LiveRoomDirectory(rooms=rooms)


def show_room(ctx: Context, viewer_id: int, state: GuildState, stage: StageRow) -> FoundRoom:
    """A room as somebody finds it who sees it, or may come in."""
    return _shown(ctx, viewer_id, state, stage, ctx.voice_seats.in_channel(state.id, stage.channel_id))


def may_join(ctx: Context, state: GuildState, stage: StageRow, user_id: int) -> bool:
    """Whether somebody may come into a room, a ban of its guild aside where it is no member."""
    if not state.has_member(user_id):
        return is_public(state, stage) and user_id not in stage.blocked_ids
    granted = state.permissions_in(user_id, stage.channel_id, ctx.now_ms())
    return granted & JOINING == JOINING and why_not_in(ctx, state, stage, user_id) is None


def is_in_public_room(ctx: Context, user_id: int) -> bool:
    """Whether everybody can meet somebody in a room now."""
    for seat in ctx.voice_seats.of_user(user_id):
        state = None if seat.guild_id is None else ctx.guilds.get(seat.guild_id)
        stage = None if state is None else state.stages.get(seat.channel_id)
        if state is not None and stage is not None and is_public(state, stage):
            return True
    return False


def has_public_room(state: GuildState) -> bool:
    return any(is_public(state, stage) for stage in state.stages.values())


def _seen(ctx: Context, user_id: int) -> Iterator[tuple[GuildState, StageRow]]:
    for state in ctx.guilds.all():
        if not state.stages:
            continue
        is_member = state.has_member(user_id)
        for stage in state.stages.values():
            if state.can_view(user_id, stage.channel_id) if is_member else may_join(ctx, state, stage, user_id):
                yield state, stage


async def _match(
    ctx: Context, viewer_id: int, state: GuildState, stage: StageRow, words: Sequence[str]
) -> FoundRoom | None:
    """The room, where it holds all the words; who of the audience is meant by one of them is shown with it."""
    seats = ctx.voice_seats.in_channel(state.id, stage.channel_id)
    room = _shown(ctx, viewer_id, state, stage, seats)
    if len(seats) >= SEARCHED_IN_A_TURN:
        await asyncio.sleep(0)
    left = missing(room_texts(room), words)
    if not left:
        return room
    named: list[Seat] = []
    unnamed = set(left)
    for number, seat in enumerate(seats, 1):
        if number % SEARCHED_IN_A_TURN == 0:
            await asyncio.sleep(0)
        user = ctx.users.wire(seat.user_id)
        names = _folded_names(user.username, user.global_name)
        meant = {word for word in left if word in names}
        if meant & unnamed or (meant and len(named) < MAX_PEOPLE_SHOWN):
            named.append(seat)  # whoever alone is meant by a word is shown, however many came before
        unnamed -= meant
    return None if unnamed else _shown(ctx, viewer_id, state, stage, seats, named)


@lru_cache(maxsize=MAX_FOLDED)
def _folded_names(username: str, global_name: str | None) -> str:
    return fold(f"{username}\n{global_name or ''}")


def _shown(
    ctx: Context, viewer_id: int, state: GuildState, stage: StageRow, seats: Sequence[Seat], named: Sequence[Seat] = ()
) -> FoundRoom:
    channel = state.channels.get(stage.channel_id)
    followed = ctx.follows.user_ids(viewer_id)
    topics = {fold(topic) for topic in ctx.follows.topics(viewer_id)}
    known = [seat for seat in seats if seat.user_id in followed]
    speakers = [seat for seat in seats if not seat.is_listening]
    first = dict.fromkeys([*(seat.user_id for seat in named), *(seat.user_id for seat in (*known, *speakers))])
    people = list(first)[:MAX_PEOPLE_SHOWN]
    speaker_ids = {seat.user_id for seat in speakers}
    return FoundRoom(
        room=live_room(ctx, stage),
        guild_name=state.row.name,
        guild_icon=state.row.icon,
        channel_name="" if channel is None else channel.name,
        is_member=state.has_member(viewer_id),
        may_join=may_join(ctx, state, stage, viewer_id),
        people=[ctx.users.wire(user_id) for user_id in people],
        speaker_ids=[user_id for user_id in people if user_id in speaker_ids],
        followed_ids=[seat.user_id for seat in known],
        follows_guild=ctx.follows.follows_guild(viewer_id, state.id),
        chosen_tags=[tag for tag in stage.tags if fold(tag) in topics],
    )
