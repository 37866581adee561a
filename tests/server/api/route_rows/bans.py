"""Rows: bans, and pruning."""

from tests.server.api.route_rows.row import row
from tests.server.api.town import Things, thing

BAN = "/guilds/{guild_id}/bans/{user_id}"


@thing
async def banned(things: Things) -> str:
    """A user who was banned from the town."""
    user = await things("outsider")
    await things.owner.do("PUT", f"/guilds/{things.town.guild}/bans/{user}", {})
    return user


ROWS = [
    # method, path                        owner admin moderator member muted stranger bot
    row("GET", "/guilds/{guild_id}/bans", "200 200 200 50013 50013 50001 50013"),
    row("GET", BAN, "200 200 200 50013 50013 50001 50013", user_id="banned"),
    row("GET", BAN, "10026 10026 10026 50013 50013 50001 50013", user_id="outsider"),
    row("PUT", BAN, "204 204 204 50013 50013 50001 50013", {"delete_message_seconds": 60}),
    row("PUT", BAN, "204 204 204 50013 50013 50001 50013", {}, user_id="outsider"),
    row("PUT", BAN, "50013 50013 50013 50013 50013 50001 50013", {}, user_id="owner_id"),
    row("DELETE", BAN, "204 204 204 50013 50013 50001 50013", user_id="banned"),
    row("DELETE", BAN, "10026 10026 10026 50013 50013 50001 50013", user_id="nobody"),
    row("POST", "/guilds/{guild_id}/bulk-ban", "200 200 200 50013 50013 50001 50013", {"user_ids": ["{outsider}"]}),
    row("GET", "/guilds/{guild_id}/prune", "200 200 200 50013 50013 50001 50013", query="?days=30"),
    row("POST", "/guilds/{guild_id}/prune", "200 200 200 50013 50013 50001 50013", {"days": 30}),
]
