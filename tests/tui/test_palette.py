"""The palette: every action by its name, run or given another key."""

import pytest

from tests.tui.samples import FakeClient, sample_state
from tests.tui.screens import Shown, running
from tuichat.config.choices import Choices
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings
from tuichat.tui.key_table import KeyTable
from tuichat.tui.keys import ACTIONS
from tuichat.tui.screens.palette import PaletteScreen, action_rows

pytestmark = pytest.mark.slow  # whole screens by their keys


def client() -> FakeClient:
    return FakeClient(sample_state())


async def open_at(shown: Shown, words: str) -> None:
    await shown.press("ctrl+p")
    await shown.type(words)


def test_every_action_stands_in_it() -> None:
    assert {row.id for row in action_rows(KeyTable())} == {action.id for action in ACTIONS}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_is_found_by_its_name(action: object) -> None:
    label = action.label  # type: ignore[attr-defined]  # parametrize gives objects
    assert action.id in [row.id for row in action_rows(KeyTable(), label)]  # type: ignore[attr-defined]  # likewise


async def test_enter_runs_what_is_found() -> None:
    async with running(client()) as shown:
        await open_at(shown, "invite")
        await shown.press("enter")
        assert "Invite someone to Textual Labs" in shown.text


async def test_a_click_runs_it_too() -> None:
    async with running(client()) as shown:
        await open_at(shown, "help with")
        await shown.click("Help with every key")
        assert "THE FIVE THAT MATTER" in shown.text


async def test_a_key_is_changed_kept_and_used_at_once() -> None:
    async with running(client()) as shown:
        await open_at(shown, "invite")
        await shown.press("f2", "f11")
        await shown.until("Kept.")
        await shown.press("escape", "f4")
        assert "Invite someone to Textual Labs" not in shown.text
        await shown.press("f11")
        assert "Invite someone to Textual Labs" in shown.text
    assert Choices(Profile("default")).over(Settings()).keys.bind == {"chat.invite": "f11"}


async def test_a_key_in_use_is_taken_when_it_is_pressed_twice() -> None:
    async with running(client()) as shown:
        await open_at(shown, "invite")
        await shown.press("f2", "f5")
        assert "Servers and accounts" in shown.text
        assert shown.app.key_table.keys_of("chat.invite") == ("f4",)
        await shown.press("f5")
        await shown.until("Kept.")
        assert shown.app.key_table.keys_of("chat.invite") == ("f5",)
        assert shown.app.key_table.keys_of("chat.servers") == ()


async def test_escape_leaves_the_key_as_it_is() -> None:
    async with running(client()) as shown:
        await open_at(shown, "invite")
        await shown.press("f2", "escape")
        assert isinstance(shown.app.screen, PaletteScreen)
        assert shown.app.key_table.keys_of("chat.invite") == ("f4",)


async def test_a_change_is_taken_back() -> None:
    async with running(client()) as shown:
        await open_at(shown, "invite")
        await shown.press("f2", "f11")
        await shown.until("Kept.")
        await shown.press("f8")
        assert shown.app.key_table.keys_of("chat.invite") == ("f4",)


async def test_an_action_of_a_pane_runs_there() -> None:
    async with running(client()) as shown:
        await open_at(shown, "reply")
        await shown.press("enter")
        assert shown.chat.messages.selected_key is not None


async def test_an_action_that_has_no_key_gets_one_that_works_while_writing() -> None:
    async with running(client()) as shown:
        await open_at(shown, "12 or 24")
        await shown.press("f2", "alt+k")
        await shown.until("Kept.")
        await shown.press("escape")
        before = shown.app.settings.ui.clock
        await shown.press("alt+k")
        assert shown.app.settings.ui.clock != before
        assert shown.chat.composer.text == ""


async def test_a_long_name_stays_clear_of_its_key() -> None:
    async with running(client(), size=(60, 20)) as shown:
        await open_at(shown, "edit your last")
        (line,) = [line for line in shown.lines() if "Edit your last" in line]
        assert "… ↑" in line
