"""What to write at the end of an unfinished command."""

from typing import Annotated

import pytest

from tuichat.commands.command import Registry, Text, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.suggestion import argument_hint, complete

REGISTRY = Registry()


@REGISTRY.command
async def tell(
    context: CommandContext,
    who: Annotated[str, "a person"],
    how: Annotated[str, "loud or quiet"],
    words: Annotated[Text | None, "what to say"] = None,
) -> Outcome:
    """Tell somebody something."""
    return Outcome()


@REGISTRY.command
async def rest(context: CommandContext) -> Outcome:
    """Do nothing."""
    return Outcome()


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("/tell ", "WHO: a person"),
        ("/tell ad", "WHO: a person"),
        ("/tell ada ", "HOW: loud or quiet"),
        ('/tell "ada l" lo', "HOW: loud or quiet"),
        ("/tell ada loud ", "[WORDS...]: what to say"),
        ("/tell ada loud one two ", "[WORDS...]: what to say"),
        ("/TELL ada", "WHO: a person"),
        ("/tell", ""),
        ("/te", ""),
        ("/rest ", ""),
        ("/unknown x", ""),
        ("//tell ", ""),
        ("tell ada ", ""),
        ("", ""),
        ("/", ""),
        ("/ x", ""),
        ('/tell "ada', "WHO: a person"),
        ('/tell ada "lo', "HOW: loud or quiet"),
        ("/tell how=lo", "HOW: loud or quiet"),
        ("/tell how=loud ", "WHO: a person"),
        ('/tell how="lo', "HOW: loud or quiet"),
        ("/tell how=loud who=ada w", "[WORDS...]: what to say"),
    ],
)
def test_an_unfinished_line_tells_its_argument(line: str, hint: str) -> None:
    assert argument_hint(line, REGISTRY) == hint


def test_a_name_that_is_written_out_is_not_given_up_for_one_that_is_told_of_with_the_same_word() -> None:
    assert any(each.label == "block" for each in complete("/help call", registry, CommandContext()))
    assert all(each.is_free for each in complete("/help call", registry, CommandContext()))
    assert not any(each.is_free for each in complete("/help cal", registry, CommandContext()))
