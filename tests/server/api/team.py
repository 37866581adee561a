"""A small team on a server: an owner, a member and a bot in a guild."""

from typing import Any

import msgspec

from tests.server.bots import add_bot
from tests.server.running import Account, RunningServer

Json = dict[str, Any]


class Team:
    def __init__(
        self, site: RunningServer, owner: Account, member: Account, bot: Account, guild_id: str, channel_id: str
    ) -> None:
        self.site = site
        self.owner = owner
        self.member = member
        self.bot = bot
        self.guild_id = guild_id
        self.channel_id = channel_id


async def team(site: RunningServer) -> tuple[Account, Account, Account, str, str]:
    """An owner, a member, and a bot in a guild, with the ids of the guild and of its first channel."""
    owner, member = await site.register("owner"), await site.register("member")
    guild, channel_id = await site.befriend(owner, member)
    return owner, member, await add_bot(site, owner, guild.id), guild.id, channel_id


async def refusal(account: Account, method: str, path: str, body: object = None) -> tuple[int, int]:
    status, data = await account.raw(method, path, body)
    assert status >= 400, data
    return status, msgspec.json.decode(data)["code"]
