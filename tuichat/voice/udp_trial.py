"""Tries whether UDP gets to a media port and back, and how long that takes, by a few IP discoveries."""

import asyncio
import contextlib
import statistics

from tuichat.protocol import discovery
from tuichat.protocol.errors import ProtocolError
from tuichat.voice.monotonic import now_ms
from tuichat.voice.udp_socket import UdpSocket

REQUESTS = 5  # one after the other; a server of ours answers eight
WAIT_S = 0.6  # taste: for each answer; three times in vain is what a call waits for UDP
MAX_MISSES = 3


async def udp_round_trip_ms(host: str, port: int, ssrc: int) -> float | None:
    """Return the median round trip in milliseconds; None where no answer came within 1.8 s.

    Of an answer that comes too late nobody can say which request it is to: it counts from the first one it may be to.
    """
    trips_ms: list[float] = []
    arrived = asyncio.Event()
    sent_ms: float | None = None

    def take(datagram: bytes) -> None:
        nonlocal sent_ms
        found = discovery.parse_response(datagram)
        if found is not None and found[0] == ssrc and sent_ms is not None:
            trips_ms.append(now_ms() - sent_ms)
            sent_ms = None
            arrived.set()

    try:
        udp = UdpSocket(host, port, take)
    except (ProtocolError, OSError):
        return None
    misses = 0
    try:
        for _ in range(REQUESTS):
            arrived.clear()
            if sent_ms is None:
                sent_ms = now_ms()
            udp.send(discovery.request(ssrc))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(WAIT_S):
                    await arrived.wait()
            misses = 0 if arrived.is_set() else misses + 1
            if misses == MAX_MISSES or udp.is_broken:
                break
    finally:
        udp.close()
    return statistics.median(trips_ms) if trips_ms else None
