"""The last day on which each user was here: asked something, or was connected."""

from collections.abc import Iterable


class LastDays:
    """Days since 1970 (UTC) by user, and which of them the store does not know yet."""

    def __init__(self, days: Iterable[tuple[int, int]] = ()) -> None:
        self._days: dict[int, int] = dict(days)
        self._new: dict[int, int] = {}
        self._noted_day = 0

    def get(self, user_id: int) -> int | None:
        return self._days.get(user_id)

    def note(self, user_id: int, day: int) -> None:
        if self._days.get(user_id, -1) < day:
            self._days[user_id] = self._new[user_id] = day

    def note_all(self, user_ids: Iterable[int], day: int) -> None:
        """Note many users, once a day: who comes later is noted by what it asks."""
        if day == self._noted_day:
            return
        self._noted_day = day
        for user_id in user_ids:
            self.note(user_id, day)

    def take(self, limit: int) -> list[tuple[int, int]]:
        """Return up to `limit` users and days that were not taken yet."""
        taken = list(self._new.items())[:limit]
        for user_id, _ in taken:
            del self._new[user_id]
        return taken

    def give_back(self, taken: Iterable[tuple[int, int]]) -> None:
        """Have what was taken be taken again, but for what is newer by now."""
        for user_id, day in taken:
            self._new.setdefault(user_id, day)
