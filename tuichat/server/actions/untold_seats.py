"""What is not told yet of the audiences of stages: people who came, went or changed since the others heard of them last."""

import asyncio
from collections.abc import Iterable

from tuichat.server.actions.voice_seats import Seat


class UntoldSeats:
    """By guild and user, the seat that the others know of, None where they know of none. `changed` is set while there is any."""

    def __init__(self) -> None:
        self._known: dict[int, dict[int, Seat | None]] = {}
        self._channels: dict[tuple[int, int], None] = {}  # guild and channel, in order
        self.changed = asyncio.Event()

    def note(self, guild_id: int, user_id: int, known: Seat | None) -> None:
        """The others know this of somebody, which is true no more."""
        self._known.setdefault(guild_id, {}).setdefault(user_id, known)
        self.changed.set()

    def note_count(self, guild_id: int, channel_id: int) -> None:
        """Another number of people speaks in a channel, or listens."""
        self._channels[guild_id, channel_id] = None
        self.changed.set()

    def holds(self, guild_id: int, user_id: int) -> bool:
        return user_id in self._known.get(guild_id, ())

    def take(self, guild_id: int, user_id: int) -> Seat | None:
        """What the others know of somebody who is held here; from now on it is to be what is true."""
        of_guild = self._known[guild_id]
        known = of_guild.pop(user_id)
        if not of_guild:
            del self._known[guild_id]
        return known

    def people(self) -> list[tuple[int, int]]:
        """All who are held here, by guild and user, in the order in which they came here."""
        return [(guild_id, user_id) for guild_id, known in self._known.items() for user_id in known]

    def take_channels(self) -> list[tuple[int, int]]:
        """The channels whose numbers changed, by guild and channel."""
        channels, self._channels = list(self._channels), {}
        return channels

    def as_known(self, guild_id: int, seats: Iterable[Seat]) -> list[Seat]:
        """The seats of a guild as the others know them, of which these are the true ones."""
        known = self._known.get(guild_id)
        if known is None:
            return list(seats)
        return [seat for seat in seats if seat.user_id not in known] + [
            seat for seat in known.values() if seat is not None
        ]
