"""A queued write: what it does in its transaction, and what is told after the commit."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from tuichat.server.bus import Event
from tuichat.server.store.connection import Connection
from tuichat.server.store.errors import Conflict
from tuichat.server.store.fences import Fence
from tuichat.server.store.message_batch import NewMessage, Outcome, Repeated
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.store import Apply

T = TypeVar("T")


class QueuedWrite(Generic[T]):
    """What is done in the transaction, and what happens on the loop after the commit."""

    def __init__(
        self,
        run: "Callable[[Connection], T] | NewMessage",
        events: Sequence[Event],
        before_publish: Apply,
        after_publish: Apply,
        future: "asyncio.Future[T]",
        fence: Fence | None = None,
        *,
        is_alone: bool = False,
    ) -> None:
        self.run = run
        self.events = events
        self.before_publish = before_publish
        self.after_publish = after_publish
        self.future = future
        self.fence = fence
        self.is_alone = is_alone  # it runs between two transactions, in none
        self.result: T | None = None
        self.error: BaseException | None = None
        self.is_repeated = False  # it was done before, so nothing is told

    def forget_outcome(self) -> None:
        """It was rolled back, and may be done again."""
        self.result, self.error, self.is_repeated = None, None, False

    def settle_message(self: "QueuedWrite[MessageRow]", outcome: Outcome) -> None:
        """Note what became of a new message."""
        match outcome:
            case Repeated(row):
                self.result, self.is_repeated = row, True
            case Conflict():
                self.error = outcome
            case _:
                self.result = outcome
