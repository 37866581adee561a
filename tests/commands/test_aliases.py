"""An alias stands for one line; what is put into it stays a word, or text, and never becomes another command."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.commands.aliases import expand
from tuichat.commands.arguments import Parameter, read_words
from tuichat.commands.errors import CommandError
from tuichat.commands.kinds import KINDS, Text
from tuichat.commands.parser import Call, PlainText, parse_line

TO = Parameter("to", str, KINDS[str], "where", is_required=True, keyword="to")
TEXT = Parameter("text", Text, KINDS[Text], "what", is_required=True, keyword="text")


def parameters_of(name: str) -> Sequence[Parameter] | None:
    return {"msg": (TO, TEXT), "join": (TO,)}.get(name)


def expanded(line: str, **aliases: str) -> PlainText | str:
    call = parse_line(line)
    assert isinstance(call, Call)
    return expand(call, aliases, parameters_of)


@pytest.mark.parametrize(
    ("template", "typed", "line"),
    [
        ("/msg #ci", "/a build passed", "/msg #ci build passed"),
        ("/msg #ci", '/a "as typed"  x', '/msg #ci "as typed"  x'),
        ("/msg #ci $*", "/a build passed", "/msg #ci build passed"),
        ("/msg $1 $2!", '/a #ci "build passed"', "/msg #ci build passed!"),
        ("/msg to=$1 text=$2", '/a "#c i" "x y"', '/msg to="#c i" text=x y'),
        ("/msg to=#ci $1", "/a to=#b", "/msg to=#ci text=to=#b"),
        ("/msg #$1 hi", '/a "ci evil"', '/msg "#ci evil" hi'),
        ('/msg "#$1" hi', '/a x"y', '/msg #x"y hi'),
        ("/msg $1 costs $$5", "/a #ci", "/msg #ci costs $5"),
        ("/join #notes", "/a", "/join #notes"),
        ("/b $1 x", "/a #ci", "/msg #ci x"),
        ("/b", "/a #ci x", "/msg #ci x"),
    ],
)
def test_words_take_their_places(template: str, typed: str, line: str) -> None:
    assert expanded(typed, a=template, b="/msg") == line


def test_an_alias_may_stand_for_a_message() -> None:
    assert expanded("/shrug", shrug="¯\\_(ツ)_/¯") == PlainText("¯\\_(ツ)_/¯")
    assert expanded("/a /quit", a="$1") == PlainText("/quit")
    assert expanded("/a x", a="//slash") == PlainText("/slash x")


@pytest.mark.parametrize(
    ("template", "typed"), [("/msg #ci $1", "/a"), ("/msg #ci $1", "/a x y"), ("/msg $2 x", "/a x")]
)
def test_too_few_or_too_many_words_are_told(template: str, typed: str) -> None:
    with pytest.raises(CommandError, match="/a takes"):
        expanded(typed, a=template)


def test_aliases_that_go_round_are_refused() -> None:
    with pytest.raises(CommandError, match="/a → /b → /a"):
        expanded("/a x", a="/b $1", b="/a $1")
    many = {f"n{number}": f"/n{number + 1}" for number in range(50)}
    with pytest.raises(CommandError, match="without end"):
        expanded("/n0", **many)


WORDS = st.text(min_size=1).map(lambda text: " ".join(text.split())).filter(bool)


@given(WORDS, st.sampled_from(["/msg $1 hi", "/msg to=$1 hi", "/msg #$1 hi", '/msg "$1" hi']))
def test_a_word_stays_one_word(word: str, template: str) -> None:
    quoted = '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
    line = expanded(f"/a {quoted}", a=template)
    assert isinstance(line, str)
    call = parse_line(line)
    assert isinstance(call, Call)
    assert call.name == "msg"
    words = read_words(line, call.name_end, (TO, TEXT), "/msg")
    assert words["to"].text.removeprefix("#") == word.removeprefix("#")
    assert words["text"].text == "hi"


@given(WORDS, st.sampled_from(["/msg #ci", "/msg #ci $*", "/msg to=#ci text=$*"]))
def test_text_comes_out_as_it_went_in(text: str, template: str) -> None:
    line = expanded(f"/a {text}", a=template)
    assert isinstance(line, str)
    assert read_words(line, 4, (TO, TEXT), "/msg")["text"].text == text


TEMPLATES = st.tuples(st.sampled_from(["", "/msg ", "/b ", "/"]), st.text()).map("".join)


@given(TEMPLATES, TEMPLATES, st.text())
def test_any_alias_ends_in_a_line_of_its_command_or_a_sentence(template: str, other: str, typed: str) -> None:
    try:
        call = parse_line(f"/a {typed}")
        inner = parse_line(template)
        assert isinstance(call, Call)
        found = expand(call, {"a": template, "b": other}, parameters_of)
    except CommandError:
        return
    if isinstance(found, PlainText):
        assert isinstance(inner, PlainText) or inner.name in ("a", "b")
        return
    assert isinstance(inner, Call)
    made = parse_line(found)
    assert isinstance(made, Call)
    assert made.name == inner.name or inner.name in ("a", "b")
