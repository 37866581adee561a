"""Those who hear of what changes in the state."""

import logging
from collections.abc import Callable, Sequence

from tuichat.client.change import Change

logger = logging.getLogger(__name__)

Listener = Callable[[Sequence[Change]], None]


class Listeners:
    """One account's; `name` is for the log."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._listeners: list[Listener] = []

    def add(self, listener: Listener) -> Callable[[], None]:
        """Have `listener` called with the changes after each step; call what is returned to end that."""
        self._listeners.append(listener)

        def remove() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return remove

    def tell(self, changes: Sequence[Change]) -> None:
        """Call each; one that fails keeps it from no other."""
        for listener in list(self._listeners):
            try:
                listener(changes)
            except Exception:
                logger.exception("a listener of %s failed", self._name)
