"""Filtering a list with `/`."""

from tests.tui.samples import RANDOM, FakeClient, sample_state
from tests.tui.screens import running


async def test_letters_filter_the_rows_and_enter_chooses() -> None:
    async with running(FakeClient(sample_state())) as shown:
        shown.chat.channels.focus()
        await shown.press("slash", *"rand")
        assert "announcements" not in shown.text
        await shown.press("enter")
        assert shown.chat.chosen.channel_id == RANDOM
        assert "announcements" in shown.text


async def test_escape_brings_all_rows_back_with_the_cursor_where_it_was() -> None:
    async with running(FakeClient(sample_state())) as shown:
        shown.chat.channels.focus()
        await shown.press("slash", *"rand", "escape")
        assert "announcements" in shown.text
        row = shown.chat.channels.cursor_row
        assert row is not None
        assert "random" in row.words
        assert shown.chat.focused is shown.chat.channels


async def test_backspace_in_an_empty_filter_ends_it() -> None:
    async with running(FakeClient(sample_state())) as shown:
        shown.chat.channels.focus()
        await shown.press("slash", "x", "backspace", "backspace", "down")
        assert "announcements" in shown.text


async def test_a_click_chooses_the_row_under_it_while_filtered() -> None:
    async with running(FakeClient(sample_state())) as shown:
        shown.chat.channels.focus()
        await shown.press("slash", *"an")
        await shown.click("# random")
        assert shown.chat.chosen.channel_id == RANDOM


async def test_letters_go_to_the_composer_again_once_the_list_is_left() -> None:
    async with running(FakeClient(sample_state())) as shown:
        shown.chat.channels.focus()
        await shown.press("slash", "a")
        shown.chat.composer.focus()
        await shown.type("hello")
        assert shown.chat.composer.text == "hello"
        assert "announcements" in shown.text
