"""Requests for members over the gateway: what one session may ask for, and what it costs the server."""

from typing import Any

import pytest

from tests.server.gateway.test_gateway import ACK, HEARTBEAT, INVALID, MEMBERS, cut, make_bot, resume, until_detached
from tests.server.running import GatewayClient, RunningServer
from tuichat.protocol.intents import ALL_INTENTS
from tuichat.protocol.resume_buffer import MAX_BYTES
from tuichat.server.actions import members
from tuichat.server.gateway import member_requests
from tuichat.server.store.rows import MemberRow


def everybody(guild_id: str | list[str], nonce: str) -> dict[str, Any]:
    return {"guild_id": guild_id, "query": "", "limit": 0, "nonce": nonce}


async def chunk_nonces(client: GatewayClient, until_nonce: str) -> list[str]:
    """Return the nonces of the chunks that come, up to the one that is waited for."""
    nonces: list[str] = []
    while until_nonce not in nonces:
        nonces.append((await client.wait_for("GUILD_MEMBERS_CHUNK"))["nonce"])
    return nonces


async def test_a_guild_that_is_named_often_is_answered_once(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, _ = await site.befriend(alice)
    other = await alice.create_guild("Other")
    async with alice.connect() as client:
        await client.send(MEMBERS, everybody([guild.id] * 150 + [other.id], "many"))
        await client.send(MEMBERS, {"guild_id": guild.id, "user_ids": [alice.user_id], "nonce": "last"})
        assert await chunk_nonces(client, "last") == ["many", "many", "last"]


async def test_a_bot_names_one_guild_a_request(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, _ = await site.befriend(alice)
    bot = await make_bot(site, alice, guild.id)
    async with bot.connect(intents=int(ALL_INTENTS)) as client:
        await client.send(MEMBERS, everybody([guild.id, "12345"], "two"))
        await client.send(MEMBERS, everybody([guild.id], "one"))
        assert await chunk_nonces(client, "one") == ["one"]


async def test_a_whole_list_comes_again_only_after_a_while(
    site: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(member_requests, "FULL_LIST_INTERVAL_MS", 300)
    alice = await site.register("alice")
    guild, _ = await site.befriend(alice)
    async with alice.connect() as client:
        began_ms = site.server.gateway.now_ms()
        for nonce in ("first", "second", "third"):
            await client.send(MEMBERS, everybody(guild.id, nonce))
        assert await chunk_nonces(client, "third") == ["first", "second", "third"]
        assert site.server.gateway.now_ms() - began_ms >= 599


async def test_more_requests_than_may_wait_are_dropped(site: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(member_requests, "FULL_LIST_INTERVAL_MS", 500)
    monkeypatch.setattr(member_requests, "MAX_WAITING", 2)
    alice = await site.register("alice")
    guild, _ = await site.befriend(alice)
    async with alice.connect() as client:
        await client.send(MEMBERS, everybody(guild.id, "0"))
        assert await chunk_nonces(client, "0") == ["0"]
        for number in range(1, 20):
            await client.send(MEMBERS, everybody(guild.id, str(number)))
        await client.send(HEARTBEAT, None)
        while (await client.receive()).op != ACK:
            pass
        requests = next(iter(site.server.gateway._member_requests.values()))
        assert len(requests._waiting) <= 2
    assert len(site.server.gateway._tasks) <= 1  # one answers, however many were asked for


@pytest.mark.slow
async def test_what_a_session_asked_for_is_kept_within_bounds_and_then_its_resume_is_refused(
    site: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "CHUNK_SIZE", 1)
    monkeypatch.setattr(member_requests, "FULL_LIST_INTERVAL_MS", 0)
    alice = await site.register("alice")
    guild, _ = await site.befriend(alice)
    state = site.server.context.guilds.get(int(guild.id))
    assert state is not None
    own = state.members[int(alice.user_id)]
    async with alice.connect() as client:
        session_id, sequence = client.seen[-1].d["session_id"], client.sequence
        session = site.server.gateway.hub.get(session_id)
        assert session is not None
        monkeypatch.setattr(state, "members", _Crowd({int(alice.user_id): own}, own, 9000))
        await client.send(MEMBERS, everybody(guild.id, "n" * 32))
        last = await client.wait_for("GUILD_MEMBERS_CHUNK", lambda chunk: chunk["chunk_index"] == 8999)
        assert last["chunk_count"] == 9000
        assert session.buffer._size_bytes <= MAX_BYTES
        assert len(session.buffer) <= 1000
        cut(site)
        await until_detached(site)
    async with alice.dial() as client:
        await resume(client, alice, session_id, sequence)
        answer = await client.receive()
        assert (answer.op, answer.d) == (INVALID, False)


async def test_the_requests_of_a_session_that_is_over_are_forgotten(site: RunningServer) -> None:
    alice = await site.register("alice")
    guild, _ = await site.befriend(alice)
    async with alice.connect() as client:
        await client.send(MEMBERS, everybody(guild.id, "x"))
        await chunk_nonces(client, "x")
        assert site.server.gateway._member_requests
        await client.socket.close(code=1000)
    await until_detached(site)
    site.server.gateway.sweep(site.server.gateway.now_ms())
    assert not site.server.gateway._member_requests


class _Crowd(dict[int, MemberRow]):
    """Members of which one stands in for many."""

    def __init__(self, real: dict[int, MemberRow], row: MemberRow, count: int) -> None:
        super().__init__(real)
        self._crowd = [row] * count

    def values(self) -> Any:
        return self._crowd
