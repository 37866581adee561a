"""Holds one speaker's packets until they are to be played, in order, for as short as the network allows.

It knows no clock: packets come with the time at which they came, and `take` is called when the sound card needs the
next frame. Sequence numbers tell losses from pauses, timestamps say when something is due.
"""

import enum
from bisect import insort
from typing import Final, NamedTuple

from tuichat.protocol.rtp import FRAME_SAMPLES, RATE_HZ, Unwrapper
from tuichat.voice.opus_packet import has_fec, is_quiet, packet_samples
from tuichat.voice.playout_delay import MAX_DELAY_MS, PlayoutDelay
from tuichat.voice.reception import MAX_LEAP, WINDOW, Reception

MAX_PACKETS: Final = 256  # 400 KB of the largest; nobody honest is more than 4 s ahead
MAX_AHEAD_SAMPLES: Final = 4 * RATE_HZ
STARVED_SAMPLES: Final = RATE_HZ // 5  # 200 ms without a packet end a talk spurt
LATE_TOLERANCE_MS: Final = 5.0  # half of what the sound card asks for at a time
LATE_ALLOWED_MS: Final = 10.0  # what came so late is played whole, and the delay made up for later
MAX_EXCESS_MS: Final = 150.0  # of taste: more than this is not crept back from but left out
LONG_FAMINE_SAMPLES: Final = 3 * FRAME_SAMPLES  # a stall of the network, after which words matter more than delay
SAMPLES_PER_MS: Final = RATE_HZ / 1000


class Arrival(enum.Enum):
    """What became of a packet."""

    KEPT = enum.auto()
    REPEATED = enum.auto()
    LATE = enum.auto()
    REFUSED = enum.auto()
    """It is no Opus packet."""


class Packet(NamedTuple):
    """One frame, under extended numbers; `is_repetition` where a later packet brought it along."""

    sequence: int
    timestamp: int
    samples: int
    payload: bytes
    is_repetition: bool = False


class Frame(NamedTuple):
    """Decode this, and drop the first `skip` samples of it, which are over."""

    packet: Packet
    skip: int = 0


class Lost(NamedTuple):
    """Mend a frame of so many samples, and drop the first `skip` of it, which are over.

    `next_payload` is the packet right behind it, where it is there and tells of it.
    """

    samples: int
    next_payload: bytes | None = None
    skip: int = 0


class Starved(NamedTuple):
    """Nothing is there though something was to come: mend for as long as need be, and say so to `starve`."""


class Quiet(NamedTuple):
    """Nothing is to be heard now."""


Step = Frame | Lost | Starved | Quiet


class JitterBuffer:
    """One stream's packets. Its memory is bounded, whatever a stranger sends."""

    def __init__(self) -> None:
        self.reception = Reception()
        self.delay = PlayoutDelay()
        self._unwrap_sequence = Unwrapper(16)
        self._unwrap_timestamp = Unwrapper(32)
        self._packets: dict[int, Packet] = {}
        self._order: list[int] = []
        self._cursor: int | None = None
        """The timestamp that is to be played next; None between talk spurts."""
        self._end = 0
        """The timestamp behind the last frame that was played."""
        self._is_paused = False
        """Whether the sender said that silence follows."""
        self._last_sequence = 0
        self._starved_samples = 0
        self._repeat_samples = 0
        """How far back the sender's repetitions reach."""
        self._repeat_seen_at: int | None = None
        self._fec_seen_at: int | None = None
        """The last packets that brought a repetition, and forward error correction."""

    @property
    def is_between_spurts(self) -> bool:
        return self._cursor is None

    def __len__(self) -> int:
        return len(self._order)

    def put(self, sequence: int, timestamp: int, payload: bytes, now_ms: float) -> Arrival:
        """Take a packet, its numbers as they stand in the header."""
        samples = packet_samples(payload)
        if not samples:
            return Arrival.REFUSED
        highest = self.reception.highest
        sequence = self._unwrap_sequence.unwrap(sequence)
        timestamp = self._unwrap_timestamp.unwrap(timestamp)
        if highest is not None and abs(sequence - highest) > MAX_LEAP:
            self._clear()
            self.delay.begin_anew()
        if not self.reception.arrive(sequence, timestamp, now_ms):
            return Arrival.REPEATED
        if has_fec(payload):
            self._fec_seen_at = sequence
        self._follow(sequence, timestamp, now_ms)
        if self._is_over(timestamp + samples):
            self.reception.discard(sequence)
            return Arrival.LATE
        self._keep(Packet(sequence, timestamp, samples, payload))
        return Arrival.KEPT

    def put_repetition(self, offset_samples: int, payload: bytes, sequence: int, timestamp: int) -> None:
        """Take a frame that the packet of these numbers, put before, brought along from `offset_samples` earlier."""
        samples = packet_samples(payload)
        if not samples or offset_samples <= 0:
            return
        timestamp = self._unwrap_timestamp.unwrap(timestamp) - offset_samples
        sequence = self._unwrap_sequence.unwrap(sequence) - max(1, offset_samples // samples)
        if (
            self._repeat_seen_at is None
            or offset_samples > self._repeat_samples
            or not self._is_recent(self._repeat_seen_at)
        ):
            self._repeat_samples = offset_samples
        if offset_samples == self._repeat_samples:
            self._repeat_seen_at = sequence
        if self._cursor is None or timestamp in self._packets or self._is_over(timestamp + samples):
            return  # between spurts it would bring back the end of the one before
        self._keep(Packet(sequence, timestamp, samples, payload, is_repetition=True))

    def take(self, now_ms: float) -> Step:
        """Return what to play next, and go on behind it."""
        if self._cursor is None and not self._begin_spurt(now_ms):
            return Quiet()
        assert self._cursor is not None
        if not self._order:
            return Starved()
        if self._starved_samples:
            self._catch_up(now_ms)
        first = self._packets[self._order[0]]
        self.delay.take(self._cursor / SAMPLES_PER_MS, now_ms)
        gap = first.timestamp - self._cursor
        if gap > 0:
            return self._cross(gap, first, now_ms)
        del self._packets[self._order.pop(0)]
        skip = min(-gap, first.samples)
        if len(self._order) > 1 and not skip and self.delay.excess_ms > MAX_EXCESS_MS:
            skip = first.samples
            self.delay.shift(-skip / SAMPLES_PER_MS)
        if skip == first.samples and not first.is_repetition:
            self.reception.discard(first.sequence)
        self._cursor = self._end = max(self._cursor, first.timestamp + first.samples)
        self._last_sequence = first.sequence
        self._is_paused = is_quiet(first.payload) and not self._order
        if self._is_paused:
            self._end_spurt()
        return Frame(first, skip)

    def starve(self, samples: int) -> None:
        """Hear that so many samples were made up after Starved."""
        self._starved_samples += samples
        if self._starved_samples >= STARVED_SAMPLES:
            self._end_spurt()

    def _mending_ms(self) -> float:
        lost, _, _ = self.reception.mendable_loss()
        if not lost:
            return 0.0
        if self._repeat_seen_at is not None and self._is_recent(self._repeat_seen_at):
            return self._repeat_samples / SAMPLES_PER_MS
        if self._fec_seen_at is not None and self._is_recent(self._fec_seen_at):
            return FRAME_SAMPLES / SAMPLES_PER_MS
        return 0.0

    def _is_recent(self, sequence: int) -> bool:
        return (self.reception.highest or 0) - sequence < WINDOW

    def _begin_spurt(self, now_ms: float) -> bool:
        """Start playing when the first packet is due; what would be heard far too late is left out."""
        while self._order:
            first = self._packets[self._order[0]]
            media_ms = first.timestamp / SAMPLES_PER_MS
            if now_ms < self.delay.due_ms(media_ms, self.delay.wanted_ms) - LATE_TOLERANCE_MS:
                return False
            latest_ms = MAX_DELAY_MS + first.samples / SAMPLES_PER_MS  # from then on the next one is due
            if len(self._order) == 1 or now_ms <= self.delay.due_ms(media_ms, latest_ms):
                self._cursor = first.timestamp
                self._last_sequence = first.sequence - 1
                self._starved_samples = 0
                self.delay.forget_actual()
                return True
            self.reception.discard(first.sequence)
            del self._packets[self._order.pop(0)]
        return False

    def _end_spurt(self) -> None:
        self._cursor = None
        self._starved_samples = 0

    def _catch_up(self, now_ms: float) -> None:
        """After a famine, decide whether what was made up stood for what came late, or came before it."""
        assert self._cursor is not None
        made_up, self._starved_samples = self._starved_samples, 0
        is_long = made_up >= LONG_FAMINE_SAMPLES
        allowed_ms = MAX_DELAY_MS if is_long else self.delay.wanted_ms + LATE_ALLOWED_MS
        if is_long:
            self.delay.forget_actual()
        due_ms = self.delay.due_ms(self._cursor / SAMPLES_PER_MS, allowed_ms)
        behind = round((now_ms - due_ms) * SAMPLES_PER_MS)
        gap = self._packets[self._order[0]].timestamp - self._cursor
        self._cursor += min(made_up, max(gap, behind, 0))

    def _cross(self, gap: int, first: Packet, now_ms: float) -> Step:
        """Go on over a hole before the first packet: what was lost is mended, where the sender paused is silence."""
        assert self._cursor is not None
        missing = first.sequence - self._last_sequence - 1
        if missing <= 0 or gap > (missing + 1) * max(first.samples, FRAME_SAMPLES):
            self._end_spurt()
            return self.take(now_ms)
        part = gap % first.samples or first.samples
        is_next = part == gap
        self._cursor += part
        self._last_sequence += 1
        known = first.payload if is_next and has_fec(first.payload) else None
        return Lost(first.samples, known, skip=first.samples - part)

    def _is_over(self, end_timestamp: int) -> bool:
        return self._cursor is not None and end_timestamp <= self._cursor

    def _keep(self, packet: Packet) -> None:
        if packet.timestamp not in self._packets:
            insort(self._order, packet.timestamp)
        self._packets[packet.timestamp] = packet
        while len(self._order) > MAX_PACKETS or self._order[-1] - self._order[0] > MAX_AHEAD_SAMPLES:
            left_out = self._packets.pop(self._order.pop(0))
            if not left_out.is_repetition:
                self.reception.discard(left_out.sequence)
            self._end_spurt()

    def _follow(self, sequence: int, timestamp: int, now_ms: float) -> None:
        """Learn from a packet how long to hold the next ones."""
        transit_ms = now_ms - timestamp / SAMPLES_PER_MS
        # Some senders' timestamps stand still while nobody speaks, others begin anew.
        stood_still = self._is_paused and sequence == self._last_sequence + 1 and timestamp == self._end
        if (stood_still and not self._order) or self.delay.is_other_clock(transit_ms):
            self._clear()
            self.delay.follow_clock(transit_ms)
            self.reception.forget_transit()
        self.delay.arrive(transit_ms, now_ms)
        self.delay.mending_ms = self._mending_ms()

    def _clear(self) -> None:
        self._packets.clear()
        self._order.clear()
        self._end_spurt()
