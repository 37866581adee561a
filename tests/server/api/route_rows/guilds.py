"""Rows: guilds, and what is in them besides channels, members and roles."""

from tests.server.api.route_rows.row import row

ROWS = [
    # method, path        owner admin moderator member muted stranger bot
    row("POST", "/guilds", "201 201 201 201 201 201 20001", {"name": "Another"}),
    row("GET", "/guilds/{guild_id}", "200 200 200 200 200 50001 200"),
    row("PATCH", "/guilds/{guild_id}", "200 200 200 50013 50013 50001 50013", {"name": "Town"}),
    row("DELETE", "/guilds/{guild_id}", "204 50013 50013 50013 50013 50001 50013", guild_id="new_guild"),
    row("POST", "/guilds/{guild_id}/delete", "204 50013 50013 50013 50013 50001 50013", guild_id="new_guild"),
    row("GET", "/guilds/{guild_id}/audit-logs", "200 200 200 50013 50013 50001 50013"),
    row("GET", "/guilds/{guild_id}/auto-moderation/rules", "200 200 200 200 200 50001 200"),
    row("GET", "/guilds/{guild_id}/integrations", "200 200 200 50013 50013 50001 50013"),
    row("DELETE", "/users/@me/guilds/{guild_id}", "50055 204 204 204 204 50001 204", guild_id="new_guild"),
    row("GET", "/users/@me/guilds/{guild_id}/member", "200 200 200 200 200 50001 200"),
]
