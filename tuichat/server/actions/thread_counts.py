"""How many messages each thread has, kept while messages come and go, whoever writes them."""

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.message import MessageType
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.guild_cache import GuildCache
from tuichat.server.bus import Event

_NAMES = frozenset({"MESSAGE_CREATE", "MESSAGE_DELETE", "MESSAGE_DELETE_BULK"})


class _Told(msgspec.Struct, frozen=True):
    """What is read of the three dispatches."""

    id: Snowflake | None = None
    ids: tuple[Snowflake, ...] = ()
    type: int = 0


class ThreadCounts:
    """A subscriber of the bus: what it counts in memory, the store counts anew at the next start.

    A thread's first message does not count: a post's, which has the thread's id, or the one that points to the parent.
    """

    def __init__(self, guilds: GuildCache) -> None:
        self._guilds = guilds

    def follow(self, event: Event) -> None:
        if event.name not in _NAMES or event.channel_id is None or event.guild_id is None:
            return
        state = self._guilds.get(event.guild_id)
        count = None if state is None else state.thread_counts.get(event.channel_id)
        if count is None:
            return
        told = codec.decode(event.body, _Told)
        if event.name == "MESSAGE_CREATE":
            if told.id != event.channel_id and told.type != MessageType.THREAD_STARTER_MESSAGE:
                count.kept += 1
            return
        gone = sum(1 for message_id in (told.id, *told.ids) if message_id not in (None, event.channel_id))
        count.kept = max(count.kept - gone, 0)
        count.deleted += gone
