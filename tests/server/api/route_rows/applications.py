"""Rows: applications, their bots, and adding a bot to a guild."""

from tests.server.api.route_rows.row import row

AUTHORIZE = "/oauth2/authorize"
ADD = {"guild_id": "{guild_id}", "permissions": "0", "authorize": True}

ROWS = [
    # method, path              owner admin moderator member muted stranger bot
    row("GET", "/applications", "200"),
    row("POST", "/applications", "201 201 201 201 201 201 20001", {"name": "helper"}),
    row("GET", "/applications/@me", "20002 20002 20002 20002 20002 20002 200"),
    row("GET", "/oauth2/applications/@me", "20002 20002 20002 20002 20002 20002 200"),
    row("PATCH", "/applications/{application_id}", "200 200 200 200 200 200 10002", {"name": "other"}),
    row(
        "PATCH",
        "/applications/{application_id}",
        "200 10002 10002 10002 10002 10002 10002",
        {"name": "other"},
        application_id="owners_application",
    ),
    row("POST", "/applications/{application_id}/bot", "200 200 200 200 200 200 10002"),
    row("POST", "/applications/{application_id}/bot/reset", "200 200 200 200 200 200 10002"),
    row("POST", AUTHORIZE, "200 200 200 50013 50013 50001 50013", ADD, query="?client_id={application_id}"),
]
