"""Tabs in the running screen, and the layout that comes back."""

import pytest

from tests.tui.samples import GENERAL, GUILD, RANDOM, REVIEWS, FakeClient, sample_state
from tests.tui.screens import NARROW, Shown, running

pytestmark = pytest.mark.slow  # whole screens by their keys


def client() -> FakeClient:
    return FakeClient(sample_state())


async def open_in_tab(shown: Shown, name: str) -> None:
    await shown.press("ctrl+t", *name, "enter")


async def test_one_channel_needs_no_tabs() -> None:
    async with running(client()) as shown:
        assert not shown.chat.query_one("#tabs").display


async def test_a_second_channel_opens_in_a_tab_and_both_keep_their_words() -> None:
    async with running(client()) as shown:
        await shown.type("for general")
        await open_in_tab(shown, "random")
        assert shown.chat.chosen.channel_id == RANDOM
        assert "#general" in shown.lines()[0]
        assert "#random ×" in shown.lines()[0]
        await shown.press("ctrl+pageup")
        assert shown.chat.chosen.channel_id == GENERAL
        assert shown.chat.composer.text == "for general"


async def test_tabs_are_chosen_and_closed_by_mouse() -> None:
    async with running(client()) as shown:
        await open_in_tab(shown, "random")
        await shown.click(" #general")
        assert shown.chat.chosen.channel_id == GENERAL
        await shown.click("× ")
        assert shown.chat.chosen.channel_id == RANDOM
        assert not shown.chat.query_one("#tabs").display


async def test_the_last_tab_stays() -> None:
    async with running(client()) as shown:
        await shown.press("alt+w")
        await shown.until("the only tab")
        assert shown.chat.chosen.channel_id == GENERAL


@pytest.mark.slow
async def test_tabs_fit_a_narrow_terminal_with_the_shown_one_in_view() -> None:
    async with running(client(), size=NARROW) as shown:
        for name in ("random", "reviews", "announce", "voice-eng"):
            await open_in_tab(shown, name)
        assert "#voice-engine" in shown.lines()[0]
        await shown.press("ctrl+pagedown")
        assert "#general" in shown.lines()[0]


@pytest.mark.slow
async def test_the_next_start_shows_what_was_left() -> None:
    async with running(client()) as shown:
        await open_in_tab(shown, "random")
        await open_in_tab(shown, "reviews")
        await shown.press("f3", "ctrl+pageup")
        await shown.app.workers.wait_for_complete()
    async with running(client()) as shown:
        assert shown.chat.chosen.channel_id == RANDOM
        assert [item.channel_id for item in shown.chat._tabs.items] == [GENERAL, RANDOM, REVIEWS]
        assert not shown.chat.members.display


async def test_a_channel_that_is_gone_is_not_waited_for() -> None:
    async with running(client()) as shown:
        await open_in_tab(shown, "random")
        await shown.app.workers.wait_for_complete()
    state = sample_state()
    del state.channels[RANDOM]
    state.guilds[GUILD].channel_ids.remove(RANDOM)
    async with running(FakeClient(state)) as shown:
        assert shown.chat.chosen.channel_id == GENERAL
        assert len(shown.chat._tabs.items) == 1
