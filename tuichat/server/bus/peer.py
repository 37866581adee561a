"""Another node's private events: in its order, each once, with gaps found."""

from collections import deque
from collections.abc import Iterable, Sequence

from tuichat.server.bus.events import Event
from tuichat.server.bus.wire import Heads

MAX_HELD = 1000  # private events that wait for a gap before them; those beyond are asked for with the gap


class Peer:
    """Decides what is delivered now; asking the other node for what is missing is its user's work.

    A node gets those private events that are for its users, so a missing number says nothing. What does: an announcement that
    is missing, one that tells of a breach over there, or a connection of one's own that was lost.
    """

    def __init__(self, node_id: str, now_s: float) -> None:
        self.node_id = node_id
        self.heard_s = now_s
        self._count: int | None = None  # of the last announcement; None before the first
        self._breaches = 0
        self._sure = 0  # all up to this number were delivered, or were not for this node
        self._delivered: set[int] = set()  # those beyond
        self._known = 0  # the last number that is known to be given
        self._is_unsure = False  # until the next announcement
        self._gap_end: int | None = None  # the other node has to be asked up to this number
        self._held: deque[tuple[int, Event]] = deque()

    @property
    def gap(self) -> tuple[int, int] | None:
        """What to ask for: behind the first number, up to the second."""
        return None if self._gap_end is None else (self._sure, self._gap_end)

    def receive(self, number: int, event: Event, now_s: float) -> list[Event]:
        """Take a private event, and return what is to be delivered."""
        self.heard_s = now_s
        if self._count is None and not self._delivered:  # what such a node told before was not for here
            self._sure = max(self._sure, number - 1)
        self._known = max(self._known, number)
        if self._is_unsure or self._gap_end is not None:
            if len(self._held) < MAX_HELD:
                self._held.append((number, event))
            elif self._gap_end is not None:
                self._gap_end = self._known
            return []
        return self._take([(number, event)])

    def announce(self, heads: Heads, now_s: float) -> bool:
        """Take a sign of life, and say whether one before it is missing; `gap` says what there is to ask for then."""
        self.heard_s = now_s
        is_first, is_whole = self._count is None, heads.count == (self._count or 0) + 1
        is_broken = not is_first and (self._is_unsure or not is_whole or heads.breaches != self._breaches)
        self._count, self._breaches, self._is_unsure = heads.count, heads.breaches, False
        self._known = max(self._known, heads.number)
        if is_broken:
            if self._known > self._sure:
                self._gap_end = self._known
        elif self._gap_end is None:
            self._be_sure(heads.number)
        return not is_first and not is_whole

    def distrust(self) -> None:
        """One's own connection was lost: what came meanwhile is known with the next announcement."""
        self._is_unsure = self._count is not None

    def fill(self, upto: int, events: Sequence[tuple[int, Event]]) -> list[Event]:
        """Take what the other node told of the gap, all of it up to `upto`, and return what is to be delivered."""
        delivered = self._take(events)
        self._be_sure(upto)
        if self._gap_end is not None and self._sure >= self._gap_end:
            self._gap_end = None
            if not self._is_unsure:
                delivered += self._take(self._held)
                self._held.clear()
        return delivered

    def skip(self) -> list[Event]:
        """Give up the gap: it cannot be filled any more. Return what is to be delivered behind it."""
        return self.fill(self._gap_end or 0, ())

    def _take(self, events: Iterable[tuple[int, Event]]) -> list[Event]:
        taken = []
        for number, event in events:
            if number > self._sure and number not in self._delivered:
                self._delivered.add(number)
                taken.append(event)
        return taken

    def _be_sure(self, number: int) -> None:
        if number > self._sure:
            self._sure = number
            self._delivered = {other for other in self._delivered if other > number}
