"""Rows: signing in, oneself, other users, and what there is before a token."""

import secrets

from tests.server.api.route_rows.row import row
from tests.server.api.town import Things, thing
from tests.system.rest_account import PASSWORD


@thing
async def new_name(things: Things) -> str:
    """A user name that is free."""
    return f"new_{secrets.token_hex(5)}"


@thing
async def registered(things: Things) -> str:
    """The user name of an account."""
    name = f"known_{secrets.token_hex(5)}"
    await things.town.site.register(name)
    return name


@thing
async def forgetful(things: Things) -> str:
    """The user name of an account that has a recovery code."""
    name = f"forgetful_{secrets.token_hex(5)}"
    account = await things.town.site.register(name)
    answer = await account.call("POST", "/tuichat/recovery/codes", dict[str, list[str]], {"password": PASSWORD})
    things.note("recovery_code", answer["codes"][0])
    return name


ROWS = [
    # method, path             owner admin moderator member muted stranger bot
    row("GET", "/experiments", "200"),
    row("GET", "/auth/location-metadata", "200"),
    row("POST", "/auth/register", "201", {"username": "{new_name}", "password": PASSWORD}),
    row("POST", "/auth/login", "200", {"login": "{registered}", "password": PASSWORD}),
    row("POST", "/auth/login", "50035", {"login": "{registered}", "password": "not the password"}, note="wrong"),
    row("GET", "/gateway", "200"),
    row("GET", "/gateway/bot", "401 401 401 401 401 401 200"),
    row("GET", "/tuichat", "200"),
    row("POST", "/tuichat/local/sign-in", "200", {"display_name": "Somebody"}, local=True, note="Unix socket"),
    row("POST", "/tuichat/local/sign-in", "404", {"display_name": "Somebody"}, note="TCP"),
    row("POST", "/tuichat/local/admin", "200", {"task": {"action": "list_guilds"}}, local=True, note="Unix socket"),
    row("POST", "/tuichat/local/admin", "404", {"task": {"action": "list_guilds"}}, note="TCP"),
    row("POST", "/tuichat/local/backup", "200", {"target": "/nowhere/backup.tar"}, local=True, note="Unix socket"),
    row("POST", "/tuichat/local/backup", "404", {"target": "/nowhere/backup.tar"}, note="TCP"),
    row(
        "POST",
        "/tuichat/local/export",
        "200",
        {"guild": "{guild_id}", "target": "/nowhere/a.zip"},
        local=True,
        note="Unix socket",
    ),
    row("POST", "/tuichat/local/migrate", "200", {"url": None}, local=True, note="Unix socket"),
    row("POST", "/tuichat/local/migrate", "404", {"url": None}, note="TCP"),
    row("POST", "/tuichat/local/export", "404", {"guild": "{guild_id}", "target": "/nowhere/a.zip"}, note="TCP"),
    row("POST", "/auth/logout", "204", alone=True),
    row("POST", "/users/@me/delete", "204", {"password": PASSWORD}, alone=True),
    row("POST", "/users/@me/delete", "50035 50035 50035 50035 50035 50035 20001", {"password": "x"}, note="wrong"),
    row("GET", "/tuichat/recovery/codes", "200 200 200 200 200 200 20001"),
    row("POST", "/tuichat/recovery/codes", "200 200 200 200 200 200 20001", {"password": PASSWORD}),
    row("POST", "/tuichat/recovery/codes", "50035 50035 50035 50035 50035 50035 20001", {}, note="no password"),
    row(
        "POST",
        "/tuichat/recovery",
        "200",
        {"login": "{forgetful}", "code": "{recovery_code}", "password": "a new password"},
    ),
    row(
        "POST",
        "/tuichat/recovery",
        "50035",
        {"login": "{registered}", "code": "abcd-efgh", "password": PASSWORD},
        note="wrong",
    ),
    row("GET", "/users/@me", "200"),
    row("PATCH", "/users/@me", "200", {"global_name": "Another Name"}),
    row("GET", "/users/@me/channels", "200"),
    row("GET", "/users/@me/guilds", "200"),
    row("GET", "/users/@me/relationships", "200"),
    row("GET", "/users/{user_id}", "200 200 200 200 200 10013 200"),
    row("GET", "/users/{user_id}", "10013", user_id="outsider"),
    row("GET", "/users/{user_id}", "200", user_id="my_id"),
    row("POST", "/read-states/ack-bulk", "204 204 204 204 204 204 20001", {"read_states": []}),
]
