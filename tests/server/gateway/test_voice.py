"""Voice over the gateway of a running server: op 4 and what it brings about, ops 31 and 43 (lines 4.1, 4.11 and 4.12)."""

from typing import Any

from tests.server.files.sounds_made import mp3, sound_uri
from tests.server.gateway.test_gateway import make_bot, resume
from tests.server.running import Account, GatewayClient, RunningServer
from tuichat.protocol.intents import Intents

VOICE, CALL_CONNECT, CHANNEL_INFO = 4, 13, 43
REQUEST_SOUNDS, AUTO_CALL_CONNECT = 31, 1 << 12
REFUSED = "TUICHAT_VOICE_REFUSED"


async def lounge_of(account: Account, guild_id: str) -> str:
    channels = await account.call("GET", f"/guilds/{guild_id}/channels", list[dict[str, Any]])
    return str(next(channel["id"] for channel in channels if channel["type"] == 2))


async def join(client: GatewayClient, guild_id: str, channel_id: str | None, **fields: object) -> None:
    body = {"guild_id": guild_id, "channel_id": channel_id, "self_mute": False, "self_deaf": False, **fields}
    await client.send(VOICE, body)


def session_of(client: GatewayClient) -> str:
    return str(next(payload.d["session_id"] for payload in client.seen if payload.t == "READY"))


async def test_a_bot_joins_without_the_intent_and_others_see_it(site: RunningServer) -> None:
    """WIRE.md 3.1: VOICE_STATE_UPDATE with the gateway's session id, VOICE_SERVER_UPDATE to that session only."""
    alice = await site.register("alice")
    guild, _ = await site.befriend(alice)
    lounge = await lounge_of(alice, guild.id)
    bot = await make_bot(site, alice, guild.id)
    async with bot.connect(intents=int(Intents.GUILDS)) as client, alice.connect() as other:
        await client.wait_for("GUILD_CREATE")
        await join(client, int(guild.id), int(lounge))  # type: ignore[arg-type]  # discord.py sends integers
        state = await client.wait_for("VOICE_STATE_UPDATE")
        server = await client.wait_for("VOICE_SERVER_UPDATE")
        assert (state["session_id"], state["channel_id"], state["guild_id"]) == (session_of(client), lounge, guild.id)
        assert state["member"]["user"]["id"] == state["user_id"] == bot.user_id
        assert state["member"]["joined_at"]
        assert (server["guild_id"], "endpoint" in server, "token" in server) == (guild.id, True, True)
        assert "channel_id" not in server
        seen = await other.wait_for("VOICE_STATE_UPDATE")
        assert seen == state
        await join(other, guild.id, lounge)
        await other.wait_for("VOICE_SERVER_UPDATE")
        servers = [payload for payload in other.seen if payload.t == "VOICE_SERVER_UPDATE"]
        assert len(servers) == 1  # her own, and not the bot's
    assert len(site.server.context.voice_seats) == 2  # closed with 4000, so that either may resume


async def test_ready_tells_who_is_in_voice(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, _ = await site.befriend(alice, bob)
    lounge = await lounge_of(alice, guild.id)
    async with alice.connect() as client:
        await join(client, guild.id, lounge, self_mute=True)
        await client.wait_for("VOICE_SERVER_UPDATE")
        async with bob.connect() as other:
            (shown,) = other.seen[-1].d["guilds"]
            (state,) = shown["voice_states"]
            assert (state["user_id"], state["channel_id"], state["self_mute"]) == (alice.user_id, lounge, True)
            assert "guild_id" not in state
            await other.send(CHANNEL_INFO, {"guild_id": guild.id, "fields": ["status", "voice_start_time"]})
            info = await other.wait_for("CHANNEL_INFO")
            (channel,) = info["channels"]
            assert (channel["id"], channel["status"], channel["voice_start_time"] > 0) == (lounge, None, True)


async def test_the_place_outlives_a_broken_socket_and_no_closed_one(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, _ = await site.befriend(alice, bob)
    lounge = await lounge_of(alice, guild.id)
    async with bob.connect() as watcher:
        async with alice.connect() as client:
            await join(client, guild.id, lounge)
            await client.wait_for("VOICE_SERVER_UPDATE")
            session_id, sequence = session_of(client), client.sequence
        await watcher.wait_for("VOICE_STATE_UPDATE")
        async with alice.dial() as again:
            await resume(again, alice, session_id, sequence)
            await again.wait_for("RESUMED")
            assert len(site.server.context.voice_seats) == 1
            await again.socket.close(code=1000)
        left = await watcher.wait_for("VOICE_STATE_UPDATE")
        assert (left["user_id"], left["channel_id"]) == (alice.user_id, None)


async def test_a_client_that_asks_for_it_is_told_why_it_may_not_join(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, channel_id = await site.befriend(alice)
    async with alice.connect(tuichat_events=[REFUSED]) as client:
        await join(client, guild.id, channel_id)
        refusal = await client.wait_for(REFUSED)
        assert (refusal["code"], refusal["channel_id"], refusal["guild_id"]) == (50024, channel_id, guild.id)
        assert refusal["message"]


async def test_a_moderators_move_is_told_state_first_with_a_new_server_behind(site: RunningServer) -> None:
    """WIRE.md, T12: the libraries need VOICE_STATE_UPDATE, then a VOICE_SERVER_UPDATE of the new place."""
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, _ = await site.befriend(alice, bob)
    lounge = await lounge_of(alice, guild.id)
    other = await alice.call("POST", f"/guilds/{guild.id}/channels", dict[str, Any], {"name": "other", "type": 2})
    async with bob.connect() as client:
        await join(client, guild.id, lounge)
        await client.wait_for("VOICE_SERVER_UPDATE")
        session_id = session_of(client)
        client.seen.clear()
        await alice.call(
            "PATCH", f"/guilds/{guild.id}/members/{bob.user_id}", dict[str, Any], {"channel_id": other["id"]}
        )
        await client.wait_for("VOICE_SERVER_UPDATE")
        names = [payload.t for payload in client.seen if payload.t in ("VOICE_STATE_UPDATE", "VOICE_SERVER_UPDATE")]
        assert names == ["VOICE_STATE_UPDATE", "VOICE_SERVER_UPDATE"]
        state = next(payload.d for payload in client.seen if payload.t == "VOICE_STATE_UPDATE")
        assert (state["channel_id"], state["session_id"]) == (other["id"], session_id)


async def test_a_call_rings_and_is_found_by_who_comes_later(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    await site.befriend(alice, bob)
    direct = await alice.call("POST", "/users/@me/channels", dict[str, Any], {"recipients": [bob.user_id]})
    async with alice.connect() as client, bob.connect() as other:
        await client.send(VOICE, {"guild_id": None, "channel_id": direct["id"], "self_mute": False, "self_deaf": False})
        server = await client.wait_for("VOICE_SERVER_UPDATE")
        assert (server["guild_id"], server["channel_id"]) == (None, direct["id"])
        begun = await other.wait_for("CALL_CREATE")
        await alice.do("POST", f"/channels/{direct['id']}/call/ring", {"recipients": None})
        assert (await other.wait_for("CALL_UPDATE"))["ringing"] == [bob.user_id]
        await other.send(CALL_CONNECT, {"channel_id": direct["id"]})
        found = await other.wait_for("CALL_CREATE")
        assert [state["user_id"] for state in found["voice_states"]] == [alice.user_id]
        async with bob.connect(capabilities=AUTO_CALL_CONNECT) as later:
            assert await later.wait_for("CALL_CREATE") == found
        await client.send(VOICE, {"guild_id": None, "channel_id": None, "self_mute": False, "self_deaf": False})
        assert (await other.wait_for("CALL_DELETE"))["channel_id"] == direct["id"]
        ended = await other.wait_for("MESSAGE_UPDATE")
        assert (ended["id"], ended["type"]) == (begun["message_id"], 3)
        assert ended["call"]["ended_timestamp"]


async def test_a_sound_is_asked_for_fetched_and_played(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, _ = await site.befriend(alice, bob)
    lounge = await lounge_of(alice, guild.id)
    content = mp3(20)
    body = {"name": "boing", "sound": sound_uri(content)}
    made = await alice.call("POST", f"/guilds/{guild.id}/soundboard-sounds", dict[str, Any], body)
    async with bob.connect() as client:
        await client.send(REQUEST_SOUNDS, {"guild_ids": [guild.id, "12345"]})
        (listed,) = (await client.wait_for("SOUNDBOARD_SOUNDS"))["soundboard_sounds"]
        assert (listed["sound_id"], listed["name"], listed["volume"]) == (made["sound_id"], "boing", 1.0)
        async with site.http.get(f"{site.base_url}/soundboard-sounds/{made['sound_id']}") as answer:
            assert (answer.status, answer.content_type, await answer.read()) == (200, "audio/mpeg", content)
        async with site.http.get(f"{site.base_url}/soundboard-sounds/1") as answer:
            assert (answer.status, answer.content_type) == (200, "audio/ogg")
        for name in ("0", "7", "999999999999", "x", "1.mp3"):
            async with site.http.get(f"{site.base_url}/soundboard-sounds/{name}") as answer:
                assert answer.status == 404
        await join(client, guild.id, lounge)
        await client.wait_for("VOICE_SERVER_UPDATE")
        await bob.do("POST", f"/channels/{lounge}/send-soundboard-sound", {"sound_id": made["sound_id"]})
        effect = await client.wait_for("VOICE_CHANNEL_EFFECT_SEND")
        assert (effect["sound_id"], effect["channel_id"], effect["user_id"]) == (made["sound_id"], lounge, bob.user_id)
