"""What a store stands on: where its rows are, and what of reading and copying them differs."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from tuichat.server.store.connection import Connection, ReadConnection
from tuichat.server.store.engine import Engine
from tuichat.server.store.message_search import MessageSearch, SearchPage
from tuichat.server.store.snapshot import Progress


class Database(Protocol):
    """An open database, whose writing connection the engine has. Every method waits, and is called off the loop."""

    begin_snapshot: str  # the statement from which on a connection sees the rows as they are at one moment

    @property
    def shown(self) -> str:
        """What people know it by."""
        ...

    def engine(self, wall_ms: Callable[[], int]) -> Engine:
        """Make the writer's side of it. Raises one of ERRORS."""
        ...

    def connect(self) -> ReadConnection:
        """Connect once more, to read. Raises one of ERRORS or StoreError."""
        ...

    def search(self, connection: Connection, wanted: MessageSearch) -> SearchPage: ...

    def size_bytes(self, connection: Connection) -> int: ...

    def copy(self, target: Path, progress: Progress) -> None:
        """As `Store.copy_to`."""
        ...

    def close(self) -> None:
        """Close the writing connection."""
        ...
