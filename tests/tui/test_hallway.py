"""The hallway: what is live and what comes, over all accounts, found as one types."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from tests.client.rooms_found import found
from tests.tui.fake_desk import FakeDesk
from tests.tui.hallway_samples import (
    BEES,
    CLOSED,
    FAR,
    HONEY,
    MEAD,
    NORA,
    Directory,
    events,
    fill_hallway,
    hallway_client,
    rooms,
)
from tests.tui.samples import GENERAL, GUILD, FakeAccounts, FakeClient, channel, sample_state
from tests.tui.screens import Shown, running, running_accounts
from tests.tui.voice_scenes import use_desk
from tuichat.client.change import FollowsChanged, GuildsChanged
from tuichat.client.errors import RefusedError, UnreachableError
from tuichat.config.schema import Settings, VoiceSettings
from tuichat.protocol.channel import ChannelType
from tuichat.tui.hallway_rows import EventRow, RoomRow
from tuichat.tui.screens import hallway
from tuichat.tui.screens.events.page import EventPage
from tuichat.tui.screens.hallway import HallwayRows

pytestmark = pytest.mark.slow  # whole screens by their keys


QUIET = Settings(voice=VoiceSettings(enabled=False))
KEY = "s1/101"


@pytest.fixture(autouse=True)
def short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hallway, "PAUSE_S", 0.01)


@asynccontextmanager
async def opened(
    directory: Directory | None = None, size: tuple[int, int] = (120, 36)
) -> AsyncIterator[tuple[Shown, FakeDesk]]:
    async with running(hallway_client(directory), size=size, settings=QUIET) as shown:
        desk = use_desk(shown)
        await shown.press("alt+h")
        await shown.until("LIVE NOW — ")
        await shown.settle()
        yield shown, desk


def listed(shown: Shown) -> list[int]:
    rows = shown.app.screen.query_one(HallwayRows).rows
    return [
        row.channel_id if isinstance(row, RoomRow) else row.event_id
        for row in rows
        if isinstance(row, RoomRow | EventRow)
    ]


def chosen(shown: Shown) -> int | None:
    row = shown.app.screen.query_one(HallwayRows).cursor_row
    return row.channel_id if isinstance(row, RoomRow) else row.event_id if isinstance(row, EventRow) else None


async def wait_for_query(shown: Shown, directory: Directory, query: str) -> None:
    for _ in range(200):
        if query in directory.queries:
            break
        await shown.pilot.pause(0.01)
    await shown.settle()


async def test_rooms_stand_as_ranked_and_events_in_order_of_time() -> None:
    async with opened() as (shown, _):
        assert listed(shown) == [BEES, FAR, CLOSED, HONEY, MEAD]
        for words in (
            "LIVE NOW — 3",
            "COMING — 2",
            "2 speak · 14 listen · 25 min",
            "speaking: ★ Grace Hopper",
            "#winter",
        ):
            assert words in shown.text


async def test_what_is_known_is_filtered_at_once_and_servers_are_asked_after_a_pause() -> None:
    far = found(9000, {"topic": "Talking of plants"}, people=[NORA])
    directory = Directory(rooms(), hidden=[far], events=events())
    async with opened(directory) as (shown, _):
        directory.queries.clear()
        await shown.press(*"nora")
        assert listed(shown)[0] == BEES
        await wait_for_query(shown, directory, "nora")
        await shown.until("LIVE NOW — 2")
        assert listed(shown) == [BEES, 9000]
        assert "" not in directory.queries
        shown.app.screen.query_one(Input).value = "elevage"
        await shown.settle()
        assert listed(shown) == [FAR]
        shown.app.screen.query_one(Input).value = ""
        await shown.settle()
        assert listed(shown) == [BEES, FAR, CLOSED, HONEY, MEAD]


async def test_a_better_room_that_comes_in_does_not_move_the_chosen_one() -> None:
    directory = Directory(rooms(), events=events())
    async with opened(directory) as (shown, _):
        await shown.press("down")
        assert chosen(shown) == FAR
        row = shown.find("Élevage")[1]
        directory.rooms = [replace(rooms()[2], may_join=True), found(9000, {"listeners": 9000}), *rooms()]
        await shown.press("f5")
        await shown.until("LIVE NOW — 4")
        assert chosen(shown) == FAR
        assert shown.find("Élevage")[1] == row
        assert listed(shown)[:3] == [BEES, FAR, 9000]


async def test_enter_shows_the_room_and_joins_it() -> None:
    async with opened() as (shown, desk):
        await shown.press("enter")
        assert shown.chat.chosen.channel_id == BEES
        assert ("join", KEY, BEES) in desk.asked


async def test_a_room_of_a_server_that_one_is_not_in_lets_one_in_first(monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened() as (shown, desk):
        let_in: list[int] = []

        async def join_public(channel_id: int) -> None:
            let_in.append(channel_id)
            state = shown.client.state
            state.channels[channel_id] = channel(channel_id, ChannelType.STAGE, "scène")
            state.guilds[GUILD].channel_ids.append(channel_id)
            shown.client.emit(GuildsChanged())

        monkeypatch.setattr(shown.client.live_rooms, "join_public", join_public)
        await shown.click("Élevage")
        await shown.settle()
        assert let_in == [FAR]
        assert shown.chat.chosen.channel_id == FAR
        assert ("join", KEY, FAR) in desk.asked


async def test_a_room_that_is_closed_to_one_says_so() -> None:
    async with opened() as (shown, desk):
        await shown.press("down", "down", "enter")
        await shown.until("is not open to you")
        assert desk.asked == [] or not any(each[0] == "join" for each in desk.asked)


async def test_enter_on_an_event_shows_its_channel() -> None:
    async with opened() as (shown, desk):
        await shown.press(*["down"] * 3, "enter")
        assert shown.chat.chosen.channel_id == BEES
        assert not any(each[0] == "join" for each in desk.asked)


async def test_enter_on_an_event_that_is_known_shows_its_page() -> None:
    async with opened() as (shown, _):
        event = events()[0].event
        shown.client.state.guilds[GUILD].events[HONEY] = event
        interested = f"GET /guilds/{GUILD}/scheduled-events/{HONEY}/users"
        shown.client.archive.answers[interested] = lambda wanted: []
        await shown.press(*["down"] * 3, "enter")
        await shown.settle()
        assert isinstance(shown.app.screen, EventPage)
        assert event.name in shown.text


async def test_clubs_are_followed_by_key_and_by_click() -> None:
    async with opened() as (shown, _):
        await shown.press("f2")
        await shown.until("You follow the club Bee Club")
        assert ("PUT", f"/tuichat/follows/guilds/{GUILD}") in shown.client.rest.asked
        await shown.until("★ followed")
        await shown.click("★ followed")
        await shown.until("no more")
        assert ("DELETE", f"/tuichat/follows/guilds/{GUILD}") in shown.client.rest.asked


async def test_people_are_followed_or_no_more() -> None:
    async with opened() as (shown, _):
        await shown.press("tab", "p")
        await shown.until("Follow, or no more")
        await shown.press("down", "enter")  # Nora
        assert ("PUT", f"/tuichat/follows/users/{NORA.id}") in shown.client.rest.asked
        await shown.until("★ Nora")


async def test_interest_is_said_and_taken_back() -> None:
    async with opened() as (shown, _):
        await shown.press(*["down"] * 4, "f4")
        await shown.until("You are interested")
        asked = [(each.method, each.path) for each in shown.client.archive.asked]
        assert ("PUT", f"/guilds/{GUILD}/scheduled-events/{MEAD}/users/@me") in asked
        assert shown.text.count("✓ interested") == 2


async def test_a_refusal_is_said() -> None:
    async with opened() as (shown, _):
        shown.client.rest.fault = RefusedError("Maximum number of followed clubs reached (1000)")
        await shown.press("f2")
        await shown.until("(1000)")


async def test_follows_that_change_elsewhere_show() -> None:
    async with opened() as (shown, _):
        shown.client.state.follows = replace(shown.client.state.follows, users=[NORA])
        shown.client.emit(FollowsChanged())
        await shown.until("★ Nora")


async def test_a_server_that_does_not_answer_is_named_and_asked_again() -> None:
    client = hallway_client()
    client.rest.fault = UnreachableError("chat.example.org does not answer.")
    async with running(client, settings=QUIET) as shown:
        await shown.press("alt+h")
        await shown.until("No server answers.")
        assert "chat.example.org does not answer." in shown.text
        client.rest.fault = None
        await shown.press("f5")
        await shown.until("Bees in winter")
        assert "does not answer" not in shown.text


async def test_two_accounts_of_a_server_find_a_room_once_and_two_servers_all() -> None:
    mine, other, elsewhere = hallway_client(), hallway_client(key="s1/102"), hallway_client(key="s2/101")
    async with running_accounts(FakeAccounts(mine, other, elsewhere), settings=QUIET) as shown:
        await shown.press("alt+h")
        await shown.until("LIVE NOW — 6")


async def test_an_empty_hallway_says_what_to_do() -> None:
    async with opened(Directory()) as (shown, _):
        assert "Nothing is live now." in shown.text
        assert "/room start" in shown.text
        await shown.press(*"bees")
        await shown.until("Fewer words find more.")


async def test_servers_without_a_hallway_are_said_to_have_none() -> None:
    async with running(FakeClient(sample_state()), settings=QUIET) as shown:
        await shown.press("alt+h")
        await shown.until("None of your servers knows live rooms.")
        await shown.press("escape")
        assert shown.chat.chosen.channel_id == GENERAL


async def test_the_command_opens_it_with_its_words() -> None:
    client = FakeClient(sample_state())
    fill_hallway(client)
    async with running(client, settings=QUIET) as shown:
        await shown.type("/hallway honey\n")
        await shown.until("COMING — 1")
        assert listed(shown) == [HONEY]


@pytest.mark.parametrize("size", [(80, 24), (60, 20)])
async def test_small_screens_show_it_too(size: tuple[int, int]) -> None:
    async with opened(size=size) as (shown, _):
        assert "Bees in winter" in shown.text
        assert all(len(line) <= size[0] for line in shown.lines())
        await shown.press(*["down"] * 4)
        assert "Mead evening" in shown.text
