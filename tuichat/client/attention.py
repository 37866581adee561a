"""What the server hears of its user's attention, sparingly: typing, and how far channels are read."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from typing import Any

import msgspec

from tuichat.client import notice_levels, routes
from tuichat.client.change import Change, ReadStateChanged, SettingsChanged
from tuichat.client.errors import ClientError
from tuichat.client.gateway import now_ms
from tuichat.client.reducer import typists
from tuichat.client.rest import Rest
from tuichat.client.state import Connection, State
from tuichat.protocol.dispatch.read_state import ReadState
from tuichat.protocol.snowflake import Snowflake

logger = logging.getLogger(__name__)

TYPING_INTERVAL_MS = 8_000  # a typing indicator lasts 10 s; Discord's own clients repeat it about as often
ACK_DELAY_S = 0.5  # taste: a burst of messages that are read at once is one request
LONGEST_WAIT_S = 3600.0  # a clock that is set, or a computer that slept, is noticed after an hour


class Attention:
    """One account's typing and reading, and the end of others' typing."""

    def __init__(
        self,
        state: State,
        rest: Rest,
        emit: Callable[[Sequence[Change]], None],
        start: Callable[[Callable[[], Coroutine[Any, Any, object]]], None],
    ) -> None:
        """`start` runs a request in a task of the account."""
        self._state = state
        self._rest = rest
        self._emit = emit
        self._start = start
        self._typing_sent_ms: dict[int, int] = {}
        self._acks: dict[int, int] = {}
        self._ack_due = asyncio.Event()
        self._typing_seen = asyncio.Event()
        self._settings_seen = asyncio.Event()

    def type_in(self, channel_id: int) -> None:
        """Say that the user types; call it at each key, a request goes out once in a while."""
        now = now_ms()
        last_ms = self._typing_sent_ms.get(channel_id)
        if self._state.connection is not Connection.READY or (
            last_ms is not None and now - last_ms < TYPING_INTERVAL_MS
        ):
            return
        self._typing_sent_ms[channel_id] = now
        self._start(partial(self._rest.perform, routes.trigger_typing(channel_id)))

    def stop_typing(self, channel_id: int) -> None:
        """Note that a message was sent: it ends the typing line of the others, and the next key begins a new one."""
        self._typing_sent_ms.pop(channel_id, None)

    def mark_read(self, channel_id: int, message_id: int | None) -> None:
        """Note that the user has seen a channel up to a message, by default its last."""
        channel = self._state.channels.get(channel_id)
        last = message_id or (channel.last_message_id if channel else None)
        if channel is None or not isinstance(last, int):
            return
        read = self._state.read_states.get(channel_id) or ReadState(id=channel.id)
        if read.last_message_id is not None and read.last_message_id >= last and read.mention_count == 0:
            return
        self._state.read_states[channel_id] = msgspec.structs.replace(
            read, last_message_id=Snowflake(max(last, read.last_message_id or 0)), mention_count=0
        )
        self._emit([ReadStateChanged(channel_id)])
        self._acks[channel_id] = max(last, self._acks.get(channel_id, 0))
        self._ack_due.set()

    async def mark_unread(self, channel_id: int, message_id: int) -> None:
        """Have a message and all after it be unread again, on all devices. Raises ClientError."""
        channel = self._state.channels.get(channel_id)
        if channel is None:
            return
        me = self._state.me
        later = [
            entry.message for entry in self._state.timeline(channel_id).confirmed if entry.message.id >= message_id
        ]
        mentions = sum(any(me is not None and user.id == me.id for user in message.mentions) for message in later)
        self._acks.pop(channel_id, None)
        await self._rest.perform(routes.unread_from(channel_id, message_id - 1, mentions))
        read = self._state.read_states.get(channel_id) or ReadState(id=channel.id)
        self._state.read_states[channel_id] = msgspec.structs.replace(
            read, last_message_id=Snowflake(message_id - 1), mention_count=mentions
        )
        self._emit([ReadStateChanged(channel_id)])

    def session_started(self, *, is_fresh: bool) -> None:
        """Note that the server can be reached again. After a fresh READY the state is as the server has it: what was read
        here while it was away, or what it has not heard of yet, is read still."""
        if is_fresh:
            self._settings_seen.set()
            acks, self._acks = self._acks, {}
            for channel_id, message_id in acks.items():
                self.mark_read(channel_id, message_id)
        elif self._acks:
            self._ack_due.set()

    def settings_seen(self) -> None:
        """Note that something was muted, perhaps for a time."""
        self._settings_seen.set()

    def typing_seen(self) -> None:
        """Note that somebody types: it will have to end."""
        self._typing_seen.set()

    async def send_acks(self) -> None:
        """Tell the server what was read, until cancelled."""
        while True:
            await self._ack_due.wait()
            await asyncio.sleep(ACK_DELAY_S)
            self._ack_due.clear()
            await self.send_acks_now()

    async def send_acks_now(self) -> None:
        """Tell the server once what it has not heard of."""
        acks, self._acks = self._acks, {}
        for channel_id, message_id in acks.items():
            try:
                await self._rest.perform(routes.ack_message(channel_id, message_id))
            except ClientError as error:
                logger.info("read state of channel %d: %s", channel_id, error)
                if error.is_transient:  # it goes out again once the server is back
                    self._acks.setdefault(channel_id, message_id)

    async def end_mutes(self) -> None:
        """Have what was muted for a time be heard again, until cancelled."""
        while True:
            end_ms = notice_levels.next_mute_end_ms(self._state)
            wait_s = None if end_ms is None else min(LONGEST_WAIT_S, max(0, end_ms - unix_ms()) / 1000)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._settings_seen.wait()
            self._settings_seen.clear()
            if notice_levels.end_mutes(self._state, unix_ms()):
                self._emit([SettingsChanged()])

    async def expire_typing(self) -> None:
        """End the typing of those who stopped, until cancelled."""
        while True:
            await self._typing_seen.wait()
            self._typing_seen.clear()
            while (end_ms := typists.next_typing_end_ms(self._state)) is not None:
                await asyncio.sleep(max(0, end_ms - now_ms()) / 1000)
                self._emit(typists.expire_typing(self._state, now_ms()))


def unix_ms() -> int:
    """Return the time as mutes have it, in Unix milliseconds."""
    return time.time_ns() // 1_000_000
