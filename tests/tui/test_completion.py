"""What is offered while one types, and in which order; the list over the composer and its keys."""

import msgspec
import pytest

from tests.tui.samples import GENERAL, GUILD, FakeClient, sample_state
from tests.tui.screens import NARROW, Shown, running
from tuichat.client.change import MembersChanged
from tuichat.client.slow_mode import wait_ms
from tuichat.client.state import State
from tuichat.protocol.permissions import Permissions
from tuichat.tui import completion


@pytest.fixture
def state() -> State:
    return sample_state()


def offered(before: str, state: State) -> list[str]:
    sources = [
        completion.people,
        lambda about: completion.channels(about, lambda name: 0.0),
        lambda about: completion.emojis(about, lambda name: 1.0 if name == "🎈" else 0.0),
    ]
    return [offer.text for offer in completion.offers(completion.asked(before, state, GENERAL), sources)]


def test_people_channels_and_emojis_are_offered_after_their_signs(state: State) -> None:
    assert offered("ask @gr", state)[0] == "@grace "
    assert offered("#ra", state)[0] == "#random "
    assert offered(":tad", state) == ["🎉 "]
    assert offered(":t", state) == offered("mail me@gr", state) == offered("10:30", state) == []


def test_those_who_wrote_last_are_offered_first(state: State) -> None:
    names = offered("@", state)
    assert names[0] == "@ada "
    assert names.index("@linus ") < names.index("@barbara ")


def test_what_begins_so_comes_before_what_only_has_the_letters(state: State) -> None:
    assert completion.rank("ra", "random") == 1
    assert completion.rank("en", "voice-engine") == 2
    assert completion.rank("vgn", "voice-engine") == 4
    assert completion.rank("xy", "voice-engine") is None
    assert offered("#en", state)[0] == "#voice-engine "


def test_everybody_is_offered_to_those_who_may_call_everybody(state: State) -> None:
    assert "@everyone " in offered("@ev", state)
    everyone = state.guilds[GUILD].roles[GUILD]
    state.guilds[GUILD].roles[GUILD] = msgspec.structs.replace(everyone, permissions=Permissions.SEND_MESSAGES)
    assert "@everyone " not in offered("@ev", state)


async def opened(shown: Shown, letters: str) -> None:
    await shown.type(letters)
    assert shown.chat.offers.display


async def test_keys_choose_an_offer_and_enter_takes_it() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await opened(shown, "ask @")
        first = shown.chat.composer.offers[0].text
        await shown.press("down", "down", "up")
        second = shown.chat.composer.offers[1].text
        await shown.press("enter")
        assert shown.chat.composer.text == f"ask {second}" != f"ask {first}"
        assert not shown.chat.offers.display
        await shown.press("ctrl+z")
        assert shown.chat.composer.text == "ask @"
        assert not [asked for asked in shown.client.asked if asked[0] == "send"]


async def test_escape_closes_the_list_for_this_word_and_the_next_word_opens_it() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await opened(shown, "@gr")
        await shown.press("escape", "a")
        assert not shown.chat.offers.display
        assert shown.chat.focused is shown.chat.composer
        await opened(shown, "ce #g")


@pytest.mark.slow
@pytest.mark.parametrize("key", ["left", "home", "ctrl+z", "ctrl+w", "ctrl+u"])
async def test_the_list_goes_with_its_word(key: str) -> None:
    async with running(FakeClient(sample_state())) as shown:
        await opened(shown, "to @gr")
        await shown.press(key)
        assert not shown.chat.offers.display


async def test_enter_sends_a_word_that_is_complete() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await shown.type("see #random\n")
        assert [asked[2] for asked in shown.client.asked if asked[0] == "send"] == ["see <#2004>"]


async def test_a_click_takes_an_offer() -> None:
    async with running(FakeClient(sample_state()), size=NARROW) as shown:
        await opened(shown, ":rocke")
        await shown.click(":rocket:")
        assert shown.chat.composer.text == "🚀 "


async def test_commands_are_offered_with_what_they_do() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await opened(shown, "/jo")
        assert "/join" in shown.text
        await shown.press("tab")
        assert shown.chat.composer.text == "/join "


async def test_members_of_a_large_server_are_asked_for_once() -> None:
    state = sample_state()
    state.guilds[GUILD].is_large = True
    async with running(FakeClient(state)) as shown:
        await shown.type("@gr")
        await shown.press("backspace", "r")
        assert [asked[2] for asked in shown.client.asked if asked[0] == "search"] == ["g", "gr"]
        shown.client.emit(MembersChanged(GUILD))
        await shown.settle()
        assert shown.chat.composer.offers


def slow_state(seconds: int = 30) -> State:
    state = sample_state()
    state.channels[GENERAL] = msgspec.structs.replace(state.channels[GENERAL], rate_limit_per_user=seconds)
    everyone = state.guilds[GUILD].roles[GUILD]
    allowed = Permissions.SEND_MESSAGES | Permissions.VIEW_CHANNEL | Permissions.READ_MESSAGE_HISTORY
    state.guilds[GUILD].roles[GUILD] = msgspec.structs.replace(everyone, permissions=allowed)
    return state


def test_a_slow_channel_waits_from_ones_last_message_and_not_for_the_exempt() -> None:
    state = slow_state(30)
    sent_ms = state.timelines[GENERAL].confirmed[-1].message.id.timestamp_ms
    assert wait_ms(state, GENERAL, sent_ms + 10_000) == 20_000
    assert wait_ms(state, GENERAL, sent_ms + 31_000) == 0
    assert wait_ms(state, GENERAL, sent_ms - 90_000) == 30_000
    everyone = state.guilds[GUILD].roles[GUILD]
    freed = everyone.permissions | Permissions.BYPASS_SLOWMODE
    state.guilds[GUILD].roles[GUILD] = msgspec.structs.replace(everyone, permissions=freed)
    assert wait_ms(state, GENERAL, sent_ms + 10_000) == 0


async def test_enter_in_a_slow_channel_keeps_the_text_and_says_how_long() -> None:
    async with running(FakeClient(slow_state(3600))) as shown:
        await shown.type("patience\n")
        await shown.until("This channel is slow")
        assert shown.chat.composer.text == "patience"
        assert "slow mode: " in shown.text
        assert not [asked for asked in shown.client.asked if asked[0] == "send"]


async def test_the_frame_tells_the_argument_of_a_command_that_is_typed() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await shown.type("/join ")
        assert "TARGET: an invite (code or link), or a channel as #name" in shown.text
        await shown.press("backspace")
        assert "TARGET: an invite" not in shown.text
        assert "enter send" in shown.text
