"""A clock of what is to be looked at when: threads that may have to be archived, events that begin and end."""

import heapq


class DueClock:
    """Ids by the time at which something may be due, in Unix milliseconds.

    An id stands in it once, and is put in again by whoever takes it out and finds that its time has not come.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int]] = []
        self._watched: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._watched)

    def watch(self, watched_id: int, due_ms: int) -> None:
        """Have something looked at at this time, or at an earlier one that is known."""
        known = self._watched.get(watched_id)
        if known is not None and known <= due_ms:
            return
        self._watched[watched_id] = due_ms
        heapq.heappush(self._heap, (due_ms, watched_id))

    def take(self, now_ms: int, limit: int) -> list[int]:
        """Take out up to `limit` ids whose time has come."""
        taken: list[int] = []
        while self._heap and self._heap[0][0] <= now_ms and len(taken) < limit:
            due_ms, watched_id = heapq.heappop(self._heap)
            if self._watched.get(watched_id) == due_ms:  # else an earlier time was set since
                del self._watched[watched_id]
                taken.append(watched_id)
        return taken
