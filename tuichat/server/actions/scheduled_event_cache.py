"""The scheduled events in memory: by id, by guild, and by channel."""

from collections.abc import Iterable

from tuichat.server.store.scheduled_event_rows import ScheduledEventRow


class ScheduledEventCache:
    """Every guild's events, also those that are over and still kept."""

    def __init__(self, rows: Iterable[ScheduledEventRow] = ()) -> None:
        self._by_id: dict[int, ScheduledEventRow] = {}
        self._by_guild: dict[int, dict[int, ScheduledEventRow]] = {}
        self._empty_since_ms: dict[int, int] = {}  # of those that are on: since when nobody was seen in their channels
        for row in rows:
            self.put(row)

    def all(self) -> Iterable[ScheduledEventRow]:
        return self._by_id.values()

    def get(self, event_id: int) -> ScheduledEventRow | None:
        return self._by_id.get(event_id)

    def of(self, guild_id: int) -> list[ScheduledEventRow]:
        return [row for _, row in sorted(self._by_guild.get(guild_id, {}).items())]

    def planned(self, guild_id: int) -> list[ScheduledEventRow]:
        """A guild's events that are to come or are on, oldest first."""
        return [row for row in self.of(guild_id) if not row.is_finished]

    def finished(self, guild_id: int) -> list[ScheduledEventRow]:
        """Those that are over, oldest first."""
        return [row for row in self.of(guild_id) if row.is_finished]

    def planned_in(self, guild_id: int, channel_id: int) -> list[ScheduledEventRow]:
        """Those of `planned` that are in one channel."""
        return [row for row in self.planned(guild_id) if row.channel_id == channel_id]

    def put(self, row: ScheduledEventRow) -> None:
        self._by_id[row.id] = row
        self._empty_since_ms.pop(row.id, None)
        self._by_guild.setdefault(row.guild_id, {})[row.id] = row

    def note_empty(self, row: ScheduledEventRow, now_ms: int | None) -> int | None:
        """Note that nobody is in the channel of an event that is on, or with None that somebody is; return for how long it
        was found empty by now, in milliseconds."""
        if now_ms is None:
            self._empty_since_ms.pop(row.id, None)
            return None
        return now_ms - self._empty_since_ms.setdefault(row.id, now_ms)

    def remove(self, row: ScheduledEventRow) -> None:
        self._by_id.pop(row.id, None)
        self._empty_since_ms.pop(row.id, None)
        self._by_guild.get(row.guild_id, {}).pop(row.id, None)

    def forget_guild(self, guild_id: int) -> None:
        for event_id in self._by_guild.pop(guild_id, {}):
            del self._by_id[event_id]
            self._empty_since_ms.pop(event_id, None)
