"""The gateway of a running server: from IDENTIFY over broken sockets to the end of a session."""

import asyncio
import gc
import zlib
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec
import pytest
import zstandard
from websockets.server import ServerProtocol

from tests.server.running import Account, GatewayClient, RunningServer, running_server
from tuichat.protocol.gateway_server import ServerConnection
from tuichat.protocol.intents import ALL_INTENTS, Intents
from tuichat.server.bus import Event
from tuichat.server.gateway import gateway as gateway_module
from tuichat.server.gateway.admission import first_dispatches
from tuichat.server.gateway.connection import GatewayConnection
from tuichat.server.gateway.prepared import PreparedDispatch
from tuichat.server.websocket import WebSocket

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, MEMBERS, INVALID, HELLO, ACK = (
    *(0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11),
)


def cut(site: RunningServer) -> None:
    """Break every gateway connection without a word, as a pulled cable does."""
    for connection in list(site.server.gateway.connections):
        websocket = connection._websocket
        assert websocket is not None
        websocket.abort()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for what another socket's event brings about."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  # nothing tells a test
            await asyncio.sleep(0.005)


async def until_detached(site: RunningServer) -> None:
    await until(lambda: not site.server.gateway.connections)


async def resume(client: GatewayClient, account: Account, session_id: str, sequence: int | None) -> None:
    assert (await client.receive()).op == HELLO
    await client.send(RESUME, {"token": account.token, "session_id": session_id, "seq": sequence})


async def test_a_user_gets_hello_and_a_whole_ready(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, channel_id = await site.befriend(alice)
    async with alice.connect() as client:
        hello, ready = client.seen
        assert (hello.op, hello.d["heartbeat_interval"] > 0) == (HELLO, True)
        assert ready.s == 1
        body = ready.d
        assert body["v"] == 10
        assert body["user"]["id"] == alice.user_id
        assert body["user"]["discriminator"] == "0"
        assert body["resume_gateway_url"] == site.gateway_url
        assert body["session_id"]
        (full,) = body["guilds"]
        assert (full["id"], full["unavailable"], full["member_count"]) == (guild.id, False, 1)
        assert channel_id in [channel["id"] for channel in full["channels"]]
        assert [member["user"]["id"] for member in full["members"]] == [alice.user_id]


async def test_a_heartbeat_is_acknowledged_before_and_after_identify(site: RunningServer) -> None:
    alice = await site.register("alice")
    async with alice.dial() as client:
        assert (await client.receive()).op == HELLO
        await client.send(HEARTBEAT, None)
        assert (await client.receive()).op == ACK
        await client.send(IDENTIFY, {"token": alice.token, "properties": {}})
        await client.wait_for("READY")
        await client.send(HEARTBEAT, client.sequence)
        while (await client.receive()).op != ACK:
            pass


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "Bot nonsense", "\N{SNOWMAN}" * 90, "a" * 2000])
async def test_a_wrong_token_is_refused(site: RunningServer, token: str) -> None:
    async with site.account().dial() as client:
        await client.receive()
        await client.send(IDENTIFY, {"token": token, "properties": {}})
        assert await client.close_code() == 4004


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("nonsense", 4002),
        ('{"op":99}', 4001),
        ('{"op":3,"d":{}}', 4003),
        ('{"op":2,"d":{"token":5}}', 4002),
        ('{"op":2,"d":{"token":"%s"}}' % ("x" * 5000), 4002),
        ('{"op":2,"d":{"token":"%s"}}' % ("x" * 20_000), 4002),
        ('{"op":1,"d":' + "[" * 2000 + "]" * 2000 + "}", 4002),
        ('{"op":2,"d":{"token":"a.b.c","shard":[3,2]}}', 4010),
        ('{"op":2,"d":{"token":"a.b.c","intents":1099511627776}}', 4013),
    ],
)
async def test_what_is_wrong_is_closed_with_its_code(site: RunningServer, text: str, code: int) -> None:
    async with site.account().dial() as client:
        await client.receive()
        await client.socket.send_str(text)
        assert await client.close_code() == code


@pytest.mark.parametrize(
    ("query", "code"), [("?v=3", 4012), ("?v=ten", 4012), ("?encoding=etf", 4002), ("?compress=lzma", 4002)]
)
async def test_an_unknown_query_is_closed(site: RunningServer, query: str, code: int) -> None:
    async with site.account().dial(query) as client:
        assert await client.close_code() == code


async def test_too_many_frames_are_closed(site: RunningServer) -> None:
    alice = await site.register("alice")
    async with alice.connect() as client:
        for _ in range(125):
            await client.send(HEARTBEAT, None)
        assert await client.close_code() == 4008


async def test_a_second_identify_is_closed(site: RunningServer) -> None:
    alice = await site.register("alice")
    async with alice.connect() as client:
        await client.send(IDENTIFY, {"token": alice.token, "properties": {}})
        assert await client.close_code() == 4005


async def test_a_message_reaches_both_and_its_author_with_the_nonce(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    _, channel_id = await site.befriend(alice, bob)
    async with alice.connect() as hers, bob.connect() as his:
        sent = await alice.send(channel_id, "hello", nonce="n-1")
        for client in (hers, his):
            body = await client.wait_for("MESSAGE_CREATE")
            assert (body["id"], body["content"]) == (sent.id, "hello")
            assert body["author"]["id"] == alice.user_id
            assert "member" in body
        assert hers.seen[-1].d["nonce"] == "n-1"


async def test_joining_and_leaving_are_told(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, channel_id = await site.befriend(alice)
    async with alice.connect() as hers, bob.connect() as his:
        await bob.join(await alice.invite(channel_id))
        assert (await his.wait_for("GUILD_CREATE"))["id"] == guild.id
        assert (await hers.wait_for("GUILD_MEMBER_ADD"))["user"]["id"] == bob.user_id
        await alice.send(channel_id, "welcome")
        await his.wait_for("MESSAGE_CREATE", lambda body: body["content"] == "welcome")
        await bob.do("DELETE", f"/users/@me/guilds/{guild.id}")
        assert await his.wait_for("GUILD_DELETE") == {"id": guild.id}
        await hers.wait_for("GUILD_MEMBER_REMOVE")
        await alice.send(channel_id, "gone")
        await hers.wait_for("MESSAGE_CREATE", lambda body: body["content"] == "gone")
        await his.send(HEARTBEAT, None)
        assert (await his.receive()).op == ACK  # and nothing of the guild before it


async def test_a_resume_replays_what_was_missed_and_counts_on(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    _, channel_id = await site.befriend(alice, bob)
    async with alice.connect() as client:
        session_id = client.seen[1].d["session_id"]
        await bob.send(channel_id, "seen")
        await client.wait_for("MESSAGE_CREATE")
        sequence = client.sequence
        cut(site)
        await until_detached(site)
    await bob.send(channel_id, "missed 1")
    await bob.send(channel_id, "missed 2")
    async with alice.dial() as client:
        await resume(client, alice, session_id, sequence)
        assert (await client.wait_for("MESSAGE_CREATE"))["content"] == "missed 1"
        assert (await client.wait_for("MESSAGE_CREATE"))["content"] == "missed 2"
        assert await client.wait_for("RESUMED") == {"_trace": []}
        numbers = [payload.s for payload in client.seen if payload.op == DISPATCH]
        assert numbers == list(range(sequence + 1, sequence + 1 + len(numbers)))
        await bob.send(channel_id, "after")
        assert (await client.wait_for("MESSAGE_CREATE"))["content"] == "after"
        assert client.sequence == (numbers[-1] or 0) + 1


async def test_a_resume_tells_nothing_of_what_was_hidden_meanwhile(site: RunningServer) -> None:
    owner, member = await site.register("owner"), await site.register("member")
    guild, channel_id = await site.befriend(owner, member)
    other = await owner.call("POST", f"/guilds/{guild.id}/channels", dict[str, Any], {"name": "open"})
    async with member.connect() as client:
        session_id, sequence = client.seen[1].d["session_id"], client.sequence
        cut(site)
        await until_detached(site)
    await owner.send(channel_id, "before it was hidden")
    await owner.send(other["id"], "for everybody")
    hidden = {"type": 0, "deny": "1024"}
    await owner.do("PUT", f"/channels/{channel_id}/permissions/{guild.id}", hidden)
    await owner.send(channel_id, "after it was hidden")
    async with member.dial() as client:
        await resume(client, member, session_id, sequence)
        assert await client.wait_for("RESUMED") == {"_trace": []}
        told = [payload for payload in client.seen if payload.op == DISPATCH]
        assert [payload.s for payload in told] == list(range(sequence + 1, sequence + 1 + len(told)))
        assert [payload.d["content"] for payload in told if payload.t == "MESSAGE_CREATE"] == ["for everybody"]
        assert [payload.d["id"] for payload in told if payload.t == "CHANNEL_DELETE"] == [channel_id]
        await owner.send(other["id"], "and on")
        assert (await client.wait_for("MESSAGE_CREATE"))["content"] == "and on"
        assert client.sequence == (told[-1].s or 0) + 1


async def test_who_was_removed_meanwhile_hears_of_that_alone(site: RunningServer) -> None:
    owner, member = await site.register("owner"), await site.register("member")
    guild, channel_id = await site.befriend(owner, member)
    async with member.connect() as client:
        session_id, sequence = client.seen[1].d["session_id"], client.sequence
        cut(site)
        await until_detached(site)
    await owner.send(channel_id, "while away")
    await owner.do("POST", f"/guilds/{guild.id}/roles", {"name": "inner circle"})
    await owner.do("DELETE", f"/guilds/{guild.id}/members/{member.user_id}")
    async with member.dial() as client:
        await resume(client, member, session_id, sequence)
        await client.wait_for("RESUMED")
        assert [payload.t for payload in client.seen if payload.op == DISPATCH] == ["GUILD_DELETE", "RESUMED"]


async def test_a_half_open_connection_is_taken_over_by_its_resume(site: RunningServer) -> None:
    alice = await site.register("alice")
    _, channel_id = await site.befriend(alice)
    async with alice.connect() as first:
        session_id = first.seen[1].d["session_id"]
        async with alice.dial() as second:
            await resume(second, alice, session_id, first.sequence)
            await second.wait_for("RESUMED")
            assert await first.close_code() == 4000
            await alice.send(channel_id, "to the second")
            await second.wait_for("MESSAGE_CREATE")


async def test_an_unknown_session_may_identify_on_the_same_connection(site: RunningServer) -> None:
    alice = await site.register("alice")
    async with alice.dial() as client:
        await resume(client, alice, "f" * 32, 1)
        answer = await client.receive()
        assert (answer.op, answer.d) == (INVALID, False)
        await client.send(IDENTIFY, {"token": alice.token, "properties": {}})
        await client.wait_for("READY")


async def test_a_resume_is_for_the_sessions_own_account(site: RunningServer) -> None:
    alice, mallory = await site.register("alice"), await site.register("mallory")
    async with alice.connect() as client:
        session_id, sequence = client.seen[1].d["session_id"], client.sequence
    async with mallory.dial() as client:
        await resume(client, mallory, session_id, sequence)
        assert (await client.receive()).op == INVALID
    async with mallory.dial() as client:
        await client.receive()
        await client.send(RESUME, {"token": "a.b.c", "session_id": session_id, "seq": sequence})
        assert await client.close_code() == 4004
    async with alice.dial() as client:
        await resume(client, alice, session_id, sequence + 1000)
        assert await client.close_code() == 4007


@pytest.mark.parametrize(("code", "is_kept"), [(1000, False), (1001, False), (4000, True), (4321, True)])
async def test_the_clients_close_code_decides_what_becomes_of_the_session(
    site: RunningServer, code: int, is_kept: bool
) -> None:
    alice = await site.register("alice")
    async with alice.connect() as client:
        session_id, sequence = client.seen[1].d["session_id"], client.sequence
        await client.socket.close(code=code)
    await until_detached(site)
    assert (session_id in site.server.gateway.hub) is is_kept
    async with alice.dial() as client:
        await resume(client, alice, session_id, sequence)
        answer = await client.receive()
        assert (answer.t == "RESUMED" or answer.op == DISPATCH) if is_kept else answer.op == INVALID


async def test_a_session_ends_when_its_time_is_over(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    await site.befriend(alice, bob)
    async with alice.connect() as hers:
        async with bob.connect() as his:
            await hers.wait_for("PRESENCE_UPDATE", lambda body: body["status"] == "online")
            session_id = his.seen[1].d["session_id"]
        gateway = site.server.gateway
        session = gateway.hub.get(session_id)
        assert session is not None
        await until(lambda: session.link is None)
        gateway.expire_sessions(gateway.now_ms() + 1000)
        assert session_id in gateway.hub
        gateway.expire_sessions(gateway.now_ms() + 200_000)
        assert session_id not in gateway.hub
        offline = await hers.wait_for("PRESENCE_UPDATE", lambda body: body["status"] == "offline")
        assert offline["user"]["id"] == bob.user_id


async def test_a_revoked_token_ends_its_sessions(site: RunningServer) -> None:
    alice = await site.register("alice")
    async with alice.connect() as client:
        await alice.do("POST", "/auth/logout", {})
        assert await client.close_code() == 4004
    assert len(site.server.gateway.hub) == 0


async def test_presence_is_told_to_those_who_share_a_guild(site: RunningServer) -> None:
    alice, bob, eve = [await site.register(name) for name in ("alice", "bob", "eve")]
    await site.befriend(alice, bob)
    async with eve.connect() as strange, alice.connect() as hers, bob.connect(presence={"status": "idle"}) as his:
        online = await hers.wait_for("PRESENCE_UPDATE", lambda body: body["user"]["id"] == bob.user_id)
        assert online["status"] == "idle"
        # hikari's spelling: `game` in place of `activities`
        await his.send(PRESENCE, {"status": "dnd", "since": None, "afk": False, "game": {"name": "Go", "type": 0}})
        changed = await hers.wait_for("PRESENCE_UPDATE", lambda body: body["status"] == "dnd")
        assert [activity["name"] for activity in changed["activities"]] == ["Go"]
        await strange.send(HEARTBEAT, None)
        assert (await strange.receive()).op == ACK


async def test_members_are_sent_in_chunks_with_the_nonce(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, _ = await site.befriend(alice, bob)
    async with alice.connect() as client:
        await client.send(MEMBERS, {"guild_id": int(guild.id), "query": "", "limit": 0, "nonce": "abc"})
        chunk = await client.wait_for("GUILD_MEMBERS_CHUNK")
        assert (chunk["nonce"], chunk["chunk_index"], chunk["chunk_count"]) == ("abc", 0, 1)
        assert {member["user"]["id"] for member in chunk["members"]} == {alice.user_id, bob.user_id}
        await client.send(MEMBERS, {"guild_id": guild.id, "user_ids": [bob.user_id, 5], "nonce": "x" * 40})
        chunk = await client.wait_for("GUILD_MEMBERS_CHUNK")
        assert [member["user"]["id"] for member in chunk["members"]] == [bob.user_id]
        assert chunk["not_found"] == ["5"]
        assert "nonce" not in chunk


async def test_commands_of_later_releases_do_no_harm(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, channel_id = await site.befriend(alice)
    async with alice.connect() as client:
        await client.send(VOICE, {"guild_id": guild.id, "channel_id": channel_id, "self_mute": False})
        await client.send(14, {"guild_id": guild.id, "channels": {}, "typing": True})
        await client.send(37, {"subscriptions": {guild.id: {"typing": True}}})
        await client.send(13, {"channel_id": channel_id})
        await client.send(31, {"guild_ids": [guild.id, "12345"]})
        sounds = await client.wait_for("SOUNDBOARD_SOUNDS")
        assert sounds == {"guild_id": guild.id, "soundboard_sounds": []}
        await client.send(MEMBERS, {"guild_id": "12345", "query": "", "limit": 0})
        await client.send(HEARTBEAT, None)
        assert (await client.receive()).op == ACK


async def make_bot(site: RunningServer, owner: Account, guild_id: str) -> Account:
    application = await owner.call("POST", "/applications", dict[str, Any], {"name": "helper"})
    token = (await owner.call("POST", f"/applications/{application['id']}/bot", dict[str, Any], {}))["token"]
    await owner.do(
        "POST", f"/oauth2/authorize?client_id={application['id']}", {"guild_id": guild_id, "authorize": True}
    )
    bot = site.account(f"Bot {token}")
    bot.user_id = (await bot.me()).id
    return bot


async def test_a_bot_gets_ready_and_then_its_guilds(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, channel_id = await site.befriend(alice)
    bot = await make_bot(site, alice, guild.id)
    async with bot.connect(intents=int(ALL_INTENTS), shard=[0, 1]) as client:
        ready = client.seen[-1].d
        assert ready["guilds"] == [{"id": guild.id, "unavailable": True}]
        assert ready["application"]["id"] == bot.user_id
        assert ready["shard"] == [0, 1]
        create = await client.wait_for("GUILD_CREATE")
        assert create["unavailable"] is False
        assert create["member_count"] == len(create["members"]) == 2
        await alice.send(channel_id, "for bots")
        assert (await client.wait_for("MESSAGE_CREATE"))["content"] == "for bots"


async def test_a_bot_that_is_added_while_connected_joins(site: RunningServer) -> None:
    alice = await site.register("alice")
    first, second = await alice.create_guild("First"), await alice.create_guild("Second")
    bot = await make_bot(site, alice, first.id)
    async with bot.connect(intents=int(Intents.GUILDS)) as client:
        await client.wait_for("GUILD_CREATE")
        await alice.do("POST", f"/oauth2/authorize?client_id={bot.user_id}", {"guild_id": second.id})
        create = await client.wait_for("GUILD_CREATE")
        assert (create["id"], create["presences"]) == (second.id, [])
        assert [member["user"]["id"] for member in create["members"]] == [bot.user_id]
        assert "unavailable" not in create  # which is how discord.py knows that it joined


async def test_a_bot_without_content_intent_reads_only_what_is_meant_for_it(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, channel_id = await site.befriend(alice)
    bot = await make_bot(site, alice, guild.id)
    async with bot.connect(intents=int(Intents.GUILDS | Intents.GUILD_MESSAGES)) as client:
        await client.wait_for("GUILD_CREATE")
        await alice.send(channel_id, "not for you")
        assert (await client.wait_for("MESSAGE_CREATE"))["content"] == ""
        await alice.send(channel_id, f"<@{bot.user_id}> for you")
        assert "for you" in (await client.wait_for("MESSAGE_CREATE"))["content"]
        await bot.send(channel_id, "mine")
        assert (await client.wait_for("MESSAGE_CREATE"))["content"] == "mine"


async def test_a_bot_must_say_its_intents(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, _ = await site.befriend(alice)
    bot = await make_bot(site, alice, guild.id)
    async with bot.dial() as client:
        await client.receive()
        await client.send(IDENTIFY, {"token": bot.token, "properties": {}})
        assert await client.close_code() == 4013


async def test_an_account_may_identify_so_often() -> None:
    async with running_server(rate_limits=True) as site:
        alice = await site.register("alice")
        for _ in range(16):
            async with alice.connect():
                pass
        async with alice.dial() as client:
            await client.receive()
            await client.send(IDENTIFY, {"token": alice.token, "properties": {}})
            answer = await client.receive()
            assert (answer.op, answer.d) == (INVALID, False)


async def test_one_session_too_many_ends_the_oldest(site: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_module, "MAX_SESSIONS", 2)
    alice = await site.register("alice")
    async with alice.connect() as first:
        await first.socket.close(code=4000)
        await until_detached(site)
        async with alice.connect(), alice.connect():
            ids = [session.id for session in site.server.gateway.hub.all()]
            assert len(ids) == 2
            assert first.seen[1].d["session_id"] not in ids


async def test_a_token_revoked_while_ready_is_made_opens_no_session(
    site: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await site.register("alice")
    is_asked, may_go_on = asyncio.Event(), asyncio.Event()

    async def make_slowly(*given: Any, **named: Any) -> list[PreparedDispatch]:
        is_asked.set()
        await may_go_on.wait()
        return await first_dispatches(*given, **named)

    monkeypatch.setattr(gateway_module, "first_dispatches", make_slowly)
    async with alice.dial() as client:
        await client.receive()
        await client.send(IDENTIFY, {"token": alice.token, "properties": {}})
        await is_asked.wait()
        await alice.do("POST", "/auth/logout", {})
        may_go_on.set()
        assert await client.close_code() == 4000
    assert len(site.server.gateway.hub) == 0


async def test_a_fault_of_ours_costs_one_client_its_connection(
    site: RunningServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    async with alice.connect() as hers:
        with monkeypatch.context() as patched:
            patched.setattr(gateway_module, "first_dispatches", _fail)
            async with bob.dial() as his:
                await his.receive()
                await his.send(IDENTIFY, {"token": bob.token, "properties": {}})
                assert await his.close_code() == 4000
        assert len(site.server.gateway.hub) == 1
        await hers.send(HEARTBEAT, None)
        assert (await hers.receive()).op == ACK
    assert "a bug" in caplog.text
    assert bob.token not in caplog.text
    async with bob.connect():
        pass


async def _fail(*_: object, **__: object) -> None:
    raise RuntimeError("a bug")


class _Inflater:
    """A library's decompressor: one context for the whole connection."""

    def __init__(self, compression: str) -> None:
        self._zlib = zlib.decompressobj() if compression == "zlib-stream" else None
        self._zstd = None if self._zlib else zstandard.ZstdDecompressor().decompressobj()

    def read(self, frame: bytes) -> dict[str, Any]:
        if self._zlib is not None:
            assert frame.endswith(b"\x00\x00\xff\xff")
        context = self._zlib or self._zstd
        assert context is not None
        decoded: dict[str, Any] = msgspec.json.decode(context.decompress(frame))
        return decoded


@pytest.mark.parametrize("compression", ["zlib-stream", "zstd-stream"])
async def test_a_compressed_connection_is_one_stream(site: RunningServer, compression: str) -> None:
    alice = await site.register("alice")
    _, channel_id = await site.befriend(alice)
    for index in range(15):
        await alice.do("POST", f"/guilds/{(await alice.create_guild(f'g{index}')).id}/roles", {"name": "r"})
    inflater = _Inflater(compression)
    async with alice.http.ws_connect(f"{site.gateway_url}/?v=10&compress={compression}", max_msg_size=0) as socket:

        async def read() -> dict[str, Any]:
            message = await asyncio.wait_for(socket.receive(), 10)
            assert message.type is aiohttp.WSMsgType.BINARY
            return inflater.read(message.data)

        assert (await read())["op"] == HELLO
        await socket.send_json({"op": IDENTIFY, "d": {"token": alice.token, "properties": {}}})
        await socket.send_json({"op": HEARTBEAT, "d": None})
        seen: list[tuple[int, str | None]] = []
        while (ACK, None) not in seen or (DISPATCH, "READY") not in seen:
            payload = await read()
            seen.append((payload["op"], payload["t"]))
            if payload["t"] == "READY":
                assert len(payload["d"]["guilds"]) == 16
        await alice.send(channel_id, "compressed")
        while (payload := await read())["t"] != "MESSAGE_CREATE":
            pass
        assert payload["d"]["content"] == "compressed"


async def test_a_client_that_does_not_read_harms_nobody_and_can_resume(site: RunningServer) -> None:
    alice, bob = await site.register("alice"), await site.register("bob")
    _, channel_id = await site.befriend(alice, bob)
    async with alice.connect() as hers, bob.connect() as his:
        session_id, sequence = his.seen[1].d["session_id"], his.sequence
        transport = his.socket._conn.transport  # type: ignore[union-attr]  # how aiohttp is kept from reading
        assert transport is not None
        transport.pause_reading()
        event = Event(
            name="MESSAGE_CREATE",
            body=msgspec.json.encode({"id": "1", "channel_id": channel_id, "content": "x" * 50_000}),
            user_ids=frozenset({int(bob.user_id)}),
        )
        for _ in range(4):
            for _ in range(100):  # 20 MB in all: more than socket buffers and outbox hold
                site.server.context.bus.publish(event)
            await asyncio.sleep(0.05)
            await alice.send(channel_id, "still here")
            await hers.wait_for("MESSAGE_CREATE", lambda message: message["content"] == "still here")
        await until(lambda: len(site.server.gateway.connections) == 1)
        assert session_id in site.server.gateway.hub
        transport.abort()
    async with bob.dial() as client:
        await resume(client, bob, session_id, sequence)
        answer = await client.receive()
        assert answer.op in (DISPATCH, INVALID)  # replayed, or told that it is too far behind


async def test_draining_asks_clients_to_reconnect(site: RunningServer) -> None:
    alice = await site.register("alice")
    async with alice.connect() as client:
        draining = asyncio.create_task(site.server.gateway.drain(0.2))
        while (await client.receive()).op != RECONNECT:
            pass
        assert await client.close_code() == 1012
        await draining


async def test_a_client_without_heartbeats_is_closed() -> None:
    async with running_server(make_machine=lambda query: ServerConnection(query, heartbeat_interval_ms=50)) as site:
        alice = await site.register("alice")
        async with alice.connect() as client:
            session_id = client.seen[1].d["session_id"]
            await asyncio.sleep(0.1)
            site.server.gateway.sweep(site.server.gateway.now_ms())
            assert await client.close_code() == 4009
        assert session_id in site.server.gateway.hub  # the cable may have been pulled: it can be resumed


async def test_a_client_whose_heartbeat_is_overdue_is_asked_for_one(site: RunningServer) -> None:
    alice = await site.register("alice")
    async with alice.connect() as client:
        site.server.gateway.sweep(site.server.gateway.now_ms() + 55_000)
        asked = await client.receive()
        assert (asked.op, asked.d) == (HEARTBEAT, None)
        await client.send(HEARTBEAT, client.sequence)
        assert (await client.receive()).op == ACK


async def test_a_closed_connection_leaves_nothing_for_the_garbage_collector(site: RunningServer) -> None:
    alice = await site.register("alice")

    def alive() -> int:
        return sum(isinstance(item, WebSocket | GatewayConnection | ServerProtocol) for item in gc.get_objects())

    gc.collect()
    gc.disable()
    try:
        for query in ("", "&compress=zlib-stream"):
            async with alice.dial(f"?v=10&encoding=json{query}") as client:
                await client.socket.receive()
                await client.send(IDENTIFY, {"token": alice.token, "properties": {}})
                await client.socket.receive()
        async with alice.dial("?v=10&encoding=json") as client:
            await client.receive()
            await client.send(99, None)
            assert await client.close_code() == 4001
        await until_detached(site)
        await until(lambda: alive() == 0)
    finally:
        gc.enable()
