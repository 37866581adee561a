"""Where the way is long a packet waits for the next one, never long and never out of order."""

import asyncio

from tests.client.waiting import until
from tuichat.voice.packet_pairs import PacketPairs


def pairs(*, rtt_ms: float | None = 50.0) -> tuple[PacketPairs, list[bytes]]:
    sent: list[bytes] = []
    made = PacketPairs(sent.append)
    made.note_round_trip(rtt_ms)
    return made, sent


async def test_the_first_waits_for_the_second() -> None:
    made, sent = pairs()
    made.put(b"1", may_wait=True)
    assert sent == []
    made.put(b"2", may_wait=True)
    assert sent == [b"1", b"2"]
    made.put(b"3", may_wait=True)
    assert sent == [b"1", b"2"]
    made.close()


async def test_one_that_nothing_follows_goes_alone() -> None:
    made, sent = pairs()
    began_s = asyncio.get_running_loop().time()
    made.put(b"1", may_wait=True)
    await until(lambda: sent == [b"1"])
    assert asyncio.get_running_loop().time() - began_s >= 0.02


async def test_on_a_short_way_and_on_one_of_unknown_length_nothing_waits() -> None:
    for rtt_ms in (None, 1.0):
        made, sent = pairs(rtt_ms=rtt_ms)
        made.put(b"1", may_wait=True)
        assert sent == [b"1"]


async def test_what_may_not_wait_takes_along_what_does() -> None:
    made, sent = pairs()
    made.put(b"speech", may_wait=True)
    made.put(b"report", may_wait=False)
    assert sent == [b"speech", b"report"]


async def test_nothing_is_sent_after_its_end() -> None:
    made, sent = pairs()
    made.put(b"1", may_wait=True)
    made.close()
    await asyncio.sleep(0.03)
    assert sent == []
