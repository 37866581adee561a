"""The archive clock: which thread is to be looked at when, since nobody may have written there for too long."""

import heapq


class ArchiveClock:
    """Threads by the time at which they may have to be archived, in Unix milliseconds.

    A thread stands in it once, and is put in again by whoever takes it out and finds it active still.
    """

    def __init__(self) -> None:
        self._heap: list[tuple[int, int]] = []
        self._watched: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._watched)

    def watch(self, thread_id: int, due_ms: int) -> None:
        """Have a thread looked at at this time, or at an earlier one that is known."""
        known = self._watched.get(thread_id)
        if known is not None and known <= due_ms:
            return
        self._watched[thread_id] = due_ms
        heapq.heappush(self._heap, (due_ms, thread_id))

    def take(self, now_ms: int, limit: int) -> list[int]:
        """Take out up to `limit` threads whose time has come."""
        taken: list[int] = []
        while self._heap and self._heap[0][0] <= now_ms and len(taken) < limit:
            due_ms, thread_id = heapq.heappop(self._heap)
            if self._watched.get(thread_id) == due_ms:  # else an earlier time was set since
                del self._watched[thread_id]
                taken.append(thread_id)
        return taken
