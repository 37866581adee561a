"""Our own client at a server that holds it to its limits: everything arrives, once and in order, and nothing fails."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from tests.client.test_session import accounts, is_ready, stored_token
from tests.client.waiting import until
from tests.server.running import Account, RunningServer, running_server
from tests.system.rest_account import PASSWORD
from tuichat.client.client import Client
from tuichat.client.state import Delivery
from tuichat.server.api import limiting, route_limits
from tuichat.server.api.exchange import Response
from tuichat.server.rate_limits import RateLimit

MESSAGES = 200
LIMIT = RateLimit("message create", 20, 200)  # as many messages take ten windows


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningServer]:
    monkeypatch.setitem(route_limits.LIMITS, ("POST", "/channels/{channel_id}/messages"), LIMIT)
    async with running_server(rate_limits=True, requests_per_second=1000) as running:
        yield running


@pytest.fixture
def refusals(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Holds how long the server asked to wait, each time that it refused."""
    seen: list[int] = []
    refuse = limiting._refuse

    def note(resp: Response, wait_ms: int, *, scope: str) -> None:
        seen.append(wait_ms)
        refuse(resp, wait_ms, scope=scope)

    monkeypatch.setattr(limiting, "_refuse", note)
    return seen


@contextlib.asynccontextmanager
async def writer(server: RunningServer) -> AsyncIterator[tuple[Client, Account, int]]:
    """A client of ours, the same account elsewhere, and a channel."""
    async with accounts() as mine:
        client = await mine.register(server.base_url, "ada", PASSWORD)
        await until(lambda: is_ready(client))
        elsewhere = server.account(stored_token(client))
        guild = await elsewhere.create_guild("Team")
        channel_id = int((await elsewhere.text_channel(guild.id)).id)
        await until(lambda: channel_id in client.state.channels)
        yield client, elsewhere, channel_id


async def write_all(client: Client, channel_id: int) -> list[str]:
    """Send everything at once, wait until nothing waits any more, and return it; nothing may ever be shown as failed."""
    shown: set[Delivery] = set()
    known = client.state.timeline(channel_id)
    client.subscribe(lambda _: shown.update(entry.delivery for entry in known))
    written = [f"message {number}" for number in range(MESSAGES)]
    for text in written:
        client.send_message(channel_id, text)
    await until(lambda: not known.unsent, 60)
    assert shown == {Delivery.PENDING, Delivery.CONFIRMED}
    return written


async def test_two_hundred_messages_at_once_arrive_once_and_in_order(
    server: RunningServer, refusals: list[int]
) -> None:
    async with writer(server) as (client, elsewhere, channel_id):
        written = await write_all(client, channel_id)
        assert [message.content for message in await elsewhere.history(str(channel_id))] == written
    assert refusals == [], "the client goes by what it is told, and is never refused"


@pytest.mark.slow
async def test_a_limit_that_another_terminal_uses_up_makes_messages_wait_and_loses_none(
    server: RunningServer, refusals: list[int]
) -> None:
    async with writer(server) as (client, elsewhere, channel_id):
        writing = asyncio.create_task(write_all(client, channel_id))
        others: list[str] = []
        while not writing.done():
            status, _ = await elsewhere.raw(
                "POST", f"/channels/{channel_id}/messages", {"content": f"elsewhere {len(others)}"}
            )
            if status == 200:
                others.append(f"elsewhere {len(others)}")
            await asyncio.sleep(0.02)
        written = await writing
        arrived = [message.content for message in await elsewhere.history(str(channel_id))]
        assert [text for text in arrived if text.startswith("message")] == written
        assert [text for text in arrived if text.startswith("elsewhere")] == others
    assert refusals
