"""The channels that are open beside each other, one of them shown."""

from collections.abc import Callable, Sequence

from tuichat.tui.rows import Chosen

MAX_TABS = 12  # taste


class Tabs:
    """There is always one tab; going somewhere changes the one that is shown."""

    def __init__(self, items: Sequence[Chosen] = (), index: int = 0) -> None:
        self.items = list(items[:MAX_TABS]) or [Chosen()]
        self.index = max(0, min(index, len(self.items) - 1))

    @property
    def shown(self) -> Chosen:
        return self.items[self.index]

    def show(self, chosen: Chosen) -> None:
        """Have another channel in the tab that is shown; one that is in a tab already is shown there."""
        if chosen in self.items:
            self.index = self.items.index(chosen)
        else:
            self.items[self.index] = chosen

    def open(self, chosen: Chosen) -> None:
        """Show a channel in a tab of its own, right of this one; with MAX_TABS open, in this one."""
        if chosen in self.items or len(self.items) == MAX_TABS:
            self.show(chosen)
            return
        self.index += 1
        self.items.insert(self.index, chosen)

    def close(self, index: int) -> None:
        """Close a tab; the last one stays."""
        if len(self.items) == 1 or not 0 <= index < len(self.items):
            return
        del self.items[index]
        if self.index > index or self.index == len(self.items):
            self.index -= 1

    def step(self, step: int) -> None:
        """Show the next tab (1) or the one before (-1), round the end."""
        self.index = (self.index + step) % len(self.items)

    def move(self, step: int) -> None:
        """Move the tab that is shown to the right (1) or left (-1)."""
        target = self.index + step
        if 0 <= target < len(self.items):
            self.items.insert(target, self.items.pop(self.index))
            self.index = target

    def forget(self, exists: Callable[[Chosen], bool]) -> None:
        """Close the tabs, but the one that is shown, whose channels are gone."""
        shown = self.shown
        self.items = [item for item in self.items if item == shown or exists(item)]
        self.index = self.items.index(shown)
