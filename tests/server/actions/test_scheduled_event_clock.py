"""How what is planned begins and ends by itself, also after a restart."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.server.actions.conftest import Clock, Town, open_server
from tests.server.actions.test_scheduled_events import HOUR_MS, at, edit, elsewhere, in_channel, new_stage, plan
from tests.server.actions.voice_people import VoiceTown
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol.recurrence import Frequency, RecurrenceRule
from tuichat.protocol.scheduled_event import EntityType, EventStatus
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import scheduled_event_clock
from tuichat.server.actions.scheduled_event_clock import EMPTY_LIMIT_MS, LOOK_INTERVAL_MS
from tuichat.server.options import Registration
from tuichat.server.store.errors import StoreError
from tuichat.server.store.scheduled_event_rows import ScheduledEventRow

MINUTE_MS = 60_000


@pytest.fixture
def voice(town: Town) -> VoiceTown:
    return VoiceTown(town)


async def after(town: Town, ms: int) -> None:
    """Let time pass, and the clock look."""
    town.clock.ms += ms
    await scheduled_event_clock.look(town.ctx)


def row_of(town: Town, event_id: int) -> ScheduledEventRow:
    row = town.ctx.scheduled_events.get(event_id)
    assert row is not None
    return row


async def test_an_event_elsewhere_begins_and_ends_at_its_times(town: Town) -> None:
    made = await plan(town, elsewhere(town))
    statuses = []
    for passed_ms in (0, HOUR_MS - 1, 1, HOUR_MS - 1, 1, HOUR_MS):
        await after(town, passed_ms)
        statuses.append(row_of(town, made.id).status)
    assert statuses == [1, 1, 2, 2, 3, 3]
    assert len(town.told("GUILD_SCHEDULED_EVENT_UPDATE")) == 2


async def test_an_event_elsewhere_follows_another_time(town: Town) -> None:
    made = await plan(town, elsewhere(town))
    await edit(town, made.id, scheduled_start_time=at(town, 1.5))
    await after(town, HOUR_MS)
    assert row_of(town, made.id).status == EventStatus.SCHEDULED
    await after(town, HOUR_MS // 2)
    assert row_of(town, made.id).status == EventStatus.ACTIVE
    await edit(town, made.id, scheduled_end_time=at(town, 5))
    await after(town, HOUR_MS)
    assert row_of(town, made.id).status == EventStatus.ACTIVE


async def test_an_event_that_nobody_begins_is_cancelled_after_some_hours(town: Town) -> None:
    made = await plan(town, in_channel(town, town.channel("General")))
    await after(town, 4 * HOUR_MS - 1)
    assert row_of(town, made.id).status == EventStatus.SCHEDULED
    await after(town, 1)
    assert row_of(town, made.id).status == EventStatus.CANCELED


async def test_a_recurring_event_that_nobody_begins_is_left_out_once(town: Town) -> None:
    rule = RecurrenceRule(start=at(town, 1), frequency=Frequency.DAILY)
    made = await plan(town, in_channel(town, town.channel("General"), recurrence_rule=rule))
    await after(town, 4 * HOUR_MS)
    row = row_of(town, made.id)
    assert (row.status, row.start_ms) == (EventStatus.SCHEDULED, town.clock.ms + 21 * HOUR_MS)


async def test_a_recurring_event_goes_on_for_ever(town: Town) -> None:
    rule = RecurrenceRule(start=at(town, 1), frequency=Frequency.WEEKLY)
    made = await plan(town, elsewhere(town, recurrence_rule=rule))
    first_ms = row_of(town, made.id).start_ms
    for week in range(1, 4):
        for _ in range(2):
            await after(town, max(0, row_of(town, made.id).start_ms - town.clock.ms) or HOUR_MS)
        row = row_of(town, made.id)
        assert (row.status, row.start_ms) == (EventStatus.SCHEDULED, first_ms + week * 7 * 24 * HOUR_MS)
        assert row.end_ms == row.start_ms + HOUR_MS


@pytest.mark.parametrize("kind", [EntityType.VOICE, EntityType.STAGE_INSTANCE])
async def test_an_event_ends_some_minutes_after_the_last_one_left(voice: VoiceTown, kind: EntityType) -> None:
    town = voice.town
    channel_id = town.channel("General") if kind == EntityType.VOICE else await new_stage(town)
    made = await plan(town, in_channel(town, channel_id, kind))
    await edit(town, made.id, status=EventStatus.ACTIVE)
    voice.ask("bob", channel_id)
    for _ in range(10):
        await after(town, MINUTE_MS)
    voice.ask("bob", None)
    await after(town, LOOK_INTERVAL_MS)
    voice.ask("bob", channel_id)  # who comes again in time goes on with it
    await after(town, EMPTY_LIMIT_MS)
    voice.ask("bob", None)
    assert row_of(town, made.id).status == EventStatus.ACTIVE
    await after(town, LOOK_INTERVAL_MS)
    await after(town, EMPTY_LIMIT_MS - 1)
    assert row_of(town, made.id).status == EventStatus.ACTIVE
    assert bool(town.state.stages) == (kind == EntityType.STAGE_INSTANCE)
    await after(town, LOOK_INTERVAL_MS)
    assert row_of(town, made.id).status == EventStatus.COMPLETED
    assert town.state.stages == {}
    assert len(town.told("STAGE_INSTANCE_DELETE")) == (kind == EntityType.STAGE_INSTANCE)


async def test_all_of_it_goes_on_after_a_restart(town: Town, tmp_path: Path) -> None:
    stage_id = await new_stage(town)
    on = await plan(town, in_channel(town, stage_id, EntityType.STAGE_INSTANCE))
    begun = await edit(town, on.id, status=EventStatus.ACTIVE)
    planned = await plan(town, elsewhere(town))
    await town.ctx.store.close()
    clock = Clock()
    clock.ms = town.clock.ms + 90 * MINUTE_MS
    ctx = await open_server(tmp_path / DATABASE_NAME, [], clock, Registration.INVITE)
    again = Town(ctx, [], clock)
    again.guild_id = town.guild_id
    stage = again.state.stages[stage_id]
    assert (stage.id, stage.topic, stage.guild_scheduled_event_id) == (begun.entity_id, "Bees", on.id)
    await after(again, 0)
    assert [row_of(again, event.id).status for event in (on, planned)] == [EventStatus.ACTIVE, EventStatus.ACTIVE]
    await after(again, 30 * MINUTE_MS)
    assert [row_of(again, event.id).status for event in (on, planned)] == [EventStatus.COMPLETED] * 2
    assert again.state.stages == {}
    await ctx.store.close()
    ctx.accounts.close()


async def test_a_store_that_cannot_write_is_asked_again(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await plan(town, elsewhere(town))

    async def fail(*_: Any, **__: Any) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(type(town.ctx.store), "write", fail)
        await after(town, HOUR_MS)
    assert row_of(town, made.id).status == EventStatus.SCHEDULED
    await after(town, scheduled_event_clock.RETRY_MS)
    assert row_of(town, made.id).status == EventStatus.ACTIVE


async def test_what_is_gone_is_looked_at_no_more(town: Town) -> None:
    made = await plan(town, elsewhere(town))
    row = row_of(town, made.id)
    assert format_timestamp(row.start_ms) == made.scheduled_start_time
    town.ctx.scheduled_events.remove(msgspec.structs.replace(row))
    await after(town, HOUR_MS)
    assert town.told("GUILD_SCHEDULED_EVENT_UPDATE") == []
