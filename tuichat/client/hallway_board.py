"""What all accounts find in their hallways, as one: each room once, those that fit a query, best first."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from tuichat.protocol.coming import ComingEvent
from tuichat.protocol.live_room import FoundRoom
from tuichat.protocol.room_search import event_finds, query_words, rank, room_finds


class LiveEntry(msgspec.Struct, frozen=True):
    """A live room, and the account that found it."""

    account_key: str
    found: FoundRoom

    @property
    def key(self) -> tuple[str, int]:
        return (self.account_key, int(self.found.room.channel_id))


class ComingEntry(msgspec.Struct, frozen=True):
    """An event that comes, and the account that sees it."""

    account_key: str
    coming: ComingEvent

    @property
    def key(self) -> tuple[str, int]:
        return (self.account_key, int(self.coming.event.id))


Entry = TypeVar("Entry", LiveEntry, ComingEntry)


@dataclass(slots=True)
class HallwayBoard:
    """`servers` is each account's server: what two accounts of one server find is one room.

    Without a query a server tells everything it shows; with one, what it finds beside that stays until the next query.
    """

    servers: Mapping[str, str]
    _rooms: dict[str, dict[int, FoundRoom]] = field(default_factory=dict)  # by account and channel
    _searched: dict[str, dict[int, FoundRoom]] = field(default_factory=dict)
    _events: dict[str, dict[int, ComingEvent]] = field(default_factory=dict)

    def take_rooms(self, account_key: str, rooms: Iterable[FoundRoom], query: str = "") -> None:
        known = {int(each.room.channel_id): each for each in rooms}
        if query_words(query):
            self._searched[account_key] = known
        else:
            self._rooms[account_key] = known

    def take_events(self, account_key: str, events: Iterable[ComingEvent]) -> None:
        self._events[account_key] = {int(each.event.id): each for each in events}

    def forget_searched(self) -> None:
        self._searched.clear()

    def rooms(self, query: str = "") -> list[LiveEntry]:
        """The rooms that hold all words of a query: followed people first, then topics and clubs, then size."""
        words = query_words(query)
        best: dict[tuple[str, int], LiveEntry] = {}
        for account_key in self.servers:
            known = self._rooms.get(account_key, {}) | self._searched.get(account_key, {})
            for channel_id, found in known.items():
                if room_finds(found, words):
                    place = (self.servers[account_key], channel_id)
                    entry = LiveEntry(account_key, found)
                    best[place] = min(best.get(place, entry), entry, key=_standing)
        return sorted(best.values(), key=lambda entry: rank(entry.found))

    def events(self, query: str = "") -> list[ComingEntry]:
        """The events that hold all words of a query, the next one first."""
        words = query_words(query)
        best: dict[tuple[str, int], ComingEntry] = {}
        for account_key in self.servers:
            for event_id, coming in self._events.get(account_key, {}).items():
                place = (self.servers[account_key], event_id)
                if event_finds(coming, words) and (place not in best or coming.is_interested):
                    best[place] = ComingEntry(account_key, coming)
        return sorted(best.values(), key=lambda entry: (entry.coming.begins_ms, entry.key))


def steadied(entries: Sequence[Entry], before: Sequence[Hashable], chosen: Hashable | None) -> list[Entry]:
    """Return entries as they stand best, with the chosen one, and all that stood above it, where they were."""
    by_key = {entry.key: entry for entry in entries}
    if chosen not in by_key or chosen not in before:
        return list(entries)
    kept = [key for key in before[: before.index(chosen) + 1] if key in by_key]
    first = set(kept)
    return [by_key[key] for key in kept if isinstance(key, tuple)] + [each for each in entries if each.key not in first]


def _standing(entry: LiveEntry) -> tuple[object, ...]:
    """Of two accounts that find a room, the one that is in its guild, then the one that has more to do with it."""
    return (not entry.found.is_member, not entry.found.may_join, *rank(entry.found), entry.account_key)
