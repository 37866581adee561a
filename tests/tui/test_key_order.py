"""Keys that arrive in one read act one after the other, in forms and in the composer."""

import pytest
from textual import events
from textual.widgets import Input

from tests.tui.samples import GENERAL, FakeClient, sample_state
from tests.tui.screens import Shown, running, running_accounts
from tests.tui.test_servers_screen import accounts
from tuichat.tui.screens.servers import ServersScreen
from tuichat.tui.screens.welcome import WelcomeScreen

NAMED = {
    "\t": "tab",
    "\r": "enter",
    " ": "space",
    "\x7f": "backspace",
    "\x15": "ctrl+u",
    "←": "left",
    "↑": "up",
    "↓": "down",
}


async def press_at_once(shown: Shown, keys: str) -> None:
    """Put keys into the program's queue as the driver does that read them together."""
    for sign in keys:
        name = NAMED.get(sign, sign)
        shown.app.post_message(events.Key(name, sign if sign.isprintable() and name in (sign, "space") else None))
    await shown.settle()


def fields(shown: Shown) -> dict[str | None, str]:
    return {field.id: field.value for field in shown.app.screen.query(Input)}


@pytest.mark.slow
@pytest.mark.parametrize(
    "keys",
    [
        pytest.param("chat.example\tada\tsecret", id="tab"),
        pytest.param("chat.example\rada\rsecret", id="enter"),
        pytest.param("chat.example↓ada↓secret", id="down"),
        pytest.param("chat.example\t\tsecret↑ada", id="up"),
        pytest.param("chat.exxample←←←←←\x7f\tadda\x15ada\tsecret", id="editing"),
    ],
)
async def test_a_form_filled_in_one_read_has_each_word_in_its_field(keys: str) -> None:
    async with running_accounts(accounts()) as shown:
        await shown.press("f5")
        assert isinstance(shown.app.screen, ServersScreen)
        await press_at_once(shown, keys)
        assert fields(shown) == {"url": "chat.example", "login": "ada", "password": "secret", "invite": ""}


async def test_keys_behind_the_one_that_opens_a_form_are_written_into_it() -> None:
    async with running_accounts(accounts()) as shown:
        shown.app.post_message(events.Key("f5", None))
        await press_at_once(shown, "chat.example\tada\tsecret")
        assert fields(shown)["password"] == "secret"
        assert fields(shown)["url"] == "chat.example"
        assert shown.chat.composer.text == ""


async def test_the_welcome_takes_a_name_with_corrections_in_one_read() -> None:
    async with running(FakeClient(sample_state())) as shown:
        screen = WelcomeScreen("ada")
        await shown.app.push_screen(screen)
        await shown.settle()
        await press_at_once(shown, "\x15gracf\x7fe")
        assert screen.query_one(Input).value == "grace"


async def test_a_channel_is_found_and_written_to_in_one_read() -> None:
    async with running(FakeClient(sample_state())) as shown:
        shown.app.post_message(events.Key("ctrl+k", None))
        await press_at_once(shown, "voice-e")
        assert fields(shown)["query"] == "voice-e"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keys", "meant"),
    [
        pytest.param("helo\x7flo", "hello", id="backspace"),
        pytest.param("wrong\x15right", "right", id="ctrl+u"),
        pytest.param("ac←b", "abc", id="left"),
    ],
)
async def test_editing_keys_among_letters_keep_their_place(keys: str, meant: str) -> None:
    async with running(FakeClient(sample_state())) as shown:
        await press_at_once(shown, keys + "\r")
        assert ("send", GENERAL, meant, None) in shown.client.asked


async def test_pasted_text_comes_before_the_enter_behind_it() -> None:
    async with running(FakeClient(sample_state())) as shown:
        shown.app.post_message(events.Paste("from elsewhere"))
        await press_at_once(shown, "!\r")
        assert ("send", GENERAL, "from elsewhere!", None) in shown.client.asked


async def test_what_a_key_does_is_drawn_without_waiting_for_the_next_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(FakeClient(sample_state())) as shown:
        drawn: list[bool] = []
        draw = shown.chat._on_timer_update

        def note() -> None:
            drawn.append(bool(shown.chat._dirty_widgets))
            draw()

        monkeypatch.setattr(shown.chat, "_on_timer_update", note)
        await shown.pilot.press("x")
        assert True in drawn
        assert not shown.app.has_new_key
