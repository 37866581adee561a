"""Frames of one turn of the loop are one write."""

import asyncio

from tuichat.voice.joined_writer import JoinedWriter


async def test_what_one_turn_puts_is_written_at_once_and_in_order() -> None:
    written: list[bytes] = []
    joined = JoinedWriter(written.append)
    joined.put(b"a")
    joined.put(b"b")
    assert written == []
    await asyncio.sleep(0)
    assert written == [b"ab"]
    joined.put(b"c")
    await asyncio.sleep(0)
    assert written == [b"ab", b"c"]


async def test_what_is_pending_is_written_before_the_end() -> None:
    written: list[bytes] = []
    joined = JoinedWriter(written.append)
    joined.put(b"last words")
    joined.flush()
    await asyncio.sleep(0)
    assert written == [b"last words"]
