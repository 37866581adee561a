"""Arguments go by position or by name, and a text is never read as a name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.commands.arguments import Parameter, being_written, read_words
from tuichat.commands.errors import CommandError
from tuichat.commands.kinds import KINDS, Text
from tuichat.commands.parser import quoted


def parameter(name: str, kind: type = str, *, is_required: bool = True) -> Parameter:
    return Parameter(name, kind, KINDS[kind], f"the {name}", is_required, name)


TO, HOW, TEXT = parameter("to"), parameter("how", is_required=False), parameter("text", Text)


def words(line: str, *parameters: Parameter) -> dict[str, str]:
    return {name: word.text for name, word in read_words(line, 0, parameters, "/x").items()}


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("#ci loud build passed", {"to": "#ci", "how": "loud", "text": "build passed"}),
        ("#ci loud text=hi", {"to": "#ci", "how": "loud", "text": "text=hi"}),
        ("to=#ci how=loud text=build passed", {"to": "#ci", "how": "loud", "text": "build passed"}),
        ("how=loud to=#ci text=build passed", {"to": "#ci", "how": "loud", "text": "build passed"}),
        ("how=loud #ci build passed", {"how": "loud", "to": "#ci", "text": "build passed"}),
        ("TO=#ci text=to=#else", {"to": "#ci", "text": "to=#else"}),
        ("#ci text=hi", {"to": "#ci", "text": "hi"}),
        ('to="a \\"b" text="as  typed" ', {"to": 'a "b', "text": '"as  typed"'}),
        ('"to=#ci" loud hi', {"to": "to=#ci", "how": "loud", "text": "hi"}),
        ("to=a to=b hi", {"to": "a", "how": "to=b", "text": "hi"}),
        ("a=b c=d hi", {"to": "a=b", "how": "c=d", "text": "hi"}),
    ],
)
def test_arguments_go_by_position_or_by_name(line: str, found: dict[str, str]) -> None:
    assert words(line, TO, HOW, TEXT) == found


def test_data_that_looks_like_a_name_is_left_alone() -> None:
    assert words("#ci text=hi", TO, TEXT) == {"to": "#ci", "text": "text=hi"}
    assert words("name=x", parameter("name", Text)) == {"name": "name=x"}


@pytest.mark.parametrize(
    ("line", "sentence", "span"),
    [
        ("text=hi", "TO is missing", (7, 7)),
        ("to= hi", "to= has no value", (0, 3)),
        ("to=", "to= has no value", (0, 3)),
        ('to="a', "opened and not closed", (3, 5)),
        ("a b", "TEXT is missing", (3, 3)),
    ],
)
def test_what_is_wrong_is_told_with_its_place(line: str, sentence: str, span: tuple[int, int]) -> None:
    with pytest.raises(CommandError, match=sentence) as caught:
        words(line, TO, HOW, TEXT)
    assert caught.value.span == span


def test_one_too_many_is_marked() -> None:
    with pytest.raises(CommandError, match="one argument too many") as caught:
        words("a b  c d", TO, HOW)
    assert caught.value.span == (5, 8)


def test_a_name_can_be_written_while_its_argument_is_open() -> None:
    writing = being_written("/x a h", 2, (TO, HOW, TEXT))
    assert writing is not None
    assert (writing.parameter, writing.begun, writing.start) == (HOW, "h", 5)
    assert writing.waiting == (HOW, TEXT)


OPTION = Parameter("delete", str, KINDS[str], "how far back", is_required=False, keyword="delete", is_option=True)


def test_an_option_goes_by_its_name_also_before_a_text() -> None:
    assert words("@x delete=7d spam delete=1h", TO, TEXT, OPTION) == {
        "to": "@x",
        "delete": "7d",
        "text": "spam delete=1h",
    }
    assert words("@x text=spam", TO, TEXT, OPTION) == {"to": "@x", "text": "spam"}
    with pytest.raises(CommandError, match="one argument too many"):
        words("@x 7d", TO, OPTION)
    assert OPTION.usage == "[delete=DELETE]"


LINES = st.text(max_size=40) | st.text(alphabet='to=#ci" \\how text', max_size=40)


@given(LINES)
def test_any_line_is_read_or_refused(line: str) -> None:
    being_written(line, 0, (TO, HOW, TEXT))
    try:
        found = read_words(line, 0, (TO, HOW, TEXT), "/x")
    except CommandError as error:
        assert error.span is not None  # noqa: PT017  # a value is fine too
        assert 0 <= error.span[0] <= error.span[1] <= len(line)  # noqa: PT017
        return
    assert {"to", "text"} <= found.keys() <= {"to", "how", "text"}
    assert all(line[word.start : word.end].strip() == line[word.start : word.end] for word in found.values())


@given(st.text(min_size=1).filter(lambda text: text.strip() == text))
def test_text_comes_out_as_it_went_in(text: str) -> None:
    assert words(f"#ci {text}", TO, TEXT)["text"] == text
    assert words(f"to=#ci text={text}", TO, TEXT)["text"] == text


@given(st.text())
def test_a_quoted_word_is_one_word(text: str) -> None:
    assert words(f"{quoted(text)} text={text or 'x'}", TO, TEXT)["to"] == text
