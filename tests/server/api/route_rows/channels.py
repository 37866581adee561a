"""Rows: channels, their overwrites, and invites."""

from tests.server.api.route_rows.row import row
from tests.server.api.town import MAKERS, Object, Things, thing

CHANNEL = "/channels/{channel_id}"
OVERWRITE = "/channels/{channel_id}/permissions/{target_id}"


@thing
async def code(things: Things) -> str:
    """An invite that the owner made."""
    body = {"max_age": 0, "unique": True}
    made = await things.owner.call("POST", f"/channels/{things.town.channel}/invites", Object, body)
    return str(made["code"])


@thing
async def code_elsewhere(things: Things) -> str:
    """An invite to a guild where only the owner is."""
    channel = await things.owner.text_channel((await things.owner.create_guild("Elsewhere")).id)
    return await things.owner.invite(channel.id)


@thing
async def overwrite(things: Things) -> str:
    """A role with an overwrite in the town's channel."""
    role = await MAKERS["role_id"](things)
    await things.owner.do("PUT", f"/channels/{things.town.channel}/permissions/{role}", {"type": 0, "deny": "2048"})
    return role


ROWS = [
    # method, path                            owner admin moderator member muted stranger bot
    row("GET", "/guilds/{guild_id}/channels", "200 200 200 200 200 50001 200"),
    row("POST", "/guilds/{guild_id}/channels", "201 201 201 50013 50013 50001 50013", {"name": "another"}),
    row(
        "PATCH", "/guilds/{guild_id}/channels",
        "204 204 204 50013 50013 50001 50013", [{"id": "{new_channel}", "position": 1}],
    ),
    row("GET", CHANNEL, "200 200 200 200 200 50001 200"),
    row("PATCH", CHANNEL, "200 200 200 50013 50013 50001 50013", {"name": "changed"}, channel_id="new_channel"),
    row("DELETE", CHANNEL, "200 200 200 50013 50013 50001 50013", channel_id="new_channel"),
    row("PUT", OVERWRITE, "204 204 204 50013 50013 50001 50013", {"type": 0, "deny": "2048"}, target_id="role_id"),
    row("DELETE", OVERWRITE, "204 204 204 50013 50013 50001 50013", target_id="overwrite"),
    row("POST", "/channels/{channel_id}/typing", "204 204 204 204 50013 50001 204"),
    row("GET", "/channels/{channel_id}/invites", "200 200 200 50013 50013 50001 50013"),
    row("POST", "/channels/{channel_id}/invites", "200 200 200 200 50013 50001 200", {"max_age": 60}),
    row("GET", "/guilds/{guild_id}/invites", "200 200 200 50013 50013 50001 50013"),
    row("GET", "/invites/{code}", "200"),
    row("POST", "/invites/{code}", "200 200 200 200 200 200 20001", code="code_elsewhere"),
    row("DELETE", "/invites/{code}", "200 200 200 50013 50013 50001 50013"),
]  # fmt: skip
