"""The line that says how far a run of messages is."""

import asyncio
import io

import pytest

from tuichat.automation import progress
from tuichat.automation.progress import progress_words, shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_what_is_known_is_told() -> None:
    assert progress_words(3, None, 5.0) == "3 sent"
    assert progress_words(3, 10, None) == "3 of 10 sent"
    assert progress_words(3, 10, 90.0) == "3 of 10 sent (2 minutes left)"


async def test_a_line_is_drawn_and_taken_away_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "FIRST_S", 0.0)
    terminal = Terminal()
    drawn = asyncio.Event()

    def line() -> str:
        drawn.set()
        return "1 of 2 sent"

    async with shown(line, terminal):
        await drawn.wait()
    assert terminal.getvalue() == "\r\x1b[K1 of 2 sent\r\x1b[K"


async def test_no_terminal_and_a_short_run_show_nothing() -> None:
    for stream in (io.StringIO(), Terminal()):
        async with shown(lambda: "1 sent", stream):
            await asyncio.sleep(0)
        assert stream.getvalue() == ""
