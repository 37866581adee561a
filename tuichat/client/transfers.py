"""The files of an account that are on their way, and what the user does with them meanwhile."""

import asyncio
import time
from collections.abc import Callable

from tuichat.client.transfer import Transfer, TransferState

TELL_EVERY_S = 0.1  # progress is told at most this often: a screen draws no faster


class Transfers:
    """The transfers of one account, kept in `by_key`; `tell` is called with the key of each that changed."""

    def __init__(self, by_key: dict[str, Transfer], tell: Callable[[str], None]) -> None:
        self._by_key = by_key
        self._tell = tell
        self._told_s: dict[str, float] = {}
        self._pauses: dict[str, asyncio.Event] = {}  # set when a pause ends

    async def wait_while_paused(self, transfer: Transfer) -> None:
        pause = self._pauses.get(transfer.key)
        if pause is not None:
            await pause.wait()

    def _end_pause(self, key: str) -> None:
        pause = self._pauses.pop(key, None)
        if pause is not None:
            pause.set()

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
        if transfer.key not in self._by_key:
            return  # nobody watches it
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
            self._pauses[key] = asyncio.Event()
        elif transfer.state is TransferState.PAUSED:
            transfer.state = TransferState.RUNNING
            self._end_pause(key)
        self._tell(key)

    def forget(self, key: str) -> None:
        was_known = self._by_key.pop(key, None) is not None
        self._end_pause(key)  # whoever waits finds that it is not wanted any more
        self._told_s.pop(key, None)
        if was_known:
            self._tell(key)
