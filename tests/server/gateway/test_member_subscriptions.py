"""Member lists over a real socket: opened with op 14, kept up to date, closed to who may not see them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.server.gateway.test_gateway import make_bot, until
from tests.server.running import Account, GatewayClient, RunningServer
from tuichat.server.gateway import hub as hub_module
from tuichat.server.gateway import member_subscriptions
from tuichat.server.gateway.member_subscriptions import MemberSubscriptions

SUBSCRIBE, SUBSCRIBE_MANY, HEARTBEAT, ACK = 14, 37, 1, 11


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member_subscriptions, "GATHER_S", 0.005)
    monkeypatch.setattr(member_subscriptions, "LAGGING_CHECK_S", 0.01)


async def open_list(client: GatewayClient, guild_id: str, channel_id: str, *ranges: tuple[int, int]) -> Any:
    await client.send(SUBSCRIBE, {"guild_id": guild_id, "channels": {channel_id: list(ranges) or [(0, 99)]}})
    return await client.wait_for(
        "GUILD_MEMBER_LIST_UPDATE", lambda body: [op["op"] for op in body["ops"]][:1] == ["SYNC"]
    )


def names(update: Any) -> list[str]:
    (sync,) = [op for op in update["ops"] if op["op"] == "SYNC"]
    return [item["member"]["user"]["username"] if "member" in item else item["group"]["id"] for item in sync["items"]]


def has_op(op: str) -> Callable[[Any], bool]:
    return lambda body: any(change["op"] == op for change in body["ops"])


def subscriptions(site: RunningServer) -> MemberSubscriptions:
    return site.server.gateway._subscriptions


async def hears_nothing(client: GatewayClient) -> bool:
    """Say whether no member list comes before the answer to a heartbeat that is sent after a few turns."""
    await asyncio.sleep(0.05)
    await client.send(HEARTBEAT, None)
    while True:
        payload = await client.receive()
        if payload.t == "GUILD_MEMBER_LIST_UPDATE":
            return False
        if payload.op == ACK:
            return True


async def test_a_list_is_opened_and_follows_who_comes_and_goes(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, channel_id = await site.befriend(alice, bob)
    async with alice.connect() as client:
        update = await open_list(client, guild.id, channel_id)
        assert (update["guild_id"], update["id"], update["member_count"], update["online_count"]) == (
            *(guild.id, "everyone", 2, 1),
        )
        assert names(update) == ["online", "alice", "offline", "bob"]
        assert update["groups"] == [{"id": "online", "count": 1}, {"id": "offline", "count": 1}]
        (sync,) = update["ops"]
        assert sync["range"] == [0, 99]
        shown = sync["items"][1]["member"]["presence"]
        assert (shown["status"], shown["user"]["id"]) == ("online", alice.user_id)
        async with bob.connect():
            update = await client.wait_for("GUILD_MEMBER_LIST_UPDATE")
            assert update["groups"] == [{"id": "online", "count": 2}]
        await alice.do("PATCH", f"/guilds/{guild.id}/members/{bob.user_id}", {"nick": "zoe"})
        update = await client.wait_for("GUILD_MEMBER_LIST_UPDATE", has_op("INSERT"))
        assert [(op["op"], op["index"]) for op in update["ops"]] == [("DELETE", 2), ("INSERT", 2)]
        assert update["ops"][1]["item"]["member"]["nick"] == "zoe"
        role = await alice.call("POST", f"/guilds/{guild.id}/roles", dict[str, Any], {"name": "crew"})
        await client.wait_for("GUILD_MEMBER_LIST_UPDATE", has_op("SYNC"))
        await alice.do("PUT", f"/guilds/{guild.id}/members/{bob.user_id}/roles/{role['id']}")
        update = await client.wait_for("GUILD_MEMBER_LIST_UPDATE", has_op("UPDATE"))
        (op,) = update["ops"]
        assert (op["index"], op["item"]["member"]["roles"]) == (2, [role["id"]])
        await alice.do("DELETE", f"/guilds/{guild.id}/members/{bob.user_id}")
        update = await client.wait_for("GUILD_MEMBER_LIST_UPDATE", has_op("DELETE"))
        assert (update["member_count"], update["ops"]) == (1, [{"op": "DELETE", "index": 2}])


async def test_many_guilds_are_subscribed_at_once_and_what_is_wrong_is_left_out(site: RunningServer) -> None:
    alice, eve = await site.register("alice"), await site.register("eve")
    guild, channel_id = await site.befriend(alice)
    other, other_channel = await site.befriend(eve)
    async with alice.connect() as client:
        good = {"channels": {channel_id: [[0, 99]], "nonsense": [[0, 99]], other_channel: [[0, 99]]}}
        bare = {"channels": None, "members": None, "typing": None}
        await client.send(SUBSCRIBE, {"guild_id": guild.id, **bare})
        await client.send(SUBSCRIBE_MANY, {"subscriptions": {guild.id: bare, other.id: None}})
        strange = {other.id: {"channels": {other_channel: [[0, 99]]}}, "5": good, "x": good}
        await client.send(SUBSCRIBE_MANY, {"subscriptions": strange | {guild.id: good}})
        update = await client.wait_for("GUILD_MEMBER_LIST_UPDATE")
        assert (update["guild_id"], names(update)) == (guild.id, ["online", "alice"])
        assert await hears_nothing(client)


async def hide(owner: Account, guild_id: str, channel_id: str) -> None:
    await owner.do("PUT", f"/channels/{channel_id}/permissions/{guild_id}", {"type": 0, "deny": str(1 << 10)})


async def test_a_list_closes_to_who_may_not_see_it(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, channel_id = await site.befriend(alice, bob)
    async with alice.connect() as hers, bob.connect() as his:
        assert names(await open_list(his, guild.id, channel_id)) == ["online", "alice", "bob"]
        await open_list(hers, guild.id, channel_id)
        await hide(alice, guild.id, channel_id)
        update = await hers.wait_for("GUILD_MEMBER_LIST_UPDATE", has_op("SYNC"))
        assert (update["id"] != "everyone", names(update)) == (True, ["online", "alice"])
        assert await hears_nothing(his)
        await his.send(SUBSCRIBE, {"guild_id": guild.id, "channels": {channel_id: [[0, 99]]}})
        assert await hears_nothing(his)


async def test_a_role_opens_a_list_and_hoisting_reorders_it(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, channel_id = await site.befriend(alice, bob)
    await hide(alice, guild.id, channel_id)
    role = await alice.call("POST", f"/guilds/{guild.id}/roles", dict[str, Any], {"name": "crew"})
    await alice.do("PUT", f"/channels/{channel_id}/permissions/{role['id']}", {"type": 0, "allow": str(1 << 10)})
    async with bob.connect() as his:
        await his.send(SUBSCRIBE, {"guild_id": guild.id, "channels": {channel_id: [[0, 99]]}})
        assert await hears_nothing(his)
        await alice.do("PUT", f"/guilds/{guild.id}/members/{bob.user_id}/roles/{role['id']}")
        assert names(await his.wait_for("GUILD_MEMBER_LIST_UPDATE")) == ["online", "bob", "offline", "alice"]
        await alice.do("PATCH", f"/guilds/{guild.id}/roles/{role['id']}", {"hoist": True})
        update = await his.wait_for("GUILD_MEMBER_LIST_UPDATE", has_op("SYNC"))
        assert names(update) == [role["id"], "bob", "offline", "alice"]


async def test_who_leaves_the_guild_leaves_its_lists(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, channel_id = await site.befriend(alice, bob)
    async with bob.connect() as his:
        await open_list(his, guild.id, channel_id)
        await bob.do("DELETE", f"/users/@me/guilds/{guild.id}")
        await his.wait_for("GUILD_DELETE")
        assert await hears_nothing(his)
        assert not subscriptions(site)._guilds


async def test_lists_end_with_their_session_and_their_guild(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, channel_id = await site.befriend(alice)
    async with alice.connect() as client:
        await open_list(client, guild.id, channel_id)
        await client.socket.close(code=1000)
    await until(lambda: not subscriptions(site)._opened)
    assert not subscriptions(site)._guilds
    async with alice.connect() as client:
        await open_list(client, guild.id, channel_id)
        await alice.do("POST", f"/guilds/{guild.id}/delete", {})
        await client.wait_for("GUILD_DELETE")
        await until(lambda: not subscriptions(site)._guilds)


async def test_who_does_not_read_is_told_everything_later(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, channel_id = await site.befriend(alice, bob)
    async with alice.connect() as client:
        await open_list(client, guild.id, channel_id)
        (session,) = site.server.gateway.hub.of_user(int(alice.user_id))
        link, session.link = session.link, None
        async with bob.connect():
            lists = subscriptions(site)._guilds[int(guild.id)]
            await until(lambda: session in lists.lagging)
            session.link = link
            assert names(await client.wait_for("GUILD_MEMBER_LIST_UPDATE")) == ["online", "alice", "bob"]


async def test_a_session_has_few_lists_open(site: RunningServer) -> None:
    alice = await site.register("alice")
    places = [await site.befriend(alice, name=f"Team {number}") for number in range(3)]
    member_subscriptions.MAX_GUILDS, before = 2, member_subscriptions.MAX_GUILDS
    try:
        async with alice.connect() as client:
            for guild, channel_id in places:
                await open_list(client, guild.id, channel_id)
            assert set(subscriptions(site)._guilds) == {int(guild.id) for guild, _ in places[1:]}
    finally:
        member_subscriptions.MAX_GUILDS = before
    guild, channel_id = places[0]
    async with alice.connect() as client:
        await client.send(
            SUBSCRIBE, {"guild_id": guild.id, "channels": {str(number): [[0, 9]] for number in range(40)}}
        )
        await client.send(SUBSCRIBE, {"guild_id": guild.id, "channels": {channel_id: [[0, 9]]}})
        await client.wait_for("GUILD_MEMBER_LIST_UPDATE")
        (wanted,) = subscriptions(site)._guilds[int(guild.id)].wanted.values()
        assert len(wanted) == member_subscriptions.MAX_CHANNELS
        await client.send(SUBSCRIBE, {"guild_id": guild.id, "channels": {str(channel): [] for channel in wanted}})
        await until(lambda: int(guild.id) not in subscriptions(site)._guilds)


async def test_a_bot_has_no_member_lists(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, channel_id = await site.befriend(alice)
    bot = await make_bot(site, alice, guild.id)
    async with bot.connect(intents=1) as client:
        await client.send(SUBSCRIBE, {"guild_id": guild.id, "channels": {channel_id: [[0, 99]]}})
        assert await hears_nothing(client)


async def test_a_large_guild_tells_an_account_of_the_presences_that_it_watches(
    site: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "LARGE_MEMBER_COUNT", 1)
    alice, bob, carol = [await site.register(name) for name in ("alice", "bob", "carol")]
    guild, _ = await site.befriend(alice, bob, carol)
    async with alice.connect() as client:
        await client.send(SUBSCRIBE, {"guild_id": guild.id, "members": [carol.user_id]})
        await until(lambda: any(session.watched for session in site.server.gateway.hub.all()))
        async with bob.connect(), carol.connect():
            seen = await client.wait_for("PRESENCE_UPDATE", lambda body: body["user"]["id"] != alice.user_id)
            assert seen["user"]["id"] == carol.user_id
