"""Rows: what follows an account: settings, notes, how far it has read."""

from tests.server.api.route_rows.row import row
from tests.server.api.town import Things, thing
from tests.system.rest_account import PASSWORD

PEOPLE = "204 204 204 204 204 204 20001"
ANSWERED = "200 200 200 200 200 200 20001"
MEMBERS = "200 200 200 200 200 50001 20001"
SETTINGS = "/users/@me/guilds/{guild_id}/settings"


@thing
async def noted(things: Things) -> str:
    """Somebody about whom there is a note; of the owner's where a bot calls."""
    writer = things.owner if things.asker == "bot" else things.me
    about = things.town.people["admin"].user_id
    await writer.do("PUT", f"/users/@me/notes/{about}", {"note": "tall"})
    return about


ROWS = [
    # method, path                          owner admin moderator member muted stranger bot
    row("GET", "/users/@me/settings", ANSWERED),
    row("PATCH", "/users/@me/settings", ANSWERED, {"theme": "light", "unknown": [1]}),
    row("PATCH", "/users/@me/settings", "50035 50035 50035 50035 50035 50035 20001", {"theme": "pink"}, note="pink"),
    row("GET", "/users/@me/settings-proto/{kind}", ANSWERED, kind="one"),
    row("PATCH", "/users/@me/settings-proto/{kind}", ANSWERED, {"settings": "WgNkbmQ="}, kind="one"),
    row("PATCH", SETTINGS, MEMBERS, {"muted": True, "channel_overrides": {"{channel_id}": {"muted": True}}}),
    row("PATCH", "/users/@me/guilds/@me/settings", ANSWERED, {"muted": False}),
    row("PATCH", "/users/@me/guilds/settings", MEMBERS, {"guilds": {"{guild_id}": {"suppress_roles": False}}}),
    row("PATCH", "/users/@me/profile", ANSWERED, {"bio": "sails", "accent_color": 255}),
    row("PATCH", "/users/@me", "50035 50035 50035 50035 50035 50035 20001", {"new_password": "none"}, note="password"),
    row("GET", "/users/{user_id}/profile", "200 200 200 200 200 10013 20001", query="?with_mutual_friends=true"),
    row("GET", "/users/@me/connections", "200"),
    row("GET", "/users/@me/mentions", ANSWERED, query="?roles=0&limit=5"),
    row("GET", "/users/@me/mentions", "50035 50035 50035 50035 50035 50035 50035", query="?limit=101", note="101"),
    row("DELETE", "/users/@me/mentions/{message_id}", PEOPLE),
    row("GET", "/auth/sessions", ANSWERED),
    row(
        "POST", "/auth/sessions/logout", PEOPLE, {"session_id_hashes": ["unknown"], "password": PASSWORD},
    ),
    row("GET", "/users/@me/notes", ANSWERED),
    row("GET", "/users/@me/notes/{user_id}", ANSWERED, user_id="noted"),
    row("PUT", "/users/@me/notes/{user_id}", PEOPLE, {"note": "tall"}),
    row("POST", "/channels/{channel_id}/messages/{message_id}/ack", MEMBERS, {"manual": True, "mention_count": 2}),
    row("DELETE", "/channels/{channel_id}/messages/ack", PEOPLE),
    row("POST", "/channels/{channel_id}/pins/ack", "204 204 204 204 204 50001 20001"),
    row("POST", "/guilds/{guild_id}/ack", "204 204 204 204 204 50001 20001"),
    row("POST", "/guilds/{guild_id}/ack/{kind}/{entity_id}", MEMBERS, kind="one", entity_id="message_id"),
    row("POST", "/users/@me/{kind}/{entity_id}/ack", ANSWERED, kind="five", entity_id="message_id"),
]  # fmt: skip


@thing
async def one(things: Things) -> str:
    return "1"


@thing
async def five(things: Things) -> str:
    return "5"
