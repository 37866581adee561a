"""Gathers bursts of notices: the first is told at once, what follows soon is told together, and what was missed in one."""

from collections.abc import Iterable

from tuichat.text.notice_text import Heard, Notice, notice_of

GATHER_MS = 10_000  # taste: a conversation calls six times a minute at most
MAX_AT_ONCE = 3  # notices told at one time; more channels than that are told by their number
MAX_KEPT = 1000  # messages of one burst that are counted


class NoticeGatherer:
    """It is told the time, in ms of any clock that does not go back."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, int], list[Heard]] = {}
        self._told_ms: dict[tuple[str, int], int] = {}
        self._late: list[Heard] = []

    def add(self, heard: Heard) -> None:
        waiting = self._late if heard.is_late else self._waiting.setdefault(heard.place, [])
        if len(waiting) < MAX_KEPT:
            waiting.append(heard)

    def forget(self, place: tuple[str, int]) -> None:
        """Tell nothing of a channel that is being read now."""
        self._waiting.pop(place, None)
        self._late = [each for each in self._late if each.place != place]

    def forget_all(self) -> None:
        self._waiting.clear()
        self._late.clear()

    def take(self, now_ms: int) -> list[Notice]:
        """Return what is to be told now."""
        due = [place for place in self._waiting if self._due_ms(place) <= now_ms]
        gathered = [self._waiting.pop(place) for place in due]
        for place in due:
            self._told_ms[place] = now_ms
        notices = [notice_of(heard) for heard in gathered]
        if len(notices) > MAX_AT_ONCE:
            notices = [notice_of([each for heard in gathered for each in heard])]
        if self._late:
            notices.append(notice_of(self._late))
            self._late = []
        self._told_ms = {place: told_ms for place, told_ms in self._told_ms.items() if told_ms + GATHER_MS > now_ms}
        return notices

    def next_due_ms(self) -> int | None:
        """Return when `take` has something to tell, None while nothing waits; a time that is past is now."""
        times: Iterable[int] = map(self._due_ms, self._waiting)
        return 0 if self._late else min(times, default=None)

    def _due_ms(self, place: tuple[str, int]) -> int:
        told_ms = self._told_ms.get(place)
        return 0 if told_ms is None else told_ms + GATHER_MS
