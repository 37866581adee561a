"""A running server, two accounts on it, and a way to break what one is connected by."""

from tests.client.faulty_proxy import FaultyProxy
from tests.server.running import Account, RunningServer


class Site:
    """A running server with a guild, of which `me` and `other` are members, and a way to break what `me` is connected by."""

    def __init__(self, server: RunningServer, me: Account, other: Account, channel_id: int, proxy: FaultyProxy) -> None:
        self.server = server
        self.me = me
        self.other = other
        self.channel_id = channel_id
        self.proxy = proxy

    async def truth(self) -> list[tuple[int, str]]:
        """Return the channel's messages as the server has them, oldest first."""
        return [(int(each.id), each.content) for each in await self.other.history(str(self.channel_id))]
