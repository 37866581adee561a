"""Forgetting what was entered, by a command."""

from tuichat.client.line_history import LineHistory
from tuichat.commands.context import CommandContext
from tuichat.commands.engine import Engine
from tuichat.config.paths import Profile


async def told(line: str, lines: LineHistory | None) -> tuple[bool, str]:
    outcome = await Engine().submit(line, CommandContext(lines=lines))
    return outcome.is_done, outcome.text


async def test_all_lines_or_those_with_some_words_are_forgotten() -> None:
    lines = LineHistory(Profile())
    for text in ("deploy the Server", "lunch?", "/join #server"):
        lines.add(text)
    assert await told("/forget server", lines) == (True, "2 lines were forgotten.")
    assert lines.texts() == ["lunch?"]
    assert await told("/forget server", lines) == (True, "No line that is kept holds server.")
    assert await told("/forget", lines) == (True, "1 line was forgotten.")
    assert lines.texts() == []


async def test_where_nothing_is_kept_that_is_said() -> None:
    assert await told("/forget", None) == (False, "Nothing that is entered is kept here.")
