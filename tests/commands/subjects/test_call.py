"""/call does everything of voice, and says what became of it."""

import re
from dataclasses import replace

import msgspec
import pytest
from msgspec.structs import replace as replace_view

from tests.client.builders import GUILD, OTHER
from tests.commands.fake_client import GENERAL, VOICE, FakeClient, FakeScreen, context
from tests.tui.fake_desk import CALL, FakeDesk
from tuichat.client.errors import RefusedError
from tuichat.client.voice_desk import Incoming, Stage, VoicePlace, VoiceView
from tuichat.commands.context import Outcome
from tuichat.commands.engine import Engine
from tuichat.protocol.permissions import Permissions
from tuichat.voice.place_protocol import PlaceState, SoundPlace

KEY = "server/1000"


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def screen() -> FakeScreen:
    return FakeScreen()


@pytest.fixture
def calling(client: FakeClient, desk: FakeDesk, screen: FakeScreen) -> "Calling":
    return Calling(client, desk, screen)


class Calling:
    def __init__(self, client: FakeClient, desk: FakeDesk, screen: FakeScreen) -> None:
        self.client, self.desk, self.screen = client, desk, screen

    async def submit(self, line: str) -> Outcome:
        return await Engine().submit(line, replace(context(self.client, screen=self.screen), desk=self.desk))


@pytest.mark.parametrize("line", ["/call join #lounge", "/call JOIN #lounge", "/join #lounge"])
async def test_a_voice_channel_is_joined_by_its_name(calling: Calling, line: str) -> None:
    assert (await calling.submit(line)).is_done
    assert ("join", KEY, VOICE) in calling.desk.asked


async def test_a_text_channel_is_not_joined(calling: Calling) -> None:
    outcome = await calling.submit("/call join")
    assert not outcome.is_done
    assert "no voice channel" in outcome.text


async def test_what_the_desk_refuses_keeps_the_line(calling: Calling) -> None:
    calling.desk.fault = RefusedError("This voice channel is full (2 people).")
    outcome = await calling.submit("/call join #lounge")
    assert (outcome.is_done, outcome.text) == (False, "This voice channel is full (2 people).")


async def test_mute_and_deafen_are_switches(calling: Calling) -> None:
    assert "muted" in (await calling.submit("/call mute")).text
    assert "heard again" in (await calling.submit("/call mute")).text
    assert "nobody" in (await calling.submit("/call deafen")).text
    assert "again" in (await calling.submit("/call deafen")).text
    assert calling.desk.asked == [("mute", True), ("mute", False), ("deafen", True), ("deafen", False)]


async def test_undoing_them_by_name_is_no_switch(calling: Calling) -> None:
    for line in ("/call unmute", "/call undeafen", "/call unmute"):
        assert (await calling.submit(line)).is_done
    assert calling.desk.asked == [("mute", False), ("deafen", False), ("mute", False)]


async def test_a_moderators_deafening_cannot_be_lifted(calling: Calling) -> None:
    calling.desk.change(is_server_deafened=True)
    outcome = await calling.submit("/call undeafen")
    assert not outcome.is_done
    assert "A moderator has deafened you" in outcome.text
    assert not calling.desk.asked


async def test_a_moderators_mute_cannot_be_lifted(calling: Calling) -> None:
    calling.desk.change(is_server_muted=True)
    assert not (await calling.submit("/call mute")).is_done
    assert calling.desk.asked == []


async def test_priority_is_for_those_whose_roles_allow_it(calling: Calling) -> None:
    in_call = VoiceView(stage=Stage.CONNECTED, account_key=KEY, guild_id=GUILD, channel_id=VOICE, title="♪ lounge")
    calling.desk.show(in_call)
    everyone = calling.client.state.guilds[GUILD].roles[GUILD]
    for allowed, words in ((Permissions.PRIORITY_SPEAKER, "are lowered"), (Permissions(0), "do not let you")):
        role = msgspec.structs.replace(
            everyone, permissions=(everyone.permissions & ~Permissions.ADMINISTRATOR) | allowed
        )
        calling.client.state.guilds[GUILD].roles[GUILD] = role
        outcome = await calling.submit("/call priority")
        assert outcome.is_done == bool(allowed)
        assert words in outcome.text


@pytest.mark.parametrize(("typed", "percent"), [("@bob 150", 150), ("@bob 0", 0), ("bob 200%", 200)])
async def test_the_volume_of_a_person(calling: Calling, typed: str, percent: int) -> None:
    assert f"{percent} %" in (await calling.submit(f"/call volume {typed}")).text
    assert calling.desk.volumes == {(KEY, OTHER): percent}


@pytest.mark.parametrize("typed", ["", "@bob", "@bob 201", "@bob loud", "@bob -5", "@bob 99999999999999999999"])
async def test_a_volume_that_is_none_is_told_how_to_write(calling: Calling, typed: str) -> None:
    outcome = await calling.submit(f"/call volume {typed}".rstrip())
    assert "0 to 200" in outcome.text
    assert calling.desk.volumes == {}


async def test_somebody_is_rung_by_name(calling: Calling) -> None:
    assert (await calling.submit("/call ring @bob")).is_done
    assert calling.desk.asked[-1] == ("call", KEY, 1_000_000 + OTHER)
    outcome = await calling.submit("/call ring")
    assert "no private channel" in outcome.text


async def test_a_call_that_rings_is_answered_or_declined(calling: Calling) -> None:
    assert not (await calling.submit("/call accept")).is_done
    calling.desk.change(incoming=(Incoming(account_key=KEY, channel_id=77, title="bob"),))
    await calling.submit("/call decline")
    await calling.submit("/call accept")
    assert calling.desk.asked == [("decline", KEY, 77), ("join", KEY, 77)]
    assert calling.screen.opened == [(KEY, 77)]


async def test_figures_and_the_test_are_shown_by_the_screen(calling: Calling) -> None:
    assert "no call" in (await calling.submit("/call stats")).text
    calling.desk.show(CALL)
    await calling.submit("/call stats")
    await calling.submit("/call test")
    assert [title for title, _ in calling.screen.texts] == ["stats", "test"]


async def test_who_is_in_the_call_and_leaving_it(calling: Calling) -> None:
    calling.desk.show(CALL)
    assert "grace" in (await calling.submit("/call who")).text
    assert (await calling.submit("/call leave")).text == "You left the call."
    assert (await calling.submit("/call leave")).text == "You were in no call."


async def test_where_the_sound_is_can_be_seen_and_chosen(calling: Calling) -> None:
    laptops = (SoundPlace(key="a" * 16, name="Ada's laptop"), SoundPlace(key="b" * 16, name="old\x1b[31m"))
    calling.desk.show(
        replace_view(calling.desk.view, place=VoicePlace(key="a" * 16, name="Ada's laptop", laptops=laptops))
    )
    listed = (await calling.submit("/call device")).text.split("\n")
    assert re.fullmatch(r"› Ada's laptop, logged in at \d\d:\d\d", listed[0])
    assert "\x1b" not in listed[1]
    assert listed[2].startswith("  here")
    told = [
        (await calling.submit(f"/call device {name}")).text for name in ("ada's LAPTOP", "b" * 16, "here", "newest")
    ]
    assert calling.desk.asked == [("choose_place", key) for key in ("a" * 16, "b" * 16, "here", "")]
    assert told[0] == "The sound is on Ada's laptop."
    assert told[1].startswith("The sound goes to old")
    assert told[2:] == ["The sound comes to this machine.", "The sound is on Ada's laptop."]
    refused = await calling.submit("/call device tablet")
    assert not refused.is_done
    assert "tuichat ssh" in refused.text
    assert "\x1b" not in refused.text


async def test_where_there_is_no_laptop_it_is_said_how_there_would_be_one(calling: Calling) -> None:
    told = await calling.submit("/call device newest")
    assert told.text == "No laptop is logged in here. Log in from one by `tuichat ssh`: it has the sound then."
    assert calling.desk.asked == [("choose_place", "")], "a laptop that comes later has the sound again"
    assert (await calling.submit("/call device here")).text == "The sound stays on this machine."
    assert (await calling.submit("/call device")).text == "› here: the devices of this machine"


async def test_a_laptop_that_does_not_answer_does_not_have_the_sound(calling: Calling) -> None:
    laptop = SoundPlace(key="a" * 16, name="mobile")
    place = VoicePlace(key="a" * 16, name="mobile", state=PlaceState.LOST, laptops=(laptop,))
    calling.desk.show(replace_view(calling.desk.view, place=place))
    assert (await calling.submit("/call device newest")).text == "The sound goes to mobile …"


async def test_without_voice_no_place_of_the_sound_is_chosen(calling: Calling) -> None:
    calling.desk.show(replace_view(calling.desk.view, is_enabled=False))
    outcome = await calling.submit("/call device newest")
    assert not outcome.is_done
    assert "voice.enabled" in outcome.text
    assert calling.desk.asked == []


async def test_laptops_of_one_name_are_told_apart(calling: Calling) -> None:
    laptops = (
        SoundPlace(key="c" * 16, name="mobile", began_s=3000.0),
        SoundPlace(key="b" * 16, name="desk", began_s=2000.0),
        SoundPlace(key="a" * 16, name="Mobile", began_s=1000.0),
    )
    calling.desk.show(replace_view(calling.desk.view, place=VoicePlace(key="a" * 16, name="Mobile", laptops=laptops)))
    listed = (await calling.submit("/call device")).text.split("\n")
    assert [line.split(",")[0] for line in listed[:3]] == ["  mobile 2", "  desk", "› Mobile 1"]
    for line, key in (("Mobile 1", "a"), ("mobile 1", "a"), ("mobile 2", "c"), ("desk", "b")):
        assert (await calling.submit(f"/call device {line}")).is_done
        assert calling.desk.asked[-1] == ("choose_place", key * 16)
    unclear = await calling.submit("/call device mobile")
    assert calling.desk.asked[-1] == ("choose_place", "c" * 16), "the newest of them"
    assert "/call device Mobile 1" in unclear.text
    refused = await calling.submit("/call device tablet")
    assert "mobile 2, desk, Mobile 1, here" in refused.text


async def test_a_wrong_word_lists_the_right_ones(calling: Calling) -> None:
    outcome = await calling.submit("/call dance")
    assert not outcome.is_done
    assert "/call volume @name 0-200" in outcome.text
    assert not (await calling.submit("/call mute now")).is_done


async def test_a_script_has_no_voice(client: FakeClient) -> None:
    outcome = await Engine().submit("/call join #lounge", context(client, GENERAL))
    assert "running tuichat" in outcome.text
