"""What was written is delivered in order and once, or its author is told why not."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.client.builders import GENERAL, ME, message
from tests.client.fake_server import Answer, FakeServer, fake_server
from tests.client.test_gateway import running, welcoming
from tests.client.waiting import until
from tuichat.client import slow_mode
from tuichat.client.client import Client
from tuichat.client.outbox import RESEND_AGE_MS, Draft, Outbox
from tuichat.client.state import Connection, Delivery, Entry
from tuichat.protocol import codec

POST = f"POST /channels/{GENERAL}/messages"
BUSY = Answer(503, b'{"message":"busy","code":0}')
GONE = Answer(404, b'{"message":"Unknown Message","code":10008}')


class Posted(msgspec.Struct, frozen=True):
    content: str
    nonce: str


def accepted(message_id: int, content: str = "") -> Answer:
    return Answer(body=codec.encode(message(message_id, content, author=ME)))


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with fake_server() as made:
        yield welcoming(made)


@pytest.fixture
async def client(server: FakeServer, tmp_path: Path) -> AsyncIterator[Client]:
    async with running(server, tmp_path) as made:
        await until(lambda: made.state.connection is Connection.READY)
        await made.open_channel(GENERAL)
        yield made


def posts(server: FakeServer) -> list[Posted]:
    wanted = [seen for seen in server.seen if f"{seen.method} {seen.path}" == POST]
    return [msgspec.json.decode(seen.body, type=Posted) for seen in wanted]


def entries(client: Client) -> list[Entry]:
    return list(client.state.timeline(GENERAL))


async def test_every_try_carries_the_same_nonce(server: FakeServer, client: Client) -> None:
    server.answer(POST, BUSY, Answer(0), BUSY, accepted(50, "hi"))
    client.send_message(GENERAL, "hi")
    await until(lambda: entries(client)[0].delivery is Delivery.CONFIRMED)
    assert len(posts(server)) == 4
    assert len({post.nonce for post in posts(server)}) == 1
    assert entries(client)[0].message.id == 50


async def test_later_message_waits_for_the_earlier_one(server: FakeServer, client: Client) -> None:
    server.answer(POST, BUSY, BUSY, accepted(50), accepted(51))
    client.send_message(GENERAL, "first")
    client.send_message(GENERAL, "second")
    await until(lambda: not client.state.timeline(GENERAL).unsent)
    assert [post.content for post in posts(server)] == ["first", "first", "first", "second"]


async def test_refused_message_lets_the_next_one_pass(server: FakeServer, client: Client) -> None:
    server.answer(POST, Answer(403, b'{"message":"Missing Permissions","code":50013}'), accepted(51))
    client.send_message(GENERAL, "first")
    client.send_message(GENERAL, "second")
    await until(lambda: len(posts(server)) == 2 and len(client.state.timeline(GENERAL).unsent) == 1)
    failed = client.state.timeline(GENERAL).unsent[0]
    assert (failed.delivery, failed.error) == (Delivery.FAILED, "Missing Permissions.")


async def test_message_that_arrived_and_was_deleted_is_not_offered_again(server: FakeServer, client: Client) -> None:
    server.answer(POST, Answer(0), GONE)
    client.send_message(GENERAL, "soon gone")
    await until(lambda: not entries(client))
    server.answer(POST, GONE)
    client.send_message(GENERAL, "refused at once")
    await until(lambda: [entry.delivery for entry in entries(client)] == [Delivery.FAILED])


async def test_discarded_message_is_tried_no_more(server: FakeServer, client: Client, tmp_path: Path) -> None:
    server.answer(POST, BUSY)
    key = client.send_message(GENERAL, "never mind")
    await until(lambda: len(posts(server)) >= 2)
    client.discard_message(GENERAL, key)
    server.answer(POST, accepted(51))
    client.send_message(GENERAL, "instead")
    await until(lambda: entries(client) and entries(client)[-1].delivery is Delivery.CONFIRMED)
    assert posts(server)[-1].content == "instead"
    assert Outbox(tmp_path, client.key).load(0) == []


async def test_slow_answer_finds_the_words_on_disk(server: FakeServer, client: Client, tmp_path: Path) -> None:
    server.answer(POST, accepted(50, "slow"))
    server.may_answer.clear()
    client.send_message(GENERAL, "slow")
    outbox = Outbox(tmp_path, client.key)
    await until(lambda: [draft.content for draft in outbox.load(0)] == ["slow"])
    server.may_answer.set()
    await until(lambda: entries(client)[0].delivery is Delivery.CONFIRMED and not outbox.load(0))


async def test_fresh_words_go_out_after_a_restart_and_old_ones_ask_first(server: FakeServer, tmp_path: Path) -> None:
    now_ms = time.time_ns() // 1_000_000
    outbox = Outbox(tmp_path, "sid/1000")
    outbox.put(Draft(channel_id=GENERAL, nonce="1", content="of yesterday", written_ms=now_ms - RESEND_AGE_MS - 1000))
    outbox.put(Draft(channel_id=GENERAL, nonce="2", content="of just now", written_ms=now_ms))
    server.answer(POST, accepted(50))
    async with running(server, tmp_path) as client:
        await until(lambda: len(posts(server)) == 1 and len(client.state.timeline(GENERAL).unsent) == 1)
        assert posts(server)[0].content == "of just now"
        old = client.state.timeline(GENERAL).unsent[0]
        assert old.delivery is Delivery.FAILED
        assert "tuichat ended before this was sent" in old.error
        server.answer(POST, accepted(51))
        client.retry_message(GENERAL, old.key)
        await until(lambda: not client.state.timeline(GENERAL).unsent)
        assert posts(server)[-1] == Posted("of yesterday", "1")
        await until(lambda: outbox.load(now_ms) == [])  # the disk is told after the screen


async def test_answer_of_an_earlier_session_has_the_channel_looked_at_again(server: FakeServer, client: Client) -> None:
    """The message may have been deleted before the fresh session began: no dispatch would tell."""
    server.may_answer.clear()
    server.answer(POST, accepted(50, "deleted meanwhile"))
    client.send_message(GENERAL, "deleted meanwhile")
    await until(lambda: any(seen.method == "POST" for seen in server.seen))
    await server.sockets[-1].close(code=4009)
    await until(lambda: client.state.session == 2 and not client.state.timeline(GENERAL).is_stale)
    assert [entry.delivery for entry in entries(client)] == [Delivery.PENDING]
    server.may_answer.set()
    await until(lambda: not entries(client))


def slow(seconds: float) -> Answer:
    return Answer(429, msgspec.json.encode({"message": "slow", "code": 20016, "retry_after": seconds}))


async def test_a_slow_channel_is_learned_from_the_servers_answer(server: FakeServer, client: Client) -> None:
    server.answer(POST, slow(7200.0), accepted(50, "hi"))
    key = client.send_message(GENERAL, "hi")
    await until(lambda: GENERAL in client.state.slow_until_ms)
    now_ms = time.time_ns() // 1_000_000
    assert 7_190_000 < slow_mode.wait_ms(client.state, GENERAL, now_ms) <= 7_200_000
    assert entries(client)[0].delivery is Delivery.PENDING
    assert slow_mode.wait_ms(client.state, GENERAL, now_ms + 7_201_000) == 0
    # It is over: what waited is sent by itself, once.
    await until(lambda: entries(client)[0].delivery is Delivery.CONFIRMED)
    assert len(posts(server)) == 2
    assert key


async def test_a_message_that_waits_for_a_slow_channel_is_sent_when_it_may_be(
    server: FakeServer, client: Client
) -> None:
    server.answer(POST, slow(0.02), accepted(50, "hi"))
    client.send_message(GENERAL, "hi")
    await until(lambda: entries(client)[0].delivery is Delivery.CONFIRMED)
    assert len(posts(server)) == 2
