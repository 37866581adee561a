"""Direct messages and friends over real sockets: routes, and what each session hears."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.server.running import Account, RunningServer, running_server


@pytest.fixture
async def site() -> AsyncIterator[RunningServer]:
    async with running_server() as running:
        yield running


Object = dict[str, Any]


async def befriend(one: Account, other: Account) -> None:
    await one.do("PUT", f"/users/@me/relationships/{other.user_id}", {})
    await other.do("PUT", f"/users/@me/relationships/{one.user_id}", {"type": 1})


async def test_a_direct_message_goes_from_its_opening_to_its_end(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    await site.befriend(alice, bob)
    async with alice.connect() as hers, bob.connect() as his:
        opened = await alice.call("POST", "/users/@me/channels", Object, {"recipients": [bob.user_id]})
        assert (await hers.wait_for("CHANNEL_CREATE"))["id"] == opened["id"]
        again = await alice.call("POST", "/users/@me/channels", Object, {"recipient_id": bob.user_id})
        assert again["id"] == opened["id"]
        assert await bob.call("GET", "/users/@me/channels", list[Object]) == []
        await alice.send(opened["id"], "hello")
        created = await his.wait_for("CHANNEL_CREATE")
        assert (created["id"], created["recipients"][0]["id"]) == (opened["id"], alice.user_id)
        assert (await his.wait_for("MESSAGE_CREATE"))["content"] == "hello"
        await hers.wait_for("MESSAGE_CREATE")
        assert [payload.t for payload in hers.seen].count("CHANNEL_CREATE") == 1
        await alice.do("POST", f"/channels/{opened['id']}/typing")
        assert (await his.wait_for("TYPING_START"))["user_id"] == alice.user_id
        accepted = await bob.call("PUT", f"/channels/{opened['id']}/recipients/@me", Object, {"consent_status": 2})
        assert accepted["is_message_request"] is False
        assert (await his.wait_for("CHANNEL_UPDATE"))["is_message_request"] is False
        await bob.call("DELETE", f"/channels/{opened['id']}", Object)
        assert (await his.wait_for("CHANNEL_DELETE"))["id"] == opened["id"]
    async with bob.connect() as again_his:
        assert again_his.seen[-1].d["private_channels"] == []
    async with alice.connect() as again_hers:
        assert [each["id"] for each in again_hers.seen[-1].d["private_channels"]] == [opened["id"]]
    shown = await bob.call("GET", f"/users/@me/dms/{alice.user_id}", Object)
    assert shown == await bob.call("GET", f"/channels/{opened['id']}", Object)
    stranger = await site.register("stranger")
    for method, path, body in (
        ("GET", f"/channels/{opened['id']}", None),
        ("GET", f"/channels/{opened['id']}/messages", None),
        ("POST", f"/channels/{opened['id']}/messages", {"content": "me too"}),
        ("DELETE", f"/channels/{opened['id']}", None),
        ("PUT", f"/channels/{opened['id']}/recipients/{stranger.user_id}", None),
    ):
        assert (await stranger.raw(method, path, body))[0] == 403, (method, path)
    assert (await stranger.raw("POST", "/users/@me/channels", {"recipients": [bob.user_id]}))[0] == 403


async def test_requests_are_shown_and_rejected(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    await site.befriend(alice, bob)
    opened = await alice.call("POST", "/users/@me/channels", Object, {"recipients": [bob.user_id]})
    await alice.send(opened["id"], "knock knock")
    path = f"/users/@me/message-requests/supplemental-data?channel_ids={opened['id']}"
    (preview,) = await bob.call("GET", path, list[Object])
    assert preview["message_preview"]["content"] == "knock knock"
    rejected = await bob.call("DELETE", f"/channels/{opened['id']}/recipients/@me", Object)
    assert rejected["is_message_request"] is False
    assert (await alice.raw("POST", f"/channels/{opened['id']}/messages", {"content": "hey"}))[0] == 403
    batch = await bob.call(
        "PUT", "/channels/recipients/@me/batch-reject", list[Object], {"channel_ids": [opened["id"]]}
    )
    assert batch == []


async def test_a_group_comes_and_goes(site: RunningServer) -> None:
    alice, bob, carol = [await site.register(name) for name in ("alice", "bob", "carol")]
    await befriend(alice, bob)
    await befriend(alice, carol)
    async with carol.connect() as hers:
        group = await alice.call("POST", "/users/@me/channels", Object, {"recipients": [alice.user_id, bob.user_id]})
        assert (group["type"], group["owner_id"]) == (3, alice.user_id)
        assert (await alice.raw("PUT", f"/channels/{group['id']}/recipients/{carol.user_id}"))[0] == 204
        created = await hers.wait_for("CHANNEL_CREATE")
        assert sorted(user["username"] for user in created["recipients"]) == ["alice", "bob"]
        named = await carol.call("PATCH", f"/channels/{group['id']}", Object, {"name": "Plans"})
        assert named["name"] == "Plans"
        await alice.do("DELETE", f"/channels/{group['id']}/recipients/{bob.user_id}")
        assert (await hers.wait_for("CHANNEL_RECIPIENT_REMOVE"))["user"]["id"] == bob.user_id
        left = await alice.call("DELETE", f"/channels/{group['id']}?silent=true", Object)
        assert left["id"] == group["id"]
        own = await hers.wait_for("CHANNEL_UPDATE", lambda channel: channel["owner_id"] == carol.user_id)
        assert own["recipients"] == []


async def test_friends_over_sockets(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    async with alice.connect() as hers, bob.connect() as his:
        await alice.do("POST", "/users/@me/relationships", {"username": "bob", "discriminator": None})
        assert (await hers.wait_for("RELATIONSHIP_ADD"))["type"] == 4
        incoming = await his.wait_for("RELATIONSHIP_ADD")
        assert (incoming["type"], incoming["should_notify"], incoming["user"]["username"]) == (3, True, "alice")
        await bob.do("PUT", f"/users/@me/relationships/{alice.user_id}")
        assert (await hers.wait_for("RELATIONSHIP_ADD"))["type"] == 1
        assert (await hers.wait_for("PRESENCE_UPDATE"))["user"]["id"] == bob.user_id
        await alice.do("PATCH", f"/users/@me/relationships/{bob.user_id}", {"nickname": "Bobby"})
        assert (await hers.wait_for("RELATIONSHIP_UPDATE"))["nickname"] == "Bobby"
        (shown,) = await alice.call("GET", "/users/@me/relationships", list[Object])
        assert (shown["id"], shown["nickname"]) == (bob.user_id, "Bobby")
        assert await alice.call("GET", f"/users/{bob.user_id}/relationships", list[Object]) == []
    async with alice.connect() as hers:
        (ready,) = hers.seen[-1].d["relationships"]
        assert (ready["type"], ready["id"]) == (1, bob.user_id)
        await bob.do("PUT", f"/users/@me/relationships/{alice.user_id}/ignore")
        await bob.do("DELETE", f"/users/@me/relationships/{alice.user_id}/ignore")
        await bob.do("DELETE", f"/users/@me/relationships/{alice.user_id}")
        assert (await hers.wait_for("RELATIONSHIP_REMOVE"))["id"] == bob.user_id
        await bob.do("DELETE", "/users/@me/relationships?relationship_type=3")
        assert (await bob.raw("DELETE", "/users/@me/relationships?relationship_type=1"))[0] == 400
        assert (await bob.raw("PUT", f"/users/@me/relationships/{alice.user_id}", {"type": 7}))[0] == 400


async def test_twenty_first_messages_at_once_open_one_channel(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    await site.befriend(alice, bob)
    opened = await alice.call("POST", "/users/@me/channels", Object, {"recipients": [bob.user_id]})
    async with bob.connect() as his:
        await asyncio.gather(*(alice.send(opened["id"], str(number)) for number in range(20)))
        for _ in range(20):
            await his.wait_for("MESSAGE_CREATE")
        assert [payload.t for payload in his.seen].count("CHANNEL_CREATE") == 1
