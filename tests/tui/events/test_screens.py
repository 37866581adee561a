"""Events by keys and mouse: listed, opened, started, planned, changed, saved, cancelled."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import icalendar
import msgspec
import pytest
from msgspec import UNSET
from msgspec.structs import replace
from textual.widgets import Input

from tests.tui.event_scenes import HIKE, WEEKLY, hike, plan, weekly_room
from tests.tui.fake_desk import FakeDesk
from tests.tui.hostile import FORBIDDEN, HOSTILE
from tests.tui.samples import GRACE, GUILD, TOWNHALL, FakeClient, sample_state
from tests.tui.screens import NARROW, WIDE, Shown, running
from tests.tui.voice_scenes import use_desk
from tuichat.client.change import EventsChanged
from tuichat.client.errors import RefusedError
from tuichat.client.room_state import RoomState, room_of
from tuichat.client.routes import Request
from tuichat.protocol import codec
from tuichat.protocol.event_details import EventDetails
from tuichat.protocol.event_subscription import EventSubscriber
from tuichat.protocol.guild import Invite, InviteChannel, InviteGuild, Role
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.scheduled_event import EntityMetadata, EntityType, EventStatus
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import StageInstance
from tuichat.tui.images.mode import ImageMode
from tuichat.tui.images.source import of_cover
from tuichat.tui.screens.events.form import EventForm
from tuichat.tui.screens.events.listing import EventsDialog
from tuichat.tui.screens.events.page import EventPage
from tuichat.tui.widgets.portrait import Portrait

pytestmark = pytest.mark.slow  # whole screens by their keys


PATH = f"/guilds/{GUILD}/scheduled-events"


def client() -> FakeClient:
    return FakeClient(sample_state())


def answered(shown: Shown, route: str, answer: Callable[[Request], Any]) -> list[Request]:
    """Have a route answered, and return what is asked of it."""
    asked: list[Request] = []

    def note(wanted: Request) -> Any:
        asked.append(wanted)
        return answer(wanted)

    shown.client.archive.answers[route] = note
    return asked


async def open_list(shown: Shown) -> FakeDesk:
    desk = use_desk(shown)
    plan(shown)
    await shown.press("alt+a")
    await shown.until("walk along")
    return desk


async def open_page(shown: Shown) -> FakeDesk:
    desk = await open_list(shown)
    await shown.press("enter")
    assert isinstance(shown.app.screen, EventPage)
    return desk


def forbid(shown: Shown) -> None:
    """Take all that an ordinary member has not."""
    state = shown.client.state
    guild = state.guilds[GUILD]
    guild.roles[GUILD] = Role(id=Snowflake(GUILD), name="@everyone", permissions=Permissions.VIEW_CHANNEL)
    assert state.me is not None


@pytest.mark.parametrize("size", [WIDE, NARROW, (60, 20)])
async def test_what_comes_is_listed_in_order(size: tuple[int, int]) -> None:
    async with running(client(), size=size) as shown:
        await open_list(shown)
        assert shown.find("The weekly room")[1] < shown.find("A walk along")[1]
        assert "Tomorrow 17:00 – 18:00" in shown.text
        assert "Every Friday" in shown.text


async def test_the_row_above_the_channels_counts_and_opens_the_list() -> None:
    async with running(client(), size=WIDE) as shown:
        use_desk(shown)
        assert "Events" not in shown.text
        plan(shown)
        await shown.settle()
        assert "◷ Events             2" in shown.text
        await shown.click("◷ Events")
        assert isinstance(shown.app.screen, EventsDialog)


async def test_starting_an_event_on_a_stage_opens_its_room_and_joins() -> None:
    async with running(client(), size=WIDE) as shown:
        desk = await open_page(shown)
        begun = replace(weekly_room(), status=EventStatus.ACTIVE)
        asked = answered(shown, f"PATCH {PATH}/{WEEKLY}", lambda wanted: begun)
        await shown.press("o")
        await shown.settle()
        assert len(asked) == 1
        assert shown.app.screen is shown.chat
        assert shown.chat.chosen.channel_id == TOWNHALL
        assert ("join", shown.client.key, TOWNHALL) in desk.asked


async def test_one_that_is_on_is_gone_to_without_starting_it() -> None:
    async with running(client(), size=WIDE) as shown:
        desk = use_desk(shown)
        plan(shown, replace(weekly_room(), status=EventStatus.ACTIVE))
        shown.chat.show_event(shown.client.key, GUILD, WEEKLY)
        await shown.settle()
        await shown.press("enter")
        assert ("join", shown.client.key, TOWNHALL) in desk.asked


async def test_a_cover_is_shown_beside_the_facts() -> None:
    covered = replace(weekly_room(), image="abc123")
    source = of_cover(covered)
    assert source is not None
    assert source.url == f"/guild-events/{WEEKLY}/abc123.webp?size=512"
    assert of_cover(weekly_room()) is None
    assert of_cover(replace(weekly_room(), image="../../etc")) is None
    async with running(client(), size=WIDE) as shown:
        plan(shown, covered)
        assert shown.chat.gallery is not None
        shown.chat.gallery.mode = ImageMode.BLOCKS
        shown.chat.show_event(shown.client.key, GUILD, WEEKLY)
        await shown.settle()
        assert shown.app.screen.query_one("#cover", Portrait).display


async def test_an_invite_lands_in_a_live_room_at_an_event_or_in_a_channel() -> None:
    async with running(client(), size=WIDE) as shown:
        desk = use_desk(shown)
        plan(shown)
        await shown.chat.land(shown.client.key, TOWNHALL, WEEKLY)
        await shown.settle()
        assert isinstance(shown.app.screen, EventPage)
        await shown.press("escape")
        stage = StageInstance(id=Snowflake(1), guild_id=Snowflake(GUILD), channel_id=Snowflake(TOWNHALL), topic="Bees")
        shown.client.state.guilds[GUILD].rooms[TOWNHALL] = RoomState(room_of(stage))
        await shown.chat.land(shown.client.key, TOWNHALL, None)
        await shown.settle()
        assert shown.chat.chosen.channel_id == TOWNHALL
        assert ("join", shown.client.key, TOWNHALL) in desk.asked


async def test_a_refusal_is_told_and_the_page_stays() -> None:
    def refuse(wanted: Request) -> Any:
        raise RefusedError("The stage is taken.")

    async with running(client(), size=WIDE) as shown:
        await open_page(shown)
        answered(shown, f"PATCH {PATH}/{WEEKLY}", refuse)
        await shown.press("o")
        await shown.until("The stage is taken.")
        assert isinstance(shown.app.screen, EventPage)


async def test_interest_is_said_by_a_key_and_by_the_star() -> None:
    async with running(client(), size=WIDE) as shown:
        await open_list(shown)
        put = answered(shown, f"PUT {PATH}/{WEEKLY}/users/@me", lambda wanted: b"")
        taken = answered(shown, f"DELETE {PATH}/{HIKE}/users/@me", lambda wanted: b"")
        await shown.click("★")
        await shown.press("up", "i")
        await shown.settle()
        assert (len(put), len(taken)) == (1, 1)


async def test_only_what_one_may_do_is_offered() -> None:
    async with running(client(), size=WIDE) as shown:
        use_desk(shown)
        forbid(shown)
        plan(shown, weekly_room())
        shown.chat.show_event(shown.client.key, GUILD, WEEKLY)
        await shown.settle()
        assert "I am interested" in shown.text
        for words in ("Start it now", "Change it", "Cancel it", "Copy an invite"):
            assert words not in shown.text
        await shown.press("o")
        await shown.until("cannot be done")


async def test_a_cohost_may_start_and_change() -> None:
    async with running(client(), size=WIDE) as shown:
        use_desk(shown)
        forbid(shown)
        plan(shown, weekly_room())
        state = shown.client.state
        assert state.me is not None
        state.guilds[GUILD].event_details[WEEKLY] = EventDetails(
            event_id=Snowflake(WEEKLY), guild_id=Snowflake(GUILD), cohost_ids=[state.me.id]
        )
        shown.chat.show_event(shown.client.key, GUILD, WEEKLY)
        await shown.settle()
        assert "Start it now" in shown.text
        assert "Cancel it" not in shown.text


async def test_people_are_loaded_as_they_come_into_view() -> None:
    async with running(client(), size=NARROW) as shown:
        use_desk(shown)
        plan(shown, weekly_room())
        people = [
            EventSubscriber(guild_scheduled_event_id=Snowflake(WEEKLY), user_id=Snowflake(each))
            for each in range(1, 151)
        ]

        def page(wanted: Request) -> list[EventSubscriber]:
            after = int(str(wanted.query["after"]))
            return [each for each in people if each.user_id > after][:100]

        asked = answered(shown, f"GET {PATH}/{WEEKLY}/users", page)
        shown.chat.show_event(shown.client.key, GUILD, WEEKLY)
        await shown.settle()
        assert len(asked) == 1
        await shown.press("end")
        await shown.settle()
        await shown.press("end")
        assert len(asked) == 2


async def test_cancelling_asks_first() -> None:
    async with running(client(), size=WIDE) as shown:
        await open_page(shown)
        asked = answered(
            shown, f"PATCH {PATH}/{WEEKLY}", lambda wanted: replace(weekly_room(), status=EventStatus.CANCELED)
        )
        await shown.press("d")
        await shown.until("nor any later time of it")
        await shown.press("escape")
        assert not asked
        await shown.press("d", "y")
        await shown.settle()
        assert len(asked) == 1
        assert isinstance(shown.app.screen, EventsDialog)  # its page is left, as it is gone
        assert "The weekly room" not in shown.text


async def test_an_invite_link_names_the_event() -> None:
    async with running(client(), size=WIDE) as shown:
        await open_page(shown)
        shown.client.rest.answers["POST /channels/{}/invites"] = Invite(
            code="k3Xw9aQ2",
            guild=InviteGuild(id=Snowflake(GUILD), name="Textual Labs"),
            channel=InviteChannel(id=Snowflake(TOWNHALL), name="townhall", type=13),
        )
        await shown.press("y")
        await shown.settle()
        assert shown.app.clipboard == f"k3Xw9aQ2?event={WEEKLY}"


async def test_one_or_all_are_saved_for_a_calendar(tmp_path: Path) -> None:
    async with running(client(), size=WIDE) as shown:
        await open_list(shown)
        await shown.press("s", "ctrl+u", *str(tmp_path / "all.ics"), "enter")
        await shown.until("Saved: ")
        assert len(icalendar.Calendar.from_ical((tmp_path / "all.ics").read_bytes()).walk("VEVENT")) == 2
        await shown.press("enter", "s", "ctrl+u", *str(tmp_path), "enter")
        for _ in range(100):
            if (tmp_path / "The-weekly-room.ics").exists():
                break
            await shown.pilot.pause(0.01)
        (one,) = icalendar.Calendar.from_ical((tmp_path / "The-weekly-room.ics").read_bytes()).walk("VEVENT")
        assert str(one["LOCATION"]) == "◈ townhall, Textual Labs"


async def test_an_event_that_ends_elsewhere_takes_its_page_along() -> None:
    async with running(client(), size=WIDE) as shown:
        await open_page(shown)
        shown.client.state.guilds[GUILD].events.pop(WEEKLY)
        shown.client.emit(EventsChanged(GUILD))
        await shown.settle()
        assert isinstance(shown.app.screen, EventsDialog)


def field(shown: Shown, name: str) -> Input:
    return shown.app.screen.query_one(f"#{name}", Input)


async def test_a_form_plans_an_event_with_all_that_belongs_to_it() -> None:
    async with running(client(), size=WIDE) as shown:
        await open_list(shown)
        made = replace(weekly_room(), id=Snowflake(9000), name="Honey")
        asked = answered(shown, f"POST {PATH}", lambda wanted: made)
        details = answered(
            shown,
            "PATCH /tuichat/scheduled-events/9000/details",
            lambda wanted: EventDetails(event_id=Snowflake(9000), guild_id=Snowflake(GUILD)),
        )
        await shown.press("n")
        assert isinstance(shown.app.screen, EventForm)
        await shown.press(*"Honey", "tab")  # in the stage, which comes first
        field(shown, "start").focus()
        await shown.type("tomorrow 20:00")
        assert "Friday, 20 November 2026 20:00" in shown.text
        field(shown, "end").focus()
        await shown.type("90 min")
        assert "21:30" in shown.text
        await shown.click("never ▾")
        await shown.press(*"every friday", "enter")
        assert "Every Friday ▾" in shown.text
        await shown.click("nobody ▾")
        await shown.press(*"grace", "enter", "alt+enter")
        await shown.click("UTC ▾")
        await shown.press(*"europe/paris", "enter")
        assert "Europe/Paris ▾" in shown.text
        await shown.press("alt+enter")
        await shown.until("Honey is planned.")
        body = msgspec.json.decode(codec.encode(asked[0].body))
        assert body["name"] == "Honey"
        assert (body["entity_type"], body["channel_id"]) == (EntityType.STAGE_INSTANCE, str(TOWNHALL))
        assert body["scheduled_start_time"] == "2026-11-20T19:00:00.000000+00:00"  # 20:00 in Paris
        assert body["scheduled_end_time"] == "2026-11-20T20:30:00.000000+00:00"
        assert body["recurrence_rule"]["by_weekday"] == [4]
        told = msgspec.json.decode(codec.encode(details[0].body))
        assert (told["time_zone"], told["cohost_ids"]) == ("Europe/Paris", [str(GRACE)])


async def test_what_is_wrong_in_the_form_is_told_where_it_can_be_mended() -> None:
    async with running(client(), size=NARROW) as shown:
        await open_list(shown)
        await shown.press("n", *"Honey")
        field(shown, "start").focus()
        await shown.type("tomorrow evening")
        await shown.press("alt+enter")
        await shown.until("is understood, and “evening” is not")
        assert field(shown, "start").has_focus
        field(shown, "start").value = "tomorrow 20:00"
        field(shown, "name").value = ""
        await shown.press("alt+enter")
        await shown.until("1 to 100 characters")
        field(shown, "name").value = "Honey"
        field(shown, "cover").value = "/nowhere/at/all.png"
        await shown.press("alt+enter")
        await shown.until("picture cannot be read")


async def test_a_changed_event_keeps_what_was_not_touched() -> None:
    async with running(client(), size=WIDE) as shown:
        await open_page(shown)
        asked = answered(shown, f"PATCH {PATH}/{WEEKLY}", lambda wanted: replace(weekly_room(), name="Mead"))
        answered(
            shown,
            f"PATCH /tuichat/scheduled-events/{WEEKLY}/details",
            lambda wanted: EventDetails(event_id=Snowflake(WEEKLY), guild_id=Snowflake(GUILD)),
        )
        await shown.press("e")
        assert field(shown, "start").value == "2026-11-20 22:45"  # by the clock of its zone
        field(shown, "name").value = "Mead"
        await shown.press("alt+enter")
        await shown.until("Mead is changed.")
        body = asked[0].body
        assert getattr(body, "name", "") == "Mead"
        assert getattr(body, "image", None) is UNSET
        assert getattr(body, "recurrence_rule", None) == weekly_room().recurrence_rule
        assert getattr(body, "description", None) == weekly_room().description


async def test_a_server_without_our_extension_is_offered_neither_zone_nor_cohosts() -> None:
    async with running(client(), size=WIDE) as shown:
        use_desk(shown)
        plan(shown, hike())
        shown.client.state.features = frozenset()
        await shown.press("alt+a")
        await shown.until("walk along")
        await shown.press("n")
        assert "Time zone" not in shown.text
        assert "Co-hosts" not in shown.text


async def test_who_may_plan_nothing_is_offered_nothing() -> None:
    async with running(client(), size=WIDE) as shown:
        forbid(shown)
        await open_list(shown)
        assert "Plan an event" not in shown.text
        await shown.press("n")
        await shown.until("Your roles do not let you")


async def test_what_strangers_wrote_is_text_everywhere() -> None:
    for text in (each.encode("utf-8", "replace").decode() for each in HOSTILE.values()):
        event = replace(hike(), name=text, description=f"{text}\n{text}", entity_metadata=EntityMetadata(location=text))
        async with running(client(), size=NARROW) as shown:
            use_desk(shown)
            plan(shown, event)
            await shown.press("alt+a")
            await shown.settle()
            for key in ("enter", "e"):
                await shown.press(key)
                assert not FORBIDDEN & set("".join(shown.lines()))
                assert all(strip.cell_length == 80 for strip in shown.strips())
