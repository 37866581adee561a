"""What a table is to the store: its columns, its statements, and how a row becomes their values."""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

Record = Sequence[Any]  # one record of a result, as the driver gives it


class Table(msgspec.Struct, frozen=True):
    """One row kind's table: columns stand in the order of the struct's fields, names are the same."""

    name: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    values: Callable[[Any], tuple[object, ...]]  # the row's, in the columns' order

    @property
    def select(self) -> str:
        return f"SELECT {', '.join(self.columns)} FROM {self.name}"  # noqa: S608  # names of our own

    @property
    def insert(self) -> str:
        marks = ", ".join("?" * len(self.columns))
        return f"INSERT INTO {self.name} ({', '.join(self.columns)}) VALUES ({marks})"  # noqa: S608

    @property
    def upsert(self) -> str:
        rest = ", ".join(f"{column} = excluded.{column}" for column in self.columns if column not in self.key)
        change = f"UPDATE SET {rest}" if rest else "NOTHING"
        return f"{self.insert} ON CONFLICT ({', '.join(self.key)}) DO {change}"

    @property
    def delete(self) -> str:
        """Delete by key."""
        return f"DELETE FROM {self.name} WHERE {' AND '.join(f'{column} = ?' for column in self.key)}"  # noqa: S608

    @property
    def update(self) -> str:
        """Update by key; the parameters are those of `insert`, then the key's."""
        assigned = ", ".join(f"{column} = ?" for column in self.columns)
        keys = " AND ".join(f"{column} = ?" for column in self.key)
        return f"UPDATE {self.name} SET {assigned} WHERE {keys}"  # noqa: S608


def _plain(row: msgspec.Struct) -> tuple[object, ...]:
    return tuple(getattr(row, field) for field in row.__struct_fields__)


def table_of(
    name: str, kind: type[msgspec.Struct], *key: str, values: Callable[[Any], tuple[object, ...]] = _plain
) -> Table:
    """A table whose columns are the row's fields."""
    return Table(name, key, kind.__struct_fields__, values)
