"""The private events that a node published last, for nodes that missed some."""

import itertools
from collections import deque

from tuichat.server.bus.events import Event
from tuichat.server.bus.wire import PrivatePage

MAX_EVENTS = 20_000  # taste: an outage of the broker at a thousand a second for twenty seconds
MAX_BYTES = 32 * 1024 * 1024
PAGE_BYTES = 256 * 1024


class PrivateRing:
    def __init__(self) -> None:
        self.last_number = 0
        self._kept: deque[tuple[int, Event]] = deque()
        self._size_bytes = 0

    def add(self, event: Event) -> int:
        """Keep an event, and return its number."""
        self.last_number += 1
        self._kept.append((self.last_number, event))
        self._size_bytes += _size(event)
        while len(self._kept) > MAX_EVENTS or (self._size_bytes > MAX_BYTES and len(self._kept) > 1):
            self._size_bytes -= _size(self._kept.popleft()[1])
        return self.last_number

    def page(self, after: int, upto: int) -> PrivatePage:
        """Return events behind `after`, up to `upto` or to what one page takes."""
        upto = min(upto, self.last_number)
        first_kept = self.last_number - len(self._kept) + 1
        if after >= upto:
            return PrivatePage(upto)
        if after + 1 < first_kept:
            return PrivatePage(upto, is_forgotten=True)
        events: list[tuple[int, Event]] = []
        size_bytes = 0
        for number, event in itertools.islice(self._kept, after + 1 - first_kept, upto + 1 - first_kept):
            size_bytes += _size(event)
            if events and size_bytes > PAGE_BYTES:
                return PrivatePage(number - 1, events)
            events.append((number, event))
        return PrivatePage(upto, events)


def _size(event: Event) -> int:
    content_free = len(event.content_free_body) if event.content_free_body else 0
    return len(event.body) + content_free + 9 * len(event.user_ids or ()) + 200
