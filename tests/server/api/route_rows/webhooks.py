"""Rows: webhooks, by their managers and by their token, which is all that their own routes ask for."""

from tests.server.api.route_rows.row import row
from tests.server.api.town import Object, Things, thing

MANAGED = "50013 50013 50001 50013"  # what all below the moderator are answered
ONE = "/webhooks/{webhook_id}"
OPEN = "/webhooks/{webhook_id}/{token}"
MESSAGE = "/webhooks/{webhook_id}/{token}/messages/{message}"


@thing
async def webhook_id(things: Things) -> str:
    """A webhook that the owner made; it is removed again by the next one, since a channel has few."""
    path = f"/channels/{things.town.channel}/webhooks"
    for old in await things.owner.call("GET", path, list[Object]):
        await things.owner.do("DELETE", f"/webhooks/{old['id']}")
    made = await things.owner.call("POST", path, Object, {"name": "hook"})
    things.note("token", str(made["token"]))
    return str(made["id"])


@thing
async def message(things: Things) -> str:
    """A message that the webhook wrote."""
    path = f"/webhooks/{await things('webhook_id')}/{await things('token')}?wait=true"
    return str((await things.owner.call("POST", path, Object, {"content": "by hook"}))["id"])


ROWS = [
    # method, path                            owner admin moderator member muted stranger bot
    row("GET", "/channels/{channel_id}/webhooks", f"200 200 200 {MANAGED}"),
    row("POST", "/channels/{channel_id}/webhooks", f"200 200 200 {MANAGED}", {"name": "another"}),
    row("GET", "/guilds/{guild_id}/webhooks", f"200 200 200 {MANAGED}"),
    row("GET", ONE, f"200 200 200 {MANAGED}"),
    row("PATCH", ONE, f"200 200 200 {MANAGED}", {"name": "renamed"}),
    row("DELETE", ONE, f"204 204 204 {MANAGED}"),
    row("GET", OPEN, "200"),
    row("PATCH", OPEN, "200", {"name": "renamed"}),
    row("DELETE", OPEN, "204"),
    row("POST", OPEN, "204", {"content": "hi"}),
    row("POST", OPEN, "200", {"content": "hi"}, query="?wait=1", note="wait"),
    row("POST", OPEN + "/slack", "200", {"text": "hi"}, error_type="text/plain"),
    row("POST", OPEN + "/github", "204", {"zen": "Keep it logically awesome."}, headers={"X-GitHub-Event": "ping"}),
    row("GET", MESSAGE, "200"),
    row("PATCH", MESSAGE, "200", {"content": "changed"}),
    row("DELETE", MESSAGE, "204"),
]
