"""How far files are on their way, in both directions, and what the user does with them meanwhile."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

TELL_EVERY_S = 0.1  # progress is told at most this often: a screen draws no faster


class TransferState(Enum):
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    DONE = "done"


@dataclass(slots=True, eq=False)
class Transfer:
    """A file on its way. `key` names it on the screen; `error` is a sentence where it failed."""

    key: str
    total_bytes: int
    done_bytes: int = 0
    state: TransferState = TransferState.RUNNING
    error: str = ""
    _may_run: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._may_run.set()

    @property
    def share(self) -> float:
        """Return how much is done, 0 to 1."""
        return 1.0 if not self.total_bytes else min(1.0, self.done_bytes / self.total_bytes)

    async def wait_while_paused(self) -> None:
        await self._may_run.wait()


class Transfers:
    """The transfers of one account by key; `tell` is called with the key of each that changed."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._by_key: dict[str, Transfer] = {}
        self._told_s: dict[str, float] = {}

    def get(self, key: str) -> Transfer | None:
        return self._by_key.get(key)

    def begin(self, key: str, total_bytes: int) -> Transfer:
        """Return the transfer of this key, running; a paused one stays paused."""
        transfer = self._by_key.get(key)
        if transfer is None:
            transfer = self._by_key[key] = Transfer(key, total_bytes)
        elif transfer.state is not TransferState.PAUSED:
            transfer.state, transfer.error = TransferState.RUNNING, ""
        self._tell(key)
        return transfer

    def advance(self, transfer: Transfer, done_bytes: int) -> None:
        transfer.done_bytes = done_bytes
        now_s = time.monotonic()
        if now_s - self._told_s.get(transfer.key, 0.0) >= TELL_EVERY_S:
            self._told_s[transfer.key] = now_s
            self._tell(transfer.key)

    def end(self, transfer: Transfer, error: str = "") -> None:
        """Note that a transfer is done, or failed with a sentence."""
        transfer.state = TransferState.FAILED if error else TransferState.DONE
        transfer.error = error
        self._told_s.pop(transfer.key, None)
        self._tell(transfer.key)

    def toggle_pause(self, key: str) -> None:
        """Pause a running transfer, or let a paused one go on."""
        transfer = self._by_key.get(key)
        if transfer is None:
            return
        if transfer.state is TransferState.RUNNING:
            transfer.state = TransferState.PAUSED
            transfer._may_run.clear()
        elif transfer.state is TransferState.PAUSED:
            transfer.state = TransferState.RUNNING
            transfer._may_run.set()
        self._tell(key)

    def forget(self, key: str) -> None:
        transfer = self._by_key.pop(key, None)
        if transfer is not None:
            transfer._may_run.set()  # whoever waits finds that it is not wanted any more
        self._told_s.pop(key, None)
