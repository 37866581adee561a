"""How loud each person is played, and how a priority speaker is heard over the others."""

from collections.abc import Iterable
from typing import Final

DUCKED: Final = 0.35  # of their volume, some 9 dB less, for those who talk over a priority speaker; of taste


class PriorityVolumes:
    """Volumes that people chose, and the lowered ones while somebody with priority speaks."""

    def __init__(self) -> None:
        self.chosen: dict[int, int] = {}
        """In percent by user; 100 for who is missing."""
        self._with_priority: frozenset[int] = frozenset()
        self._ducked: set[int] = set()

    def choose(self, user_ids: frozenset[int]) -> None:
        """Say who has priority."""
        self._with_priority = user_ids

    def volume(self, user_id: int) -> int:
        """Return the percentage a person is played at now."""
        chosen = self.chosen.get(user_id, 100)
        return round(chosen * DUCKED) if user_id in self._ducked else chosen

    def follow(self, speaking: Iterable[int]) -> dict[int, int]:
        """Take who speaks now, and return the volumes that change by it."""
        heard = set(speaking)
        lowered = (self._ducked | heard) - self._with_priority if heard & self._with_priority else set()
        changed = lowered ^ self._ducked
        self._ducked = lowered
        return {user_id: self.volume(user_id) for user_id in changed}
