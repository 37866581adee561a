"""Applications that take their interactions by HTTP: the endpoint is verified, every request is signed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
import pytest
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.server.api.team import Json, Team, team
from tests.server.running import running_server

Answer = Callable[[Json], Awaitable[web.Response]]


class Endpoint:
    """An application's web server: checks signatures, answers pings, and hands all else to `answer`."""

    def __init__(self) -> None:
        self.verify_key = ""
        self.url = ""
        self.seen: asyncio.Queue[Json] = asyncio.Queue()
        self.checks_signatures = True
        self.answer: Answer = self._pong

    async def _pong(self, interaction: Json) -> web.Response:
        return web.json_response({"type": 4, "data": {"content": "by http"}})

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(self.verify_key))
        signed = request.headers["X-Signature-Timestamp"].encode() + body
        try:
            key.verify(bytes.fromhex(request.headers["X-Signature-Ed25519"]), signed)
        except InvalidSignature:
            if self.checks_signatures:
                return web.Response(status=401)
        interaction: Json = msgspec.json.decode(body)
        if interaction["type"] == 1:
            return web.json_response({"type": 1})
        await self.seen.put(interaction)
        return await self.answer(interaction)


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    made = Endpoint()
    app = web.Application()
    app.router.add_post("/interactions", made.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    made.url = f"http://127.0.0.1:{port}/interactions"
    yield made
    await runner.cleanup()


class Stage(Team):
    async def set_endpoint(self, endpoint: Endpoint, url: str | None = None) -> tuple[int, Json]:
        """Ask the server to use the endpoint; return status and answer."""
        found = await self.bot.call("GET", "/applications/@me", Json)
        endpoint.verify_key = found["verify_key"]
        body = {"interactions_endpoint_url": endpoint.url if url is None else url}
        status, data = await self.owner.raw("PATCH", f"/applications/{self.bot.user_id}", body)
        return status, msgspec.json.decode(data)

    async def use(self) -> Any:
        path = f"/applications/{self.bot.user_id}/guilds/{self.guild_id}/commands"
        command = await self.bot.call("POST", path, Json, {"name": "ping", "description": "x"})
        body = {
            "type": 2,
            "application_id": self.bot.user_id,
            "guild_id": self.guild_id,
            "channel_id": self.channel_id,
            "nonce": "n1",
            "data": {"id": command["id"], "name": "ping", "type": 1},
        }
        await self.member.do("POST", "/interactions", body)


@contextlib.asynccontextmanager
async def opened(**options: Any) -> AsyncIterator[Stage]:
    async with running_server(**options) as site:
        yield Stage(site, *await team(site))


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with opened(fetch_networks=("127.0.0.0/8",)) as made:
        yield made


async def test_an_interaction_goes_to_the_endpoint_and_its_answer_to_the_channel(
    stage: Stage, endpoint: Endpoint
) -> None:
    status, shown = await stage.set_endpoint(endpoint)
    assert (status, shown["interactions_endpoint_url"]) == (200, endpoint.url)
    async with stage.member.connect() as at_member, stage.bot.connect(intents=512) as at_bot:
        await stage.use()
        seen = await endpoint.seen.get()
        assert (seen["type"], seen["data"]["name"]) == (2, "ping")
        message = await at_member.wait_for("MESSAGE_CREATE")
        assert (message["content"], message["author"]["id"]) == ("by http", stage.bot.user_id)
        await at_member.wait_for("INTERACTION_SUCCESS")
        await at_bot.wait_for("MESSAGE_CREATE")
        assert "INTERACTION_CREATE" not in [payload.t for payload in at_bot.seen]


async def test_an_endpoint_may_answer_later_by_a_request_of_its_own(stage: Stage, endpoint: Endpoint) -> None:
    await stage.set_endpoint(endpoint)

    async def later(interaction: Json) -> web.Response:
        return web.Response(status=202)

    endpoint.answer = later
    async with stage.member.connect() as at_member:
        await stage.use()
        seen = await endpoint.seen.get()
        nobody = stage.site.account()
        await nobody.do(
            "POST", f"/interactions/{seen['id']}/{seen['token']}/callback", {"type": 4, "data": {"content": "later"}}
        )
        assert (await at_member.wait_for("MESSAGE_CREATE"))["content"] == "later"


@pytest.mark.slow
@pytest.mark.parametrize("body", [b"nonsense", b'{"type":4}', b'{"type":99}', b"[" * 5000])
async def test_a_bad_answer_is_told_to_the_user_as_a_failure(stage: Stage, endpoint: Endpoint, body: bytes) -> None:
    await stage.set_endpoint(endpoint)

    async def bad(interaction: Json) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    endpoint.answer = bad
    async with stage.member.connect() as at_member:
        await stage.use()
        assert (await at_member.wait_for("INTERACTION_FAILURE"))["nonce"] == "n1"


async def test_an_endpoint_that_checks_no_signatures_or_does_not_answer_is_refused(
    stage: Stage, endpoint: Endpoint
) -> None:
    endpoint.checks_signatures = False
    status, answer = await stage.set_endpoint(endpoint)
    assert (status, list(answer["errors"])) == (400, ["interactions_endpoint_url"])
    for url in ("http://127.0.0.1:1/", "ftp://127.0.0.1/", "nonsense", "http://10.0.0.1/", "http://[::1"):
        status, answer = await stage.set_endpoint(endpoint, url)
        assert (status, list(answer["errors"])) == (400, ["interactions_endpoint_url"])
    assert (await stage.bot.call("GET", "/applications/@me", Json))["interactions_endpoint_url"] is None
    status, answer = await stage.set_endpoint(endpoint, "")
    assert (status, answer["interactions_endpoint_url"]) == (200, None)


async def test_this_machine_is_no_endpoint_unless_the_settings_name_it(endpoint: Endpoint) -> None:
    async with opened() as stage:
        status, answer = await stage.set_endpoint(endpoint)
        assert (status, list(answer["errors"])) == (400, ["interactions_endpoint_url"])
        assert endpoint.seen.empty()


async def test_only_the_owner_and_the_bot_change_an_application(stage: Stage) -> None:
    path = f"/applications/{stage.bot.user_id}"
    assert (await stage.member.raw("PATCH", path, {"description": "x"}))[0] == 404
    shown = await stage.bot.call("PATCH", "/applications/@me", Json, {"description": "Helps"})
    assert shown["description"] == "Helps"
    assert (await stage.bot.raw("PATCH", "/applications/@me", {"name": "other"}))[0] == 403
    assert (await stage.owner.call("PATCH", path, Json, {"name": "other"}))["name"] == "other"
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(shown["verify_key"]))
    signed = stage.site.server.context.signer.sign(int(stage.bot.user_id), b"data")
    key.verify(bytes.fromhex(signed), b"data")
