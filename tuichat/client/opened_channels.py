"""The channels that were looked at lately: whose messages stay at hand, and which are reconciled first."""

from tuichat.client.state import State

MAX_RECONCILED = 8  # taste: channels looked at lately, which are reconciled after a fresh session without being asked
MAX_KEPT = 32  # taste: channels whose messages stay at hand; others are fetched again when they are looked at


class OpenedChannels:
    """Forgets the timelines of the state that nobody has looked at for long, but for those that are waited for."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._opened: dict[int, None] = {}  # in order

    def note(self, channel_id: int) -> None:
        """A channel is looked at now."""
        self._opened.pop(channel_id, None)
        self._opened[channel_id] = None
        while len(self._opened) > MAX_KEPT:
            forgotten = next(iter(self._opened))
            del self._opened[forgotten]
            known = self._state.timelines.get(forgotten)
            if known is not None and not known.unsent and not known.is_loading:
                del self._state.timelines[forgotten]
                self._state.windows.pop(forgotten, None)

    def latest(self) -> list[int]:
        """Return those to reconcile; what is looked at now comes first."""
        return list(self._opened)[: -MAX_RECONCILED - 1 : -1]
