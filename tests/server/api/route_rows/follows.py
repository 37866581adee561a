"""Rows: whom and what one follows, and what comes."""

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
    row("GET", "/tuichat/coming", "200"),
    row("GET", "/tuichat/coming", "50035", query="?limit=101", note="more than there are at once"),
)
