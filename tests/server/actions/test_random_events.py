"""Whatever is done with scheduled events, in whatever order: none is stuck, no stage is left open, nothing is lost."""

import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.server.actions.conftest import Town, outcome
from tests.server.actions.test_scheduled_event_clock import after
from tests.server.actions.test_scheduled_events import HOUR_MS, at, edit, elsewhere, in_channel, new_stage, plan
from tests.server.actions.voice_people import VoiceTown
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.event_exception import CreateEventExceptionRequest
from tuichat.protocol.recurrence import Frequency, RecurrenceRule
from tuichat.protocol.scheduled_event import EntityType, EventStatus
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import CreateStageRequest
from tuichat.server.actions import channels, event_exceptions, scheduled_events, stages

STEPS = 150
SETTLING_HOURS = 40


class Play:
    """People who do things at random; what is refused is as good as what is done."""

    def __init__(self, voice: VoiceTown, seed: int) -> None:
        self.voice = voice
        self.town = voice.town
        self.random = random.Random(seed)  # a test's
        self.rooms: list[Snowflake] = []
        self.seen: set[int] = set()

    async def step(self) -> None:
        deeds: list[Callable[[], Awaitable[object]]] = [
            *([self.plan] * 3), *([self.change_status] * 4), self.change, self.delete, self.sit, self.open, self.close,
            self.leave_out, *([self.wait] * 3), self.lose_a_room,
        ]  # fmt: skip
        await outcome(self.random.choice(deeds)())

    @property
    def event(self) -> int:
        rows = [int(row.id) for row in self.town.ctx.scheduled_events.planned(self.town.guild_id)]
        return self.random.choice(rows or [1])

    @property
    def room(self) -> Snowflake:
        return self.random.choice(self.rooms)

    async def plan(self) -> None:
        rule = RecurrenceRule(start=at(self.town, 1), frequency=Frequency.DAILY)
        fields: dict[str, Any] = {"recurrence_rule": self.random.choice([None, None, rule])}
        room = self.random.choice([None, *self.rooms])
        request = elsewhere(self.town, **fields)
        if room is not None:
            is_voice = self.town.state.channels[room].type == ChannelType.VOICE
            kind = EntityType.VOICE if is_voice else EntityType.STAGE_INSTANCE
            request = in_channel(self.town, room, kind, **fields)
        self.seen.add(int((await plan(self.town, request)).id))

    async def change_status(self) -> None:
        await edit(self.town, self.event, status=self.random.choice([EventStatus.ACTIVE, *EventStatus]))

    async def change(self) -> None:
        changes: list[dict[str, Any]] = [
            {"name": "Other"},
            {"channel_id": self.room},
            {"entity_type": EntityType.STAGE_INSTANCE, "channel_id": self.room},
            {"scheduled_start_time": at(self.town, 2), "scheduled_end_time": at(self.town, 4)},
            {"recurrence_rule": None},
        ]
        await edit(self.town, self.event, **self.random.choice(changes))

    async def delete(self) -> None:
        event = self.event
        await scheduled_events.delete_event(self.town.ctx, self.town.ada, self.town.guild_id, event)
        self.seen.discard(event)

    async def sit(self) -> None:
        self.voice.ask("bob", self.random.choice([None, *self.rooms]))

    async def open(self) -> None:
        request = CreateStageRequest(channel_id=self.room, topic="Open", guild_scheduled_event_id=Snowflake(self.event))
        await stages.open_stage(self.town.ctx, self.town.ada, request)

    async def close(self) -> None:
        await stages.close_stage(self.town.ctx, self.town.ada, self.room)

    async def leave_out(self) -> None:
        row = self.town.ctx.scheduled_events.get(self.event)
        if row is not None:
            hours = (row.start_ms - self.town.clock.ms) / HOUR_MS
            request = CreateEventExceptionRequest(original_scheduled_start_time=at(self.town, hours), is_canceled=True)
            await event_exceptions.create_exception(
                self.town.ctx, self.town.ada, self.town.guild_id, int(row.id), request
            )

    async def wait(self) -> None:
        await after(self.town, self.random.choice([1000, HOUR_MS // 10, HOUR_MS, 3 * HOUR_MS]))

    async def lose_a_room(self) -> None:
        if self.random.random() < 0.3:
            lost = self.room
            await channels.delete_channel(self.town.ctx, self.town.ada, lost)
            self.rooms[self.rooms.index(lost)] = await new_stage(self.town)

    async def check(self) -> None:
        rows = list(self.town.ctx.scheduled_events.of(self.town.guild_id))
        assert {int(row.id) for row in rows} == self.seen
        assert (await self.town.ctx.store.load()).scheduled_events == rows
        on_stage = {
            row.channel_id: row.id
            for row in rows
            if row.status == EventStatus.ACTIVE and row.entity_type == EntityType.STAGE_INSTANCE
        }
        live = {stage.channel_id: stage.guild_scheduled_event_id for stage in self.town.state.stages.values()}
        assert {channel: event for channel, event in live.items() if event is not None} == on_stage


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_is_done_nothing_is_stuck(town: Town, seed: int) -> None:
    play = Play(VoiceTown(town), seed)
    play.rooms = [await new_stage(town), await new_stage(town), town.channel("General")]
    for _ in range(STEPS):
        await play.step()
        await play.check()
    play.voice.ask("bob", None)
    for _ in range(SETTLING_HOURS * 6):
        await after(town, HOUR_MS // 6)
    await play.check()
    for row in town.ctx.scheduled_events.planned(town.guild_id):
        assert row.recurrence is not None
        assert row.status == EventStatus.SCHEDULED or row.entity_type == EntityType.EXTERNAL
    assert all(stage.guild_scheduled_event_id is None for stage in town.state.stages.values())
