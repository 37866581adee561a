"""The routes of moderation over a real socket: the audit log, bans, prunes, emojis, stickers."""

from typing import Any

import msgspec

from tests.server.files.pictures_drawn import data_uri, picture
from tests.server.running import Account, RunningServer

Json = dict[str, Any]


async def reasoned(account: Account, method: str, path: str, body: object = None, *, reason: str) -> None:
    """Ask with a reason for the audit log, as libraries send it."""
    headers = {"Authorization": account.authorization, "X-Audit-Log-Reason": reason}
    async with account.http.request(method, account.api_url + path, json=body, headers=headers) as response:
        assert response.status < 300, await response.text()


async def test_the_audit_log_says_who_did_what_to_whom_and_why(site: RunningServer) -> None:
    ada, bob = await site.register("ada"), await site.register("bob")
    guild, _ = await site.befriend(ada, bob)
    path = f"/guilds/{guild.id}/audit-logs"
    async with ada.connect() as gateway, bob.connect() as other:
        await reasoned(ada, "DELETE", f"/guilds/{guild.id}/members/{bob.user_id}", reason="sp%C3%A4m")
        told = await gateway.wait_for("GUILD_AUDIT_LOG_ENTRY_CREATE")
        await other.wait_for("GUILD_DELETE")
        assert not [payload for payload in other.seen if payload.t == "GUILD_AUDIT_LOG_ENTRY_CREATE"]
    log = await ada.call("GET", f"{path}?action_type=20&user_id={ada.user_id}&limit=10", Json)
    assert set(log) == {
        "audit_log_entries", "users", "threads", "webhooks", "integrations", "guild_scheduled_events",
        "auto_moderation_rules", "application_commands",
    }  # fmt: skip
    (entry,) = log["audit_log_entries"]
    assert told == entry | {"guild_id": guild.id}
    assert (entry["user_id"], entry["target_id"], entry["reason"]) == (ada.user_id, bob.user_id, "späm")
    assert {user["id"] for user in log["users"]} == {ada.user_id, bob.user_id}
    assert (await bob.raw("GET", path))[0] == 403
    assert (await ada.raw("GET", f"{path}?limit=101"))[0] == 400
    assert (await ada.raw("GET", f"{path}?before=x"))[0] == 400


async def test_emojis_are_made_shown_and_deleted(site: RunningServer) -> None:
    ada, bob = await site.register("ada"), await site.register("bob")
    guild, _ = await site.befriend(ada, bob)
    path = f"/guilds/{guild.id}/emojis"
    body = {"name": "blob", "image": data_uri(picture()), "roles": []}
    async with bob.connect() as gateway:
        made = await ada.call("POST", path, Json, body)
        told = await gateway.wait_for("GUILD_EMOJIS_UPDATE")
    assert (told["guild_id"], [emoji["id"] for emoji in told["emojis"]]) == (guild.id, [made["id"]])
    assert [emoji["id"] for emoji in await bob.call("GET", path, list[Json])] == [made["id"]]
    async with site.http.get(f"{site.base_url}/emojis/{made['id']}.png") as shown:
        assert (shown.status, shown.content_type) == (200, "image/png")
    assert (await bob.raw("POST", path, body))[0] == 403
    assert (await bob.raw("PATCH", f"{path}/{made['id']}", {"name": "mine"}))[0] == 403
    assert (await ada.call("PATCH", f"{path}/{made['id']}", Json, {"name": "blab"}))["name"] == "blab"
    assert (await ada.call("GET", f"{path}/{made['id']}", Json))["user"]["id"] == ada.user_id
    await ada.do("DELETE", f"{path}/{made['id']}")
    assert (await ada.raw("GET", f"{path}/{made['id']}"))[0] == 404
    async with site.http.get(f"{site.base_url}/emojis/{made['id']}.png") as shown:
        assert shown.status == 404
    large = {"name": "large", "image": f"data:image/png;base64,{'A' * 360_000}"}
    status, answer = await ada.raw("POST", path, large)
    assert (status, b"262144" in answer) == (400, True)


async def test_an_applications_emojis_have_routes_too(site: RunningServer) -> None:
    ada, bob = await site.register("ada"), await site.register("bob")
    application = await ada.call("POST", "/applications", Json, {"name": "Dice"})
    path = f"/applications/{application['id']}/emojis"
    made = await ada.call("POST", path, Json, {"name": "dice", "image": data_uri(picture())})
    assert [emoji["id"] for emoji in (await ada.call("GET", path, Json))["items"]] == [made["id"]]
    assert (await ada.call("PATCH", f"{path}/{made['id']}", Json, {"name": "dice2"}))["name"] == "dice2"
    assert (await ada.call("GET", f"{path}/{made['id']}", Json))["name"] == "dice2"
    assert (await bob.raw("GET", path))[0] == 404
    await ada.do("DELETE", f"{path}/{made['id']}")


async def test_there_are_no_stickers(site: RunningServer) -> None:
    ada = await site.register("ada")
    guild, _ = await site.befriend(ada)
    path = f"/guilds/{guild.id}/stickers"
    assert await ada.call("GET", path, list[Json]) == []
    status, answer = await ada.raw("POST", path)
    assert (status, msgspec.json.decode(answer)["code"]) == (400, 30039)
    for method, at in (("GET", f"{path}/5"), ("PATCH", f"{path}/5"), ("DELETE", f"{path}/5"), ("GET", "/stickers/5")):
        status, answer = await ada.raw(method, at)
        assert (status, msgspec.json.decode(answer)["code"]) == (404, 10060), at
    eve = await site.register("eve")
    assert (await eve.raw("POST", path))[0] == 403


async def test_bans_keep_people_out(site: RunningServer) -> None:
    ada, bob, mod = [await site.register(name) for name in ("ada", "bob", "mod")]
    guild, channel_id = await site.befriend(ada, bob, mod)
    await bob.send(channel_id, "spam")
    path = f"/guilds/{guild.id}/bans"
    async with ada.connect() as gateway, mod.connect() as other:
        await reasoned(ada, "PUT", f"{path}/{bob.user_id}", {"delete_message_seconds": 3600}, reason="spam")
        told = await gateway.wait_for("GUILD_BAN_ADD")
        assert (told["guild_id"], told["user"]["id"]) == (guild.id, bob.user_id)
        assert len((await other.wait_for("MESSAGE_DELETE_BULK"))["ids"]) == 2  # the one of its joining, too
        assert not [payload for payload in other.seen if payload.t == "GUILD_BAN_ADD"]
    (found,) = await ada.call("GET", f"{path}?limit=5&before={2**62}", list[Json])
    assert (found["user"]["id"], found["reason"]) == (bob.user_id, "spam")
    assert (await ada.call("GET", f"{path}/{bob.user_id}", Json))["reason"] == "spam"
    assert (await mod.raw("GET", path))[0] == 403
    status, answer = await bob.raw("POST", f"/invites/{await ada.invite(channel_id)}", {})
    assert (status, msgspec.json.decode(answer)["code"]) == (403, 40007)
    await ada.do("DELETE", f"{path}/{bob.user_id}")
    assert (await ada.raw("GET", f"{path}/{bob.user_id}"))[0] == 404
    banned = await ada.call("POST", f"/guilds/{guild.id}/bulk-ban", Json, {"user_ids": [bob.user_id, "5"]})
    assert banned == {"banned_users": [bob.user_id], "failed_users": ["5"]}


async def test_a_prune_is_counted_and_done(site: RunningServer) -> None:
    ada, bob = await site.register("ada"), await site.register("bob")
    guild, _ = await site.befriend(ada, bob)
    path = f"/guilds/{guild.id}/prune"
    assert await ada.call("GET", f"{path}?days=1&include_roles={guild.id},5", Json) == {"pruned": 0}
    assert await ada.call("POST", path, Json, {"days": 1, "include_roles": ["5"]}) == {"pruned": 0}
    assert await ada.call("POST", path, Json, {"days": 1, "compute_prune_count": False}) == {"pruned": None}
    assert (await ada.raw("GET", f"{path}?days=31"))[0] == 400
    assert (await ada.raw("POST", path, {"include_roles": "x,y"}))[0] == 400
    assert (await bob.raw("POST", path))[0] == 403


async def test_roles_are_counted_ordered_and_drawn(site: RunningServer) -> None:
    ada, bob = await site.register("ada"), await site.register("bob")
    guild, _ = await site.befriend(ada, bob)
    path = f"/guilds/{guild.id}/roles"
    body = {"name": "painters", "icon": data_uri(picture()), "colors": {"primary_color": 1, "secondary_color": 2}}
    role = await ada.call("POST", path, Json, body)
    assert role["colors"] == {"primary_color": 1, "secondary_color": 2, "tertiary_color": None}
    async with site.http.get(f"{site.base_url}/role-icons/{role['id']}/{role['icon']}.png") as shown:
        assert shown.status == 200
    await ada.do("PUT", f"/guilds/{guild.id}/members/{bob.user_id}/roles/{role['id']}")
    assert await bob.call("GET", f"{path}/member-counts", Json) == {role["id"]: 1}
    other = await ada.call("POST", path, Json, {"name": "critics"})
    moved = await ada.call("PATCH", path, list[Json], [{"id": other["id"], "position": 2}])
    assert [(entry["name"], entry["position"]) for entry in moved] == [
        ("@everyone", 0),
        ("painters", 1),
        ("critics", 2),
    ]
    assert (await bob.raw("PATCH", path, [{"id": other["id"], "position": 1}]))[0] == 403


async def test_members_say_how_they_look_here(site: RunningServer) -> None:
    ada, bob = await site.register("ada"), await site.register("bob")
    guild, _ = await site.befriend(ada, bob)
    path = f"/guilds/{guild.id}/members/@me"
    shown = await bob.call("PATCH", path, Json, {"avatar": data_uri(picture()), "nick": "B"})
    url = f"{site.base_url}/guilds/{guild.id}/users/{bob.user_id}/avatars/{shown['avatar']}.png"
    async with site.http.get(url) as answer:
        assert answer.status == 200
    assert await bob.call("PATCH", f"{path}/nick", Json, {"nick": "Bee"}) == {"nick": "Bee"}
    mine = await bob.call("GET", f"/users/@me/guilds/{guild.id}/member", Json)
    assert (mine["nick"], mine["avatar"]) == ("Bee", shown["avatar"])
    status, answer_body = await ada.raw("PATCH", f"/guilds/{guild.id}/members/{bob.user_id}", {"mute": True})
    assert (status, msgspec.json.decode(answer_body)["code"]) == (400, 40032)


async def test_an_invite_for_a_while_lets_people_in_for_a_while(site: RunningServer) -> None:
    ada, bob, eve = [await site.register(name) for name in ("ada", "bob", "eve")]
    _, channel_id = await site.befriend(ada, bob)
    path = f"/channels/{channel_id}/invites"
    async with ada.connect() as gateway, bob.connect() as other:
        made = await ada.call("POST", path, Json, {"temporary": True, "max_uses": 1, "unique": True})
        assert (await gateway.wait_for("INVITE_CREATE"))["temporary"] is True
        async with eve.connect() as visitor:
            await eve.join(made["code"])
            await visitor.wait_for("GUILD_CREATE")
            assert (await gateway.wait_for("INVITE_DELETE"))["code"] == made["code"]
            await visitor.socket.close(code=1000)  # this ends the session, where 4000 keeps it for a resume
        assert (await gateway.wait_for("GUILD_MEMBER_REMOVE"))["user"]["id"] == eve.user_id
        await other.wait_for("GUILD_MEMBER_REMOVE")
        assert not [payload.t for payload in other.seen if str(payload.t).startswith("INVITE_")]
    assert (await ada.raw("POST", path, {"target_type": 2}))[0] == 400


async def test_what_discord_py_sends_is_understood(site: RunningServer) -> None:
    ada, bob = await site.register("ada"), await site.register("bob")
    guild, channel_id = await site.befriend(ada, bob)
    await bob.send(channel_id, "spam")
    body = {"days": 1, "compute_prune_count": "false", "include_roles": f"{guild.id}, 5"}
    assert await ada.call("POST", f"/guilds/{guild.id}/prune", Json, body) == {"pruned": None}
    async with ada.connect() as gateway:
        await ada.do("PUT", f"/guilds/{guild.id}/bans/{bob.user_id}?delete_message_seconds=60")
        assert len((await gateway.wait_for("MESSAGE_DELETE_BULK"))["ids"]) == 2
    assert (await ada.raw("PUT", f"/guilds/{guild.id}/bans/{bob.user_id}?delete_message_seconds=604801"))[0] == 400
