"""Frames of one turn of the loop are one write."""

import asyncio

from tests.client.waiting import until
from tuichat.voice.joined_writer import WAIT_S, JoinedWriter


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


async def test_what_may_wait_goes_with_what_may_not() -> None:
    written: list[bytes] = []
    joined = JoinedWriter(written.append)
    joined.put(b"level", may_wait=True)
    joined.put(b"level", may_wait=True)
    await asyncio.sleep(0)
    assert written == []
    joined.put(b"voice")
    joined.put(b"level", may_wait=True)
    await asyncio.sleep(0)
    assert written == [b"levellevelvoicelevel"]
    await asyncio.sleep(2 * WAIT_S)
    assert len(written) == 1


async def test_what_may_wait_does_not_for_ever() -> None:
    written: list[bytes] = []
    joined = JoinedWriter(written.append)
    joined.put(b"level", may_wait=True)
    await until(lambda: written == [b"level"])
