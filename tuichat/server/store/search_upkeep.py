"""What is done for the search index while nobody waits for a write: what waits goes in, old messages follow, damage is mended."""

import logging
import time

from tuichat.server.store.connection import ERRORS
from tuichat.server.store.engine import SearchWrites

logger = logging.getLogger(__name__)

RETRY_S = 0.001
BACKFILL_INTERVAL_S = 0.25  # how often old messages are made searchable while there is always something to write
BACKFILL_RETRY_S = 60.0
INDEX_IDLE_S = 0.2  # after this long without a write, messages that wait are made searchable


class SearchUpkeep:
    """Belongs to the writing thread."""

    def __init__(self, search: SearchWrites) -> None:
        self._search = search
        self._next_backfill = 0.0

    def next_due(self, no_later: float) -> float:
        """Return when there is something to do, as `time.monotonic()` counts, or `no_later`."""
        due = no_later if self._search.is_complete else min(no_later, self._next_backfill)
        return min(due, time.monotonic() + INDEX_IDLE_S) if self._search.has_waiting else due

    def index_waiting(self) -> None:
        """Make searchable what waits for it."""
        if not self._search.has_waiting:
            return
        try:
            with self._search.transaction():
                self._search.demand()
        except ERRORS as error:
            logger.error("New messages could not be made searchable: %s", error)
            time.sleep(RETRY_S)

    def mend(self) -> None:
        """Make a damaged index anew: it stops no write."""
        logger.error("The search index is damaged and is made anew")
        self._search.is_damaged = False
        try:
            with self._search.transaction():
                self._search.renew()
        except ERRORS as error:
            logger.error("The search index could not be made anew: %s", error)

    def is_backfill_due(self) -> bool:
        return not self._search.is_complete and time.monotonic() >= self._next_backfill

    def backfill_step(self, pause_s: float) -> None:
        """Make some old messages searchable, the next ones not before `pause_s` from now."""
        try:
            with self._search.transaction():
                below = self._search.backfill()
            self._search.note_backfilled(below)
        except ERRORS as error:
            logger.error("Old messages could not be made searchable: %s", error)
            pause_s = BACKFILL_RETRY_S
        self._next_backfill = time.monotonic() + pause_s
