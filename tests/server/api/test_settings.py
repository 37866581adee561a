"""What follows an account, over real sockets: each of its sessions hears of it, and the next READY has it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.server.running import RunningServer, running_server

Object = dict[str, Any]
ALL_SHAPES = 1 << 0 | 1 << 2 | 1 << 3 | 1 << 7 | 1 << 9  # lazy notes, versioned lists, other read states, protos


@pytest.fixture
async def site() -> AsyncIterator[RunningServer]:
    async with running_server() as running:
        yield running


async def test_what_one_session_changes_the_others_hear(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, channel_id = await site.befriend(alice, bob)
    sent = await bob.send(channel_id, f"<@{alice.user_id}>")
    async with alice.connect() as one, alice.connect(capabilities=ALL_SHAPES) as two:
        ready = two.seen[-1].d
        assert "notes" not in ready
        assert "user_settings" not in ready
        assert ready["user_settings_proto"] == ""
        assert ready["read_state"]["entries"][0]["mention_count"] == 1
        assert ready["user_guild_settings"] == {"entries": [], "version": 0, "partial": False}
        assert len(ready["sessions"]) == 2
        await alice.do("PATCH", "/users/@me/settings", {"theme": "light", "custom_status": {"text": "afloat"}})
        changed = await one.wait_for("USER_SETTINGS_UPDATE")
        assert changed["theme"] == "light"
        await alice.do("PUT", f"/users/@me/notes/{bob.user_id}", {"note": "likes boats"})
        assert (await one.wait_for("USER_NOTE_UPDATE"))["note"] == "likes boats"
        await two.wait_for("USER_NOTE_UPDATE")
        assert "USER_SETTINGS_UPDATE" not in [payload.t for payload in two.seen]
        proto = await alice.call("PATCH", "/users/@me/settings-proto/1", Object, {"settings": "WgNkbmQ="})
        update = await two.wait_for("USER_SETTINGS_PROTO_UPDATE")
        assert update == {"settings": {"type": 1, "proto": proto["settings"]}, "partial": False}
        await alice.do("PATCH", f"/users/@me/guilds/{guild.id}/settings", {"muted": True})
        assert (await two.wait_for("USER_GUILD_SETTINGS_UPDATE"))["muted"] is True
        await alice.do("POST", f"/channels/{channel_id}/messages/{sent.id}/ack", {"token": None})
        acked = await two.wait_for("MESSAGE_ACK")
        assert (acked["message_id"], acked["mention_count"]) == (sent.id, 0)
    async with alice.connect() as again:
        ready = again.seen[-1].d
        assert ready["user_settings"]["theme"] == "light"
        assert ready["user_settings"]["custom_status"]["text"] == "afloat"
        assert ready["notes"] == {bob.user_id: "likes boats"}
        assert [each["guild_id"] for each in ready["user_guild_settings"]] == [guild.id]
        assert ready["read_state"][0]["last_message_id"] == sent.id


async def test_custom_status_and_sessions_are_seen_by_those_who_may(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    await site.befriend(alice, bob)
    await alice.do("PATCH", "/users/@me/settings", {"status": "idle", "custom_status": {"text": "afloat"}})
    async with bob.connect() as his, alice.connect(properties={"os": "Mac OS X", "browser": "Discord iOS"}) as hers:
        seen = await his.wait_for("PRESENCE_UPDATE", lambda presence: presence["user"]["id"] == alice.user_id)
        assert (seen["status"], seen["client_status"]) == ("idle", {"mobile": "idle"})
        assert [(each["type"], each["state"]) for each in seen["activities"]] == [(4, "afloat")]
        playing = {"name": "Go", "type": 0, "created_at": "1695164784863", "timestamps": {"start": "1695164482423"}}
        await hers.send(3, {"since": 0, "activities": [playing], "status": "dnd", "afk": False})
        seen = await his.wait_for("PRESENCE_UPDATE", lambda presence: presence["status"] == "dnd")
        assert [each["name"] for each in seen["activities"]] == ["Custom Status", "Go"]
        assert seen["activities"][1]["timestamps"] == {"start": 1695164482423}
        (session,) = await hers.wait_for("SESSIONS_REPLACE")
        assert (session["status"], session["client_info"]) == ("dnd", {"client": "mobile", "os": "osx", "version": 0})
