"""Rows: polls in the town's channel."""

from tests.server.api.route_rows.row import row
from tests.server.api.town import Object, Things, thing

POLL = "/channels/{channel_id}/polls/{message_id}"
NEW = {"poll": {"question": {"text": "tea?"}, "answers": [{"poll_media": {"text": "yes"}}]}}


@thing
async def poll(things: Things) -> str:
    """A poll of the owner's."""
    path = f"/channels/{things.town.channel}/messages"
    return str((await things.owner.call("POST", path, Object, NEW))["id"])


@thing
async def answer_id(things: Things) -> str:
    return "1"


ROWS = [
    # method, path                            owner admin moderator member muted stranger bot
    row("PUT", POLL + "/answers/@me", "204 204 204 204 50013 50001 20001", {"answer_ids": ["1"]}, message_id="poll"),
    row("GET", POLL + "/answers/{answer_id}", "200 200 200 200 200 50001 200", message_id="poll"),
    row("POST", POLL + "/expire", "200 50005 50005 50005 50005 50001 50005", message_id="poll"),
]
