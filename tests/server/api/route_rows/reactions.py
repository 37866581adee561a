"""Rows: reactions to a message of the owner's."""

from urllib.parse import quote

from tests.server.api.route_rows.row import row
from tests.server.api.town import Object, Things, thing

ALL = "/channels/{channel_id}/messages/{message_id}/reactions"
THUMB = quote("\N{THUMBS UP SIGN}")


@thing
async def emoji(things: Things) -> str:
    return THUMB


@thing
async def reacted_message(things: Things) -> str:
    """A message to which the owner and the asker have reacted, as far as the asker may."""
    path = f"/channels/{things.town.channel}/messages"
    made = str((await things.owner.call("POST", path, Object, {"content": "like me"}))["id"])
    for account in (things.owner, things.me):
        await account.raw("PUT", f"{path}/{made}/reactions/{THUMB}/@me")
    return made


@thing
async def owner_id(things: Things) -> str:
    return things.owner.user_id


MANAGED = "50013 50013 50001"

ROWS = [
    # method, path                            owner admin moderator member muted stranger bot
    row("PUT", ALL + "/{emoji}/@me", "204 204 204 204 50013 50001 204"),
    row("DELETE", ALL + "/{emoji}/@me", "204 204 204 204 204 50001 204", message_id="reacted_message"),
    row(
        "DELETE",
        ALL + "/{emoji}/{user_id}",
        f"204 204 204 {MANAGED} 204",
        message_id="reacted_message",
        user_id="owner_id",
    ),
    row("GET", ALL + "/{emoji}", "200 200 200 200 200 50001 200", message_id="reacted_message"),
    row("DELETE", ALL + "/{emoji}", f"204 204 204 {MANAGED} 204", message_id="reacted_message"),
    row("DELETE", ALL, f"204 204 204 {MANAGED} 204", message_id="reacted_message"),
]
