"""What every store reads of who is interested in scheduled events: a part of the contract that `store.Store` is."""

from collections.abc import Sequence
from typing import Protocol

from tuichat.protocol.snowflake import Snowflake


class ScheduledEventStore(Protocol):
    """The events themselves are read once, at the start."""

    async def read_event_users(
        self, event_id: int, *, before: int | None = None, after: int | None = None, limit: int = 100
    ) -> list[Snowflake]:
        """Read up to `limit` users by id, lowest first: those just before or just after an id, or the first ones."""
        ...

    async def count_event_users(self, event_ids: Sequence[int]) -> dict[int, int]:
        """Count who is interested in each of up to 1000 events; one that nobody is interested in is left out."""
        ...

    async def read_events_of_user(self, user_id: int) -> list[Snowflake]:
        """Read which events a user is interested in, oldest first."""
        ...
