"""Rows: a guild's welcome screen, onboarding and widget, and the status of a voice channel."""

from tests.server.api.route_rows.row import row
from tests.server.api.town import Object, Things, thing


@thing
async def guild_with_widget(things: Things) -> str:
    """A guild of the owner's that shows a widget."""
    guilds = await things.owner.call("GET", "/users/@me/guilds", list[Object])
    known = [guild["id"] for guild in guilds if guild["name"] == "Shown"]
    guild = str(known[0]) if known else (await things.owner.create_guild("Shown")).id
    await things.owner.call("PATCH", f"/guilds/{guild}/widget", Object, {"enabled": True})
    return guild


ROWS = [
    # method, path                                  owner admin moderator member muted stranger bot
    row("GET", "/guilds/{guild_id}/welcome-screen", "200 200 200 10069 10069 50001 10069"),
    row("PATCH", "/guilds/{guild_id}/welcome-screen", "200 200 200 50013 50013 50001 50013", {"description": "hello"}),
    row("GET", "/guilds/{guild_id}/onboarding", "200 200 200 200 200 50001 200"),
    row("GET", "/guilds/{guild_id}/widget", "200 200 200 50013 50013 50001 50013"),
    row("PATCH", "/guilds/{guild_id}/widget", "200 200 200 50013 50013 50001 50013", {"enabled": False}),
    row("GET", "/guilds/{guild_id}/widget.json", "200", guild_id="guild_with_widget"),
    row("GET", "/guilds/{guild_id}/widget.json", "50004", note="switched off"),
    row(
        "PUT", "/channels/{channel_id}/voice-status",
        "204 204 204 50013 50013 50001 50013", {"status": "chess"}, channel_id="voice_id",
    ),
]  # fmt: skip
