"""How far a file is on its way, in either direction."""

from dataclasses import dataclass
from enum import Enum


class TransferState(Enum):
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    DONE = "done"


def transfer_key(channel_id: int, entry_key: str, number: int) -> str:
    """Name the transfer of a message's file, counted from 0."""
    return f"{channel_id}/{entry_key}/{number}"


@dataclass(slots=True, eq=False)
class Transfer:
    """A file on its way. `key` names it on the screen; `error` is a sentence where it failed."""

    key: str
    total_bytes: int
    done_bytes: int = 0
    state: TransferState = TransferState.RUNNING
    error: str = ""

    @property
    def share(self) -> float:
        """Return how much is done, 0 to 1."""
        return 1.0 if not self.total_bytes else min(1.0, self.done_bytes / self.total_bytes)
