"""Events are planned, changed, begun and ended against a real server, and every client hears of it."""

import time
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.client.errors import ClientError
from tuichat.client.event_plan import EventPlan, Repeats, rule_of
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.event_details import FEATURE
from tuichat.protocol.scheduled_event import EntityType, EventStatus, ScheduledEvent

HOUR_MS = 3_600_000


def plan(**fields: Any) -> EventPlan:
    start = time.time_ns() // 1_000_000 // 1000 * 1000 + 24 * HOUR_MS
    known: dict[str, Any] = {
        "name": "Honey",
        "kind": EntityType.EXTERNAL,
        "start_ms": start,
        "end_ms": start + HOUR_MS,
        "location": "The hive",
    }
    return EventPlan(**(known | fields))


def known(client: Client, guild_id: int) -> list[ScheduledEvent]:
    return list(client.state.guilds[guild_id].events.values())


async def test_event_is_planned_changed_begun_and_ended(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as owner,
    ):
        guild_id = int(next(iter(owner.state.guilds)))
        made = await owner.events.create(guild_id, plan())
        await until(lambda: [each.name for each in known(me, guild_id)] == ["Honey"])
        assert made.id in owner.state.interested_ids
        edited = await owner.events.edit(made, plan(name="Mead", description="Sweet"))
        assert (edited.name, edited.description) == ("Mead", "Sweet")
        await until(lambda: [each.name for each in known(me, guild_id)] == ["Mead"])
        with pytest.raises(ClientError):
            await me.events.start(made)
        begun = await owner.events.start(made)
        assert begun.status == EventStatus.ACTIVE
        await until(lambda: known(me, guild_id)[0].status == EventStatus.ACTIVE)
        await owner.events.end(begun)
        await until(lambda: known(me, guild_id) == [])


async def test_a_stage_is_opened_by_its_event_and_a_cancelled_one_is_gone(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    async with running(make_client(endpoint, site.other, tmp_path)) as owner:
        guild_id = int(next(iter(owner.state.guilds)))
        stage = await owner.places.create_channel(guild_id, "Stage", ChannelType.STAGE)
        on_stage = plan(kind=EntityType.STAGE_INSTANCE, channel_id=stage.id, end_ms=None)
        begun = await owner.events.start(await owner.events.create(guild_id, on_stage))
        assert begun.entity_id is not None
        await owner.events.delete(begun)
        await until(lambda: known(owner, guild_id) == [])
        weekly = plan(rule=rule_of(Repeats.WEEKLY, plan().start_ms, UTC))
        await owner.events.cancel(await owner.events.create(guild_id, weekly))
        await until(lambda: known(owner, guild_id) == [])


async def test_interest_is_said_counted_listed_and_taken_back(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as owner,
    ):
        guild_id = int(next(iter(owner.state.guilds)))
        made = await owner.events.create(guild_id, plan())
        await until(lambda: known(me, guild_id) != [])
        for _twice in range(2):
            await me.events.set_interested(made, is_interested=True)
            await until(lambda: made.id in me.state.interested_ids)
        await me.events.load(guild_id)
        assert known(me, guild_id)[0].user_count == 2
        people = me.events.people(made)
        await people.load()
        assert len(people.people) == 2
        assert not people.has_more
        assert all(each.user is not UNSET for each in people.people)
        await me.events.set_interested(made, is_interested=False)
        await until(lambda: made.id not in me.state.interested_ids)
        await until(lambda: known(me, guild_id)[0].user_count == 1)


async def test_ones_interest_is_known_again_after_a_new_start(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    async with running(make_client(endpoint, site.other, tmp_path)) as owner:
        made = await owner.events.create(int(next(iter(owner.state.guilds))), plan())
    async with running(make_client(endpoint, site.other, tmp_path)) as owner:
        await until(lambda: made.id in owner.state.interested_ids)


async def test_zone_and_cohosts_are_set_told_and_known_again(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    features = frozenset({FEATURE})
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as owner,
    ):
        assert me.state.me is not None
        guild_id = int(next(iter(owner.state.guilds)))
        owner.state.features = features
        made = await owner.events.create(guild_id, plan(time_zone="Europe/Paris", cohost_ids=(me.state.me.id,)))
        details = owner.state.guilds[guild_id].event_details
        assert (details[made.id].time_zone, details[made.id].cohost_ids) == ("Europe/Paris", [me.state.me.id])
        await until(lambda: made.id in me.state.guilds[guild_id].event_details)
        me.state.features = features
        await me.events.edit(made, plan(name="Ours", time_zone="Asia/Tokyo"))  # says nothing of co-hosts
        await until(lambda: details[made.id].time_zone == "Asia/Tokyo")
        assert details[made.id].cohost_ids == [me.state.me.id]
        details.clear()
        await owner.events.load_own()
        assert details[made.id].event_id == made.id
