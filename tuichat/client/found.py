"""Messages from here and there: what a search found, what is pinned; in the order in which they were told."""

from collections.abc import Iterable

from tuichat.client.state import Entry
from tuichat.client.timeline import plain
from tuichat.protocol.message import Message

MAX_FOUND = 10_000  # taste: as many as a server counts


class FoundMessages:
    """A list of messages that is shown as a channel's is, and goes on below while there are further pages."""

    def __init__(self) -> None:
        self.has_older = False
        self.has_newer = False
        self.is_loading = False
        self.is_stale = False
        self._entries: list[Entry] = []
        self._indices: dict[str, int] = {}

    def add(self, messages: Iterable[Message], *, is_last: bool) -> None:
        """Put a page after those known."""
        for message in messages:
            key = str(int(message.id))
            if key not in self._indices and len(self._entries) < MAX_FOUND:
                self._indices[key] = len(self._entries)
                self._entries.append(Entry(key, plain(message)))
        self.has_newer = not is_last and len(self._entries) < MAX_FOUND

    def remove(self, message_id: int) -> None:
        left = [entry.message for entry in self._entries if entry.message.id != message_id]
        self._entries, self._indices = [], {}
        self.add(left, is_last=not self.has_newer)

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, index: int) -> Entry:
        return self._entries[index]

    def index_of_key(self, key: str) -> int | None:
        return self._indices.get(key)

    def find(self, message_id: int) -> Entry | None:
        index = self._indices.get(str(int(message_id)))
        return None if index is None else self._entries[index]

    def position(self, message_id: int) -> int:
        return self._indices.get(str(int(message_id)), len(self._entries))
