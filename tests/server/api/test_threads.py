"""Routes of threads, called over a real socket, and what other sessions are told."""

from typing import Any

import aiohttp
import msgspec

from tests.server.running import RunningServer, running_server


class ThreadAnswer(msgspec.Struct):
    id: str
    type: int
    name: str
    parent_id: str
    message_count: int = 0


class ListAnswer(msgspec.Struct):
    threads: list[ThreadAnswer]
    members: list[msgspec.Raw]
    has_more: bool = False


class FollowerAnswer(msgspec.Struct):
    id: str
    user_id: str
    member: dict[str, object] | None = None


async def test_every_route_of_threads() -> None:
    async with running_server() as site:
        ada, bob, eve = [await site.register(name) for name in ("ada", "bob", "eve")]
        guild, channel = await site.befriend(ada, bob)
        status, body = await bob.raw("POST", f"/channels/{channel}/messages", {"content": "start"})
        assert status == 200
        message = msgspec.json.decode(body)["id"]
        base = f"/channels/{channel}/threads"
        async with ada.connect() as listener:
            begun = await bob.call(
                "POST", f"/channels/{channel}/messages/{message}/threads", ThreadAnswer, {"name": "begun"}
            )
            assert (begun.id, begun.parent_id) == (message, channel)
            told = await listener.wait_for("THREAD_CREATE")
            assert (told["id"], told["newly_created"]) == (message, True)
            updated = await listener.wait_for("MESSAGE_UPDATE")
            assert updated["thread"]["id"] == message
            await bob.raw("POST", f"/channels/{begun.id}/messages", {"content": "inside"})
            assert (await listener.wait_for("MESSAGE_CREATE", lambda d: d["type"] == 0))["content"] == "inside"
        public = await bob.call("POST", base, ThreadAnswer, {"name": "public", "type": 11})
        private = await bob.call("POST", base, ThreadAnswer, {"name": "private"})
        assert (public.type, private.type) == (11, 12)
        assert (await bob.raw("POST", base, {"name": ""}))[0] == 400
        assert (await eve.raw("GET", f"/channels/{public.id}"))[0] == 403
        active = await ada.call("GET", f"/guilds/{guild.id}/threads/active", ListAnswer)
        assert [thread.name for thread in active.threads] == ["private", "public", "begun"]
        members = f"/channels/{public.id}/thread-members"
        assert (await ada.raw("PUT", f"{members}/@me"))[0] == 204
        assert (await ada.raw("DELETE", f"{members}/@me"))[0] == 204
        assert (await bob.raw("PUT", f"{members}/{ada.user_id}"))[0] == 204
        one = await bob.call("GET", f"{members}/{ada.user_id}?with_member=true", FollowerAnswer)
        assert one.member is not None
        assert (await ada.call("GET", f"{members}/@me", FollowerAnswer)).user_id == ada.user_id
        everyone = await bob.call("GET", f"{members}?with_member=1&limit=1&after={ada.user_id}", list[FollowerAnswer])
        assert [found.user_id for found in everyone] == [bob.user_id]
        assert (await ada.raw("DELETE", f"{members}/{bob.user_id}"))[0] == 204
        assert (await ada.raw("GET", f"{members}/{bob.user_id}"))[0] == 404
        for thread in (public, private):
            edited = await ada.call("PATCH", f"/channels/{thread.id}", ThreadAnswer, {"archived": True})
            assert edited.id == thread.id
        for path, expected in (
            (f"{base}/archived/public?limit=1&before=2999-01-01T00:00:00%2B00:00", ["public"]),
            (f"{base}/archived/private", ["private"]),
            (f"{base}/search?name=pub&archived=true&sort_by=creation_time&sort_order=asc&limit=5&offset=0", ["public"]),
        ):
            found = await ada.call("GET", path, ListAnswer)
            assert [thread.name for thread in found.threads] == expected
        joined = await bob.call("GET", f"/channels/{channel}/users/@me/threads/archived/private", ListAnswer)
        assert [thread.name for thread in joined.threads] == ["private"]
        for path in (
            f"{base}/archived/public?before=noon",
            f"{base}/archived/public?limit=0",
            f"{base}/search?sort_by=x",
        ):
            assert (await bob.raw("GET", path))[0] == 400
        assert (await ada.raw("DELETE", f"/channels/{private.id}"))[0] == 200
        assert (await ada.raw("GET", f"/channels/{private.id}"))[0] == 404


async def test_a_private_thread_reaches_the_sockets_of_its_people_alone() -> None:
    async with running_server() as site:
        ada, bob, eve = [await site.register(name) for name in ("ada", "bob", "eve")]
        guild, channel = await site.befriend(ada, bob, eve)
        async with bob.connect() as inside, eve.connect() as outside:
            thread = await bob.call("POST", f"/channels/{channel}/threads", ThreadAnswer, {"name": "hush hush"})
            await bob.raw("POST", f"/channels/{thread.id}/messages", {"content": "psst"})
            await inside.wait_for("MESSAGE_CREATE", lambda d: d["content"] == "psst")
            await bob.raw("PUT", f"/channels/{thread.id}/thread-members/{eve.user_id}")
            added = await outside.wait_for("THREAD_CREATE")
            assert (added["id"], added["member"]["user_id"]) == (thread.id, eve.user_id)
            assert not {"MESSAGE_CREATE", "THREAD_UPDATE"} & {payload.t for payload in outside.seen}
            await bob.raw("DELETE", f"/channels/{thread.id}/thread-members/{eve.user_id}")
            gone = await outside.wait_for("THREAD_MEMBERS_UPDATE", lambda d: "removed_member_ids" in d)
            assert gone["removed_member_ids"] == [eve.user_id]
            await bob.raw("POST", f"/channels/{thread.id}/messages", {"content": "alone again"})
            await bob.raw("POST", f"/channels/{channel}/messages", {"content": "for all"})
            heard = await outside.wait_for("MESSAGE_CREATE", lambda d: d["content"] in ("alone again", "for all"))
            assert heard["content"] == "for all"
        async with bob.connect() as again:
            (shown,) = again.seen[-1].d["guilds"]
            assert [found["id"] for found in shown["threads"]] == [thread.id]
        async with eve.connect() as again:
            (shown,) = again.seen[-1].d["guilds"]
            assert shown["threads"] == []
        assert guild.id


class PostAnswer(ThreadAnswer):
    message: dict[str, object] = {}
    applied_tags: list[str] = []


async def test_a_post_comes_as_json_and_as_a_form_with_files(site: RunningServer) -> None:
    ada, bob = [await site.register(name) for name in ("ada", "bob")]
    guild, _ = await site.befriend(ada, bob)
    forum = await ada.call(
        "POST",
        f"/guilds/{guild.id}/channels",
        dict[str, Any],
        {"name": "help", "type": 15, "available_tags": [{"name": "bug"}]},
    )
    tag = forum["available_tags"][0]["id"]
    path = f"/channels/{forum['id']}/threads"
    body = {"name": "first", "message": {"content": "words"}, "applied_tags": [tag]}
    async with ada.connect() as listener:
        made = await bob.call("POST", path, PostAnswer, body)
        assert (made.message["id"], made.applied_tags) == (made.id, [tag])
        assert (await listener.wait_for("THREAD_CREATE"))["parent_id"] == forum["id"]
        assert (await listener.wait_for("MESSAGE_CREATE"))["channel_id"] == made.id
    form = aiohttp.FormData()
    form.add_field(
        "payload_json", msgspec.json.encode({"name": "second", "message": {"attachments": [{"id": 0}]}}).decode()
    )
    form.add_field("files[0]", b"some bytes", filename="notes.txt")
    async with site.http.post(site.api_url + path, data=form, headers={"Authorization": bob.authorization}) as response:
        assert response.status == 201, await response.read()
        answer = msgspec.json.decode(await response.read(), type=PostAnswer)
    (attachment,) = msgspec.convert(answer.message["attachments"], list[dict[str, Any]])
    assert attachment["filename"] == "notes.txt"
    async with site.http.get(attachment["url"]) as response:
        assert await response.read() == b"some bytes"
    for wrong in ({"name": "x"}, {"message": {"content": "x"}}, {"name": "x", "message": {}}):
        assert (await bob.raw("POST", path, wrong))[0] == 400
    assert (await bob.raw("POST", f"/channels/{forum['id']}/messages", {"content": "x"}))[0] == 400
    status, data = await ada.raw("POST", f"/channels/{forum['id']}/webhooks", {"name": "hook"})
    assert status == 200
    hook = msgspec.json.decode(data)
    execute = f"/webhooks/{hook['id']}/{hook['token']}?wait=1"
    assert (await site.account().raw("POST", execute, {"content": "from afar"}))[0] == 400
    written = await site.account().call(
        "POST", execute, dict[str, Any], {"content": "from afar", "thread_name": "third", "applied_tags": [tag]}
    )
    third = await bob.call("GET", f"/channels/{written['channel_id']}", PostAnswer)
    assert (third.name, third.applied_tags) == ("third", [tag])
