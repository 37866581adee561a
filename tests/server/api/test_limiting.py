"""What clients are told of their limits, and that nobody gets round them."""

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import msgspec
import pytest

from tests.server.api.test_routes import ask
from tests.server.raw_client import RawAnswer
from tests.server.running import Account, RunningServer, running_server
from tuichat.protocol.rest.error import RateLimitBody
from tuichat.server import rate_limits as windows
from tuichat.server.api import route_limits
from tuichat.server.rate_limits import RateLimit

FIVE = ("limit", "remaining", "reset", "reset-after", "bucket")


@pytest.fixture
async def limited(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningServer]:
    monkeypatch.setitem(
        route_limits.LIMITS, ("POST", "/channels/{channel_id}/messages"), RateLimit("message create", 3, 60_000)
    )
    async with running_server(rate_limits=True) as site:
        yield site


def told(answer: RawAnswer) -> dict[str, str]:
    """Return the rate limit headers that came, without their prefix."""
    return {
        name.removeprefix("x-ratelimit-"): value
        for name, value in answer.headers.items()
        if name.startswith("x-ratelimit-")
    }


async def send(site: RunningServer, account: Account, channel_id: str, prefix: str = "/api/v10") -> RawAnswer:
    path = f"{prefix}/channels/{channel_id}/messages"
    return await ask(site, "POST", path, b'{"content":"hello"}', token=account.authorization)


async def test_every_answer_tells_what_is_left_and_when_there_is_more(limited: RunningServer) -> None:
    alice = await limited.register("alice")
    _, channel_id = await limited.befriend(alice)
    answers = [await send(limited, alice, channel_id) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    for answer, remaining in zip(answers, ("2", "1", "0", "0"), strict=True):
        assert set(FIVE) <= told(answer).keys()
        assert (told(answer)["limit"], told(answer)["remaining"]) == ("3", remaining)
        assert 59 < float(told(answer)["reset-after"]) <= 60
        assert abs(float(told(answer)["reset"]) - time.time() - float(told(answer)["reset-after"])) < 1
    assert len({told(answer)["bucket"] for answer in answers}) == 1
    assert "channel" not in told(answers[0])["bucket"]
    assert channel_id not in told(answers[0])["bucket"]


async def test_a_429_says_in_every_way_that_libraries_read_how_long_to_wait(limited: RunningServer) -> None:
    alice = await limited.register("alice")
    _, channel_id = await limited.befriend(alice)
    for _ in range(3):
        await send(limited, alice, channel_id)
    answer = await send(limited, alice, channel_id)
    body = msgspec.json.decode(answer.body, type=RateLimitBody)
    assert answer.headers["content-type"] == "application/json"
    assert body.message == "You are being rate limited."
    assert f"{body.retry_after:.3f}" == told(answer)["reset-after"]
    assert not body.is_global
    assert told(answer)["scope"] == "user"
    assert "global" not in told(answer)
    assert answer.headers["retry-after"] == "60"
    assert answer.headers["via"] == "1.1 tuichat"
    assert len(await alice.history(channel_id)) == 3, "what is refused is not done"


async def test_other_channels_accounts_and_routes_are_not_held_up(limited: RunningServer) -> None:
    alice, bob = await limited.register("alice"), await limited.register("bob")
    guild, channel_id = await limited.befriend(alice, bob)
    other = await alice.call("POST", f"/guilds/{guild.id}/channels", dict[str, object], {"name": "other"})
    for _ in range(4):
        last = await send(limited, alice, channel_id)
    assert last.status == 429
    assert len(await alice.history(channel_id)) == 4, "three, and that bob joined"
    assert (await send(limited, alice, str(other["id"]))).status == 200
    assert (await send(limited, bob, channel_id)).status == 200


async def test_another_spelling_of_the_same_route_is_the_same_route(limited: RunningServer) -> None:
    alice = await limited.register("alice")
    _, channel_id = await limited.befriend(alice)
    spellings = [
        ("/api/v10", channel_id),
        ("/api/v9", channel_id),
        ("/api", channel_id),
        ("/api/v10", f"0{channel_id}"),
    ]
    answers = [await send(limited, alice, spelt, prefix) for prefix, spelt in spellings]
    assert [answer.status for answer in answers[:3]] == [200, 200, 200]
    assert answers[3].status in (400, 429)


async def test_all_routes_together_have_a_limit() -> None:
    async with running_server(rate_limits=True, requests_per_second=5) as site:
        alice, bob = await site.register("alice"), await site.register("bob")
        paths = [f"/api/v10/users/{number}" for number in range(15)] + [f"/api/v10/guilds/{n}" for n in range(15)]
        answers = await asyncio.gather(*(ask(site, "GET", path, token=alice.token) for path in paths))
        refused = [answer for answer in answers if answer.status == 429]
        assert len(refused) >= 15, "thirty come within three seconds"
        assert msgspec.json.decode(refused[0].body, type=RateLimitBody).is_global
        assert told(refused[0]) == {"scope": "global", "global": "true"}
        assert refused[0].headers["via"] == "1.1 tuichat"
        assert (await ask(site, "GET", "/api/v10/users/@me", token=bob.token)).status == 200


async def test_who_has_no_good_token_is_counted_by_address(
    limited: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = await limited.register("alice")
    answers = [await ask(limited, "POST", "/api/v10/users/@me/nothing", token=f"wrong{n}") for n in range(3)]
    assert [answer.status for answer in answers] == [404, 404, 404]
    answers = [await ask(limited, "PATCH", "/api/v10/users/@me", token=f"wrong{number}") for number in range(11)]
    assert [answer.status for answer in answers] == [401] * 10 + [429]
    assert (await ask(limited, "PATCH", "/api/v10/users/@me", b"{}", token=alice.token)).status == 200


async def test_an_address_that_is_wrong_too_often_is_answered_no_more(
    limited: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "INVALID_LIMIT", 5)
    alice = await limited.register("alice")
    for _ in range(5):
        assert (await ask(limited, "GET", "/api/v10/users/@me", token="wrong")).status == 401
    for path in ("/api/v10/users/@me", "/api/v10/gateway", "/api/v10/nothing"):
        answer = await ask(limited, "GET", path, token=alice.token)
        assert answer.status == 429
        assert 590 < msgspec.json.decode(answer.body, type=RateLimitBody).retry_after <= 600
        assert told(answer) == {"scope": "global", "global": "true"}
    async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(str(limited.socket_path))) as http:
        headers = {"Authorization": alice.token}
        async with http.get("http://localhost/api/v10/users/@me", headers=headers) as response:
            assert response.status == 200, "this machine's user has no address"


async def test_a_webhook_is_counted_by_its_token_and_not_among_all_requests() -> None:
    async with running_server(rate_limits=True, requests_per_second=8) as site:
        alice = await site.register("alice")
        _, channel_id = await site.befriend(alice)
        hook = await alice.call("POST", f"/channels/{channel_id}/webhooks", dict[str, object], {"name": "hook"})
        path = f"/api/v10/webhooks/{hook['id']}/{hook['token']}"
        answers = [await ask(site, "POST", path, b'{"content":"by hook"}') for _ in range(11)]
        assert [answer.status for answer in answers] == [204] * 10 + [429]
        assert told(answers[-1])["scope"] == "shared", "whoever knows the token uses it up"
        other = await ask(site, "POST", f"/api/v10/webhooks/{hook['id']}/wrong", b'{"content":"by hook"}')
        assert other.status in (401, 404), "a wrong token uses nothing up"


async def test_the_answer_to_an_interaction_has_no_limit(limited: RunningServer) -> None:
    path = "/api/v10/interactions/1/token/callback"
    answers = [await ask(limited, "POST", path, b'{"type":1}') for _ in range(60)]
    assert {answer.status for answer in answers} == {404}
    assert told(answers[-1]) == {}


async def test_without_limits_nothing_is_told_and_nobody_waits() -> None:
    async with running_server(rate_limits=False) as site:
        alice = await site.register("alice")
        _, channel_id = await site.befriend(alice)
        answers = [await send(site, alice, channel_id) for _ in range(20)]
        assert {answer.status for answer in answers} == {200}
        assert told(answers[0]) == {}
