"""Finding by Ctrl+R what was entered before."""

import pytest

from tests.client.waiting import until
from tests.tui.samples import FakeClient, sample_state
from tests.tui.screens import Shown, running
from tuichat.client.line_history import LineHistory
from tuichat.config.paths import Profile
from tuichat.config.schema import ComposerSettings, Settings
from tuichat.tui.key_table import KeyTable
from tuichat.tui.screens.line_search import LineSearch, matching

pytestmark = pytest.mark.slow  # whole screens by their keys

LINES = ("make test", "/join #random", "deploy it\nnow", "lunch?")


def kept() -> LineHistory:
    lines = LineHistory(Profile())
    for text in LINES:
        lines.add(text)
    return lines


async def open_search(shown: Shown, *typed: str) -> None:
    await shown.press(*typed, "ctrl+r")
    await shown.until("lunch?")


def test_each_word_is_looked_for_whatever_the_case() -> None:
    texts = ["Deploy it\nnow", "it is", "deploy"]
    assert [row.text for row in matching(texts, "IT de")] == ["Deploy it\nnow"]
    assert [row.text for row in matching(texts, " ")] == texts


async def test_enter_puts_the_newest_line_that_fits_into_the_composer_and_sends_nothing() -> None:
    kept()
    client = FakeClient(sample_state())
    async with running(client) as shown:
        await open_search(shown)
        await shown.press(*"deploy", "enter")
        assert shown.chat.composer.text == "deploy it\nnow"
        assert shown.chat.focused is shown.chat.composer
        assert not any(asked[0] == "send" for asked in client.asked)
        await shown.press("ctrl+z")
        assert shown.chat.composer.text == ""


async def test_the_key_again_and_the_arrows_go_to_older_lines() -> None:
    kept()
    async with running(FakeClient(sample_state())) as shown:
        await open_search(shown)
        await shown.press("ctrl+r", "down", "ctrl+r", "up", "tab")
        assert shown.chat.composer.text == "/join #random"


async def test_what_was_typed_is_what_is_looked_for_and_escape_brings_it_back() -> None:
    kept()
    async with running(FakeClient(sample_state())) as shown:
        await shown.press(*"ma", "ctrl+r")
        await shown.until("make test")
        assert "lunch?" not in shown.text
        await shown.press("escape")
        assert shown.chat.composer.text == "ma"
        await shown.press("ctrl+r", "enter")
        assert shown.chat.composer.text == "make test"


async def test_letters_that_come_with_the_key_are_looked_for() -> None:
    kept()
    async with running(FakeClient(sample_state())) as shown:
        await shown.pilot.press("ctrl+r", *"jo", "enter")
        await shown.settle()
        assert shown.chat.composer.text == "/join #random"


async def test_one_line_is_forgotten_by_a_key() -> None:
    lines = kept()
    async with running(FakeClient(sample_state())) as shown:
        await open_search(shown)
        await shown.press(*"lunch", "ctrl+d")
        await shown.until("No line that you entered has this in it.")
        assert lines.texts() == ["deploy it\nnow", "/join #random", "make test"]


async def test_what_was_sent_and_run_is_kept_and_what_was_refused_is_not() -> None:
    client = FakeClient(sample_state())
    async with running(client) as shown:
        await shown.type("hello\n")
        await shown.type("/nosuch\n")
        await shown.press("ctrl+u")
        await shown.type(" secret\n")
        await shown.type("/help\n")
        await shown.press("escape", "ctrl+r")
        await shown.until("› /help")
        screen = shown.app.screen
        assert isinstance(screen, LineSearch)
        assert LineHistory(Profile()).texts() == ["/help", "hello"]


async def test_nothing_is_kept_where_the_setting_says_so_and_what_was_is_gone() -> None:
    lines = kept()
    settings = Settings(composer=ComposerSettings(history=False))
    async with running(FakeClient(sample_state()), settings=settings) as shown:
        await shown.type("hello\n")
        await shown.press("ctrl+r")
        await shown.until("you enter is not kept")
        await until(lambda: not lines.texts())


@pytest.mark.parametrize("key_set", ["vim", "emacs"])
async def test_other_sets_of_keys_have_the_key_too(key_set: str) -> None:
    assert KeyTable(key_set).composer_actions()["ctrl+r"] == "search_lines"
