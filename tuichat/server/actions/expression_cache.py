"""Emojis or sounds in memory: by id, and by the guild or application that they belong to."""

from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

from tuichat.protocol.snowflake import Snowflake


class Expression(Protocol):
    """A row of either; Discord's word for both."""

    @property
    def id(self) -> Snowflake: ...


RowT = TypeVar("RowT", bound=Expression)


class ExpressionCache(Generic[RowT]):
    """`owner_of` says to whom a row belongs."""

    def __init__(self, owner_of: Callable[[RowT], int], rows: Iterable[RowT] = ()) -> None:
        self._owner_of = owner_of
        self._by_id: dict[int, RowT] = {}
        self._by_owner: dict[int, dict[int, RowT]] = {}
        for row in rows:
            self.put(row)

    def get(self, expression_id: int) -> RowT | None:
        return self._by_id.get(expression_id)

    def of(self, owner_id: int) -> list[RowT]:
        """A guild's or application's own, oldest first."""
        return [row for _, row in sorted(self._by_owner.get(owner_id, {}).items())]

    def put(self, row: RowT) -> None:
        self._by_id[row.id] = row
        self._by_owner.setdefault(self._owner_of(row), {})[row.id] = row

    def remove(self, row: RowT) -> None:
        self._by_id.pop(row.id, None)
        owner_id = self._owner_of(row)
        owned = self._by_owner.get(owner_id, {})
        owned.pop(row.id, None)
        if not owned:
            self._by_owner.pop(owner_id, None)

    def forget_owner(self, owner_id: int) -> None:
        """A guild or application is gone, and its emojis or sounds with it."""
        for expression_id in self._by_owner.pop(owner_id, {}):
            del self._by_id[expression_id]
