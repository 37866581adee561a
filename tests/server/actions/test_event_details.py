"""Zones and co-hosts of events: who sets them, what they do, and who hears of them."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from msgspec import UNSET

from tests.server.actions.conftest import Town, refused
from tests.server.actions.test_scheduled_events import edit, elsewhere, in_channel, new_stage, plan
from tests.server.actions.test_voice_states import deny
from tuichat.protocol import codec
from tuichat.protocol.event_details import MAX_COHOSTS, EditEventDetailsRequest, EventDetails
from tuichat.protocol.event_exception import CreateEventExceptionRequest
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.recurrence import Frequency, RecurrenceRule
from tuichat.protocol.scheduled_event import EntityType, EventStatus
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import parse_timestamp
from tuichat.server.actions import (
    event_details,
    event_exceptions,
    guilds,
    scheduled_event_clock,
    scheduled_events,
    stage_hosts,
)

INVALID, NO_PERMISSION, UNKNOWN, FINISHED = 50035, 50013, 10070, 180000
PARIS = ZoneInfo("Europe/Paris")


async def detail(
    town: Town, event_id: int, who: str = "ada", zone: str | None = None, cohosts: list[str] | None = None
) -> EventDetails:
    ids = UNSET if cohosts is None else [town.people[name].user_id for name in cohosts]
    request = EditEventDetailsRequest(time_zone=UNSET if zone is None else zone, cohost_ids=ids)
    return await event_details.edit_details(town.ctx, town.people[who], event_id, request)


async def test_details_are_set_shown_and_told(town: Town) -> None:
    made = await plan(town, elsewhere(town))
    assert event_details.list_details(town.ctx, town.bob, []) == []
    assert event_details.get_details(town.ctx, town.bob, made.id) == EventDetails(
        event_id=made.id, guild_id=made.guild_id
    )
    set_ = await detail(town, made.id, zone="Europe/Paris", cohosts=["bob"])
    assert (set_.time_zone, set_.cohost_ids) == ("Europe/Paris", [town.bob.user_id])
    assert event_details.get_details(town.ctx, town.bob, made.id) == set_
    assert event_details.list_details(town.ctx, town.bob, [town.guild_id]) == [set_]
    assert len(town.told("TUICHAT_EVENT_DETAILS")) == 1
    await detail(town, made.id, zone="Europe/Paris", cohosts=["bob"])
    assert len(town.told("TUICHAT_EVENT_DETAILS")) == 1  # nothing changed
    shown = await scheduled_events.get_event(town.ctx, town.bob, town.guild_id, made.id)
    assert b"time_zone" not in codec.encode(shown)


async def test_a_stranger_and_who_does_not_see_the_channel_find_nothing(town: Town) -> None:
    stage = await new_stage(town)
    made = await plan(town, in_channel(town, stage, EntityType.STAGE_INSTANCE))
    await detail(town, made.id, zone="Europe/Paris")
    await deny(town, stage, Permissions.VIEW_CHANNEL)
    assert event_details.list_details(town.ctx, town.bob, [town.guild_id]) == []
    for who in ("bob", "eve"):
        with refused(UNKNOWN, 404):
            event_details.get_details(town.ctx, town.people[who], made.id)
    with refused(INVALID):
        await detail(town, made.id, cohosts=["bob"])


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "", "../../etc/passwd", "x" * 1000, "Europe"])
async def test_what_is_no_zone_is_refused(town: Town, zone: str) -> None:
    made = await plan(town, elsewhere(town))
    with refused(INVALID):
        await detail(town, made.id, zone=zone)


async def test_cohosts_are_members_and_not_too_many(town: Town) -> None:
    made = await plan(town, elsewhere(town))
    with refused(INVALID):
        await detail(town, made.id, cohosts=["eve"])
    many = EditEventDetailsRequest(cohost_ids=[Snowflake(each) for each in range(MAX_COHOSTS + 1)])
    with refused(INVALID):
        await event_details.edit_details(town.ctx, town.ada, made.id, many)
    twice = await detail(town, made.id, cohosts=["bob", "bob"])
    assert twice.cohost_ids == [town.bob.user_id]


async def test_a_cohost_who_sees_the_channel_no_more_hinders_no_change(town: Town) -> None:
    stage = await new_stage(town)
    made = await plan(town, in_channel(town, stage, EntityType.STAGE_INSTANCE))
    await detail(town, made.id, cohosts=["bob"])
    await deny(town, stage, Permissions.VIEW_CHANNEL)
    assert (await detail(town, made.id, zone="Asia/Tokyo", cohosts=["bob"])).time_zone == "Asia/Tokyo"
    with refused(INVALID):
        await detail(town, made.id, cohosts=["bob", "mod"])


async def test_a_cohost_starts_changes_and_ends_an_event_and_no_more(town: Town) -> None:
    made = await plan(town, elsewhere(town))
    with refused(NO_PERMISSION):
        await edit(town, made.id, "bob", name="Mine")
    await detail(town, made.id, cohosts=["bob"])
    assert (await edit(town, made.id, "bob", name="Ours")).name == "Ours"
    assert (await detail(town, made.id, "bob", zone="Asia/Tokyo")).time_zone == "Asia/Tokyo"
    with refused(NO_PERMISSION):
        await detail(town, made.id, "bob", cohosts=["bob", "ada"])
    with refused(NO_PERMISSION):
        await edit(town, made.id, "bob", status=EventStatus.CANCELED)
    with refused(NO_PERMISSION):
        await scheduled_events.delete_event(town.ctx, town.bob, town.guild_id, made.id)
    assert (await edit(town, made.id, "bob", status=EventStatus.ACTIVE)).status == EventStatus.ACTIVE
    assert (await edit(town, made.id, "bob", status=EventStatus.COMPLETED)).status == EventStatus.COMPLETED
    with refused(FINISHED):
        await detail(town, made.id, zone="Asia/Tokyo")


async def test_a_cohost_cannot_move_an_event_to_where_it_may_not_plan(town: Town) -> None:
    stage = await new_stage(town)
    made = await plan(town, elsewhere(town))
    await detail(town, made.id, cohosts=["bob"])
    with refused(NO_PERMISSION):
        await edit(town, made.id, "bob", entity_type=EntityType.STAGE_INSTANCE, channel_id=stage)


async def test_a_cohost_hosts_the_stage_while_it_is_that_of_the_event(town: Town) -> None:
    stage = await new_stage(town)
    made = await plan(town, in_channel(town, stage, EntityType.STAGE_INSTANCE))
    await detail(town, made.id, cohosts=["bob"])
    await edit(town, made.id, status=EventStatus.ACTIVE)
    state = town.ctx.guilds.get(town.guild_id)
    assert state is not None
    assert stage_hosts.hosts(town.ctx, state, state.stages[stage], town.bob.user_id)
    await detail(town, made.id, cohosts=[])
    assert not stage_hosts.hosts(town.ctx, state, state.stages[stage], town.bob.user_id)


async def test_who_leaves_the_guild_is_a_cohost_no_more(town: Town) -> None:
    made = await plan(town, elsewhere(town))
    await detail(town, made.id, cohosts=["bob"])
    await guilds.leave_guild(town.ctx, town.bob, town.guild_id)
    assert event_details.get_details(town.ctx, town.ada, made.id).cohost_ids == []
    assert len(town.told("TUICHAT_EVENT_DETAILS")) == 2


async def test_who_comes_to_see_an_event_hears_of_its_details(town: Town) -> None:
    hidden, stage = await new_stage(town), await new_stage(town)
    await deny(town, hidden, Permissions.VIEW_CHANNEL)
    made = await plan(town, in_channel(town, hidden, EntityType.STAGE_INSTANCE))
    await detail(town, made.id, zone="Europe/Paris")
    await edit(town, made.id, channel_id=stage)
    assert int(town.bob.user_id) in (town.told("TUICHAT_EVENT_DETAILS")[-1].user_ids or ())


async def test_the_next_time_keeps_the_clock_of_the_zone(town: Town) -> None:
    town.clock.ms = parse_timestamp("2027-03-20T12:00:00+01:00")
    start, end = "2027-03-26T20:00:00+01:00", "2027-03-26T21:00:00+01:00"  # on 28 March clocks go forward there
    rule = RecurrenceRule(start=start, frequency=Frequency.WEEKLY)
    made = await plan(town, elsewhere(town, scheduled_start_time=start, scheduled_end_time=end, recurrence_rule=rule))
    await detail(town, made.id, zone="Europe/Paris")
    town.clock.ms = parse_timestamp(end)
    await scheduled_event_clock.look(town.ctx)  # it begins
    await scheduled_event_clock.look(town.ctx)  # and ends
    (then,) = await scheduled_events.list_events(town.ctx, town.bob, town.guild_id)
    assert then.status == EventStatus.SCHEDULED
    begins = datetime.fromtimestamp(parse_timestamp(then.scheduled_start_time) / 1000, UTC)
    assert begins.astimezone(PARIS).isoformat() == "2027-04-02T20:00:00+02:00"


async def test_another_zone_takes_what_was_said_of_single_times(town: Town) -> None:
    town.clock.ms = parse_timestamp("2027-03-20T12:00:00+01:00")
    start = "2027-03-26T20:00:00+01:00"
    rule = RecurrenceRule(start=start, frequency=Frequency.WEEKLY)
    made = await plan(
        town,
        elsewhere(
            town, scheduled_start_time=start, scheduled_end_time="2027-03-26T21:00:00+01:00", recurrence_rule=rule
        ),
    )
    await detail(town, made.id, zone="Europe/Paris")
    out = CreateEventExceptionRequest(original_scheduled_start_time="2027-04-02T20:00:00+02:00", is_canceled=True)
    await event_exceptions.create_exception(town.ctx, town.ada, town.guild_id, made.id, out)
    await detail(town, made.id, zone="Asia/Tokyo")
    shown = await scheduled_events.get_event(town.ctx, town.ada, town.guild_id, made.id)
    assert shown.guild_scheduled_event_exceptions == []
    assert len(town.told("GUILD_SCHEDULED_EVENT_EXCEPTIONS_DELETE")) == 1
    with refused(INVALID):
        await event_exceptions.create_exception(town.ctx, town.ada, town.guild_id, made.id, out)
