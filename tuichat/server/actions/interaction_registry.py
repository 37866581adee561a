"""Interactions whose tokens are good, with what only they can reach: ephemeral messages and open modals."""

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections import OrderedDict

import msgspec

from tuichat.protocol.interaction import TOKEN_LIFE_MS
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.command_rows import InteractionRow
from tuichat.server.store.message_rows import MessageRow

MAX_KEPT = 50_000  # taste: some 100 MB; beyond it the oldest ends before its time
MAX_TOKEN_CHARACTERS = 300  # ours have some 120
MAX_EPHEMERAL = 50  # taste: of one interaction
MAX_EPHEMERAL_BYTES = MAX_MODAL_BYTES = 32 * 1024 * 1024  # taste: of all; beyond it the oldest is forgotten
FRAME_BYTES = 1024  # what one takes beside its texts, estimated


class Modal(msgspec.Struct, frozen=True):
    """A modal that a user's client shows: which interaction it answers, and what it asks for."""

    opened_by: InteractionRow
    custom_id: str
    components: bytes


class Entry:
    """One interaction in memory. `failing` tells the user's client that nobody answered."""

    __slots__ = ("ephemeral", "failing", "row")

    def __init__(self, row: InteractionRow) -> None:
        self.row = row
        self.ephemeral: OrderedDict[int, MessageRow] = OrderedDict()
        self.failing: asyncio.TimerHandle | None = None

    def stop_waiting(self) -> None:
        if self.failing is not None:
            self.failing.cancel()
            self.failing = None


class InteractionRegistry:
    """The interactions of the last fifteen minutes, bounded. What a restart must not lose is in the store, too."""

    def __init__(self) -> None:
        self._entries: OrderedDict[int, Entry] = OrderedDict()
        self._modals: OrderedDict[int, Modal] = OrderedDict()  # by the interaction that opened it
        self._modal_bytes = 0
        self._ephemeral: OrderedDict[int, Entry] = OrderedDict()  # who keeps a message, by its id
        self._ephemeral_bytes = 0

    def __len__(self) -> int:
        return len(self._entries)

    def add(self, row: InteractionRow) -> Entry:
        entry = self._entries[row.id] = Entry(row)
        self.expire(row.id.timestamp_ms)
        while len(self._entries) > MAX_KEPT:
            self._drop(next(iter(self._entries)))
        return entry

    def get(self, interaction_id: int, now_ms: int) -> Entry | None:
        self.expire(now_ms)
        return self._entries.get(interaction_id)

    def expire(self, now_ms: int) -> None:
        """Forget what is older than fifteen minutes."""
        while self._entries:
            first = next(iter(self._entries))
            if now_ms - Snowflake(first).timestamp_ms < TOKEN_LIFE_MS:
                break
            self._drop(first)
        while self._modals:
            first = next(iter(self._modals))
            if now_ms - Snowflake(first).timestamp_ms < TOKEN_LIFE_MS:
                break
            self._pop_modal(first)

    def open_modal(self, interaction_id: int, modal: Modal) -> None:
        self._modals[interaction_id] = modal
        self._modal_bytes += len(modal.components) + FRAME_BYTES
        while self._modal_bytes > MAX_MODAL_BYTES:
            self._pop_modal(next(iter(self._modals)))

    def close_modal(self, interaction_id: int, user_id: int) -> Modal | None:
        """Take a user's open modal; each is submitted once."""
        modal = self._modals.get(interaction_id)
        if modal is None or modal.opened_by.user_id != user_id:
            return None
        return self._pop_modal(interaction_id)

    def keep_ephemeral(self, entry: Entry, message: MessageRow) -> None:
        """Keep a message that only the interaction's user sees, or its new version."""
        if message.id in self._ephemeral:
            self._drop_ephemeral(message.id)
        entry.ephemeral[message.id] = message
        self._ephemeral[message.id] = entry
        self._ephemeral_bytes += _size_bytes(message)
        while self._ephemeral_bytes > MAX_EPHEMERAL_BYTES:
            self._drop_ephemeral(next(iter(self._ephemeral)))

    def ephemeral_message(self, user_id: int, message_id: int) -> MessageRow | None:
        """A message that only this user sees."""
        entry = self._ephemeral.get(message_id)
        return entry.ephemeral[message_id] if entry is not None and entry.row.user_id == user_id else None

    def replace_ephemeral(self, user_id: int, message: MessageRow) -> None:
        """Keep the new version of an ephemeral message, where it is still kept."""
        entry = self._ephemeral.get(message.id)
        if entry is not None and entry.row.user_id == user_id:
            self.keep_ephemeral(entry, message)

    def forget_ephemeral(self, user_id: int, message_id: int) -> bool:
        """Drop an ephemeral message, and say whether it was there."""
        if self.ephemeral_message(user_id, message_id) is None:
            return False
        self._drop_ephemeral(message_id)
        return True

    def close(self) -> None:
        for entry in self._entries.values():
            entry.stop_waiting()

    def _drop(self, interaction_id: int) -> None:
        entry = self._entries.pop(interaction_id)
        entry.stop_waiting()
        for message_id in tuple(entry.ephemeral):
            self._drop_ephemeral(message_id)

    def _drop_ephemeral(self, message_id: int) -> None:
        entry = self._ephemeral.pop(message_id)
        self._ephemeral_bytes -= _size_bytes(entry.ephemeral.pop(message_id))

    def _pop_modal(self, interaction_id: int) -> Modal:
        modal = self._modals.pop(interaction_id)
        self._modal_bytes -= len(modal.components) + FRAME_BYTES
        return modal


def _size_bytes(message: MessageRow) -> int:
    return 4 * len(message.content) + len(message.embeds) + len(message.components) + FRAME_BYTES


def new_token(interaction_id: int) -> tuple[str, str]:
    """Make an interaction's token, which says whose it is, and its hash for the store."""
    text = f"interaction:{int(interaction_id)}:{secrets.token_urlsafe(48)}"
    token = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return token, hash_token(token)


def interaction_of(token: str) -> int | None:
    """The interaction that a token is for, whether it is good or not; None for what is no token."""
    if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
        return None
    try:
        text = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)).decode()
    except ValueError:
        return None
    _, _, rest = text.partition("interaction:")
    digits = rest.partition(":")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 19 else None


def hash_token(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_token(row: InteractionRow, token: str) -> bool:
    return hmac.compare_digest(row.token_hash, hash_token(token))
