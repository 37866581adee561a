"""One direction of an emulated link: when each packet arrives at the other end, if it does. No I/O, no clock."""

import heapq
import random
from dataclasses import dataclass

import msgspec

QUEUE_S = 0.5  # of a slow line: as much as a home router's holds; what finds it full is lost
MAX_PACKETS = 20_000
PROTOCOL_AT, UDP = 9, b"\x11"  # of IPv4's header


class LinkState(msgspec.Struct, frozen=True, kw_only=True):
    """How a link is. `loss` is a share of all packets, 0 to 1; `rate_bits_s` of each direction, 0 for no limit.

    Where `blocks_udp`, a wall lets only TCP through.
    """

    rtt_ms: float = 0.0
    loss: float = 0.0
    rate_bits_s: int = 0
    blocks_udp: bool = False


class Stall(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing arrives for so long. What was sent meanwhile is lost, or all comes at the end at once."""

    seconds: float
    is_lost: bool


class WayCount(msgspec.Struct, frozen=True, kw_only=True):
    """What was given to one direction since its beginning, with IP's own headers, and what of it was lost."""

    packets: int = 0
    sent_bytes: int = 0
    lost_packets: int = 0


@dataclass(order=True)
class _Underway:
    due_s: float
    number: int
    packet: bytes


class WayOneDirection:
    """Takes packets and gives them back in their order, later."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._state = LinkState()
        self._underway: list[_Underway] = []
        self._free_s = 0.0
        self._latest_due_s = 0.0
        self._held_until_s = 0.0
        self._lost_until_s = 0.0
        self._packets = self._bytes = self._lost = 0

    @property
    def count(self) -> WayCount:
        return WayCount(packets=self._packets, sent_bytes=self._bytes, lost_packets=self._lost)

    def set_state(self, state: LinkState) -> None:
        """Be like this from now on; what is under way arrives as it was to."""
        self._state = state

    def stall(self, stall: Stall, now_s: float) -> None:
        """Hold or lose everything for a time. A stall of no seconds ends another."""
        self._held_until_s = 0.0 if stall.is_lost else now_s + stall.seconds
        self._lost_until_s = now_s + stall.seconds if stall.is_lost else 0.0
        if stall.is_lost and stall.seconds:
            self._lost += len(self._underway)
            self._underway.clear()

    def send(self, packet: bytes, now_s: float) -> None:
        state = self._state
        self._packets += 1
        self._bytes += len(packet)
        begins_s = max(now_s, self._free_s)
        is_lost = (
            now_s < self._lost_until_s
            or (state.blocks_udp and packet[PROTOCOL_AT : PROTOCOL_AT + 1] == UDP)
            or (state.loss and self._random.random() < state.loss)
            or (state.rate_bits_s and begins_s - now_s > QUEUE_S)
            or len(self._underway) >= MAX_PACKETS
        )
        if is_lost:
            self._lost += 1
            return
        if state.rate_bits_s:
            self._free_s = begins_s = begins_s + len(packet) * 8 / state.rate_bits_s
        self._latest_due_s = max(begins_s + state.rtt_ms / 2000, self._latest_due_s)
        heapq.heappush(self._underway, _Underway(self._latest_due_s, self._packets, packet))

    def arrived(self, now_s: float) -> list[bytes]:
        """Return what has come to the other end by now."""
        found = []
        if now_s >= self._held_until_s:
            while self._underway and self._underway[0].due_s <= now_s:
                found.append(heapq.heappop(self._underway).packet)
        return found

    def next_s(self) -> float | None:
        """Return when `arrived` is to be asked again."""
        return max(self._underway[0].due_s, self._held_until_s) if self._underway else None
