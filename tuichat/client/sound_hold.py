"""Keeps one's place in a call while the sound is away: muted for the others meanwhile, and left properly when it stays away."""

import asyncio
import time
from collections.abc import Callable

from tuichat.voice.place_protocol import PlacesChanged, PlaceState

HOLD_S = 30
SETTLED_S = 5.0  # taste: sound that goes away again sooner has not come back
GRACE_S = 2.0  # taste: a stall that is over by then nobody need hear of
AWAY_AT_ONCE = (PlaceState.LOST, PlaceState.REFUSED, PlaceState.ASKING)


class SoundHold:
    """`look` is told how things are, on one loop. `changed` is called when `is_away` or `leaves_in_s` is another."""

    def __init__(
        self,
        changed: Callable[[], None],
        leave: Callable[[], None],
        *,
        now_s: Callable[[], float] = time.monotonic,
        tick_s: float = 1.0,
    ) -> None:
        self._changed = changed
        self._leave = leave
        self._now_s = now_s
        self._tick_s = tick_s
        self._timer: asyncio.TimerHandle | None = None
        self._since_s: float | None = None
        self._back_s: float | None = None
        self._waits = False  # for somebody at the laptop, who has as long as the laptop gives them
        self.is_away = False
        """Whether one is to be muted for the others."""
        self.leaves_in_s: int | None = None
        """After how many seconds the call is left, None while that is not to come."""

    def look(self, place: PlacesChanged, *, is_in_call: bool) -> None:
        """Follow where the sound is, and whether there is a call to keep."""
        if not is_in_call:
            self.close()
            self._be(is_away=False, leaves_in_s=None)
            return
        if place.state is PlaceState.READY:
            self._be_back()
            return
        if self._back_s is not None and self._now_s() - self._back_s >= SETTLED_S:
            self._since_s = None
        self._back_s = None
        waits = place.state is PlaceState.ASKING
        if self._since_s is None or (self._waits and not waits):
            self._since_s = self._now_s()
        self._waits = waits
        if self._timer is None:
            self._tick()
        if place.state in AWAY_AT_ONCE and not self.is_away:
            self._be(is_away=True, leaves_in_s=self._left_s())

    def _be_back(self) -> None:
        """Let one be heard; how long it was away is remembered for a while, as of a laptop whose engine dies again and again."""
        self._stop_timer()
        if self._since_s is not None and self._back_s is None:
            self._back_s = self._now_s()
        self._be(is_away=False, leaves_in_s=None)

    def close(self) -> None:
        """Stop counting."""
        self._since_s = self._back_s = None
        self._waits = False
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _tick(self) -> None:
        assert self._since_s is not None  # the timer ends with it
        self._timer = asyncio.get_running_loop().call_later(self._tick_s, self._tick)
        left_s = self._left_s()
        if left_s is not None and left_s <= 0:
            self.close()
            self._leave()
            self._be(is_away=False, leaves_in_s=None)
            return
        is_away = self.is_away or self._now_s() - self._since_s >= GRACE_S
        self._be(is_away=is_away, leaves_in_s=left_s if is_away else None)

    def _left_s(self) -> int | None:
        if self._since_s is None or self._waits:
            return None
        return round(HOLD_S - (self._now_s() - self._since_s))

    def _be(self, *, is_away: bool, leaves_in_s: int | None) -> None:
        if (is_away, leaves_in_s) != (self.is_away, self.leaves_in_s):
            self.is_away, self.leaves_in_s = is_away, leaves_in_s
            self._changed()
