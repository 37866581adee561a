"""Rows: applications, their bots, and adding a bot to a guild."""

from tests.server.api.route_rows.row import row
from tests.server.api.town import Object, Things, thing
from tests.server.running import Account

AUTHORIZE = "/oauth2/authorize"
ADD = {"guild_id": "{guild_id}", "permissions": "0", "authorize": True}


@thing
async def application_id(things: Things) -> str:
    """The application of whoever calls."""
    return things.me.user_id if things.asker == "bot" else await _application(things, things.me)


@thing
async def owners_application(things: Things) -> str:
    return await _application(things, things.owner)


async def _application(things: Things, account: Account) -> str:
    """An account may have fifty, so one serves all its calls."""
    known = things.town.applications
    if account.user_id not in known:
        known[account.user_id] = str((await account.call("POST", "/applications", Object, {"name": "mine"}))["id"])
    return known[account.user_id]


ROWS = [
    # method, path              owner admin moderator member muted stranger bot
    row("GET", "/applications", "200"),
    row("POST", "/applications", "201 201 201 201 201 201 20001", {"name": "helper"}),
    row("GET", "/applications/@me", "20002 20002 20002 20002 20002 20002 200"),
    row("GET", "/oauth2/applications/@me", "20002 20002 20002 20002 20002 20002 200"),
    row("PATCH", "/applications/@me", "10002 10002 10002 10002 10002 10002 200", {"description": "x"}),
    row("PATCH", "/oauth2/applications/@me", "10002 10002 10002 10002 10002 10002 200", {"description": "x"}),
    row("PATCH", "/applications/{application_id}", "200 200 200 200 200 200 20001", {"name": "other"}),
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
    *(
        row("GET", f"/applications/{{application_id}}/{kind}", "10002 10002 10002 10002 10002 10002 200")
        for kind in ("skus", "entitlements", "role-connections/metadata")
    ),
]
