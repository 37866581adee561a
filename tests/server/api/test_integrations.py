"""The bots of a guild, as its managers list them."""

from typing import Any

from tests.server.bots import add_bot
from tests.server.running import RunningServer

Json = dict[str, Any]


async def test_managers_see_which_bots_are_there_and_whose(site: RunningServer) -> None:
    owner, member = await site.register("owner"), await site.register("member")
    guild, _ = await site.befriend(owner, member)
    path = f"/guilds/{guild.id}/integrations"
    assert await owner.call("GET", path, list[Json]) == []
    bot = await add_bot(site, owner, guild.id)
    other = await owner.create_guild("Elsewhere")
    await add_bot(site, owner, other.id, "elsewhere")
    await bot.do("PATCH", "/applications/@me", {"description": "Helps"})
    (found,) = await owner.call("GET", path, list[Json])
    assert (found["id"], found["type"], found["name"], found["enabled"]) == (bot.user_id, "discord", "helper", True)
    assert found["account"] == {"id": bot.user_id, "name": "helper"}
    assert (found["application"]["description"], found["application"]["bot"]["id"]) == ("Helps", bot.user_id)
    assert found["user"]["id"] == owner.user_id
    assert (await member.raw("GET", path))[0] == 403
    await owner.do("DELETE", f"/guilds/{guild.id}/members/{bot.user_id}")
    assert await owner.call("GET", path, list[Json]) == []
