"""What is asked of the gateway about members: all of a guild, those whose names begin so, the rows of a list."""

from collections.abc import Callable

from tuichat.client import member_list
from tuichat.client.state import State
from tuichat.protocol import gateway
from tuichat.protocol.snowflake import Snowflake


class MemberRequests:
    """One account's. Every call raises ClientError alone, and what it asks for comes as dispatches."""

    def __init__(self, state: State, command: Callable[[gateway.CommandPayload], None]) -> None:
        self._state = state
        self._command = command

    async def ask_for_all(self, guild_id: int) -> None:
        self._command(gateway.RequestGuildMembers(guild_id=Snowflake(guild_id), query="", limit=0, presences=True))

    async def search(self, guild_id: int, beginning: str) -> None:
        """Ask for members whose names begin so."""
        self._command(
            gateway.RequestGuildMembers(guild_id=Snowflake(guild_id), query=beginning, limit=20, presences=True)
        )

    async def open_list(self, channel_id: int, first: int = 0, last: int = 0) -> None:
        """Ask for the rows from `first` to `last` of the member list beside a large guild's channel."""
        guild = self._state.guild_of(channel_id)
        if guild is not None and (command := member_list.subscription(guild, channel_id, first, last)) is not None:
            self._command(command)
