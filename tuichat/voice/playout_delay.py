"""How long one speaker's packets are to be held before they are played, and how long they are."""

from typing import Final

from tuichat.voice.transit import TransitWindow

MIN_DELAY_MS: Final = 20.0
MAX_DELAY_MS: Final = 200.0
FIRST_DELAY_MS: Final = 40.0  # until a second's packets have told of the network
FIRST_PACKETS: Final = 50
DRAINED_MS: Final = 2.0  # packets that come as close together as this were held up by one and the same thing,
CAUGHT_UP_MS: Final = 10.0  # and so were those behind a late one that come sooner than they were sent, by half a frame
MAX_EARLY_MS: Final = 400.0  # timestamps that are further from their time than this, to either side, began anew:
MAX_LATE_MS: Final = 10_000.0  # no network holds packets back for longer
STALL_MEMORY_MS: Final = 10_000.0
HALF_SECOND_MS: Final = 500.0


class PlayoutDelay:
    """The delay is counted from when the fastest of the last packets came: what the network always takes is not in it.

    `mending_ms` is how long what is lost takes to come by other ways; it is waited for, too.
    """

    def __init__(self) -> None:
        self.mending_ms = 0.0
        self._transits = TransitWindow()
        self._arrived_ms = self._transit_ms = float("-inf")
        self._stalled_ms = float("-inf")
        self._is_stall_counted = True
        self._offsets = _LeastOfLastSecond()

    @property
    def wanted_ms(self) -> float:
        """What the jitter of the last seconds calls for, MIN_DELAY_MS to MAX_DELAY_MS."""
        spread_ms = self._transits.spread_ms if self._transits else 0.0
        least_ms = MIN_DELAY_MS if len(self._transits) >= FIRST_PACKETS else FIRST_DELAY_MS
        return min(max(least_ms, MIN_DELAY_MS + self.mending_ms, spread_ms + self.mending_ms), MAX_DELAY_MS)

    @property
    def actual_ms(self) -> float:
        """How long packets waited, at least, within the last second."""
        if not self._transits or self._offsets.least is None:
            return self.wanted_ms
        return self._offsets.least - self._transits.least_ms

    @property
    def excess_ms(self) -> float:
        """By how much the sound comes later than it should; below 0, sooner than the jitter allows."""
        return self.actual_ms - self.wanted_ms

    def arrive(self, transit_ms: float, now_ms: float) -> None:
        """Learn from a packet: `transit_ms` is its arrival less its timestamp."""
        is_drained = self._is_drained(transit_ms, now_ms)
        self._arrived_ms, self._transit_ms = now_ms, transit_ms
        if not is_drained:
            self._note_stall(transit_ms, now_ms)
        elif not self._is_stall_counted:
            return
        self._transits.add(transit_ms)
        self._transits.follow_move()

    def is_other_clock(self, transit_ms: float) -> bool:
        """Return whether a packet's timestamp has nothing to do with those before."""
        return bool(self._transits) and not -MAX_EARLY_MS < transit_ms - self._transits.least_ms < MAX_LATE_MS

    def follow_clock(self, transit_ms: float) -> None:
        """Take it that the sender's timestamps have leapt to where this transit time is a usual one."""
        self._transits.shift_to(transit_ms)

    def begin_anew(self) -> None:
        """Forget the network: this is another stream."""
        self._transits = TransitWindow()
        self._arrived_ms = self._transit_ms = float("-inf")
        self._offsets.clear()

    def due_ms(self, media_ms: float, delay_ms: float) -> float:
        """Return when the packet of a timestamp is played at a delay."""
        return media_ms + self._transits.least_ms + delay_ms

    def take(self, media_ms: float, now_ms: float) -> None:
        """Learn when the packet of a timestamp was needed."""
        self._offsets.add(now_ms - media_ms, now_ms)

    def shift(self, by_ms: float) -> None:
        """Hear that all packets from now on are needed by so much later, below 0 sooner, than they would have been."""
        self._offsets.shift(by_ms)

    def forget_actual(self) -> None:
        """Hear that playing begins again, at another delay."""
        self._offsets.clear()

    def _is_drained(self, transit_ms: float, now_ms: float) -> bool:
        """Whether a packet was held up by what held up the one before it; a narrow line lets them through one by one."""
        caught_up_ms = self._transit_ms - transit_ms
        if now_ms - self._arrived_ms < DRAINED_MS and caught_up_ms > 0:
            return True
        was_late = bool(self._transits) and self._transit_ms - self._transits.least_ms > self.wanted_ms
        return was_late and caught_up_ms >= CAUGHT_UP_MS

    def _note_stall(self, transit_ms: float, now_ms: float) -> None:
        """Decide whether the packets that come in a bunch behind this one tell of stalls to come.

        Alone, a stall is not waited for: for seconds every word would come late. When they come again and again, all
        that each held up is counted.
        """
        self._is_stall_counted = True
        if self._transits and transit_ms - self._transits.least_ms > self.wanted_ms:
            self._is_stall_counted = now_ms - self._stalled_ms < STALL_MEMORY_MS
            self._stalled_ms = now_ms


class _LeastOfLastSecond:
    """The least of the values of the last half second to second, in constant memory."""

    def __init__(self) -> None:
        self.clear()

    @property
    def least(self) -> float | None:
        if self._current is None or self._previous is None:
            return self._current if self._previous is None else self._previous
        return min(self._current, self._previous)

    def clear(self) -> None:
        self._current: float | None = None
        self._previous: float | None = None
        self._began_ms = float("-inf")

    def add(self, value: float, now_ms: float) -> None:
        if now_ms - self._began_ms >= HALF_SECOND_MS:
            self._previous, self._current, self._began_ms = self._current, value, now_ms
        elif self._current is None or value < self._current:
            self._current = value

    def shift(self, by: float) -> None:
        if self._current is not None:
            self._current += by
        if self._previous is not None:
            self._previous += by
