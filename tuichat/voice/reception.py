"""What came of one speaker's packets: losses, duplicates, jitter and bursts, as receiver reports tell them."""

import re
from typing import Final, NamedTuple

from tuichat.protocol.rtp import RATE_HZ

WINDOW: Final = 512  # packets, ten seconds
SETTLED: Final = 10  # packets: a gap nearer to the newest may still be filled by what comes out of order
MAX_LEAP: Final = 3000  # RFC 3550, A.1, MAX_DROPOUT: a minute; further on it is another stream
TELLING: Final = 150  # packets, three seconds: in fewer, losses come together by chance
GAP_PACKETS: Final = 16  # RFC 3611, 4.7.2, Gmin

OUTAGE_PACKETS: Final = 10  # in a row, 200 ms: nothing that a sender may repeat reaches across that

_MISSING, _RECEIVED, _LATE, _UNKNOWN, _SWALLOWED = 0, 1, 2, 3, 4
_OUTAGE: Final = re.compile(rb"[%c%c%c]{%d,}" % (_MISSING, _LATE, _SWALLOWED, OUTAGE_PACKETS))


class Bursts(NamedTuple):
    """How losses and discards are spread (RFC 3611, 4.7.2): shares between 0 and 1, mean lengths in packets."""

    burst_density: float = 0.0
    burst_packets: float = 0.0
    gap_density: float = 0.0
    gap_packets: float = 0.0


class Reception:
    """Counts of one stream by extended sequence numbers; what a sender leaps over at once is no loss.

    What an outage of the network swallowed or held up is told apart: no protection mends it, and so none is waited for.
    """

    def __init__(self) -> None:
        self.received = 0
        self.repeated = 0
        self.late = 0
        self.highest: int | None = None
        self.outages = 0
        """How many of those lost were missing when an outage was over."""
        self._earlier_expected = 0
        self._first = 0
        self._states = bytearray([_UNKNOWN]) * WINDOW
        self._jitter_samples = 0.0
        self._transit_samples: float | None = None

    @property
    def expected(self) -> int:
        if self.highest is None:
            return self._earlier_expected
        return self._earlier_expected + self.highest - self._first + 1

    @property
    def lost(self) -> int:
        return max(0, self.expected - self.received)

    @property
    def jitter_ms(self) -> float:
        return self._jitter_samples * 1000 / RATE_HZ

    def arrive(self, sequence: int, timestamp: int, now_ms: float) -> bool:
        """Note a packet, and return False where it came before or is older than the window."""
        if self.highest is None:
            self._begin(sequence)
        assert self.highest is not None
        ahead = sequence - self.highest
        if abs(ahead) > MAX_LEAP:
            self._earlier_expected = self.expected
            self._begin(sequence)
        elif ahead > 0:
            is_outage = ahead > OUTAGE_PACKETS
            if is_outage:
                self.outages += ahead - 1
            for missing in range(max(self.highest + 1, sequence - WINDOW), sequence):
                self._states[missing % WINDOW] = _SWALLOWED if is_outage else _MISSING
            self.highest = sequence
        elif -ahead >= WINDOW or self._states[sequence % WINDOW] in (_RECEIVED, _LATE):
            self.repeated += 1
            return False
        elif self._states[sequence % WINDOW] == _SWALLOWED:
            self.outages -= 1
        self._first = min(self._first, sequence)
        self._states[sequence % WINDOW] = _RECEIVED
        self.received += 1
        self._measure_jitter(timestamp, now_ms)
        return True

    def discard(self, sequence: int) -> None:
        """Note that a packet that arrived came too late to be heard."""
        self.late += 1
        self._states[sequence % WINDOW] = _LATE

    def forget_transit(self) -> None:
        """Measure jitter anew from the next packet, as where a pause stood still in its timestamps."""
        self._transit_samples = None

    def recent_loss(self) -> tuple[int, int, int]:
        """Return how many of the last ten seconds' packets never came, came too late, and were expected."""
        states = self._recent()
        return states.count(_MISSING) + states.count(_SWALLOWED), states.count(_LATE), len(states)

    def mendable_loss(self) -> tuple[int, int, int]:
        """Return the same without outages."""
        states = self._without_outages()
        return states.count(_MISSING) + states.count(_SWALLOWED), states.count(_LATE), len(states)

    def longest_loss(self) -> int:
        """Return the most packets in a row that never came within the last ten seconds."""
        longest = run = 0
        for state in self._recent():
            run = run + 1 if state in (_MISSING, _SWALLOWED) else 0
            longest = max(longest, run)
        return longest

    def bursts(self) -> Bursts:
        """Return how the last ten seconds' losses and discards but for outages are spread.

        Nothing while too few have come to tell.
        """
        states = self._without_outages()
        if len(states) < TELLING:
            return Bursts()
        lost_at = [place for place, state in enumerate(states) if state != _RECEIVED]
        groups: list[list[int]] = []
        for place in lost_at:
            if groups and place - groups[-1][-1] <= GAP_PACKETS:
                groups[-1].append(place)
            else:
                groups.append([place])
        bursts = [group for group in groups if len(group) > 1]
        burst_packets = sum(group[-1] - group[0] + 1 for group in bursts)
        burst_losses = sum(len(group) for group in bursts)
        gap_packets = len(states) - burst_packets
        return Bursts(
            burst_density=burst_losses / burst_packets if burst_packets else 0.0,
            burst_packets=burst_packets / len(bursts) if bursts else 0.0,
            gap_density=(len(lost_at) - burst_losses) / gap_packets if gap_packets else 0.0,
            gap_packets=gap_packets / (len(bursts) + 1),
        )

    def _begin(self, sequence: int) -> None:
        self.highest = self._first = sequence
        self._states = bytearray([_UNKNOWN]) * WINDOW
        self._transit_samples = None

    def _recent(self) -> bytes:
        """Return the states of the packets that should have come by now, oldest first."""
        if self.highest is None:
            return b""
        turn = (self.highest + 1) % WINDOW
        in_order = self._states[turn:] + self._states[:turn]
        return bytes(in_order[: WINDOW - SETTLED]).replace(bytes([_UNKNOWN]), b"")

    def _without_outages(self) -> bytes:
        states = self._recent()
        has_room = len(states) - states.count(_RECEIVED) >= OUTAGE_PACKETS
        return _OUTAGE.sub(b"", states) if has_room else states

    def _measure_jitter(self, timestamp: int, now_ms: float) -> None:
        transit = now_ms * RATE_HZ / 1000 - timestamp
        if self._transit_samples is not None:
            change = abs(transit - self._transit_samples)
            self._jitter_samples += (min(change, RATE_HZ) - self._jitter_samples) / 16  # RFC 3550, 6.4.1
        self._transit_samples = transit
