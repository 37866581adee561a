"""Rows: messages, and how far they were read."""

from tests.server.api.route_rows.row import row

MESSAGE = "/channels/{channel_id}/messages/{message_id}"
BOTH = {"messages": ["{message_id}", "{second_message}"]}

ROWS = [
    # method, path                              owner admin moderator member muted stranger bot
    row("GET", "/channels/{channel_id}/messages", "200 200 200 200 200 50001 200"),
    row("POST", "/channels/{channel_id}/messages", "200 200 200 200 50013 50001 200", {"content": "hello"}),
    row("POST", "/channels/{channel_id}/messages/bulk-delete", "20002 20002 20002 20002 20002 20002 204", BOTH),
    row("GET", MESSAGE, "200 200 200 200 200 50001 200"),
    row("PATCH", MESSAGE, "200 50005 50005 50005 50005 50001 50005", {"content": "changed"}),
    row("PATCH", MESSAGE, "200 200 200 200 50005 50001 200", {"content": "changed"}, message_id="own_message"),
    row("DELETE", MESSAGE, "204 204 204 50013 50013 50001 204"),
    row("DELETE", MESSAGE, "204 204 204 204 50013 50001 204", message_id="own_message"),
    row("POST", "/channels/{channel_id}/messages/{message_id}/ack", "200 200 200 200 200 50001 20001", {"token": None}),
    row("GET", "/channels/{channel_id}/messages/search", "200 200 200 200 200 50001 200", query="?content=hello"),
    row("GET", "/guilds/{guild_id}/messages/search", "200 200 200 200 200 50001 200", query="?content=hello"),
]
