"""Rows: whom and what one follows, what is live, and what comes."""

from tests.server.api.route_rows.row import row

USER = "/tuichat/follows/users/{user_id}"
GUILD = "/tuichat/follows/guilds/{guild_id}"

ROWS = (
    row("GET", "/tuichat/follows", "200"),
    row("PUT", USER, "204 204 204 204 204 10013 204"),
    row("PUT", USER, "10013", user_id="nobody"),
    row("DELETE", USER, "204"),
    row("PUT", GUILD, "204 204 204 204 204 10004 204"),
    row("DELETE", GUILD, "204"),
    row("PUT", "/tuichat/follows/topics", "200", {"topics": ["bees", "honey"]}),
    row("PUT", "/tuichat/follows/topics", "50035", {"topics": [""]}, note="an empty topic"),
    row("GET", "/tuichat/live-rooms", "200", query="?query=bees&tags=honey,mead&limit=5"),
    row("GET", "/tuichat/live-rooms", "50035", query="?limit=101", note="more than there are at once"),
    row("GET", "/tuichat/live-rooms", "50035", query=f"?query={'x' * 101}", note="a long query"),
    row("GET", "/tuichat/live-rooms", "50035", query=f"?tags={'x' * 31}", note="a long tag"),
    row("GET", "/tuichat/coming", "200"),
    row("GET", "/tuichat/coming", "50035", query="?limit=101", note="more than there are at once"),
)
