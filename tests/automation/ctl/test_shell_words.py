"""The words of a shell reach a command as they are, whatever is in them."""

import importlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.automation.ctl.shell_words import line_of
from tuichat.commands.arguments import read_words
from tuichat.commands.command import registry
from tuichat.commands.errors import CommandError
from tuichat.commands.parser import Call, parse_line

importlib.import_module("tuichat.commands.engine")  # registers the commands

WORDS = st.lists(st.text(max_size=30), min_size=1, max_size=5)
TRICKY = st.lists(
    st.sampled_from(["/quit", "--", "to=#evil", "text=x", '"', '\\"', "\n/quit", "a b", "", "#ci", "s/a/b/", "//"]),
    min_size=1,
    max_size=5,
)


def read(words: list[str]) -> tuple[str, dict[str, str]]:
    """Return the command and the arguments that the engine makes of words."""
    parsed = parse_line(line_of(words, registry))
    assert isinstance(parsed, Call)
    wanted = registry.get(parsed.name)
    assert wanted is not None
    found = read_words(parsed.line, parsed.name_end, wanted.parameters, wanted.usage)
    return parsed.name, {keyword: word.text for keyword, word in found.items()}


@given(WORDS | TRICKY)
def test_a_text_is_what_the_shell_passed(words: list[str]) -> None:
    text = " ".join(words).strip()
    if not text:
        with pytest.raises(CommandError):
            read(["msg", "#ci", "--", *words])
        return
    assert read(["msg", "#ci", "--", *words]) == ("msg", {"to": "#ci", "text": text})


@given(st.text(min_size=1, max_size=30))
def test_a_word_is_one_argument_behind_the_end_of_names(word: str) -> None:
    assert read(["/msg", "--", word, "hi"]) == ("msg", {"to": word, "text": "hi"})


def test_arguments_go_by_name() -> None:
    with pytest.raises(CommandError, match="TO is missing"):  # a text takes all that is left
        read(["msg", "text=two  blanks", "and", "to=more"])
    assert read(["msg", "to=two words", "x"]) == ("msg", {"to": "two words", "text": "x"})
    assert read(["msg", "#ci", "text=x"]) == ("msg", {"to": "#ci", "text": "text=x"})


def test_one_word_with_blanks_is_a_whole_line() -> None:
    assert line_of(["/msg #ci  hi"], registry) == "/msg #ci  hi"
    for words in (["msg #ci hi"], ["/msg #ci", "hi"], [""], [], ["/"], ["//x", "y"]):
        with pytest.raises(CommandError):
            line_of(words, registry)


def test_what_no_command_is_keeps_its_words_apart() -> None:
    assert line_of(["nosuch", "a b", "c"], registry) == '/nosuch "a b" c'
    with pytest.raises(CommandError, match="one argument too many"):
        read(["unread", "one too many", "x", "y"])
