"""Voice on the screen: joining, leaving and talking by keys and mouse, and what the strip and the page tell."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from tests.tui.fake_desk import CALL, PEOPLE, FakeDesk
from tests.tui.samples import BARBARA, GENERAL, GRACE, GUILD, STANDUP, FakeClient, sample_state
from tests.tui.screens import Shown, running
from tests.tui.voice_scenes import (
    HORN,
    call_rings,
    go_to_voice,
    new_sound,
    people_in_voice,
    sound_deletion,
    sound_menu,
    soundboard,
    use_desk,
)
from tuichat.client.errors import RefusedError
from tuichat.client.voice_desk import Engine, Incoming, Rung, SoundTest, Stage, VoicePlace, VoiceView
from tuichat.config.schema import Settings, VoiceSettings
from tuichat.protocol import codec
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.guild import Role
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import EditSoundRequest, SoundList
from tuichat.text.call_words import percent
from tuichat.tui.key_release import KeyReleased
from tuichat.tui.panes.call_strip import CallStrip
from tuichat.tui.screens.call.ring import RingDialog
from tuichat.tui.screens.call.soundboard import SoundboardDialog
from tuichat.tui.screens.call.volume import VolumeDialog
from tuichat.tui.voice_drawing import sparkline, stairs
from tuichat.tui.widgets.slider import Slider
from tuichat.voice.call_protocol import MediaPath
from tuichat.voice.place_protocol import PlaceState

pytestmark = pytest.mark.slow  # whole screens by their keys


QUIET = Settings(voice=VoiceSettings(enabled=False))
KEY = "s1/101"


@asynccontextmanager
async def shown_with(
    view: VoiceView | None = None, size: tuple[int, int] = (120, 36)
) -> AsyncIterator[tuple[Shown, FakeDesk]]:
    async with running(FakeClient(sample_state()), size=size, settings=QUIET) as shown:
        desk = use_desk(shown, view)
        await shown.settle()
        yield shown, desk


def strip_line(shown: Shown) -> str:
    region = shown.app.screen.query_one(CallStrip).region
    return shown.lines()[region.y]


# In and out.


async def test_enter_on_a_voice_channels_page_joins_it() -> None:
    async with shown_with() as (shown, desk):
        await go_to_voice(shown)
        await shown.press("enter")
        assert ("join", KEY, STANDUP) in desk.asked


async def test_a_click_on_join_joins_and_one_on_leave_leaves() -> None:
    async with shown_with() as (shown, desk):
        await go_to_voice(shown)
        await shown.click("JOIN")
        assert ("join", KEY, STANDUP) in desk.asked
        desk.show(CALL)
        await shown.settle()
        await shown.click("LEAVE")
        assert ("leave",) in desk.asked
        assert "JOIN" in shown.text


async def test_the_key_of_the_call_joins_the_channel_in_view_and_leaves_from_anywhere() -> None:
    async with shown_with() as (shown, desk):
        await go_to_voice(shown)
        await shown.press("alt+c")
        desk.show(CALL)
        shown.chat.open_channel(KEY, GENERAL)
        await shown.settle()
        await shown.press("alt+c")
        assert [each for each in desk.asked if each[0] in ("join", "leave")] == [("join", KEY, STANDUP), ("leave",)]


async def test_what_hinders_joining_is_told() -> None:
    async with shown_with() as (shown, desk):
        desk.fault = RefusedError("This voice channel is full (2 people).")
        await go_to_voice(shown)
        await shown.press("enter")
        await shown.until("This voice channel is full")


async def test_a_channel_one_may_not_join_has_no_button() -> None:
    async with shown_with() as (shown, _desk):
        state = shown.client.state
        guild = state.guilds[GUILD]
        may = guild.roles[GUILD].permissions & ~Permissions.CONNECT & ~Permissions.ADMINISTRATOR
        guild.roles[GUILD] = Role(id=Snowflake(GUILD), name="@everyone", permissions=may)
        await go_to_voice(shown)
        assert "JOIN" not in shown.text
        assert "not join" in shown.text


# People.


async def test_people_are_seen_below_their_channel_without_joining() -> None:
    async with shown_with() as (shown, _desk):
        people_in_voice(shown)
        await shown.settle()
        left = "\n".join(line[:33] for line in shown.lines())
        assert all(name in left for name in ("barbara", "grace", "linus", "margaret"))
        assert "✕∅" in left
        assert "⊗" in left


async def test_who_speaks_is_marked_in_the_list_of_channels() -> None:
    async with shown_with(CALL) as (shown, desk):
        people_in_voice(shown)
        await shown.settle()
        assert "● grace" in "\n".join(line[:33] for line in shown.lines())
        desk.change(people=tuple(replace(person, is_speaking=False) for person in PEOPLE))
        await shown.settle()
        assert "● grace" not in "\n".join(line[:33] for line in shown.lines())


async def test_a_person_in_voice_is_chosen_with_the_mouse() -> None:
    async with shown_with(CALL) as (shown, _desk):
        people_in_voice(shown)
        await go_to_voice(shown)
        await shown.click("● grace        ▂")
        assert "Volume" in shown.text
        assert "Mute for everybody" in shown.text


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ("Mute for everybody", b'{"mute":true}'),
        ("Deafen, so that", b'{"deaf":true}'),
        ("Disconnect from voice", b'{"channel_id":null}'),
    ],
)
async def test_a_moderator_mutes_deafens_and_disconnects(words: str, body: bytes) -> None:
    async with shown_with(CALL) as (shown, _desk):
        people_in_voice(shown)
        await go_to_voice(shown)
        await shown.click("● grace        ▂")
        await shown.click(words)
        assert shown.client.rest.asked[-1] == ("PATCH", f"/guilds/{GUILD}/members/{GRACE}")
        assert codec.encode(shown.client.rest.bodies[-1]) == body


async def test_a_moderator_lets_speak_again_and_moves() -> None:
    async with shown_with(CALL) as (shown, _desk):
        people_in_voice(shown)
        await go_to_voice(shown)
        await shown.click("barbara           ⊗")
        await shown.click("Let speak again")
        assert codec.encode(shown.client.rest.bodies[-1]) == b'{"mute":false}'
        await shown.click("barbara           ⊗")
        await shown.click("Move to another")
        await shown.press("enter")
        assert codec.encode(shown.client.rest.bodies[-1]) == b'{"channel_id":"2006"}'
        assert BARBARA in shown.client.state.guilds[GUILD].voice_states


async def test_without_permission_only_the_volume_is_offered() -> None:
    async with shown_with(CALL) as (shown, _desk):
        guild = shown.client.state.guilds[GUILD]
        guild.roles[GUILD] = Role(
            id=Snowflake(GUILD), name="@everyone", permissions=Permissions.VIEW_CHANNEL | Permissions.CONNECT
        )
        people_in_voice(shown)
        await go_to_voice(shown)
        await shown.click("● grace        ▂")
        assert "Volume" in shown.text
        assert "Mute for everybody" not in shown.text


async def test_volume_goes_by_keys_to_twice_as_loud_and_no_further() -> None:
    async with shown_with(CALL) as (shown, desk):
        shown.chat.do_in_voice("volume", GRACE)
        await shown.settle()
        assert isinstance(shown.app.screen, VolumeDialog)
        await shown.press(*["right"] * 12)
        assert desk.volumes == {(KEY, GRACE): 200}
        await shown.press("0", "left")
        assert desk.volumes == {(KEY, GRACE): 90}


# The strip.


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36), (200, 50)])
async def test_the_strip_tells_everything_at_every_size(size: tuple[int, int]) -> None:
    async with shown_with(CALL, size) as (shown, _desk):
        line = strip_line(shown)
        assert all(part in line for part in ("standup", "24", "0.1 %", "0.4 %", "┃", "encrypted"))
        if size[0] >= 100:
            assert "encrypted to the server" in line


async def test_there_is_no_strip_without_a_call() -> None:
    async with shown_with() as (shown, _desk):
        assert not shown.chat.query_one(CallStrip).display


@pytest.mark.parametrize("action", ["chat.help", "chat.servers", "chat.search", "chat.account"])
async def test_the_strip_is_on_every_screen_and_works_there(action: str) -> None:
    async with shown_with(CALL) as (shown, desk):
        await shown.chat.run_by_id(action)
        await shown.settle()
        assert shown.app.screen is not shown.chat
        assert "encrypted to the server" in strip_line(shown)
        await shown.click(" leave ")
        assert ("leave",) in desk.asked


async def test_a_hint_tells_that_one_is_muted_while_talking() -> None:
    async with shown_with(replace(CALL, is_muted=True, is_muted_talking=True)) as (shown, _desk):
        assert "you are muted" in strip_line(shown)


async def test_a_call_that_failed_tells_why_until_it_is_closed() -> None:
    async with shown_with(replace(CALL, stage=Stage.FAILED, sentence="The server is full.", people=())) as (
        shown,
        desk,
    ):
        assert "The server is full." in strip_line(shown)
        await shown.click(" close ")
        assert ("leave",) in desk.asked
        assert not shown.chat.query_one(CallStrip).display


LOST = VoicePlace(
    key="0123456789abcdef",
    name="mobile",
    state=PlaceState.LOST,
    sentence="The login from your laptop mobile has ended: log in from it again by tuichat ssh to have its sound.",
    leaves_in_s=24,
)


@pytest.mark.parametrize(
    ("size", "told"), [((200, 30), "You are muted, and leave in 24 s."), ((80, 24), "leaving in 24 s")]
)
async def test_the_strip_counts_while_the_laptop_is_away(size: tuple[int, int], told: str) -> None:
    async with shown_with(replace(CALL, place=LOST), size) as (shown, _desk):
        assert told in strip_line(shown)


@pytest.mark.parametrize("width", [200, 120, 80])
async def test_the_strip_tells_the_way_from_the_laptop_once(width: int) -> None:
    there = replace(LOST, state=PlaceState.READY, sentence="", leaves_in_s=None)
    async with shown_with(replace(CALL, place=there, path=MediaPath.WEBSOCKET), (width, 30)) as (shown, _desk):
        assert "through ssh and the WebSocket" in strip_line(shown)
        assert strip_line(shown).count("WebSocket") == 1


async def test_the_meter_says_why_it_is_still_while_the_laptop_is_away() -> None:
    async with shown_with(replace(CALL, place=LOST, input_db=None, is_sending=False)) as (shown, _desk):
        shown.chat.open_channel("s1/101", STANDUP)
        await shown.until("laptop away")
        assert "microphone closed" not in shown.text
        assert "below the gate" not in shown.text


async def test_one_who_left_for_want_of_a_laptop_is_told_how_to_come_back() -> None:
    async with shown_with(replace(CALL, place=LOST), (80, 24)) as (shown, desk):
        left = "The sound of mobile did not come back within 30 s, so you have left. Join again when it is there."
        desk.show(replace(CALL, stage=Stage.FAILED, sentence=left, people=(), place=replace(LOST, leaves_in_s=None)))
        await shown.until("Join again when it is")


async def test_the_strip_says_what_is_done_and_then_why() -> None:
    why = "your own server cannot be reached: Connection refused"
    async with shown_with(replace(CALL, stage=Stage.REJOINING, sentence=why)) as (shown, _desk):
        assert f"joining again … {why}" in strip_line(shown)


async def test_the_strip_leads_to_the_channel_of_the_call() -> None:
    async with shown_with(CALL) as (shown, _desk):
        await shown.click("● ♪ standup")
        assert shown.chat.chosen.channel_id == STANDUP


# Mute, deafen, talk.


async def test_mute_and_deafen_by_key_also_in_a_dialog_while_something_is_written() -> None:
    async with shown_with(CALL) as (shown, desk):
        await shown.press("ctrl+k", "f8", "f9")
        assert ("mute", True) in desk.asked
        assert ("deafen", True) in desk.asked
        assert not shown.chat.composer.text


async def test_who_was_muted_by_a_moderator_is_told_so() -> None:
    async with shown_with(replace(CALL, is_server_muted=True)) as (shown, desk):
        await shown.press("f8")
        await shown.until("A moderator has muted you")
        assert not [each for each in desk.asked if each[0] == "mute"]


async def test_who_was_deafened_by_a_moderator_is_told_so() -> None:
    async with shown_with(replace(CALL, is_server_deafened=True)) as (shown, desk):
        await shown.press("f9")
        await shown.until("A moderator has deafened you")
        assert not [each for each in desk.asked if each[0] == "deafen"]


async def test_what_moderators_do_and_an_end_that_one_did_not_choose_are_told_where_one_looks() -> None:
    async with shown_with(CALL) as (shown, desk):
        desk.show(replace(CALL, is_server_muted=True))
        await shown.until("A moderator has muted you")
        desk.show(VoiceView(sentence="You were disconnected from the voice channel."))
        await shown.until("You were disconnected from the voice channel.")


async def test_the_talk_key_is_a_toggle_until_a_key_was_let_go() -> None:
    async with shown_with(replace(CALL, gate="push_to_talk")) as (shown, desk):
        await shown.press("f12")
        assert desk.asked[-1] == ("talk", True)
        shown.app.post_message(KeyReleased("f12"))
        await shown.settle()
        assert desk.asked[-1] == ("talk", False)


async def test_the_talk_button_is_held_by_the_mouse() -> None:
    async with shown_with(replace(CALL, gate="push_to_talk")) as (shown, desk):
        await go_to_voice(shown)
        column, row = shown.find("TALK")
        await shown.pilot.mouse_down(offset=(column, row))
        assert desk.asked[-1] == ("talk", True)
        await shown.pilot.mouse_up(offset=(column, row))
        assert desk.asked[-1] == ("talk", False)


@pytest.mark.parametrize("size", [(120, 36), (80, 24)])
async def test_the_strip_has_a_talk_button_too_and_shows_that_one_talks(size: tuple[int, int]) -> None:
    push_to_talk = replace(CALL, gate="push_to_talk")
    async with shown_with(push_to_talk, size) as (shown, desk):
        column, row = shown.find(" talk ")
        assert row == shown.app.screen.query_one(CallStrip).region.y
        await shown.pilot.mouse_down(offset=(column + 1, row))
        assert desk.asked[-1] == ("talk", True)
        await shown.pilot.mouse_up(offset=(column + 1, row))
        assert desk.asked[-1] == ("talk", False)
        desk.show(replace(push_to_talk, is_talking=True))
        await shown.settle()
        assert " talking " in strip_line(shown)
    async with shown_with(CALL, size) as (shown, _desk):
        assert " talk " not in strip_line(shown)


async def test_the_talk_key_says_when_push_to_talk_is_off() -> None:
    async with shown_with(CALL) as (shown, desk):
        await shown.press("f12")
        await shown.until("Push to talk is off")
        assert not [each for each in desk.asked if each[0] == "talk"]


# Calls that ring.


@pytest.mark.parametrize(
    ("key", "asked"),
    [("a", ("join", KEY, 9102)), ("enter", ("join", KEY, 9102)), ("d", ("decline", KEY, 9102))],
)
async def test_a_call_that_rings_is_answered_or_declined(
    key: str, asked: tuple[object, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tuichat.tui.screens.call.ring.QUIET_S", 0.0)
    async with shown_with() as (shown, _desk):
        await call_rings(shown)
        assert isinstance(shown.app.screen, RingDialog)
        await shown.press(key)
        desk = shown.app.desk
        assert isinstance(desk, FakeDesk)
        assert asked in desk.asked


async def test_what_one_is_typing_answers_no_call_and_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuichat.tui.screens.call.ring.QUIET_S", 60.0)  # however slow this machine types
    async with shown_with() as (shown, _desk):
        await shown.type("here ")
        await call_rings(shown)
        assert isinstance(shown.app.screen, RingDialog)
        await shown.type("and dad\n")
        desk = shown.app.desk
        assert isinstance(desk, FakeDesk)
        assert not [each for each in desk.asked if each[0] in ("join", "decline")]
        assert ("send", GENERAL, "here and dad", None) in shown.client.asked


async def test_a_call_that_rings_in_another_one_says_that_an_answer_leaves_it_and_lets_one_mute_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tuichat.tui.screens.call.ring.QUIET_S", 60.0)
    async with shown_with() as (shown, _desk):
        incoming = Incoming(account_key=KEY, channel_id=9102, title="@ grace", names=("grace",))
        desk = use_desk(shown, replace(CALL, incoming=(incoming,)))
        await shown.until("You leave ♪ standup when you answer.")
        await shown.press("f8", "f9")
        assert [each[0] for each in desk.asked] == ["mute", "deafen"]
        assert isinstance(shown.app.screen, RingDialog)


async def test_who_joins_without_sound_is_told_what_is_missing_wherever_one_looks() -> None:
    async with shown_with() as (shown, desk):
        advice = "PyAudio is not installed: run make voice"
        engine = Engine(sentence=f"no audio library; {advice}", advice=(advice,))
        desk.show(VoiceView(engine=engine))
        await shown.settle()
        assert advice not in shown.text
        desk.show(replace(CALL, engine=engine))
        await shown.until(advice)


async def test_who_calls_sees_whom_it_rings_and_what_became_of_it() -> None:
    alone = replace(CALL, guild_id=None, channel_id=9102, title="@ grace", people=PEOPLE[:1])
    async with shown_with(replace(alone, ringing=(Rung(GRACE, "grace"),))) as (shown, desk):
        assert "calling grace …" in strip_line(shown)
        desk.show(alone)
        await shown.until("grace declined the call.")
        assert "calling" not in strip_line(shown)


async def test_the_buttons_answer_at_once() -> None:
    async with shown_with() as (shown, _desk):
        await call_rings(shown)
        await shown.pilot.click("#accept")
        await shown.settle()
        desk = shown.app.desk
        assert isinstance(desk, FakeDesk)
        assert ("join", KEY, 9102) in desk.asked


async def test_the_dialog_goes_when_the_ringing_ends() -> None:
    async with shown_with() as (shown, _desk):
        await call_rings(shown)
        desk = shown.app.desk
        assert isinstance(desk, FakeDesk)
        desk.change(incoming=())
        await shown.settle()
        assert shown.app.screen is shown.chat
        assert not [each for each in desk.asked if each[0] in ("join", "decline")]


async def test_hostile_names_in_a_call_are_text() -> None:
    async with shown_with(replace(CALL, title="♪ \x1b[31mred", people=(replace(PEOPLE[2], name="gr\x1b[2Jace"),))) as (
        shown,
        _,
    ):
        await go_to_voice(shown)
        assert "\x1b" not in shown.text


# Settings.


async def test_settings_open_the_meter_and_close_it_again() -> None:
    async with shown_with() as (shown, desk):
        shown.chat.settings = replace(shown.chat.settings, voice=VoiceSettings())
        await shown.chat.run_by_id("chat.voice_settings")
        await shown.settle()
        assert ("meter", True) in desk.asked
        assert "Headset microphone" not in shown.text  # the system's, while nothing is open
        await shown.press("enter")
        assert "Webcam" in shown.text
        await shown.press("escape", "escape")
        assert ("meter", False) in desk.asked


async def test_a_chosen_microphone_is_kept() -> None:
    async with shown_with() as (shown, _desk):
        shown.chat.settings = replace(shown.chat.settings, voice=VoiceSettings())
        kept: list[tuple[str, str, object]] = []

        async def keep(table: str, key: str, value: object) -> None:
            kept.append((table, key, value))

        shown.chat.choose = keep
        await shown.chat.run_by_id("chat.voice_settings")
        await shown.settle()
        await shown.press("enter", "down", "down", "enter")
        assert kept == [("voice", "input", "webcam-in")]


async def test_a_test_tells_its_verdict() -> None:
    async with shown_with() as (shown, desk):
        shown.chat.settings = replace(shown.chat.settings, voice=VoiceSettings())
        await shown.chat.run_by_id("chat.call_test")
        await shown.settle()
        assert ("test",) in desk.asked
        assert "Recording three seconds" in shown.text


async def test_a_long_verdict_is_told_whole_in_a_call_too() -> None:
    verdict = (
        "The microphone gives nothing but silence: it is muted. Unmute it in the system's sound settings, or run: pactl"
    )
    async with shown_with(size=(80, 24)) as (shown, desk):
        await shown.chat.run_by_id("chat.call_test")
        await shown.settle()
        desk.show(replace(CALL, test=SoundTest(verdict=verdict, delay_ms=65)))
        await shown.until("there and back")


async def test_without_libraries_the_page_says_what_to_install_and_chat_works() -> None:
    advice = "PyAudio is missing: pip install 'tuichat[voice]'"
    async with shown_with(VoiceView(engine=Engine(sentence="no audio library", advice=(advice,)))) as (shown, desk):
        await go_to_voice(shown)
        assert advice in shown.text
        desk.show(
            VoiceView(engine=Engine(sentence=f"no audio library; {advice}", advice=(advice,)), problems=(advice,))
        )
        await shown.settle()
        assert shown.text.count("PyAudio is missing") == 1
        shown.chat.open_channel(KEY, GENERAL)
        await shown.settle()
        await shown.type("hello\n")
        assert ("send", GENERAL, "hello", None) in shown.client.asked


async def test_what_is_told_of_people_stands_in_one_column() -> None:
    async with shown_with(CALL) as (shown, _desk):
        await go_to_voice(shown)
        lines = [line for line in shown.lines() if "muted" in line or "priority speaker" in line]
        columns = {line.index(words) for line in lines for words in ("muted by", "volume", "priority") if words in line}
        assert len(columns) == 1


async def test_priority_is_taken_by_a_key_and_leaves_what_is_being_written() -> None:
    async with shown_with(replace(CALL, has_priority=False)) as (shown, desk):
        await shown.type("half a sen")
        await shown.press("ctrl+g", "h", "p")
        await shown.until("are lowered while you speak")
        desk.show(replace(CALL, has_priority=True))
        await shown.press("ctrl+g", "h", "p")
        await shown.until("like everybody else again")
        assert [each for each in desk.asked if each[0] == "priority"] == [("priority", True), ("priority", False)]
        assert shown.chat.composer.text == "half a sen"


async def test_figures_and_buttons_break_between_their_parts() -> None:
    async with shown_with(replace(CALL, gate="push_to_talk"), size=(60, 20)) as (shown, _desk):
        await go_to_voice(shown)
        lines = [line.strip(" ▐") for line in shown.lines()]
        assert "round trip 24 ms · jitter 3 ms · 0.1 % lost" in lines
        assert "0.4 % concealed" in lines
        assert "sounds   figures   settings" in lines


# Soundboard.


async def test_a_sound_is_played_to_everybody_and_another_may_follow() -> None:
    async with shown_with() as (shown, _desk):
        await soundboard(shown)
        await shown.press("enter")
        await shown.press("down", "enter")
        assert [each for each in shown.client.rest.asked if each[0] == "POST"] == [
            ("POST", f"/channels/{STANDUP}/send-soundboard-sound")
        ] * 2
        first, second = shown.client.rest.bodies[-2:]
        assert codec.encode(first) == b'{"sound_id":"77","source_guild_id":"1000"}'
        assert codec.encode(second) == b'{"sound_id":"1","source_guild_id":null}'


async def test_a_sound_is_made_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "fanfare.ogg"
    path.write_bytes(b"OggS and so on")
    async with shown_with() as (shown, _desk):
        await new_sound(shown)
        await shown.type(str(path))
        await shown.press("enter", "enter")
        await shown.until("crickets")
        assert ("POST", f"/guilds/{GUILD}/soundboard-sounds") in shown.client.rest.asked


def edits(shown: Shown) -> list[object]:
    return [body for body in shown.client.rest.bodies if isinstance(body, EditSoundRequest)]


async def test_ones_own_sound_is_changed_by_keys() -> None:
    async with shown_with() as (shown, _desk):
        await sound_menu(shown)
        await shown.press("enter")
        shown.app.screen.query_one(Input).value = "victory horn"
        await shown.press("enter", "e", "down", "enter")
        await shown.type("trumpet\n")
        await shown.press("e", "down", "down", "enter", "left", "left", "enter")
        asked = [each for each in shown.client.rest.asked if each[0] == "PATCH"]
        assert asked == [("PATCH", f"/guilds/{GUILD}/soundboard-sounds/77")] * 3
        assert edits(shown) == [
            EditSoundRequest(name="victory horn"),
            EditSoundRequest(emoji_id=None, emoji_name="🎺"),
            EditSoundRequest(volume=0.8),
        ]
        assert isinstance(shown.app.screen, SoundboardDialog)


async def test_a_sound_gets_an_emoji_of_the_server_and_loses_it_again() -> None:
    async with shown_with() as (shown, _desk):
        parrot = Emoji(id=Snowflake(55), name="party_parrot")
        guild = shown.client.state.guilds[GUILD]
        guild.guild = replace(guild.guild, emojis=[parrot])
        await soundboard(shown)
        await shown.press("e", "down", "enter")
        await shown.type("parrot\n")
        assert edits(shown)[-1] == EditSoundRequest(emoji_id=Snowflake(55), emoji_name=None)
        horn = replace(HORN, emoji_id=Snowflake(55))
        shown.client.rest.answers["GET /guilds/{}/soundboard-sounds"] = SoundList(items=[horn])
        await shown.press("escape", "b")
        await shown.until(":party_parrot:")
        await shown.press("e", "down", "down", "enter")
        assert edits(shown)[-1] == EditSoundRequest(emoji_id=None, emoji_name=None)


async def test_a_sound_is_changed_and_deleted_by_the_mouse() -> None:
    async with shown_with() as (shown, _desk):
        await soundboard(shown)
        await shown.click("change")
        await shown.click("How loud it is")
        slider = shown.app.screen.query_one(Slider)
        await shown.pilot.click(slider, offset=(0, 0))
        await shown.press("enter")
        assert edits(shown)[-1] == EditSoundRequest(volume=0.0)
        await shown.click("change")
        await shown.click("Delete it")
        assert ("DELETE", f"/guilds/{GUILD}/soundboard-sounds/77") not in shown.client.rest.asked
        await shown.pilot.click("#yes")
        await shown.settle()
        assert ("DELETE", f"/guilds/{GUILD}/soundboard-sounds/77") in shown.client.rest.asked
        assert not [each for each in shown.client.rest.asked if each[0] == "POST"], (
            "a click on the button plays nothing"
        )


async def test_a_sound_is_kept_until_one_is_sure() -> None:
    async with shown_with() as (shown, _desk):
        await sound_deletion(shown)
        await shown.press("escape")
        assert isinstance(shown.app.screen, SoundboardDialog)
        await shown.press("d", "y")
        await shown.until("deploy horn is deleted.")
        assert shown.client.rest.asked.count(("DELETE", f"/guilds/{GUILD}/soundboard-sounds/77")) == 1


async def test_a_default_sound_cannot_be_changed() -> None:
    async with shown_with() as (shown, _desk):
        await soundboard(shown)
        await shown.press("down", "e", "d")
        await shown.until("Every server has this sound")
        assert isinstance(shown.app.screen, SoundboardDialog)


# Signs.


def test_sparklines_show_the_newest_on_the_right() -> None:
    assert sparkline([0, 0.1, 0.2], 5, top=0.2) == "  ▁▅█"
    assert sparkline([5] * 9, 3, top=1) == "███"


def test_levels_rise_with_loudness_and_are_seen_as_soon_as_one_speaks() -> None:
    assert [stairs(level, is_speaking=True) for level in (-80, -40, -20, 0)] == ["▂", "▂", "▂▄▆", "▂▄▆█"]
    assert stairs(0, is_speaking=False) == ""


def test_shares_are_told_in_tenths_while_they_are_small() -> None:
    assert [percent(share) for share in (0, 0.004, 0.12, 1)] == ["0.0 %", "0.4 %", "12 %", "100 %"]
