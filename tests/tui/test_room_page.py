"""A room on the screen: what it shows, what each key and button asks for, and how it lives beside what is written there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest
from msgspec.structs import replace
from textual.css.query import NoMatches

from tests.tui.fake_desk import FakeDesk
from tests.tui.room_scenes import (
    AUDIENCE,
    CLOCK_MS,
    EMPTY,
    HANDS,
    HEARD,
    HOSTED,
    KEY,
    KNOWN,
    LISTENER,
    ROOM,
    SPEAKING_CALL,
    STAGE_CALL,
    go_to_stage,
    talk,
    use_room,
)
from tests.tui.samples import (
    BARBARA,
    GENERAL,
    GRACE,
    GUILD,
    LINUS,
    MARGARET,
    ME,
    RADIA,
    TOWNHALL,
    FakeClient,
    sample_state,
)
from tests.tui.screens import Shown, running
from tuichat.client.change import ChannelsChanged, RoomCall, RoomCalled, RoomsChanged, VoiceStatesChanged
from tuichat.client.errors import RefusedError
from tuichat.client.live_rooms import LiveRooms
from tuichat.client.rest import Rest
from tuichat.client.room_state import RoomState
from tuichat.client.room_view import Reaction, RoomView
from tuichat.client.voice_desk import VoiceView
from tuichat.config.schema import Settings, VoiceSettings
from tuichat.protocol.guild import VoiceState
from tuichat.protocol.live_room import Audience, EditLiveRoomRequest, Hands
from tuichat.protocol.snowflake import Snowflake
from tuichat.tui.panes.room_pane import RoomPane
from tuichat.tui.room_rows import PersonRow, RoomContent, elapsed
from tuichat.tui.screens.action_menu import ActionMenu
from tuichat.tui.screens.chat.screen import ChatScreen
from tuichat.tui.screens.confirm import ConfirmDialog

pytestmark = pytest.mark.slow  # whole screens by their keys

QUIET = Settings(voice=VoiceSettings(enabled=False))
WIDE, NARROW, SMALL = (120, 36), (80, 24), (60, 20)


@asynccontextmanager
async def room(
    view: RoomView, call: VoiceView | None = None, size: tuple[int, int] = WIDE
) -> AsyncIterator[tuple[Shown, FakeDesk]]:
    async with running(FakeClient(sample_state()), size=size, settings=QUIET) as shown:
        desk = use_room(shown, view, call)
        talk(shown)
        await go_to_stage(shown)
        yield shown, desk


def asked(shown: Shown) -> list[tuple[object, ...]]:
    """Return what was asked of rooms."""
    rest = {"open", "read", "members", "load_audience", "history", "rows"}
    return [each for each in shown.client.asked if each[0] not in rest]


def on(shown: Shown, user_id: int) -> None:
    key = shown.chat.room.person_key(user_id)
    assert key is not None
    shown.chat.room.move_cursor_to(key)


# What is shown.


async def test_a_room_tells_what_it_is_about_and_who_is_there() -> None:
    async with room(ROOM, STAGE_CALL, (200, 50)) as (shown, _desk):
        for words in (
            "LIVE", "1:04:12", "312 listening", "Jitter buffers", "We read last week", "#audio", "open to the server",
            "https://bench.example.org/run/118", "encrypted to the server", "STAGE — 3", "AUDIENCE — 312", "306 more",
        ):  # fmt: skip
            assert words in shown.text


async def test_hosts_speakers_and_mutes_are_marked() -> None:
    async with room(ROOM, STAGE_CALL) as (shown, _desk):
        lines = "\n".join(shown.lines())
        assert "● grace  host     ▂▄▆" in lines
        assert "○ linus           ✕" in lines


async def test_hands_are_numbered_in_their_order() -> None:
    async with room(HOSTED, SPEAKING_CALL) as (shown, _desk):
        assert "1 barbara  4 min" in shown.text
        assert "2 ken      just now" in shown.text


async def test_the_encryption_is_told_while_connected_alone() -> None:
    async with room(replace(ROOM, is_here=False)) as (shown, _desk):
        assert "encrypted" not in shown.text


async def test_time_goes_on_once_a_second_on_one_line() -> None:
    async with room(ROOM, STAGE_CALL) as (shown, _desk):
        before = list(shown.chat.room.rows)
        content = shown.chat.room.content
        assert content is not None
        shown.chat.room.show(replace(content, now_ms=content.now_ms + 1000))
        changed = [new for old, new in zip(before, shown.chat.room.rows, strict=True) if old != new]
        assert len(changed) == 1
        assert "1:04:13" in str(changed[0])


@pytest.mark.parametrize(("ms", "words"), [(0, "0:00"), (65_000, "1:05"), (3_605_000, "1:00:05"), (-5, "0:00")])
def test_time_is_told_as_a_clock(ms: int, words: str) -> None:
    assert elapsed(ms) == words


async def test_who_speaks_changes_their_line_alone() -> None:
    async with room(ROOM, STAGE_CALL) as (shown, desk):
        before = list(shown.chat.room.rows)
        louder = tuple(replace(each, level_db=-5.0) if each.user_id == MARGARET else each for each in HEARD)
        desk.change(people=louder)
        await shown.settle()
        changed = [new for old, new in zip(before, shown.chat.room.rows, strict=True) if old != new]
        assert [row.person.user_id for row in changed if isinstance(row, PersonRow)] == [MARGARET]
        assert len(changed) == 1


async def test_much_that_happens_at_once_is_drawn_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    async with room(ROOM, STAGE_CALL) as (shown, desk):
        drawn: list[RoomContent] = []
        show = RoomPane.show

        def counted(pane: RoomPane, content: RoomContent) -> None:
            drawn.append(content)
            show(pane, content)

        monkeypatch.setattr(RoomPane, "show", counted)
        for level in range(30):
            desk.change(people=tuple(replace(each, level_db=-float(level)) for each in HEARD))
        assert len(drawn) <= 1
        await shown.settle()
        assert len(drawn) <= 2
        assert drawn[-1].voice.people[0].level_db == -29.0


async def test_reactions_move_nothing_else() -> None:
    async with room(replace(ROOM, reactions=()), STAGE_CALL) as (shown, _desk):

        def heads() -> list[object]:
            return [row.key for row in shown.chat.room.rows]

        before = heads()
        shown.client.live_rooms.put(replace(ROOM, reactions=(Reaction("👏", "radia", CLOCK_MS),)))
        shown.chat.show_room()
        await shown.settle()
        assert "👏" in shown.text
        assert heads() == before


async def test_a_long_description_is_shown_whole_when_it_is_chosen() -> None:
    async with room(replace(ROOM, description="word " * 120 + "finis"), STAGE_CALL) as (shown, _desk):
        assert "finis" not in shown.text
        shown.chat.room.move_cursor_to("description")
        await shown.press("enter")
        assert "finis" in shown.text
        shown.chat.room.move_cursor_to("description")
        await shown.press("enter")
        assert "finis" not in shown.text


async def test_nothing_live_says_how_to_start() -> None:
    async with room(EMPTY) as (shown, _desk):
        assert "Nothing is live on this stage." in shown.text
        assert "START A ROOM" in shown.text


async def test_listeners_without_names_are_counted_where_nothing_is_live() -> None:
    async with room(replace(EMPTY, listeners=2)) as (shown, _desk):
        assert "IN THIS CHANNEL — 2" in shown.text
        assert "2 listen." in shown.text


async def test_who_may_not_start_is_told_who_may() -> None:
    async with room(replace(EMPTY, may_start=False)) as (shown, _desk):
        assert "START A ROOM" not in shown.text
        assert "Moderators of the stage can start" in shown.text


async def test_the_cursor_follows_somebody_onto_the_stage() -> None:
    async with room(HOSTED, SPEAKING_CALL) as (shown, _desk):
        on(shown, BARBARA)
        speakers = (*HOSTED.speakers, replace(HANDS[0], asked_ms=None))
        shown.client.live_rooms.put(replace(HOSTED, asking=HANDS[1:], speakers=speakers))
        shown.chat.show_room()
        await shown.settle()
        person = shown.chat.room.chosen_person
        assert person is not None
        assert person.user_id == BARBARA


async def test_the_cursor_finds_somebody_whose_name_in_the_audience_comes_later() -> None:
    async with room(HOSTED, SPEAKING_CALL) as (shown, _desk):
        on(shown, LINUS)
        speakers = tuple(each for each in HOSTED.speakers if each.user_id != LINUS)
        moved = replace(HOSTED, speakers=speakers, listeners=HOSTED.listeners + 1)
        for view in (moved, replace(moved, audience=(*HOSTED.audience, HOSTED.speakers[-1]))):
            shown.client.live_rooms.put(view)
            shown.chat.show_room()
            await shown.settle()
        person = shown.chat.room.chosen_person
        assert person is not None
        assert person.user_id == LINUS


async def test_what_the_page_of_a_room_says_lies_over_it_no_second_time() -> None:
    async with room(replace(ROOM, is_invited=True), STAGE_CALL) as (shown, _desk):
        told = RoomCalled(guild_id=GUILD, channel_id=TOWNHALL, call=RoomCall.ASKED_UP)
        shown.client.emit(told)
        await shown.settle()
        assert "A host invites you to speak." in shown.text
        assert "/room accept" not in shown.text
        shown.client.emit(replace(told, channel_id=GENERAL))
        await shown.until("/room accept")


# Oneself.


@pytest.mark.parametrize(
    ("key", "view", "wanted"),
    [
        ("h", ROOM, ("raise_hand", TOWNHALL)),
        ("h", replace(ROOM, has_asked=True), ("lower_hand", TOWNHALL)),
        ("y", replace(ROOM, is_invited=True), ("accept", TOWNHALL)),
        ("n", replace(ROOM, is_invited=True), ("decline_invitation", TOWNHALL)),
        ("y", replace(HOSTED, is_speaker=False, may_ask=True), ("accept", TOWNHALL)),
        ("H", HOSTED, ("edit", TOWNHALL, EditLiveRoomRequest(hands=Hands.FOLLOWED))),
        ("H", replace(HOSTED, hands=Hands.OFF), ("edit", TOWNHALL, EditLiveRoomRequest(hands=Hands.ALL))),
    ],
)
async def test_a_key_asks_for_what_one_does_oneself(key: str, view: RoomView, wanted: tuple[object, ...]) -> None:
    async with room(view, STAGE_CALL) as (shown, _desk):
        await shown.press(key)
        assert asked(shown) == [wanted]


async def test_joining_leaving_and_muting_are_the_calls() -> None:
    async with room(replace(ROOM, is_here=False)) as (shown, desk):
        await shown.press("v")
        assert ("join", KEY, TOWNHALL) in desk.asked
        desk.show(SPEAKING_CALL)
        await shown.settle()
        await shown.press("m")
        assert ("mute", True) in desk.asked
        await shown.press("v")
        assert ("leave",) in desk.asked


async def test_an_emoji_is_picked_and_sent_into_the_room() -> None:
    async with room(ROOM, STAGE_CALL) as (shown, _desk):
        await shown.press("a", "2")
        await shown.press("a", "0", *"rocket", "enter")
        await shown.press("a", "enter")  # what was used comes first
        assert asked(shown) == [("react", TOWNHALL, each) for each in ("🎉", "🚀", "🎉")]


async def test_the_pinned_link_is_copied_by_key_and_mouse() -> None:
    async with room(ROOM, STAGE_CALL) as (shown, _desk):
        await shown.press("l")
        assert shown.app.clipboard == "https://bench.example.org/run/118"
        shown.app.copy_to_clipboard("")
        await shown.click("↗ https://bench")
        assert shown.app.clipboard == "https://bench.example.org/run/118"


async def test_without_a_link_the_key_says_so() -> None:
    async with room(replace(ROOM, link=None), STAGE_CALL) as (shown, _desk):
        await shown.press("l")
        await shown.until("No link is pinned here.")


async def test_buttons_do_what_their_keys_do() -> None:
    async with room(replace(ROOM, is_invited=True, invited=(LISTENER,)), STAGE_CALL) as (shown, _desk):
        await shown.click("y SPEAK")
        await shown.click("n NOT NOW")
        assert asked(shown) == [("accept", TOWNHALL), ("decline_invitation", TOWNHALL)]


async def test_enter_in_a_room_does_not_leave_it() -> None:
    async with room(ROOM, STAGE_CALL) as (shown, desk):
        await shown.press("enter")
        assert asked(shown) == [("raise_hand", TOWNHALL)]
        assert ("leave",) not in desk.asked


async def test_what_is_refused_is_told() -> None:
    async with room(ROOM, STAGE_CALL) as (shown, _desk):
        shown.client.live_rooms.fault = RefusedError("Hands are off in this room.")
        await shown.press("h")
        await shown.until("Hands are off in this room.")


# With others.


@pytest.mark.parametrize(
    ("key", "user_id", "wanted"),
    [
        ("u", BARBARA, "invite_up"),
        ("d", BARBARA, "decline_hand"),
        ("b", LINUS, "move_down"),
        ("M", LINUS, "mute"),
        ("r", LINUS, "remove"),
        ("c", LINUS, "make_host"),
        ("c", GRACE, "unmake_host"),
    ],
)
async def test_a_key_asks_for_what_hosts_do_with_who_was_chosen(key: str, user_id: int, wanted: str) -> None:
    async with room(HOSTED, SPEAKING_CALL) as (shown, _desk):
        on(shown, user_id)
        await shown.press(key)
        assert asked(shown) == [(wanted, TOWNHALL, user_id)]


async def test_without_anybody_chosen_the_keys_say_so() -> None:
    async with room(HOSTED, SPEAKING_CALL) as (shown, _desk):
        await shown.press("u")
        await shown.until("Choose somebody in the room first")
        assert asked(shown) == []


async def test_blocking_asks_first() -> None:
    async with room(HOSTED, SPEAKING_CALL) as (shown, _desk):
        on(shown, LINUS)
        await shown.press("B")
        assert isinstance(shown.app.screen, ConfirmDialog)
        assert "Block linus from this room?" in shown.text
        await shown.press("y")
        assert asked(shown) == [("block", TOWNHALL, LINUS)]


async def test_ending_asks_first() -> None:
    async with room(HOSTED, SPEAKING_CALL) as (shown, _desk):
        await shown.press("X", "n")
        assert asked(shown) == []
        await shown.press("X", "y")
        assert asked(shown) == [("end", TOWNHALL)]


async def test_somebody_is_asked_into_the_room() -> None:
    view = replace(HOSTED, invited=(), audience=tuple(each for each in HOSTED.audience if each.user_id != RADIA))
    async with room(view, SPEAKING_CALL) as (shown, _desk):
        await shown.press("p", *"radia", "enter")
        assert ("ping", TOWNHALL, RADIA) in asked(shown)
        assert "radia is asked to come." in shown.text


async def test_who_is_inside_is_not_offered_to_be_asked_in() -> None:
    async with room(HOSTED, SPEAKING_CALL) as (shown, _desk):
        await shown.press("p", *"linus", "enter")
        assert not [each for each in asked(shown) if each[0] == "ping"]


async def test_a_key_that_a_menu_tells_chooses_its_row() -> None:
    async with room(HOSTED, SPEAKING_CALL) as (shown, _desk):
        on(shown, BARBARA)
        await shown.press("enter", "d")
        assert not isinstance(shown.app.screen, ActionMenu)
        assert asked(shown) == [("decline_hand", TOWNHALL, BARBARA)]


async def test_enter_on_somebody_lists_what_can_be_done_with_its_keys() -> None:
    async with room(HOSTED, SPEAKING_CALL) as (shown, _desk):
        on(shown, BARBARA)
        await shown.press("enter")
        assert isinstance(shown.app.screen, ActionMenu)
        assert "Invite onto the stage" in shown.text
        assert "Mute, until" not in shown.text  # who does not speak
        await shown.press("down", "enter")
        assert asked(shown) == [("decline_hand", TOWNHALL, BARBARA)]


async def test_somebody_in_the_list_of_channels_is_somebody_in_the_room() -> None:
    async with room(HOSTED, SPEAKING_CALL) as (shown, _desk):
        shown.client.state.guilds[GUILD].voice_states = {LINUS: sits(LINUS)}
        shown.client.emit(VoiceStatesChanged(GUILD))
        await shown.settle()
        await shown.click("○ linus")
        assert isinstance(shown.app.screen, ActionMenu)
        assert "Make a host" in shown.text
        await shown.press("escape")
        on(shown, GRACE)
        await shown.press("enter")
        assert "Take hosting back" in shown.text


async def test_who_hosts_nothing_is_offered_the_person_alone() -> None:
    async with room(ROOM, STAGE_CALL) as (shown, _desk):
        await shown.click("● grace")
        assert "Volume" in shown.text
        assert "Put out of the room" not in shown.text


async def test_hands_are_answered_with_the_mouse() -> None:
    async with room(HOSTED, SPEAKING_CALL) as (shown, _desk):
        await shown.click("invite   decline")
        await shown.click("decline")
        assert asked(shown) == [("invite_up", TOWNHALL, BARBARA), ("decline_hand", TOWNHALL, BARBARA)]


async def test_keys_can_be_given_anew_and_are_told_so() -> None:
    async with room(ROOM, STAGE_CALL) as (shown, _desk):
        from tuichat.tui.key_table import KeyTable

        table = KeyTable(own={"room.hand": "q"})
        shown.app.set_keymap(table.keymap())
        shown.chat.use_keys(table)
        shown.chat.show_room()
        await shown.settle()
        assert "q RAISE HAND" in shown.text
        await shown.press("q")
        assert asked(shown) == [("raise_hand", TOWNHALL)]


async def test_a_sequence_of_the_leader_works_from_the_composer() -> None:
    async with room(ROOM, STAGE_CALL) as (shown, _desk):
        shown.chat.composer.focus()
        await shown.press("ctrl+g", "r", "h")
        assert asked(shown) == [("raise_hand", TOWNHALL)]


async def test_elsewhere_the_sequence_says_what_to_open() -> None:
    async with running(FakeClient(sample_state()), settings=QUIET) as shown:
        await shown.press("ctrl+g", "r", "h")
        await shown.until("Open a stage (◈) first")


async def test_the_footer_tells_what_can_be_done_with_who_was_chosen() -> None:
    async with room(HOSTED, SPEAKING_CALL) as (shown, _desk):
        on(shown, BARBARA)
        await shown.settle()
        assert "u invite up" in shown.lines()[-1]
        assert "d decline" in shown.lines()[-1]


# The audience.


async def test_more_of_the_audience_is_asked_for_when_its_end_comes_into_view() -> None:
    async with room(HOSTED, SPEAKING_CALL, NARROW) as (shown, _desk):
        assert ("load_audience", TOWNHALL) not in shown.client.asked
        await shown.press("end")
        assert shown.client.asked.count(("load_audience", TOWNHALL)) == 1


async def test_an_audience_that_is_known_whole_is_not_asked_for() -> None:
    async with room(replace(ROOM, listeners=len(AUDIENCE)), STAGE_CALL) as (shown, _desk):
        await shown.press("end")
        assert ("load_audience", TOWNHALL) not in shown.client.asked


async def test_an_audience_that_changed_is_asked_for_anew_while_it_is_in_view() -> None:
    view = replace(ROOM, listeners=len(AUDIENCE), is_audience_old=True)
    async with room(view, STAGE_CALL) as (shown, _desk):
        assert ("load_audience", TOWNHALL) in shown.client.asked


# Beside what is written there.


async def test_from_120_columns_both_are_shown_and_the_key_goes_between_them() -> None:
    async with room(ROOM, STAGE_CALL) as (shown, _desk):
        assert "STAGE — 3" in shown.text
        assert "the traces are in" in shown.text
        assert shown.chat.room.has_focus
        await shown.press("alt+r")
        assert shown.chat.composer.has_focus
        await shown.type("hello\n")
        assert ("send", TOWNHALL, "hello", None) in shown.client.asked
        await shown.press("alt+r")
        assert shown.chat.room.has_focus


@pytest.mark.parametrize("size", [NARROW, SMALL, (110, 30)])
async def test_below_120_columns_a_key_shows_the_one_or_the_other(size: tuple[int, int]) -> None:
    async with room(ROOM, STAGE_CALL, size) as (shown, _desk):
        assert "STAGE — 3" in shown.text
        assert "p99 looks great" not in shown.text
        await shown.press("alt+r")
        assert "p99 looks great" in shown.text
        assert "STAGE — 3" not in shown.text
        assert "who speaks" in shown.lines()[-1]
        await shown.press("escape")
        assert "STAGE — 3" in shown.text
        assert shown.app.focused is shown.chat.room


async def test_a_voice_channel_has_its_talk_behind_the_same_key() -> None:
    async with room(ROOM) as (shown, _desk):
        shown.chat.open_channel(KEY, 2005)
        await shown.settle()
        assert "JOIN" in shown.text
        await shown.press("alt+r")
        assert shown.app.focused is shown.chat.composer
        assert "JOIN" not in shown.text


async def test_members_lie_over_the_room() -> None:
    async with room(ROOM, STAGE_CALL) as (shown, _desk):
        assert "OFFLINE —" not in shown.text
        await shown.press("f3")
        assert "OFFLINE —" in shown.text
        await shown.press("escape")
        assert shown.app.focused is shown.chat.room


async def test_another_channel_shows_messages_again() -> None:
    async with room(ROOM, STAGE_CALL) as (shown, _desk):
        shown.chat.open_channel(KEY, GENERAL)
        await shown.settle()
        assert not shown.chat.room.display
        assert shown.app.focused is shown.chat.composer


async def test_what_changes_while_a_room_is_shown_is_drawn() -> None:
    async with room(EMPTY) as (shown, _desk):
        shown.client.live_rooms.put(ROOM)
        shown.client.emit(ChannelsChanged(1000))
        await shown.settle()
        assert "STAGE — 3" in shown.text


# As an account really knows it.


def sits(user_id: int, **part: object) -> VoiceState:
    return VoiceState(channel_id=Snowflake(TOWNHALL), user_id=Snowflake(user_id), session_id="x", **part)  # type: ignore[arg-type]


async def test_a_room_is_drawn_of_what_the_account_knows_and_drawn_anew_as_that_changes() -> None:
    client = FakeClient(sample_state())
    state = client.state
    state.features = frozenset({"live_rooms"})
    known = RoomState(replace(KNOWN, listeners=41, speakers=1, host_ids=[Snowflake(GRACE)]), is_whole=True)
    state.guilds[GUILD].rooms[TOWNHALL] = known
    state.guilds[GUILD].voice_states = {GRACE: sits(GRACE), ME: sits(ME, suppress=True)}
    rooms = LiveRooms(
        client.key,
        state,
        cast(Rest, client.rest),
        lambda changes: client.emit(*changes),
        lambda work: None,
        client.now_ms,
    )
    client.live_rooms = rooms  # type: ignore[assignment]  # the real one
    client.subscribe(rooms.take_changes)
    client.rest.answers["GET /tuichat/live-rooms/{}/audience"] = Audience(count=41, offset=0, people=[])
    async with running(client, settings=QUIET) as shown:
        await go_to_stage(shown)
        assert "STAGE — 1" in shown.text
        assert "grace  host" in shown.text
        assert "LIVE 42" in shown.text  # in the list of channels
        state.guilds[GUILD].voice_states[LINUS] = sits(
            LINUS, suppress=True, request_to_speak_timestamp="2026-11-19T09:57:00+00:00"
        )
        client.emit(VoiceStatesChanged(GUILD))
        await shown.settle()
        assert "1 linus  1 min" in shown.text
        del state.guilds[GUILD].rooms[TOWNHALL]
        client.emit(RoomsChanged(GUILD, TOWNHALL))
        await shown.settle()
        assert "Nothing is live on this stage." in shown.text
        assert "LIVE" not in shown.text


async def test_the_list_of_channels_names_who_speaks_alone() -> None:
    async with room(ROOM, STAGE_CALL) as (shown, _desk):
        shown.client.state.guilds[GUILD].voice_states = {LINUS: sits(LINUS), RADIA: sits(RADIA, suppress=True)}
        shown.client.emit(VoiceStatesChanged(GUILD))
        await shown.settle()
        left = "\n".join(line[:33] for line in shown.lines())
        assert "linus" in left
        assert "radia" not in left


async def test_a_timer_that_outlives_the_page_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_chat: ChatScreen) -> RoomPane:
        raise NoMatches("as at the end of the program")

    async with room(EMPTY) as (shown, _desk):
        with monkeypatch.context() as patch:
            patch.setattr(ChatScreen, "query", lambda _chat, _selector: ())
            patch.setattr(ChatScreen, "room", property(gone))
            shown.chat._draw_due_room()
            shown.chat._let_float()
