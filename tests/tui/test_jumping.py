"""Jumping within a channel: to old messages, days and what is unread, and back. Line 3.1."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from tests.tui.samples import GENERAL, GRACE, LINUS, NOW, FakeClient, message, sample_state
from tests.tui.screens import NARROW, WIDE, Shown, running
from tuichat.protocol.dispatch.read_state import ReadState
from tuichat.protocol.message import Message
from tuichat.protocol.snowflake import Snowflake
from tuichat.tui.rows import Chosen

HOUR = 60


def long_ago(count: int = 300) -> list[Message]:
    """One message an hour."""
    return [message(GRACE, (count - number) * HOUR, f"line {number}") for number in range(count)]


@asynccontextmanager
async def reading(size: tuple[int, int] = WIDE, *, unread: int = 0) -> AsyncIterator[tuple[Shown, list[Message]]]:
    told = long_ago()
    told[-1] = message(LINUS, HOUR, "see above", answers=told[20])
    client = FakeClient(sample_state(told[-50:]))
    client.archive.keep(GENERAL, told)
    client.state.timeline(GENERAL).has_older = True
    read = told[-1 - unread].id
    client.state.read_states[GENERAL] = ReadState(id=Snowflake(GENERAL), last_message_id=read)
    async with running(client, size=size) as shown:
        shown.chat.go_to(Chosen(client.key, 1000, GENERAL))
        await shown.settle()
        yield shown, told


def seen(shown: Shown) -> str:
    return "\n".join(shown.messages())


async def test_click_on_an_old_original_shows_it_among_its_neighbours() -> None:
    async with reading() as (shown, _):
        column, row = shown.find("line 20")
        await shown.pilot.click(offset=(column, row))
        await shown.settle()
        assert "line 19" in seen(shown)
        assert "line 21" in seen(shown)
        assert "see above" not in seen(shown)
        assert shown.chat.messages.selected_entry is not None
        assert shown.chat.messages.selected_entry.message.content == "line 20"
        assert "to the present" in shown.text


async def test_what_is_written_meanwhile_does_not_join_the_past_and_is_counted() -> None:
    async with reading() as (shown, told):
        shown.chat.attempt(shown.chat.jump(told[20].id))
        await shown.settle()
        before = shown.messages()
        shown.client.receive(message(LINUS, 0, "hot news", number=9))
        await shown.settle()
        assert shown.messages() == before
        assert "1 new · to the present" in shown.text
        await shown.click("to the present")
        assert "hot news" in seen(shown)


@pytest.mark.slow
async def test_scrolling_on_from_the_past_leads_to_the_present_without_a_gap() -> None:
    async with reading() as (shown, told):
        shown.chat.attempt(shown.chat.jump(told[200].id))
        await shown.settle()
        read: list[str] = []
        for _ in range(60):
            read += re.findall(r"▎ line (\d+)", seen(shown))
            await shown.press("pagedown")
            if shown.chat.messages.follows:
                break
        read += re.findall(r"▎ line (\d+)", seen(shown))
        assert shown.chat.messages.follows
        assert [int(number) for number in dict.fromkeys(read)] == list(range(int(read[0]), 299))


async def test_escape_leads_back_to_where_the_jump_began() -> None:
    async with reading() as (shown, told):
        await shown.press("pageup", "pageup")
        before = shown.messages()
        shown.chat.attempt(shown.chat.jump(told[20].id))
        await shown.settle()
        assert shown.messages() != before
        await shown.press("escape")
        assert shown.messages() == before


async def test_jump_to_a_day_shows_its_first_messages() -> None:
    async with reading(NARROW) as (shown, _):
        await shown.press("alt+d")
        await shown.type("3 days ago")
        assert "Monday, 16 November, 00:00" in shown.text
        await shown.press("enter")
        day = (NOW - timedelta(days=3)).replace(hour=0, minute=0)
        number = 300 - int((NOW - day).total_seconds() // 3600)
        assert f"line {number}" in seen(shown)
        assert "Monday, 16 November" in seen(shown)


async def test_what_is_no_day_is_said_and_nothing_happens() -> None:
    async with reading() as (shown, _):
        await shown.press("alt+d")
        await shown.type("someday")
        assert "This is no day" in shown.text
        await shown.press("enter")
        assert "Jump to a day" in shown.text
        await shown.press("escape")
        assert "Jump to a day" not in shown.text


async def test_bar_tells_what_is_new_above_and_leads_there() -> None:
    async with reading(unread=40) as (shown, told):
        assert "40 new since" in shown.messages()[0]
        await shown.click("40 new since")
        assert f"line {300 - 40 - 1}" in seen(shown) or told[260].content in seen(shown)
        assert "NEW" in seen(shown)
        assert "new since" not in seen(shown)


async def test_bar_marks_as_read() -> None:
    async with reading(unread=40) as (shown, _):
        await shown.click("mark read")
        assert "new since" not in seen(shown)
        assert ("read", GENERAL) in shown.client.asked


async def test_key_jumps_to_what_is_unread_however_far_back() -> None:
    async with reading(unread=200) as (shown, told):
        assert "more than 50 new" in shown.messages()[0]
        await shown.press("alt+u")
        assert told[100].content in seen(shown)
        assert "NEW" in seen(shown)


async def test_day_of_the_first_line_floats_above_while_reading_back() -> None:
    async with reading() as (shown, _):
        await shown.press("pageup", "pageup")
        assert "November" in shown.messages()[0] or "Yesterday" in shown.messages()[0]


@pytest.mark.slow
async def test_deleting_all_that_is_in_view_shows_what_stood_around() -> None:
    async with reading() as (shown, told):
        await shown.press("pageup")
        await shown.settle()
        visible = [each for each in told if any(line.strip("▎ ") == each.content for line in shown.messages())]
        assert len(visible) > 3
        timeline = shown.client.state.timeline(GENERAL)
        from tuichat.client.timeline import remove

        shown.client.emit(*remove(timeline, *(each.id for each in visible)))
        await shown.settle()
        assert not shown.chat.messages.follows
        next_one = told[told.index(visible[-1]) + 1]
        assert next_one.content in seen(shown)


async def test_selection_moves_to_the_neighbour_of_a_deleted_message() -> None:
    async with reading() as (shown, told):
        shown.chat.messages.show_message(told[-5].id)
        shown.client.remove(GENERAL, told[-5].id)
        await shown.settle()
        assert shown.chat.messages.selected_key == str(int(told[-4].id))


async def test_jump_to_a_message_that_is_gone_says_so() -> None:
    async with reading() as (shown, told):
        shown.client.archive.keep(GENERAL, [each for each in told if each is not told[20]])
        shown.chat.attempt(shown.chat.jump(told[20].id))
        await shown.until("That message is gone")
        assert "line 21" in seen(shown)
