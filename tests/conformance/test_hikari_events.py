"""Unmodified hikari plans, changes, starts, ends and deletes events, also recurring ones, with a real server."""

from datetime import UTC, datetime, timedelta

import hikari
import pytest
from hikari.events.stage_events import StageInstanceCreateEvent, StageInstanceDeleteEvent

from tests.conformance.hikari_run import HikariRun
from tests.conformance.other_account import request
from tests.conformance.report import Report
from tests.conformance.team import conformance_team
from tests.server.files.pictures_drawn import picture


@pytest.mark.slow
async def test_hikari_plans_events() -> None:
    async with conformance_team() as environment:
        run = HikariRun(environment, Report("hikari events"))
        await run.bot.start(check_for_updates=False)
        try:
            await _recur(run)
            await _host(run)
        finally:
            await run.bot.close()


def in_an_hour() -> datetime:
    return (datetime.now(UTC) + timedelta(hours=1)).replace(microsecond=0)


async def _recur(run: HikariRun) -> None:
    guild, starts = run.guild, in_an_hour()
    rule = hikari.ScheduledEventRecurrenceRule(
        start=starts,
        frequency=hikari.ScheduledEventRecurrenceFrequency.WEEKLY,
        interval=2,
        by_weekday=[hikari.ScheduledEventRecurrenceWeekday(starts.weekday())],
    )
    told = run.expect(hikari.ScheduledEventCreateEvent)
    made = await run.rest.create_external_event(
        guild,
        "Honey",
        "The hive",
        starts,
        starts + timedelta(hours=1),
        image=hikari.Bytes(picture(), "cover.png"),
        recurrence_rule=rule,
    )
    assert (await told).event == made
    assert made.recurrence_rule == rule
    assert (made.location, made.start_time, made.image_hash is not None) == ("The hive", starts, True)
    path = f"/guilds/{guild}/scheduled-events/{made.id}/users/@me"
    joined = run.expect(hikari.ScheduledEventUserAddEvent)
    await request(run.environment, "PUT", path, run.environment.user_token or "")
    owner = (await joined).user_id
    users = await run.rest.fetch_scheduled_event_users(guild, made)
    assert {found.user.id for found in users} == {owner, run.me.id}
    assert all(found.member is not None for found in users)
    newest = await run.rest.fetch_scheduled_event_users(guild, made, newest_first=True)
    assert [found.user.id for found in newest] == [found.user.id for found in reversed(users)]
    changed = run.expect(hikari.ScheduledEventUpdateEvent)
    edited = await run.rest.edit_scheduled_event(guild, made, name="Mead", description="Sweet")
    assert (edited.name, edited.description, (await changed).event.name) == ("Mead", "Sweet", "Mead")
    begun = await run.rest.edit_scheduled_event(guild, made, status=hikari.ScheduledEventStatus.ACTIVE)
    assert begun.status is hikari.ScheduledEventStatus.ACTIVE
    then = await run.rest.edit_scheduled_event(guild, made, status=hikari.ScheduledEventStatus.COMPLETED)
    assert (then.status, then.start_time) == (hikari.ScheduledEventStatus.SCHEDULED, starts + timedelta(weeks=2))
    assert [(found.id, found.user_count) for found in await run.rest.fetch_scheduled_events(guild)] == [(made.id, 2)]
    gone = run.expect(hikari.ScheduledEventDeleteEvent)
    await run.rest.delete_scheduled_event(guild, made)
    assert (await gone).event.id == made.id


async def _host(run: HikariRun) -> None:
    guild, starts = run.guild, in_an_hour()
    stage = await run.rest.create_guild_stage_channel(guild, "stage")
    made = await run.rest.create_stage_event(guild, stage, "Bees", starts)
    assert (made.channel_id, made.end_time) == (stage.id, None)
    opened = run.expect(StageInstanceCreateEvent)
    await run.rest.edit_scheduled_event(guild, made, status=hikari.ScheduledEventStatus.ACTIVE)
    live = (await opened).stage_instance
    assert (live.topic, live.scheduled_event_id) == ("Bees", made.id)
    closed = run.expect(StageInstanceDeleteEvent)
    await run.rest.delete_stage_instance(stage.id)
    await closed
    over = await run.rest.fetch_scheduled_event(guild, made)
    assert over.status is hikari.ScheduledEventStatus.COMPLETED
    lounge = hikari.Snowflake(run.environment.voice_id)
    talk = await run.rest.create_voice_event(guild, lounge, "Talk", starts)
    moved = await run.rest.edit_scheduled_event(
        guild,
        talk,
        entity_type=hikari.ScheduledEventType.EXTERNAL,
        location="The meadow",
        end_time=starts + timedelta(hours=1),
    )
    assert isinstance(moved, hikari.ScheduledExternalEvent)
    assert moved.location == "The meadow"
    bad = hikari.ScheduledEventRecurrenceRule(
        start=starts, frequency=hikari.ScheduledEventRecurrenceFrequency.DAILY, interval=3
    )
    assert await run.code_of(run.rest.edit_scheduled_event(guild, talk, recurrence_rule=bad)) == 50035
    await run.rest.delete_channel(stage.id)
