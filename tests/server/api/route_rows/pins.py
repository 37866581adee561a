"""Rows: pins of the town's channel."""

from tests.server.api.route_rows.row import row
from tests.server.api.town import MAKERS, Things, thing

NEW = "/channels/{channel_id}/messages/pins"
OLD = "/channels/{channel_id}/pins"
PINNING = "204 204 204 50013 50013 50001 50013"


@thing
async def pinned_message(things: Things) -> str:
    """A pinned message of the owner's."""
    made = await MAKERS["message_id"](things)
    await things.owner.do("PUT", f"/channels/{things.town.channel}/messages/pins/{made}")
    return made


ROWS = [
    # method, path                            owner admin moderator member muted stranger bot
    row("GET", NEW, "200 200 200 200 200 50001 200"),
    row("PUT", NEW + "/{message_id}", PINNING),
    row("DELETE", NEW + "/{message_id}", PINNING, message_id="pinned_message"),
    row("GET", OLD, "200 200 200 200 200 50001 200"),
    row("PUT", OLD + "/{message_id}", PINNING),
    row("DELETE", OLD + "/{message_id}", PINNING, message_id="pinned_message"),
]
