"""A bot in a guild of a running server, made over REST as its owner makes it."""

from typing import Any

from tests.server.running import Account, RunningServer
from tests.system.rest_account import TokenObject


async def add_bot(
    site: RunningServer, owner: Account, guild_id: str, name: str = "helper", permissions: int = 0
) -> Account:
    """Make an application of the owner, add its bot to the guild, and return the bot signed in."""
    application = await owner.call("POST", "/applications", dict[str, Any], {"name": name})
    token = await owner.call("POST", f"/applications/{application['id']}/bot", TokenObject, {})
    body = {"guild_id": guild_id, "permissions": str(permissions)}
    await owner.do("POST", f"/oauth2/authorize?client_id={application['id']}", body)
    bot = site.account(f"Bot {token.token}")
    bot.user_id = application["id"]
    return bot
