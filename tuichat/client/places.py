"""The places to be in: guilds and channels that a user makes, comes into by an invite, or opens with somebody."""

from collections.abc import Callable, Sequence

from tuichat.client import routes
from tuichat.client.change import Change
from tuichat.client.gateway import now_ms
from tuichat.client.reducer import reducer
from tuichat.client.rest import Rest
from tuichat.client.state import State
from tuichat.protocol.channel import Channel
from tuichat.protocol.dispatch.channel import ChannelCreate
from tuichat.protocol.guild import Guild, Invite


class Places:
    """One account's. Every call raises ClientError alone."""

    def __init__(self, state: State, rest: Rest, emit: Callable[[Sequence[Change]], None]) -> None:
        self._state = state
        self._rest = rest
        self._emit = emit

    async def accept_invite(self, code: str) -> Invite:
        """Join a guild; the guild comes as a dispatch."""
        return await self._rest.get(routes.accept_invite(code), Invite)

    async def create_invite(self, channel_id: int) -> Invite:
        return await self._rest.get(routes.create_invite(channel_id), Invite)

    async def create_guild(self, name: str) -> Guild:
        return await self._rest.get(routes.create_guild(name), Guild)

    async def create_channel(self, guild_id: int, name: str, type: int = 0) -> Channel:  # Discord's word
        return await self._rest.get(routes.create_channel(guild_id, name, type), Channel)

    async def open_private_channel(self, user_id: int) -> Channel:
        """Return the private channel with a user, made if there is none."""
        return self._opened(await self._rest.get(routes.open_private_channel(user_id), Channel))

    async def open_group(self, user_ids: Sequence[int]) -> Channel:
        """Make a private channel with two people or more, who are friends of one's own."""
        return self._opened(await self._rest.get(routes.open_group(user_ids), Channel))

    def _opened(self, channel: Channel) -> Channel:
        event = ChannelCreate(**{name: getattr(channel, name) for name in Channel.__struct_fields__})
        self._emit(reducer.reduce(self._state, event, now_ms()))
        return channel
