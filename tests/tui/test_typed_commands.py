"""Commands that change the screen, record what is entered and go on by themselves, driven by keys."""

from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.tui.samples import FakeClient, sample_state
from tests.tui.screens import running
from tuichat.config.choices import Choices
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings

pytestmark = pytest.mark.slow


def sent(client: FakeClient) -> list[object]:
    return [asked[2] for asked in client.asked if asked[0] == "send"]


def kept() -> Settings:
    return Choices(Profile()).over(Settings())


async def test_two_slashes_send_one_and_a_wrong_argument_keeps_the_line_marked() -> None:
    client = FakeClient(sample_state())
    async with running(client) as shown:
        await shown.type("//join is a command\n")
        await until(lambda: sent(client) == ["/join is a command"])
        await shown.type("/msg to=#nosuch text=hi\n")
        await shown.until("There is no channel #nosuch")
        composer = shown.chat.composer
        assert composer.text == "/msg to=#nosuch text=hi"
        assert composer.selected_text == "#nosuch"


async def test_a_macro_is_recorded_with_a_sign_and_played() -> None:
    client = FakeClient(sample_state())
    async with running(client) as shown:
        await shown.press("ctrl+g", "c", "r")
        await until(lambda: shown.chat.composer.text == "/macro record ")
        await shown.type("hi\n")
        await shown.until("● recording hi")
        await shown.type("good morning\n")
        await shown.until("● recording hi, 1 line")
        await shown.press("ctrl+g", "c", "r")
        await until(lambda: kept().macros == {"hi": ("good morning",)})
        await shown.press("ctrl+g", "c", "m")
        await until(lambda: shown.chat.composer.text == "/macro play ")
        await shown.type("hi\n")
        await until(lambda: sent(client) == ["good morning"] * 2)


async def test_waiting_leaves_the_composer_free_and_is_ended() -> None:
    client = FakeClient(sample_state())
    async with running(client) as shown:
        await shown.type("/await match=never\n")
        await shown.until("▸ /await match=never · /stop ends it")
        await shown.type("hello\n")
        await until(lambda: sent(client) == ["hello"])
        await shown.press("ctrl+g", "c", "x")
        await shown.until("/await match=never was ended.")
        assert "stop ends it" not in shown.text


async def test_keys_and_colours_change_at_once() -> None:
    async with running(FakeClient(sample_state())) as shown:
        await shown.type("/theme light\n")
        await until(lambda: shown.app.theme == "tuichat-light")
        await shown.type("/theme nosuch\n")
        await shown.until("nosuch")
        assert shown.app.theme == "tuichat-light"
        await shown.press("ctrl+u")
        await shown.type("/bind chat.help f8\n")
        await until(lambda: shown.app.key_table.keys_of("chat.help") == ("f8",))
        await shown.type("/bind chat.help ctrl+k\n")
        await shown.until("ctrl+k is both")


async def test_values_are_completed_and_enter_takes_none_that_was_not_begun(tmp_path: Path) -> None:
    async with running(FakeClient(sample_state())) as shown:
        await shown.type("/set ui.cloc")
        await shown.press("tab")
        assert shown.chat.composer.text == "/set ui.clock "
        await shown.press("enter")
        await shown.until('ui.clock = "24h"')
        await shown.type("/set ui.clock 1")
        await shown.press("tab", "enter")
        await until(lambda: kept().ui.clock == "12h")
        (tmp_path / "a script").write_text("x\n")
        await shown.type(f"/run {tmp_path}/a")
        await shown.press("tab")
        assert shown.chat.composer.text == f'/run "{tmp_path}/a script" '
