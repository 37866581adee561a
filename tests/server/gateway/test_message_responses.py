"""Reactions, votes and pins over real sockets: who hears of them."""

from typing import Any
from urllib.parse import quote

import pytest

from tests.server.gateway.test_gateway import make_bot
from tests.server.running import Account, GatewayClient, RunningServer

THUMB = quote("\N{THUMBS UP SIGN}")
GUILDS, MESSAGES, REACTIONS, POLLS, DM_REACTIONS = 1 << 0, 1 << 9, 1 << 10, 1 << 24, 1 << 13
POLL = {"poll": {"question": {"text": "tea?"}, "answers": [{"poll_media": {"text": "yes"}}]}}


async def heard(client: GatewayClient, account: Account, channel_id: str) -> list[str]:
    """What a session hears until a message that is written now."""
    sent = await account.send(channel_id, "end")
    await client.wait_for("MESSAGE_CREATE", lambda body: body["id"] == sent.id)
    return [str(payload.t) for payload in client.seen]


async def respond(alice: Account, channel_id: str) -> None:
    """React, vote and pin."""
    path = f"/channels/{channel_id}/messages"
    made = await alice.call("POST", path, dict[str, Any], POLL)
    await alice.do("PUT", f"{path}/{made['id']}/reactions/{THUMB}/@me")
    await alice.do("PUT", f"/channels/{channel_id}/polls/{made['id']}/answers/@me", {"answer_ids": [1]})
    await alice.do("PUT", f"{path}/pins/{made['id']}")
    await alice.do("DELETE", f"{path}/{made['id']}/reactions/{THUMB}/@me")


@pytest.mark.parametrize(
    ("intents", "expected"),
    [
        (GUILDS | MESSAGES, {"CHANNEL_PINS_UPDATE"}),
        (MESSAGES | REACTIONS, {"MESSAGE_REACTION_ADD", "MESSAGE_REACTION_REMOVE"}),
        (MESSAGES | POLLS, {"MESSAGE_POLL_VOTE_ADD"}),
    ],
)
async def test_a_bot_hears_what_it_asked_for(site: RunningServer, intents: int, expected: set[str]) -> None:
    alice = await site.register("alice")
    guild, channel_id = await site.befriend(alice)
    bot = await make_bot(site, alice, guild.id)
    async with bot.connect(intents=intents) as gateway:
        await respond(alice, channel_id)
        names = await heard(gateway, alice, channel_id)
    told = {name for name in names if "REACTION" in name or "VOTE" in name or "PINS" in name}
    assert told == expected


async def test_who_does_not_see_a_channel_hears_nothing_of_it(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, channel_id = await site.befriend(alice, bob)
    hidden = await alice.call("POST", f"/guilds/{guild.id}/channels", dict[str, Any], {"name": "hidden"})
    await alice.do("PUT", f"/channels/{hidden['id']}/permissions/{guild.id}", {"type": 0, "deny": "1024"})
    hook = await alice.call("POST", f"/channels/{hidden['id']}/webhooks", dict[str, Any], {"name": "hook"})
    async with bob.connect() as gateway:
        await respond(alice, hidden["id"])
        await alice.do("POST", f"/webhooks/{hook['id']}/{hook['token']}", {"content": "secret"})
        await alice.do("DELETE", f"/webhooks/{hook['id']}")
        await heard(gateway, alice, channel_id)
    about = [payload.t for payload in gateway.seen if hidden["id"] in str(payload.d) and payload.t != "READY"]
    assert about == []


async def test_reactions_in_a_direct_message_are_heard_by_both(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    await site.befriend(alice, bob)
    opened = await alice.call("POST", "/users/@me/channels", dict[str, Any], {"recipients": [bob.user_id]})
    sent = await alice.send(opened["id"], "hello")
    async with bob.connect() as gateway:
        await alice.do("PUT", f"/channels/{opened['id']}/messages/{sent.id}/reactions/{THUMB}/@me")
        told = await gateway.wait_for("MESSAGE_REACTION_ADD")
    assert (told["user_id"], "guild_id" in told, "member" in told) == (alice.user_id, False, False)
    await bob.do("PUT", f"/channels/{opened['id']}/messages/pins/{sent.id}")
    shown = await bob.call("GET", f"/channels/{opened['id']}/messages/{sent.id}", dict[str, Any])
    assert (shown["reactions"][0]["count"], shown["reactions"][0]["me"], shown["pinned"]) == (1, False, True)
