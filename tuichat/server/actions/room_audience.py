"""The audience of a live room, a page at a time."""

from tuichat.protocol.live_room import Audience, AudiencePerson
from tuichat.server.actions import wire
from tuichat.server.actions.access import require_channel
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.room_access import find_room


def get_audience(ctx: Context, actor: Actor, channel_id: int, *, offset: int, limit: int) -> Audience:
    """Who listens, in the order in which they came: for who sees the channel. Raises ActionError 10067."""
    state, channel, _ = require_channel(ctx, actor, channel_id)
    find_room(state, channel.id)
    seats = [
        seat
        for seat in ctx.voice_seats.in_channel(state.id, channel.id)
        if seat.is_listening and seat.user_id in state.members
    ]
    seats.sort(key=lambda seat: (seat.joined_ms, seat.user_id))
    people = [
        AudiencePerson(member=wire.member(ctx, state.members[seat.user_id]), joined_ms=seat.joined_ms)
        for seat in seats[offset : offset + limit]
    ]
    return Audience(count=len(seats), offset=offset, people=people)
