"""Moments in messages: told by how far away they are, minute by minute, and whole when they are clicked."""

from datetime import datetime, timedelta

import pytest

from tests.tui.samples import GRACE, NOW, FakeClient, message, sample_state
from tests.tui.screens import running


async def test_a_distance_in_time_goes_on_while_it_is_on_the_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    item = message(GRACE, 1, f"the release is <t:{int(NOW.timestamp()) + 180}:R>")
    async with running(FakeClient(sample_state([item]))) as shown:
        assert "the release is in 3 minutes" in shown.text
        clock = [NOW + timedelta(minutes=1)]

        def now() -> datetime:
            return clock[0]

        monkeypatch.setattr(shown.chat.messages._drawn, "_now", now)
        monkeypatch.setattr(shown.chat, "_now", now)
        shown.chat._tick()
        await shown.settle()
        assert "the release is in 2 minutes" in shown.text
        clock[0] += timedelta(minutes=2, seconds=30)
        shown.chat._tick()
        await shown.settle()
        assert "the release is less than a minute ago" in shown.text


async def test_a_moment_and_an_emoji_are_told_whole_when_they_are_pressed() -> None:
    item = message(GRACE, 1, f"<t:{int(NOW.timestamp()) + 180}:R> <:party:12>")
    async with running(FakeClient(sample_state([item]))) as shown:
        await shown.click("in 3 minutes")
        await shown.until("November 2026")
        await shown.click(":party:")
        shown.chat.messages.show_message(item.id)
        shown.chat.messages.focus()
        await shown.press("x")
        await shown.until(":party:")
