"""Rows: calls of direct messages."""

from tests.server.api.route_rows.row import row

CALL = "/channels/{channel_id}/call"

ROWS = [
    # method, path      owner admin moderator member muted stranger bot
    row("GET", CALL, "200 200 200 200 200 200 20001", channel_id="direct"),
    row("PATCH", CALL, "204 204 204 204 204 204 20001", {}, channel_id="direct"),
    row("POST", f"{CALL}/ring", "204 204 204 204 204 204 20001", {"recipients": None}, channel_id="direct"),
    row("POST", f"{CALL}/stop-ringing", "204 204 204 204 204 204 20001", {}, channel_id="direct"),
]
