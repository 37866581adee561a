"""Whatever is done on stages, in whatever order: none is left without a way to end, and who may speak has one answer."""

import random
from collections.abc import Awaitable, Callable

import pytest
from msgspec import UNSET, UnsetType

from tests.server.actions.conftest import Town, outcome
from tests.server.actions.test_scheduled_events import new_stage
from tests.server.actions.voice_people import VoiceTown
from tuichat.protocol.rest.member import EditMemberRequest, EditVoiceStateRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import CreateStageRequest, EditStageRequest
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import channels, members, roles, stages, voice_moderation, voice_objects
from tuichat.server.actions.context import Actor
from tuichat.server.actions.stage_hosts import MODERATING, has_host, hosts
from tuichat.server.actions.stage_watch import HOSTLESS_LIMIT_MS, StageWatch

STEPS = 200
NAMES = ("ada", "bob", "mod")


class Play:
    """People who do things at random; what is refused is as good as what is done."""

    def __init__(self, voice: VoiceTown, rooms: list[Snowflake], seed: int) -> None:
        self.voice = voice
        self.town = voice.town
        self.watch = StageWatch(voice.ctx)
        self.rooms = rooms
        self.random = random.Random(seed)  # a test's
        self.role_id: Snowflake | None = None

    async def step(self) -> None:
        deeds: list[Callable[[], Awaitable[object]]] = [
            *([self.sit] * 4), *([self.open] * 3), self.close, self.edit, *([self.speak] * 3), *([self.let_speak] * 3),
            self.mute, self.change_moderator, *([self.wait] * 3), self.lose_a_room,
        ]  # fmt: skip
        await outcome(self.random.choice(deeds)())

    @property
    def somebody(self) -> Actor:
        return self.town.people[self.random.choice(NAMES)]

    @property
    def room(self) -> Snowflake:
        return self.random.choice(self.rooms)

    async def sit(self) -> None:
        self.voice.ask(self.random.choice(NAMES), self.random.choice([None, *self.rooms]))

    async def open(self) -> None:
        await stages.open_stage(self.town.ctx, self.somebody, CreateStageRequest(channel_id=self.room, topic="Bees"))

    async def close(self) -> None:
        await stages.close_stage(self.town.ctx, self.somebody, self.room)

    async def edit(self) -> None:
        topic = f"Wasps {self.random.random()}"
        await stages.edit_stage(self.town.ctx, self.somebody, self.room, EditStageRequest(topic=topic))

    def _wish(self) -> EditVoiceStateRequest:
        hands: list[str | UnsetType | None] = [UNSET, None, format_timestamp(self.town.clock.ms)]
        places: list[bool | UnsetType] = [UNSET, True, False, False]
        return EditVoiceStateRequest(
            suppress=self.random.choice(places), request_to_speak_timestamp=self.random.choice(hands)
        )

    async def speak(self) -> None:
        await voice_moderation.edit_own_state(self.town.ctx, self.somebody, self.town.guild_id, self._wish())

    async def let_speak(self) -> None:
        wish = EditVoiceStateRequest(suppress=self.random.choice([True, False, False]))
        user_id = self.somebody.user_id
        await voice_moderation.edit_state(self.town.ctx, self.somebody, self.town.guild_id, user_id, wish)

    async def mute(self) -> None:
        request = EditMemberRequest(mute=self.random.choice([True, False]))
        await members.edit_member(self.town.ctx, self.town.ada, self.town.guild_id, self.somebody.user_id, request)

    async def change_moderator(self) -> None:
        if self.role_id is None:
            self.role_id = await self.town.give_role("bob", MODERATING)
        else:
            await roles.delete_role(self.town.ctx, self.town.ada, self.town.guild_id, self.role_id)
            self.role_id = None

    async def wait(self) -> None:
        await self.after(self.random.choice([1000, HOSTLESS_LIMIT_MS // 2, HOSTLESS_LIMIT_MS]))

    async def after(self, ms: int) -> None:
        self.town.clock.ms += ms
        await self.watch.look()

    async def lose_a_room(self) -> None:
        if self.random.random() < 0.3:
            lost = self.room
            await channels.delete_channel(self.town.ctx, self.town.ada, lost)
            for seat in self.town.ctx.voice_seats.in_channel(self.town.guild_id, lost):
                self.voice.ask(self._name(seat.user_id), None)
            self.rooms[self.rooms.index(lost)] = await new_stage(self.town)

    def _name(self, user_id: int) -> str:
        return next(name for name, actor in self.town.people.items() if actor.user_id == user_id)

    async def check(self) -> None:
        """Memory is what the store keeps, every live stage has a host who can end it, and voices flow as it is shown."""
        state = self.town.state
        kept = {stage.channel_id: stage for stage in (await self.town.ctx.store.load()).stages}
        assert kept == state.stages
        assert set(kept) <= set(self.rooms)
        for stage in kept.values():
            assert any(hosts(self.town.ctx, state, stage, user_id) for user_id in state.members)
        for seat in self.town.ctx.voice_seats.in_server(self.town.guild_id):
            assert seat.told is not None
            assert seat.place is not None
            anew = voice_objects.settled(self.town.ctx, seat)
            assert (anew.place, voice_objects.same(anew.told, seat.told)) == (seat.place, True)
            is_shown = not (seat.told.mute or seat.told.suppress or seat.told.request_to_speak_timestamp)
            assert seat.place.may_speak == is_shown


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_is_done_every_stage_ends_once_its_hosts_are_gone(town: Town, seed: int) -> None:
    play = Play(VoiceTown(town), [await new_stage(town), await new_stage(town)], seed)
    for _ in range(STEPS):
        await play.step()
        await play.check()
    await play.after(0)
    for stage in list(town.state.stages.values()):
        if not has_host(town.ctx, town.state, stage):
            await play.after(HOSTLESS_LIMIT_MS)
            assert town.state.stages.get(stage.channel_id) != stage
    for name in NAMES:
        play.voice.ask(name, None)
    await play.after(0)
    await play.after(HOSTLESS_LIMIT_MS)
    await play.check()
    assert town.state.stages == {}
