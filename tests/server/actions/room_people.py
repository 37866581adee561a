"""A live room of a town: bob started it and moderates the stage no more, and people sit in it."""

from typing import Any

from tests.server.actions.conftest import Town
from tests.server.actions.test_scheduled_events import new_stage
from tests.server.actions.voice_people import VoiceTown
from tuichat.protocol.live_room import EditLiveRoomRequest, LiveRoom, StartLiveRoomRequest
from tuichat.protocol.rest.member import EditVoiceStateRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import live_rooms, roles, voice_moderation
from tuichat.server.actions.context import Actor
from tuichat.server.actions.stage_hosts import MODERATING
from tuichat.server.actions.voice_seats import Seat
from tuichat.server.store.stage_rows import StageRow

UP, DOWN = EditVoiceStateRequest(suppress=False), EditVoiceStateRequest(suppress=True)


class Room:
    """Bob, who started it, is its host by that alone; ada owns the guild, and moderates whatever there is."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.voice = VoiceTown(town)

    async def open(self, **fields: Any) -> LiveRoom:
        town = self.town
        self.id = await new_stage(town)
        role_id = await town.give_role("bob", MODERATING)
        request = StartLiveRoomRequest(channel_id=self.id, topic="Bees", **fields)
        room = await live_rooms.start_room(town.ctx, town.bob, request)
        await roles.delete_role(town.ctx, town.ada, town.guild_id, role_id)
        return room

    def actor(self, name: str) -> Actor:
        return self.town.people[name]

    def user_id(self, name: str) -> Snowflake:
        return self.town.people[name].user_id

    @property
    def row(self) -> StageRow:
        return self.town.state.stages[self.id]

    def sit(self, *names: str, mute: bool = False) -> None:
        for name in names:
            self.voice.ask(name, self.id, mute=mute)

    def seat(self, name: str) -> Seat | None:
        seat = self.town.ctx.voice_seats.get(self.town.guild_id, self.user_id(name))
        return None if seat is None or seat.channel_id != self.id else seat

    def is_heard(self, name: str) -> bool:
        seat = self.seat(name)
        return seat is not None and seat.place is not None and seat.place.may_speak

    async def promote(self, name: str, by: str = "bob") -> None:
        if name != by:
            await voice_moderation.edit_state(self.town.ctx, self.actor(by), self.town.guild_id, self.user_id(name), UP)
        await voice_moderation.edit_own_state(self.town.ctx, self.actor(name), self.town.guild_id, UP)

    async def raise_hand(self, name: str) -> None:
        now = format_timestamp(self.town.clock.ms)
        wish = EditVoiceStateRequest(request_to_speak_timestamp=now)
        await voice_moderation.edit_own_state(self.town.ctx, self.actor(name), self.town.guild_id, wish)

    async def move_down(self, by: str, name: str) -> None:
        await voice_moderation.edit_state(self.town.ctx, self.actor(by), self.town.guild_id, self.user_id(name), DOWN)

    async def edit(self, by: str = "bob", **fields: Any) -> LiveRoom:
        return await live_rooms.edit_room(self.town.ctx, self.actor(by), self.id, EditLiveRoomRequest(**fields))
