"""/event plans, shows, changes, starts and ends events on a real server, and says what became of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import icalendar
import pytest

from tests.client.running import make_client, running
from tests.client.waiting import until
from tests.commands.fake_client import FakeScreen
from tests.server.running import running_server
from tests.tui.fake_desk import FakeDesk
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.engine import Engine
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.event_details import FEATURE
from tuichat.protocol.scheduled_event import EventStatus, ScheduledEvent


class Table:
    """Two members of a guild with a stage, at their keyboards."""

    def __init__(self, ada: Client, bob: Client, channel_id: int, stage_id: int) -> None:
        self.ada, self.bob = ada, bob
        self.channel_id, self.stage_id = channel_id, stage_id
        self.screen, self.desk = FakeScreen(), FakeDesk()

    async def say(self, line: str, who: Client | None = None, *, has_screen: bool = True) -> Outcome:
        client = who or self.ada
        return await Engine().submit(
            line,
            CommandContext(
                client,
                self.channel_id,
                screen=self.screen if has_screen else None,
                clients={client.key: client},
                desk=self.desk,
            ),
        )

    async def told(self, line: str, who: Client | None = None, *, has_screen: bool = True) -> str:
        outcome = await self.say(line, who, has_screen=has_screen)
        assert outcome.is_done, outcome.text
        return outcome.text

    async def refused(self, line: str, who: Client | None = None) -> str:
        outcome = await self.say(line, who)
        assert not outcome.is_done, outcome.text
        return outcome.text

    @property
    def events(self) -> list[ScheduledEvent]:
        (guild,) = self.ada.state.guilds.values()
        return list(guild.events.values())


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[Table]:
    async with running_server() as server:
        ada, bob = await server.register("ada"), await server.register("bob")
        guild, channel_id = await server.befriend(ada, bob)
        endpoint = parse_url(server.base_url)
        async with (
            running(make_client(endpoint, ada, tmp_path)) as one,
            running(make_client(endpoint, bob, tmp_path)) as two,
        ):
            for client in (one, two):
                client.state.features = frozenset({FEATURE})
            stage = await one.places.create_channel(int(guild.id), "Stage", ChannelType.STAGE)
            await until(lambda: stage.id in one.state.channels and stage.id in two.state.channels)
            yield Table(one, two, int(channel_id), int(stage.id))


async def test_an_event_is_planned_listed_shown_and_changed(table: Table) -> None:
    assert "No events are planned" in await table.told("/event list")
    said = await table.told("/event new Bees; tomorrow 20:00; in #Stage; every week; zone Europe/Paris; about Honey")
    assert "Bees is planned: Tomorrow" in said
    assert "◈ Stage" in said
    listed = await table.told("/event list")
    assert "Bees · Tomorrow" in listed
    assert "1 interested" in listed
    shown = await table.told("/event show bees", has_screen=False)
    assert "hosted by" in shown
    assert "Honey" in shown
    await table.told("/event show bees")
    assert table.screen.events == [(table.ada.key, table.events[0].guild_id, table.events[0].id)]
    assert "Mead is changed: Tomorrow" in await table.told("/event edit bees; name Mead; at The hive")
    assert "The hive" in await table.told("/event list")


async def test_starting_an_event_on_a_stage_opens_it_and_takes_one_there(table: Table) -> None:
    await table.told("/event new Bees; tomorrow 20:00; in #Stage; every week")
    assert "Bees is on" in await table.told("/event start Bees")
    assert table.screen.opened == [(table.ada.key, table.stage_id)]
    assert ("join", table.ada.key, table.stage_id) in table.desk.asked
    assert table.events[0].status == EventStatus.ACTIVE
    assert "The next one: " in await table.told("/event end")
    assert "does not take place" in await table.told("/event cancel Bees")
    await until(lambda: table.events == [])


async def test_interest_is_said_taken_back_and_listed(table: Table) -> None:
    await table.told("/event new Bees; tomorrow 20:00; at The hive")
    await until(lambda: next(iter(table.bob.state.guilds.values())).events != {})
    assert "You are interested in Bees, Tomorrow" in await table.told("/event interested", table.bob)
    people = await table.told("/event people Bees")
    assert "bob" in people
    assert "ada" in people
    await until(lambda: table.events[0].id in table.bob.state.interested_ids)
    assert "not interested in Bees any more" in await table.told("/event uninterested Bees", table.bob)
    assert "bob" not in await table.told("/event people Bees")


async def test_a_cohost_may_start_and_is_one_no_more(table: Table) -> None:
    await table.told("/event new Bees; tomorrow 20:00; at The hive")
    await until(lambda: next(iter(table.bob.state.guilds.values())).events != {})
    await table.refused("/event start Bees", table.bob)
    assert "bob co-hosts Bees: starts" in await table.told("/event cohost @bob Bees")
    await table.told("/event start Bees", table.bob)
    assert "no more" in await table.told("/event cohost @bob")


async def test_events_are_saved_for_calendars(table: Table, tmp_path: Path) -> None:
    await table.told("/event new Bees; tomorrow 20:00; at The hive")
    await table.told("/event new Mead; tomorrow 21:00; at The hive")
    path = tmp_path / "all.ics"
    assert f"2 events are saved: {path}" in await table.told(f"/event ics {path}")
    assert len(icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")) == 2
    await table.told(f"/event ics {path} Mead")  # a calendar may be written over
    (one,) = icalendar.Calendar.from_ical(path.read_bytes()).walk("VEVENT")
    assert one["SUMMARY"] == "Mead"
    await table.told(f"/event ics {tmp_path} Bees")
    assert (tmp_path / "Bees.ics").exists()
    other = tmp_path / "letter.txt"
    other.write_text("dear")
    assert "no calendar" in await table.refused(f"/event ics {other}")
    assert other.read_text() == "dear"
    assert "cannot be saved" in await table.refused(f"/event ics {tmp_path / 'none' / 'a.ics'}")


async def test_what_is_wrong_is_told_and_the_line_is_kept(table: Table) -> None:
    assert "/event has no dance" in await table.refused("/event dance")
    assert "No events are planned" in await table.refused("/event start")
    await table.told("/event new Bees; tomorrow 20:00; at The hive")
    await table.told("/event new Bees; tomorrow 21:00; at The hive")
    assert "Which event" in await table.refused("/event start Bees")
    assert "No event is called mead" in await table.refused("/event show mead")
    assert "behind a semicolon" in await table.refused(f"/event edit {int(table.events[0].id)}")
    assert "what it is called" in await table.refused("/event new")


async def test_an_invite_with_an_event_shows_it_and_one_into_a_live_room_joins(table: Table) -> None:
    await table.told("/event new Bees; tomorrow 20:00; at The hive")
    invite = await table.ada.places.create_invite(table.channel_id)
    await until(lambda: next(iter(table.bob.state.guilds.values())).events != {})
    said = await table.told(
        f"/join https://bees.example/invite/{invite.code}?event={int(table.events[0].id)}", table.bob
    )
    assert "Bees: Tomorrow" in said
    assert table.screen.events == [(table.bob.key, table.events[0].guild_id, table.events[0].id)]
    await table.told("/event edit Bees; in #Stage")
    await table.told("/event start Bees")
    table.desk.asked.clear()
    room = await table.ada.places.create_invite(table.stage_id)
    await until(lambda: table.bob.state.room(table.stage_id) is not None)
    assert "listen to what is live" in await table.told(f"/join {room.code}", table.bob)
    assert table.screen.opened[-1] == (table.bob.key, table.stage_id)
    assert ("join", table.bob.key, table.stage_id) in table.desk.asked
