"""Rows: members and roles."""

from tests.server.api.route_rows.row import row
from tests.server.api.town import MAKERS, Things, thing

MEMBER = "/guilds/{guild_id}/members/{user_id}"
MEMBER_ROLE = "/guilds/{guild_id}/members/{user_id}/roles/{role_id}"
ROLE = "/guilds/{guild_id}/roles/{role_id}"


@thing
async def member_role(things: Things) -> str:
    """A role that `{user_id}` has."""
    role = await MAKERS["role_id"](things)
    await things.owner.do("PUT", f"/guilds/{things.town.guild}/members/{await things('user_id')}/roles/{role}")
    return role


ROWS = [
    # method, path                           owner admin moderator member muted stranger bot
    row("GET", "/guilds/{guild_id}/members", "200 200 200 200 200 50001 200", query="?limit=100"),
    row("GET", "/guilds/{guild_id}/members/search", "200 200 200 200 200 50001 200", query="?query=a"),
    row("GET", "/guilds/{guild_id}/members/@me", "200 200 200 200 200 50001 200"),
    row("PATCH", "/guilds/{guild_id}/members/@me", "200 200 200 200 50013 50001 200", {"nick": "me"}),
    row("GET", MEMBER, "200 200 200 200 200 50001 200"),
    row("GET", MEMBER, "10007 10007 10007 10007 10007 50001 10007", user_id="outsider"),
    row("PATCH", MEMBER, "200 200 200 50013 50013 50001 50013", {"nick": "you"}),
    row("PATCH", MEMBER, "200 50013 50013 50013 50013 50001 50013", {"nick": "you"}, user_id="owner_id"),
    row("DELETE", MEMBER, "204 204 204 50013 50013 50001 50013"),
    row("DELETE", MEMBER, "50013 50013 50013 50013 50013 50001 50013", user_id="owner_id"),
    row("PUT", MEMBER_ROLE, "204 204 204 50013 50013 50001 50013"),
    row("DELETE", MEMBER_ROLE, "204 204 204 50013 50013 50001 50013", role_id="member_role"),
    row("PATCH", "/guilds/{guild_id}/members/@me/nick", "200 200 200 200 50013 50001 200", {"nick": "me"}),
    row("GET", "/guilds/{guild_id}/roles/member-counts", "200 200 200 200 200 50001 200"),
    row("GET", "/guilds/{guild_id}/roles", "200 200 200 200 200 50001 200"),
    row("POST", "/guilds/{guild_id}/roles", "200 200 200 50013 50013 50001 50013", {"name": "another"}),
    row(
        "PATCH", "/guilds/{guild_id}/roles", "200 200 200 50013 50013 50001 50013", [{"id": "{role_id}", "position": 1}]
    ),
    row("GET", ROLE, "200 200 200 200 200 50001 200"),
    row("PATCH", ROLE, "200 200 200 50013 50013 50001 50013", {"name": "changed"}),
    row("PATCH", ROLE, "200 200 50013 50013 50013 50001 50013", {"permissions": "8"}, note="ADMINISTRATOR"),
    row("DELETE", ROLE, "204 204 204 50013 50013 50001 50013"),
]
