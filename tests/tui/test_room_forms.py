"""The forms of a room: what is filled in becomes what is asked for; who was blocked is let in again."""

import pytest
from msgspec.structs import replace
from textual.widgets import TextArea

from tests.tui.fake_rooms import FakeLiveRooms
from tests.tui.room_scenes import EMPTY, KEY, KNOWN, room_editing, room_hosting, room_keeping, room_starting, use_room
from tests.tui.samples import BARBARA, RADIA, TOWNHALL, FakeClient, sample_state
from tests.tui.screens import Shown, running
from tests.tui.test_room_page import QUIET, asked, room
from tuichat.client.errors import RefusedError
from tuichat.protocol.live_room import EditLiveRoomRequest, Hands, Openness
from tuichat.tui.screens.room.keeping import KeepingDialog
from tuichat.tui.screens.room.room_form import EditRoomForm, StartRoomForm

pytestmark = pytest.mark.slow  # whole screens by their keys


def started(shown: Shown) -> dict[str, object]:
    """Return what was said of the room that was started, its topic with it."""
    name, channel_id, topic, said = asked(shown)[-1]
    assert (name, channel_id) == ("start", TOWNHALL)
    assert isinstance(said, dict)
    return {"topic": topic, **said}


async def test_a_room_is_started_with_its_topic_alone_and_joined() -> None:
    async with running(FakeClient(sample_state()), settings=QUIET) as shown:
        await room_starting(shown)
        desk = use_room(shown, EMPTY)
        await shown.press("alt+enter")
        said = started(shown)
        assert said["topic"] == "Jitter buffers"
        assert said["openness"] is Openness.GUILD
        assert said["tells_everyone"] is False
        assert ("join", KEY, TOWNHALL) in desk.asked


async def test_everything_that_is_filled_in_goes_with_it() -> None:
    async with running(FakeClient(sample_state()), size=(120, 40), settings=QUIET) as shown:
        await room_starting(shown)
        await shown.press("enter")
        shown.app.screen.query_one("#description", TextArea).text = "Two lines\nof it"
        await shown.press("tab", *"en", "enter", *"audio", "comma", "space", *"python", "enter")
        await shown.type("https://example.org/x")
        await shown.press("enter")
        assert shown.app.focused is not None
        assert shown.app.focused.id == "openness"
        await shown.click("everybody may raise")
        await shown.press("down", "enter")
        await shown.click("tell everyone")
        await shown.click("start it")
        said = started(shown)
        assert said["description"] == "Two lines\nof it"
        assert said["language"] == "en"
        assert said["tags"] == ["audio", "python"]
        assert said["link"] == "https://example.org/x"
        assert said["hands"] is Hands.FOLLOWED
        assert said["tells_everyone"] is True


async def test_a_role_is_asked_for_where_the_room_is_open_to_one() -> None:
    async with running(FakeClient(sample_state()), size=(120, 40), settings=QUIET) as shown:
        await room_starting(shown)
        await shown.click("open to the server")
        await shown.press("down", "enter")
        await shown.until("Which role")
        await shown.press(*"maint", "enter", "alt+enter")
        assert (started(shown)["openness"], started(shown)["role_id"]) == (Openness.ROLE, 3001)


async def test_people_are_asked_for_where_only_the_invited_may_come() -> None:
    async with running(FakeClient(sample_state()), size=(120, 40), settings=QUIET) as shown:
        await room_starting(shown)
        await shown.click("open to the server")
        await shown.press("down", "down", "enter")
        await shown.until("Who is asked in")
        await shown.press(*"radia", "enter", "alt+enter")
        assert "1 person is asked in" in shown.text
        await shown.press("alt+enter")
        assert (started(shown)["openness"], started(shown)["invited_ids"]) == (Openness.INVITED, [RADIA])


async def test_a_room_without_a_topic_is_not_started() -> None:
    async with room(EMPTY) as (shown, _desk):
        await shown.press("s", "alt+enter")
        assert "A room needs a topic" in shown.text
        assert isinstance(shown.app.screen, StartRoomForm)
        assert asked(shown) == []


async def test_what_the_server_refuses_stays_in_the_form() -> None:
    async with running(FakeClient(sample_state()), settings=QUIET) as shown:
        await room_starting(shown)
        shown.client.live_rooms.fault = RefusedError("A tag has 30 characters at most.")
        await shown.press("alt+enter")
        assert "A tag has 30 characters at most." in shown.text
        assert isinstance(shown.app.screen, StartRoomForm)


async def test_who_may_not_start_is_told_so() -> None:
    async with room(replace(EMPTY, may_start=False)) as (shown, _desk):
        await shown.press("s")
        await shown.until("Your roles do not let you start")


async def test_a_server_without_rooms_of_ours_is_asked_for_a_topic_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeLiveRooms, "has_extension", False)
    async with running(FakeClient(sample_state()), settings=QUIET) as shown:
        await room_starting(shown)
        assert "Tags" not in shown.text
        await shown.press("enter")
        assert started(shown)["topic"] == "Jitter buffers"


async def test_what_was_changed_is_changed_and_nothing_else() -> None:
    async with running(FakeClient(sample_state()), settings=QUIET) as shown:
        await room_editing(shown)
        await shown.press("end", "!", "alt+enter")
        assert asked(shown)[-1] == ("edit", TOWNHALL, EditLiveRoomRequest(topic=KNOWN.topic + "!"))
        assert "Changed." in shown.text


async def test_what_is_emptied_is_taken_away() -> None:
    async with running(FakeClient(sample_state()), settings=QUIET) as shown:
        await room_editing(shown)
        shown.app.screen.query_one("#link").focus()
        await shown.press("ctrl+u", "alt+enter")
        assert asked(shown)[-1] == ("edit", TOWNHALL, EditLiveRoomRequest(link=None))


async def test_a_form_in_which_nothing_was_changed_asks_for_nothing() -> None:
    async with running(FakeClient(sample_state()), settings=QUIET) as shown:
        await room_editing(shown)
        await shown.press("alt+enter")
        await shown.until("Nothing was changed.")
        assert asked(shown) == [("learn", TOWNHALL)]


async def test_only_hosts_get_the_form() -> None:
    async with running(FakeClient(sample_state()), settings=QUIET) as shown:
        await room_hosting(shown)
        shown.client.live_rooms.put(replace(shown.client.live_rooms.view(TOWNHALL), is_host=False))
        await shown.press("e")
        await shown.until("Only hosts change what a room is about.")
        assert not isinstance(shown.app.screen, EditRoomForm)


async def test_who_was_blocked_is_let_in_again() -> None:
    async with running(FakeClient(sample_state()), settings=QUIET) as shown:
        await room_keeping(shown)
        shown.client.live_rooms.kept = replace(shown.client.live_rooms.kept, blocked=[])
        await shown.press("enter")
        assert ("unblock", TOWNHALL, BARBARA) in asked(shown)
        assert isinstance(shown.app.screen, KeepingDialog)
        assert "BLOCKED — 0" in shown.text


async def test_an_invitation_is_taken_back_with_the_mouse() -> None:
    async with running(FakeClient(sample_state()), settings=QUIET) as shown:
        await room_keeping(shown)
        await shown.click("take back")
        assert ("uninvite", TOWNHALL, RADIA) in asked(shown)
