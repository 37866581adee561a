"""Rows: announcement channels, their followers and what they publish."""

from tests.server.api.route_rows.row import row
from tests.server.api.town import Object, Things, thing


@thing
async def news_channel(things: Things) -> str:
    """An announcement channel of the town."""
    path = f"/guilds/{things.town.guild}/channels"
    return str((await things.owner.call("POST", path, Object, {"name": "news", "type": 5}))["id"])


@thing
async def news(things: Things) -> str:
    """A message of the owner's in it."""
    path = f"/channels/{await things('news_channel')}/messages"
    return str((await things.owner.call("POST", path, Object, {"content": "news"}))["id"])


ROWS = [
    # method, path                            owner admin moderator member muted stranger bot
    row(
        "POST",
        "/channels/{channel_id}/followers",
        "200 200 200 50013 50013 50001 50013",
        {"webhook_channel_id": "{new_channel}"},
        channel_id="news_channel",
    ),
    row(
        "POST",
        "/channels/{channel_id}/messages/{message_id}/crosspost",
        "200 200 200 50013 50013 50001 200",
        channel_id="news_channel",
        message_id="news",
    ),
]
