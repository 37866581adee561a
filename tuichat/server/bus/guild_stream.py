"""One followed guild's kept events: in order, each once, with gaps found."""

import enum
from collections import deque
from collections.abc import Sequence

from tuichat.server.bus.events import Event

MAX_HELD = 256  # events behind a gap; those beyond are read from the store with the gap


class Standing(enum.Enum):
    """Where a follower stands."""

    LIVE = "live"
    BEHIND = "behind"  # the store has to be read
    OWNED = "owned"  # this node publishes them
    LOST = "lost"  # some are nowhere to be had


class GuildStream:
    """Decides what is delivered now; reading the store is its user's work."""

    def __init__(self, after_seq: int) -> None:
        self.position = after_seq  # the last one that was delivered
        self._known = after_seq  # the last one that is known to be there
        self._read_for = after_seq  # what was known to be there when the store was read
        self._is_unread = True  # the store may have more than anybody told of
        self._held: deque[Event] = deque()
        self._is_owned = False
        self._is_lost = False

    @property
    def is_lost(self) -> bool:
        return self._is_lost

    @property
    def standing(self) -> Standing:
        if self._is_lost:
            return Standing.LOST
        if self._is_owned:
            return Standing.OWNED
        return Standing.BEHIND if self._is_unread or self._known > self.position else Standing.LIVE

    def receive(self, event: Event) -> list[Event]:
        """Take an event that another node published, and return what is to be delivered."""
        if self._is_owned or self._is_lost or event.seq <= self.position:
            return []
        self._known = max(self._known, event.seq)
        if event.seq == self.position + 1:
            self.position = event.seq
            self._is_unread = False
            return [event, *self._take_held()]
        follows = event.seq == self._held[-1].seq + 1 if self._held else True
        if follows and len(self._held) < MAX_HELD:
            self._held.append(event)
        return []

    def hear_of(self, seq: int) -> None:
        """Note what the guild's owner says: its events go up to `seq` now."""
        self._known = max(self._known, seq)
        self._is_unread = False

    def distrust(self) -> None:
        """Note that some may have been missed of which nobody will tell."""
        self._is_unread = True

    def begin_read(self) -> int:
        """Return behind which `seq` the store is to be read now."""
        self._read_for = self._known
        return self.position

    def fill(self, events: Sequence[Event], *, is_last: bool) -> list[Event]:
        """Take the page that was read from the store, and return what is to be delivered.

        `is_last`: there was nothing more at that time. What is missing in the store, or at its end, is lost.
        """
        if self._is_owned or self._is_lost:
            return []
        delivered: list[Event] = []
        for event in events:
            if event.seq <= self.position:
                continue
            if event.seq != self.position + 1:
                self._is_lost = True
                return delivered
            self.position = event.seq
            delivered.append(event)
        delivered += self._take_held()
        self._known = max(self._known, self.position)
        if is_last:
            self._is_unread = False
            self._is_lost = self.position < self._read_for
        return delivered

    def own(self) -> None:
        self._is_owned = True
        self._held.clear()

    def disown(self) -> None:
        self._is_owned = False

    def publish(self, seq: int) -> None:
        """Note that this node published up to `seq`."""
        self.position = self._known = max(self.position, seq)

    def _take_held(self) -> list[Event]:
        taken = []
        while self._held and self._held[0].seq <= self.position + 1:
            event = self._held.popleft()
            if event.seq == self.position + 1:
                self.position = event.seq
                taken.append(event)
        return taken
