"""The emojis in memory: a reaction or a message names one by its id."""

from collections.abc import Iterable

from tuichat.server.store.rows import EmojiRow


class EmojiCache:
    """Every emoji of this server, found by its id, or by the guild or application that it belongs to."""

    def __init__(self, rows: Iterable[EmojiRow] = ()) -> None:
        self._by_id: dict[int, EmojiRow] = {}
        self._by_owner: dict[int, dict[int, EmojiRow]] = {}
        for row in rows:
            self.put(row)

    def get(self, emoji_id: int) -> EmojiRow | None:
        return self._by_id.get(emoji_id)

    def of(self, owner_id: int) -> list[EmojiRow]:
        """A guild's or application's emojis, oldest first."""
        return [row for _, row in sorted(self._by_owner.get(owner_id, {}).items())]

    def put(self, row: EmojiRow) -> None:
        self._by_id[row.id] = row
        self._by_owner.setdefault(_owner(row), {})[row.id] = row

    def remove(self, row: EmojiRow) -> None:
        self._by_id.pop(row.id, None)
        owned = self._by_owner.get(_owner(row), {})
        owned.pop(row.id, None)
        if not owned:
            self._by_owner.pop(_owner(row), None)

    def forget_owner(self, owner_id: int) -> None:
        """A guild or application is gone, and its emojis with it."""
        for emoji_id in self._by_owner.pop(owner_id, {}):
            del self._by_id[emoji_id]


def _owner(row: EmojiRow) -> int:
    owner_id = row.application_id if row.guild_id is None else row.guild_id
    assert owner_id is not None  # one of the two is always there
    return owner_id
