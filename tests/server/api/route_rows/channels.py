"""Rows: channels, their overwrites, and invites."""

from tests.server.api.route_rows.row import row

CHANNEL = "/channels/{channel_id}"
OVERWRITE = "/channels/{channel_id}/permissions/{target_id}"

ROWS = [
    # method, path                            owner admin moderator member muted stranger bot
    row("GET", "/guilds/{guild_id}/channels", "200 200 200 200 200 50001 200"),
    row("POST", "/guilds/{guild_id}/channels", "201 201 201 50013 50013 50001 50013", {"name": "another"}),
    row("GET", CHANNEL, "200 200 200 200 200 50001 200"),
    row("PATCH", CHANNEL, "200 200 200 50013 50013 50001 50013", {"name": "changed"}, channel_id="new_channel"),
    row("DELETE", CHANNEL, "200 200 200 50013 50013 50001 50013", channel_id="new_channel"),
    row("PUT", OVERWRITE, "204 204 204 50013 50013 50001 50013", {"type": 0, "deny": "2048"}, target_id="role_id"),
    row("DELETE", OVERWRITE, "204 204 204 50013 50013 50001 50013", target_id="overwrite"),
    row("POST", "/channels/{channel_id}/typing", "204 204 204 204 50013 50001 204"),
    row("GET", "/channels/{channel_id}/webhooks", "200 200 200 200 200 50001 200"),
    row("GET", "/guilds/{guild_id}/webhooks", "200 200 200 200 200 50001 200"),
    row("GET", "/guilds/{guild_id}/threads/active", "200 200 200 200 200 50001 200"),
    row("GET", "/channels/{channel_id}/invites", "200 200 200 50013 50013 50001 50013"),
    row("POST", "/channels/{channel_id}/invites", "200 200 200 200 50013 50001 200", {"max_age": 60}),
    row("GET", "/guilds/{guild_id}/invites", "200 200 200 50013 50013 50001 50013"),
    row("GET", "/invites/{code}", "200"),
    row("POST", "/invites/{code}", "200 200 200 200 200 200 20001", code="code_elsewhere"),
    row("DELETE", "/invites/{code}", "200 200 200 50013 50013 50001 50013"),
]
