"""A line of a plugin is a request or an error; what stands in an argument is that argument, whatever it looks like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.automation.plugins.request import Request, RequestError, Value, build_line, id_of, parse
from tuichat.commands import engine
from tuichat.commands.arguments import read_words
from tuichat.commands.command import registry
from tuichat.commands.parser import Call, parse_line

SENTENCES = st.text(alphabet=' "\\=/#@\n:ato', max_size=12) | st.sampled_from(
    ["to=#other", 'x" to="#other', "text=x", "/quit", "reason=", "$(id)", "s/a/b/", "\\", '\\"', "name=x delete=1d"]
)
COMMANDS = [each for each in registry.all() if each.parameters and engine.SUBJECTS]


def test_a_request_names_a_command_its_arguments_and_a_place() -> None:
    line = b'{"id": 1, "action": "reply", "in": "dev/#general", "arguments": {"message": "last", "text": "yes"}}\n'
    assert parse(line) == Request(1, "reply", {"message": "last", "text": "yes"}, "dev/#general")
    assert parse(b'{"id": "a", "action": "help"}') == Request("a", "help")


@pytest.mark.parametrize(
    "line",
    [
        b"hello",
        b"[]",
        b'{"action": "help"}',
        b'{"id": 1}',
        b'{"id": 1.5, "action": "help"}',
        b'{"id": 1, "action": "help", "token": "x"}',
        b'{"id": 1, "action": "msg", "arguments": {"to": ["#a"]}}',
        b'{"id": 1, "action": "msg", "arguments": {"to": {"a": {"b": {"c": 1}}}}}',
        b'{"id": 1, "action": "\xff"}',
        b'{"id": 1, "action": "' + b"x" * 70_000 + b'"}',
    ],
)
def test_another_line_is_none(line: bytes) -> None:
    with pytest.raises(RequestError):
        parse(line)


def test_the_id_of_a_wrong_request_is_told_where_it_has_one() -> None:
    assert id_of(b'{"id": 7, "action": []}') == 7
    assert id_of(b'{"id": [], "action": "x"}') is None
    assert id_of(b"hello") is None


@given(st.binary(max_size=80) | st.text(alphabet='{}[]":,idaction1 ', max_size=80).map(str.encode))
def test_any_bytes_are_a_request_or_an_error(line: bytes) -> None:
    id_of(line)
    try:
        parse(line)
    except RequestError:
        return


@given(st.data())
def test_each_argument_arrives_as_it_was_given(data: st.DataObject) -> None:
    command = data.draw(st.sampled_from(COMMANDS))
    arguments: dict[str, Value] = {}
    for parameter in command.parameters:
        if parameter.is_required or data.draw(st.booleans()):
            text = data.draw(SENTENCES)
            arguments[parameter.name] = text if text.strip() or not parameter.kind.takes_rest else "x"
    line = build_line(command, arguments)
    call = parse_line(line)
    assert isinstance(call, Call)
    assert call.name == command.name
    words = read_words(call.line, call.name_end, command.parameters, command.usage)
    for parameter in command.parameters:
        given = arguments.get(parameter.name)
        read = words.get(parameter.keyword)
        told = None if read is None else read.text
        assert told == (given.strip() if isinstance(given, str) and parameter.kind.takes_rest else given)


def test_numbers_and_switches_are_written_as_people_write_them() -> None:
    msg = registry.get("msg")
    assert msg is not None
    assert build_line(msg, {"to": 12, "text": True}) == "/msg to=12 text=true"
    assert build_line(msg, {"to": "#a b", "text": None}) == '/msg to="#a b"'
    with pytest.raises(RequestError, match=r"/msg has no argument txt\. It has: to, text\."):
        build_line(msg, {"txt": "x"})
