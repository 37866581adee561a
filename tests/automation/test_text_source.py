"""Standard input becomes messages: whole, or line by line as it comes."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest

from tuichat.automation import text_source
from tuichat.commands.errors import CommandError


async def all_of(texts: AsyncIterator[str]) -> list[str]:
    return [text async for text in texts]


def pipe_of(given: bytes) -> int:
    inside, outside = os.pipe()
    os.write(outside, given)
    os.close(outside)
    return inside


async def test_standard_input_is_one_message() -> None:
    assert await all_of(text_source.whole(pipe_of(b"one\r\ntwo\n\n"))) == ["one\ntwo"]


async def test_each_line_is_a_message_and_blank_ones_are_none() -> None:
    assert await all_of(text_source.lines(pipe_of("é\r\n\n \nlast".encode()))) == ["é", "last"]


async def test_a_line_that_is_too_long_becomes_several_messages() -> None:
    sent = await all_of(text_source.lines(pipe_of(b"x" * 4500 + b"\nend\n")))
    assert [len(text) for text in sent] == [2000, 2000, 500, 3]


async def test_a_line_is_given_before_the_next_is_there() -> None:
    inside, outside = os.pipe()
    lines = text_source.lines(inside)
    os.write(outside, b"one\ntw")
    assert await anext(lines) == "one"
    coming = asyncio.ensure_future(anext(lines))
    await asyncio.sleep(0)
    assert not coming.done()
    os.write(outside, b"o\n")
    assert await coming == "two"
    os.close(outside)


async def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    assert await all_of(text_source.whole(pipe_of(b"a\xffb"))) == ["a\ufffdb"]


async def test_too_much_for_one_message_is_refused_with_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_source, "MAX_WHOLE_BYTES", 10)
    with pytest.raises(CommandError, match="--lines"):
        await all_of(text_source.whole(pipe_of(b"x" * 11)))
