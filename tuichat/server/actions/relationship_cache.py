"""Friends, blocks and requests in memory: every message between two people asks for them."""

from collections.abc import Iterable

from tuichat.protocol.relationship import RelationshipType
from tuichat.server.store.social_rows import RelationshipRow


class RelationshipCache:
    """What each user's others are to it. Only actions change it, once the store has committed.

    It is as large as all friends and blocks are: at most 7000 a user (`relationships.MAX_FRIENDS` and its like).
    """

    def __init__(self, rows: Iterable[RelationshipRow] = ()) -> None:
        self._rows: dict[int, dict[int, RelationshipRow]] = {}
        for row in rows:
            self.put(row)

    def get(self, user_id: int, other_id: int) -> RelationshipRow | None:
        return self._rows.get(user_id, {}).get(other_id)

    def of_user(self, user_id: int) -> list[RelationshipRow]:
        return list(self._rows.get(user_id, {}).values())

    def count(self, user_id: int, *types: RelationshipType) -> int:
        return sum(1 for row in self._rows.get(user_id, {}).values() if row.type in types)

    def put(self, row: RelationshipRow) -> None:
        self._rows.setdefault(row.user_id, {})[row.other_id] = row

    def remove(self, user_id: int, other_id: int) -> None:
        of_user = self._rows.get(user_id, {})
        of_user.pop(other_id, None)
        if not of_user:
            self._rows.pop(user_id, None)

    def are_friends(self, user_id: int, other_id: int) -> bool:
        row = self.get(user_id, other_id)
        return row is not None and row.type == RelationshipType.FRIEND

    def blocks(self, user_id: int, other_id: int) -> bool:
        """Whether `user_id` blocked `other_id`."""
        row = self.get(user_id, other_id)
        return row is not None and row.type == RelationshipType.BLOCKED

    def hears(self, user_id: int, other_id: int) -> bool:
        """Whether what `other_id` writes counts for `user_id`: it is neither blocked nor ignored."""
        row = self.get(user_id, other_id)
        return row is None or not (row.is_ignored or row.type == RelationshipType.BLOCKED)

    def unheard_ids(self, user_id: int) -> frozenset[int]:
        """Those whom a user blocked or ignores."""
        rows = self._rows.get(user_id)
        if not rows:
            return frozenset()
        return frozenset(int(other_id) for other_id in rows if not self.hears(user_id, other_id))

    def friend_ids(self, user_id: int) -> list[int]:
        rows = self._rows.get(user_id)
        return [] if not rows else [other for other, row in rows.items() if row.type == RelationshipType.FRIEND]
