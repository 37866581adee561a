"""The way through the channels, to go back and forward on, as in a browser."""

from collections.abc import Callable

from tuichat.tui.rows import Chosen

MAX_STEPS = 100  # taste


class Visited:
    """Places in the order in which they were gone to; going somewhere new from the middle drops what lay ahead."""

    def __init__(self) -> None:
        self._steps: list[Chosen] = []
        self._index = -1

    def visit(self, place: Chosen) -> None:
        if self._steps and self._steps[self._index] == place:
            return
        self._steps = [*self._steps[: self._index + 1], place][-MAX_STEPS:]
        self._index = len(self._steps) - 1

    def step(self, direction: int, exists: Callable[[Chosen], bool]) -> Chosen | None:
        """Return the place before (-1) or after (1) this one that still exists, and be there; None at the end."""
        index = self._index + direction
        while 0 <= index < len(self._steps):
            if exists(self._steps[index]):
                self._index = index
                return self._steps[index]
            index += direction
        return None
