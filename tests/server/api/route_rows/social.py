"""Rows: direct messages and groups, friends and blocks."""

import secrets

from tests.server.api.route_rows.row import row
from tests.server.api.town import MAKERS, Object, Things, thing
from tests.server.running import Account

PERSON = "/users/@me/relationships/{user_id}"
CHANNEL = "/channels/{channel_id}"
RECIPIENT = "/channels/{channel_id}/recipients/{user_id}"
REQUEST = "/channels/{channel_id}/recipients/@me"


async def _new_friend(things: Things, of: Account) -> Account:
    """Somebody new who is a friend."""
    other = await things.town.site.register(f"friend_{secrets.token_hex(5)}")
    await of.do("PUT", f"/users/@me/relationships/{other.user_id}")
    await other.do("PUT", f"/users/@me/relationships/{of.user_id}")
    return other


def _person(things: Things) -> Account:
    """Who calls, the owner in the place of a bot: that has no friends."""
    return things.owner if things.asker == "bot" else things.me


@thing
async def friend(things: Things) -> str:
    return (await _new_friend(things, _person(things))).user_id


@thing
async def direct(things: Things) -> str:
    """The direct message of whoever calls and somebody else, whose id is {partner}."""
    partner = await MAKERS["user_id" if things.asker == "bot" else "friend"](things)
    things.note("partner", partner)
    return str((await things.me.call("POST", "/users/@me/channels", Object, {"recipient_id": partner}))["id"])


@thing
async def partner(things: Things) -> str:
    await things("direct")
    return await things("partner")


@thing
async def group(things: Things) -> str:
    """A group of whoever calls and somebody else, whose id is {groupmate}; of the owner, where a bot calls."""
    maker = _person(things)
    mate = await _new_friend(things, maker)
    things.note("groupmate", mate.user_id)
    body = {"recipients": [maker.user_id, mate.user_id]}
    made = str((await maker.call("POST", "/users/@me/channels", Object, body))["id"])
    listed = await maker.call("GET", "/users/@me/channels", list[Object])
    for channel in listed:  # nobody may have more than ten
        if channel["type"] == 3 and channel["id"] != made:
            await maker.call("DELETE", f"/channels/{channel['id']}?silent=1", Object)
    return made


@thing
async def groupmate(things: Things) -> str:
    await things("group")
    return await things("groupmate")


@thing
async def request(things: Things) -> str:
    """The direct message in which a member of a guild in common wrote to whoever calls, for the first time."""
    stranger = await things.town.site.register(f"asking_{secrets.token_hex(5)}")
    await things.town.site.befriend(stranger, _person(things))
    body = {"recipient_id": _person(things).user_id}
    channel = str((await stranger.call("POST", "/users/@me/channels", Object, body))["id"])
    await stranger.send(channel, "a word, please")
    return channel


PEOPLE = "204 204 204 204 204 204 20001"

ROWS = [
    # method, path                      owner admin moderator member muted stranger bot
    row("POST", "/users/@me/channels", "200 200 200 200 200 50007 200", {"recipient_id": "{user_id}"}),
    row("POST", "/users/@me/channels", "200 200 200 200 200 200 20001", {"recipients": []}, note="group"),
    row("GET", "/users/@me/dms/{user_id}", "200", user_id="partner"),
    row("GET", "/users/@me/dms/{user_id}", "10003", user_id="outsider"),
    row("GET", CHANNEL, "200", channel_id="direct"),
    row("GET", CHANNEL, "200 200 200 200 200 200 50001", channel_id="group"),
    row("PATCH", CHANNEL, "50003", {"name": "ours"}, channel_id="direct"),
    row("PATCH", CHANNEL, "200 200 200 200 200 200 50001", {"name": "ours"}, channel_id="group"),
    row("DELETE", CHANNEL, "200", channel_id="direct"),
    row("DELETE", CHANNEL, "200 200 200 200 200 200 50001", channel_id="group"),
    row("POST", "/channels/{channel_id}/messages", "200", {"content": "just us"}, channel_id="direct"),
    row("PUT", RECIPIENT, "204 204 204 204 204 204 50001", channel_id="group", user_id="friend"),
    row("PUT", RECIPIENT, "50033 50033 50033 50033 50033 50033 50001", channel_id="group", user_id="outsider"),
    row("DELETE", RECIPIENT, "204 204 204 204 204 204 50001", channel_id="group", user_id="groupmate"),
    row("PUT", REQUEST, "200 200 200 200 200 200 20001", {"consent_status": 2}, channel_id="request"),
    row("DELETE", REQUEST, "200 200 200 200 200 200 20001", channel_id="request"),
    row("PUT", "/channels/recipients/@me/batch-reject", "200 200 200 200 200 200 20001", {"channel_ids": ["{request}"]}),
    row(
        "GET", "/users/@me/message-requests/supplemental-data", "200 200 200 200 200 200 20001",
        query="?channel_ids={request}",
    ),
    row("POST", "/users/@me/relationships", PEOPLE, {"username": "{registered}", "discriminator": None}),
    row("DELETE", "/users/@me/relationships", PEOPLE),
    row("PUT", PERSON, PEOPLE, {"type": 1}, user_id="outsider"),
    row("PUT", PERSON, PEOPLE, {"type": 2}, user_id="outsider", note="block"),
    row("PATCH", PERSON, PEOPLE, {"nickname": "Pal"}, user_id="friend"),
    row("DELETE", PERSON, PEOPLE, user_id="friend"),
    row("DELETE", PERSON, "10013 10013 10013 10013 10013 10013 20001", user_id="outsider"),
    row("PUT", PERSON + "/ignore", PEOPLE, user_id="outsider"),
    row("DELETE", PERSON + "/ignore", PEOPLE, user_id="outsider"),
    row("GET", "/users/{user_id}/relationships", "200 200 200 200 200 10013 200"),
]  # fmt: skip
