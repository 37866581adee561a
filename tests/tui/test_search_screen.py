"""Searching by keys and mouse: completion, results in the list of messages, a jump and the way back. Lines 3.1 and 3.8."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.tui.samples import GENERAL, GRACE, GUILD, REVIEWS, FakeClient, message, sample_state
from tests.tui.screens import NARROW, WIDE, Shown, running
from tuichat.client.routes import Request
from tuichat.protocol import codec
from tuichat.protocol.message import Message
from tuichat.protocol.search import Hit, IndexNotReady, SearchAnswer
from tuichat.tui.rows import Chosen
from tuichat.tui.screens.search import SearchDialog

pytestmark = pytest.mark.slow  # whole screens by their keys


def hit(found: Message) -> list[Hit]:
    return [Hit(**{name: getattr(found, name) for name in Message.__struct_fields__})]


class Archive:
    """Answers searches with its messages, newest first."""

    def __init__(self, found: list[Message]) -> None:
        self.found = found
        self.asked: list[dict[str, Any]] = []
        self.is_ready = True

    def answer(self, wanted: Request) -> bytes:
        self.asked.append(dict(wanted.query))
        if not self.is_ready:
            return codec.encode(IndexNotReady(documents_indexed=7, retry_after=0.01))
        offset = int(str(wanted.query["offset"]))
        order = str(wanted.query["sort_order"])
        listed = sorted(self.found, key=lambda each: each.id, reverse=order == "desc")[offset : offset + 25]
        return codec.encode(
            SearchAnswer(analytics_id="x", total_results=len(self.found), messages=[hit(each) for each in listed])
        )


@asynccontextmanager
async def searching(count: int = 60, size: tuple[int, int] = WIDE) -> AsyncIterator[tuple[Shown, Archive]]:
    told = [message(GRACE, 10 * (count - number) + 2000, f"jitter {number}", number=number) for number in range(count)]
    elsewhere = message(GRACE, 5, "jitter elsewhere", channel=REVIEWS)
    archive = Archive([*told, elsewhere])
    client = FakeClient(sample_state())
    client.archive.keep(GENERAL, [*told, *(entry.message for entry in client.state.timeline(GENERAL))])
    client.archive.keep(REVIEWS, [elsewhere])
    client.archive.answers[f"GET /guilds/{GUILD}/messages/search"] = archive.answer
    client.archive.answers[f"GET /channels/{GENERAL}/messages/search"] = archive.answer
    async with running(client, size=size) as shown:
        shown.chat.go_to(Chosen(client.key, GUILD, GENERAL))
        client.state.timeline(GENERAL).has_older = True
        await shown.settle()
        yield shown, archive


async def search_while_indexing(shown: Shown, archive: Archive) -> None:
    """Search before the index is ready, and have it be ready as soon as that is told."""
    archive.is_ready = False
    await shown.press("ctrl+f")
    await shown.type("jitter\n")
    await shown.until("older messages into its index")
    archive.is_ready = True


@pytest.mark.parametrize("size", [(60, 20), NARROW, WIDE, (200, 50)])
async def test_operators_are_completed_as_they_are_typed(size: tuple[int, int]) -> None:
    async with searching(size=size) as (shown, archive):
        await shown.press("ctrl+f")
        await shown.type("fr")
        assert "who wrote it" in shown.text
        await shown.press("tab")
        await shown.type("gra")
        await shown.press("tab")
        await shown.type("jitter")
        await shown.press("enter")
        assert "61 found" in shown.text
        assert archive.asked[-1]["author_id"] == [str(GRACE)]
        assert archive.asked[-1]["content"] == "jitter"


async def test_results_stand_under_their_channels_and_days() -> None:
    async with searching() as (shown, _):
        await shown.press("ctrl+f")
        await shown.type("jitter\n")
        assert "#reviews" in shown.text
        assert "#general" in shown.text
        assert "Today" in shown.text


async def test_further_pages_come_on_scrolling() -> None:
    async with searching() as (shown, archive):
        await shown.press("ctrl+f")
        await shown.type("jitter\n")
        for _ in range(20):
            await shown.press("pagedown")
        assert "jitter 0" in shown.text
        assert [asked["offset"] for asked in archive.asked] == ["0", "25", "50"]


async def test_enter_jumps_and_escape_comes_back_to_the_result() -> None:
    async with searching() as (shown, _):
        await shown.press("ctrl+f")
        await shown.type("jitter\n")
        for _ in range(30):
            await shown.press("down")
        entry = shown.app.screen.query_one("#found").selected_entry  # type: ignore[attr-defined]  # a MessageList
        before = shown.text
        await shown.press("enter")
        assert shown.chat.messages.selected_key == entry.key
        assert entry.message.content in "\n".join(shown.messages())
        await shown.press("escape")
        assert shown.text == before


async def test_click_on_a_result_in_another_channel_leads_there() -> None:
    async with searching() as (shown, _):
        await shown.press("ctrl+f")
        await shown.type("jitter\n")
        await shown.click("jitter elsewhere")
        assert shown.chat.chosen.channel_id == REVIEWS


async def test_place_and_order_are_turned_by_key_and_mouse() -> None:
    async with searching() as (shown, archive):
        await shown.press("ctrl+f")
        await shown.type("jitter\n")
        await shown.press("f3")
        assert "oldest first" in shown.text
        assert archive.asked[-1]["sort_order"] == "asc"
        assert "jitter 0" in shown.text
        await shown.click("this server")
        assert "this channel" in shown.text


async def test_unknown_name_is_told_and_nothing_is_asked() -> None:
    async with searching() as (shown, archive):
        await shown.press("ctrl+f")
        await shown.type("from:nobody x\n")
        assert "from:nobody is nothing that is known here" in shown.text
        assert not archive.asked


async def test_nothing_found_says_what_may_help() -> None:
    async with searching(0) as (shown, archive):
        archive.found = []
        await shown.press("ctrl+f")
        await shown.type("jitter\n")
        assert "Nothing was found" in shown.text


async def test_index_that_is_not_ready_is_waited_for() -> None:
    async with searching() as (shown, archive):
        await search_while_indexing(shown, archive)
        await shown.until("61 found")


async def test_pins_stand_in_the_same_list_with_jump_and_unpin() -> None:
    told = message(GRACE, 60 * 200, "the plan")
    client = FakeClient(sample_state())

    def pins(wanted: Request) -> Any:
        from tuichat.client.pins import Pin, PinPage

        return PinPage(items=[Pin(pinned_at="2026-11-01T00:00:00+00:00", message=told)])

    client.archive.answers[f"GET /channels/{GENERAL}/messages/pins"] = pins
    client.archive.keep(GENERAL, [told, *(entry.message for entry in client.state.timeline(GENERAL))])
    async with running(client) as shown:
        shown.chat.go_to(Chosen(client.key, GUILD, GENERAL))
        client.state.timeline(GENERAL).has_older = True
        await shown.settle()
        await shown.press("alt+p")
        assert "Pins of #general" in shown.text
        assert "1 pin" in shown.text
        await shown.press("down", "enter")
        assert shown.chat.messages.selected_key == str(int(told.id))
        await shown.press("alt+p")
        await shown.press("down", "d", "y")
        assert "Nothing is pinned here" in shown.text
        assert [each.method for each in client.archive.asked][-1] == "DELETE"


async def test_an_answer_that_comes_while_the_dialog_is_taken_down_harms_nothing() -> None:
    async with searching() as (shown, archive):
        await search_while_indexing(shown, archive)
        dialog = shown.app.screen
        assert isinstance(dialog, SearchDialog)
        await dialog.query("*").remove()
        await dialog.load_page()
        assert dialog.searching.results is not None
        assert len(dialog.searching.results.found)
