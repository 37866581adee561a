"""The audience of a live room, a page at a time."""

import itertools

from tuichat.protocol.live_room import Audience, AudiencePerson
from tuichat.server.actions import voice_telling, wire
from tuichat.server.actions.access import require_channel
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.room_access import find_room


def get_audience(ctx: Context, actor: Actor, channel_id: int, *, offset: int, limit: int) -> Audience:
    """Who listens, in the order in which they came: for who sees the channel. Raises ActionError 10067."""
    state, channel, _ = require_channel(ctx, actor, channel_id)
    find_room(state, channel.id)
    there = (
        seat
        for seat in ctx.voice_seats.in_channel(state.id, channel.id)
        if seat.is_listening and seat.user_id in state.members
    )
    people = [
        AudiencePerson(member=wire.member(ctx, state.members[seat.user_id]), joined_ms=seat.joined_ms)
        for seat in itertools.islice(there, offset, offset + limit)
    ]
    _, count = voice_telling.counts(ctx, state.id, channel.id)
    return Audience(count=count, offset=offset, people=people)
