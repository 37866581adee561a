"""Tests of `tuichat.plain.line_source`: lines of pipes, files and terminals."""

import asyncio
import os
import pty
import termios
from pathlib import Path

import pytest

from tuichat.plain.line_source import MAX_LINE_CHARACTERS, DescriptorSource, completions, is_dumb


async def read_all(source: DescriptorSource) -> list[str]:
    lines = []
    while (line := await source.read("> ")) is not None:
        lines.append(line)
    return lines


def nothing(_sentence: str) -> None:
    raise AssertionError("there is nobody to ask")


async def test_a_pipe_is_read_line_by_line_to_its_end() -> None:
    inside, outside = os.pipe()
    os.write(outside, "ärger\r\n\nlast".encode())
    os.close(outside)
    assert await read_all(DescriptorSource(inside, nothing)) == ["ärger", "", "last"]
    os.close(inside)


async def test_a_pipe_is_read_when_a_line_is_wanted_and_not_before() -> None:
    inside, outside = os.pipe()
    source = DescriptorSource(inside, nothing)
    reading = asyncio.create_task(source.read())
    await asyncio.sleep(0)
    assert not reading.done()
    os.write(outside, b"one\ntw")
    assert await reading == "one"
    reading = asyncio.create_task(source.read())
    await asyncio.sleep(0)
    os.write(outside, b"o\n")
    assert await reading == "two"
    os.close(outside)
    assert await source.read() is None
    os.close(inside)


async def test_files_and_the_empty_device_are_read_too(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("a\nb\n")
    for name, lines in ((str(path), ["a", "b"]), ("/dev/null", [])):
        descriptor = os.open(name, os.O_RDONLY)
        assert await read_all(DescriptorSource(descriptor, nothing)) == lines
        os.close(descriptor)


@pytest.mark.parametrize("ending", ["/delete last\nnext\n", "/delete last"])
async def test_the_rest_of_a_line_that_is_too_long_is_no_line(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "lines"
    path.write_text("first\n" + "x" * 3 * MAX_LINE_CHARACTERS + ending)
    said: list[str] = []
    descriptor = os.open(path, os.O_RDONLY)
    first, long, *others = await read_all(DescriptorSource(descriptor, said.append))
    os.close(descriptor)
    assert (first, set(long), others) == ("first", {"x"}, ["next"] if "next" in ending else [])
    assert len(long) >= MAX_LINE_CHARACTERS
    assert said == [f"A line is longer than {MAX_LINE_CHARACTERS} characters: what follows in it is left out."]


async def test_bytes_that_are_no_text_are_marked() -> None:
    inside, outside = os.pipe()
    os.write(outside, b"a\xffb\n")
    os.close(outside)
    assert await read_all(DescriptorSource(inside, nothing)) == ["a\N{REPLACEMENT CHARACTER}b"]
    os.close(inside)


async def test_a_question_at_a_dumb_terminal_is_a_line_and_a_secret_is_not_shown() -> None:
    outside, inside = pty.openpty()
    said: list[str] = []
    echoed: list[bool] = []  # while the question was asked

    def say(sentence: str) -> None:
        said.append(sentence)
        echoed.append(echoes())

    source = DescriptorSource(inside, say)
    assert source.is_terminal
    assert source.typed() is None

    def echoes() -> bool:
        return bool(termios.tcgetattr(inside)[3] & termios.ECHO)

    asking = asyncio.create_task(source.read("Password: ", is_secret=True))
    await asyncio.sleep(0)
    assert not echoes()
    os.write(outside, b"secret\n")
    assert await asking == "secret"
    assert echoes()
    os.write(outside, b"hello\n")
    assert await source.read("> ") == "hello"
    assert (said, echoed) == (["Password:"], [False])
    os.close(outside)
    assert await source.read("> ") is None
    os.close(inside)


def test_a_word_becomes_what_the_line_may_become() -> None:
    lines = ["/msg #general ", "/msg #games "]
    assert completions("/msg #g", 5, lines) == ["#general ", "#games "]
    assert completions("/msg al", 5, ["/msg #general "]) == ["#general "]
    assert completions("/msg al", 5, ["/msg #general ", "/msg alto "]) == ["alto "]
    assert completions('/run "my f', 9, ['/run "my file" ']) == ['file" ']
    assert completions("/run my", 5, ['/run "my file" ']) == ['"my file" ']
    assert completions("hello", 0, []) == []


def test_a_terminal_that_says_nothing_of_itself_is_dumb() -> None:
    assert [is_dumb({"TERM": term}) for term in ("dumb", "", "xterm", "screen-256color")] == [True, True, False, False]
    assert is_dumb({})
