"""A web page that a member visits gets nothing from the server on the same machine."""

import asyncio
import json
from collections.abc import Iterator
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.system import raw_http
from tests.system.fresh_home import FreshHome
from tests.system.raw_http import RawAnswer
from tests.system.rest_account import PASSWORD, register
from tests.system.server_process import ServerProcess

API = "/api/v10"
FOREIGN_HOSTS = (
    "evil.example",
    "evil.example:{port}",
    "localhost.evil.example:{port}",
    "127.0.0.1.evil.example:{port}",
    "evil.example@127.0.0.1:{port}",
    "192.168.1.5:{port}",
    "0.0.0.0:{port}",
)
FOREIGN_ORIGINS = (
    "https://evil.example",
    "http://evil.example:{port}",
    "null",
    "file://",
    "http://localhost:1",
    "http://127.0.0.1:1",
    "http://127.0.0.1.evil.example:{port}",
)


class Member:
    """A server with one member whose token the page would like to use."""

    def __init__(self, server: ServerProcess, token: str, channel_id: str) -> None:
        self.base_url = server.base_url
        self.port = urlsplit(server.base_url).port
        self.token = token
        self.channel_id = channel_id

    def at_port(self, text: str) -> str:
        return text.format(port=self.port)


@pytest.fixture(scope="module")
def server() -> Iterator[ServerProcess]:
    with FreshHome() as home, ServerProcess(home, "--registration", "open") as running:
        yield running


@pytest.fixture(scope="module")
def member(server: ServerProcess) -> Member:
    # One account for the whole module: registering is throttled.
    return asyncio.run(make_member(server))


async def make_member(server: ServerProcess) -> Member:
    async with aiohttp.ClientSession() as http:
        account = await register(http, server.api_url)
        guild = await account.create_guild("Private")
        channel = await account.text_channel(guild.id)
        return Member(server, account.authorization, channel.id)


@pytest.fixture
def gateway_path(member: Member) -> str:
    """The path and query of the gateway, from GET /gateway."""
    answer = raw_http.send(member.base_url, "GET", f"{API}/gateway")
    assert answer.status == 200, answer
    url = urlsplit(json.loads(answer.body)["url"])
    return f"{url.path or '/'}?v=10&encoding=json"


def assert_tells_nothing(answer: RawAnswer, member: Member) -> None:
    assert not any(name.startswith("access-control-") for name in answer.headers), answer.headers
    assert member.token.encode() not in answer.body


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
@pytest.mark.parametrize("path", ["/gateway", "/users/@me", "/tuichat", "/no/such/route"])
def test_dns_rebinding_is_answered_421(member: Member, host: str, path: str) -> None:
    answer = raw_http.send(
        member.base_url, "GET", API + path, [("Authorization", member.token)], host=member.at_port(host)
    )
    assert answer.status == 421
    assert_tells_nothing(answer, member)


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_dns_rebinding_opens_no_websocket(member: Member, gateway_path: str, host: str) -> None:
    answer = raw_http.upgrade(member.base_url, gateway_path, host=member.at_port(host))
    assert answer.status == 421
    assert_tells_nothing(answer, member)


def test_a_request_without_host_is_refused(member: Member) -> None:
    answer = raw_http.send(member.base_url, "GET", f"{API}/gateway", host=None)
    assert answer.status in (400, 421)


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST:{port}", "[::1]:{port}"])
def test_this_machine_by_its_own_names_is_served(member: Member, gateway_path: str, host: str) -> None:
    answer = raw_http.send(member.base_url, "GET", f"{API}/gateway", host=member.at_port(host))
    assert answer.status == 200
    assert raw_http.upgrade(member.base_url, gateway_path, host=member.at_port(host)).status == 101


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_cross_site_websocket_is_refused(member: Member, gateway_path: str, origin: str) -> None:
    answer = raw_http.upgrade(member.base_url, gateway_path, [("Origin", member.at_port(origin))])
    assert answer.status == 403
    assert_tells_nothing(answer, member)


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
@pytest.mark.parametrize(("method", "path"), [("GET", "/users/@me"), ("GET", "/gateway"), ("POST", "/auth/login")])
def test_a_cross_site_request_is_refused(member: Member, origin: str, method: str, path: str) -> None:
    headers = [("Origin", member.at_port(origin)), ("Authorization", member.token)]
    answer = raw_http.send(member.base_url, method, API + path, headers)
    assert answer.status == 403
    assert_tells_nothing(answer, member)


def test_the_servers_own_origin_is_served(member: Member, gateway_path: str) -> None:
    headers = [("Origin", member.base_url), ("Authorization", member.token)]
    assert raw_http.send(member.base_url, "GET", f"{API}/users/@me", headers).status == 200
    assert raw_http.upgrade(member.base_url, gateway_path, headers[:1]).status == 101


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=b", "", "application/xml"],
)
@pytest.mark.parametrize("path", ["/auth/register", "/auth/login", "/guilds"])
def test_a_form_post_is_answered_415(member: Member, content_type: str, path: str) -> None:
    """A page may post such types to another site without asking, and text/plain can hold any JSON."""
    body = json.dumps({"username": "planted", "login": "planted", "name": "planted", "password": PASSWORD}).encode()
    headers = [("Authorization", member.token)] + ([("Content-Type", content_type)] if content_type else [])
    answer = raw_http.send(member.base_url, "POST", API + path, headers, body)
    assert answer.status == 415, answer
    assert_tells_nothing(answer, member)


@pytest.mark.parametrize("content_type", ["application/x-www-form-urlencoded", "text/plain"])
def test_a_form_posts_no_message(member: Member, content_type: str) -> None:
    path = f"{API}/channels/{member.channel_id}/messages"
    headers = [("Authorization", member.token)]
    body = json.dumps({"content": "planted"}).encode()
    answer = raw_http.send(member.base_url, "POST", path, [*headers, ("Content-Type", content_type)], body)
    assert answer.status == 415
    history = raw_http.send(member.base_url, "GET", path, headers)
    assert history.status == 200
    assert b"planted" not in history.body


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/users/@me", "/auth/login", "/tuichat"])
def test_a_preflight_is_never_granted(member: Member, path: str) -> None:
    headers = [
        ("Origin", "https://evil.example"),
        ("Access-Control-Request-Method", "POST"),
        ("Access-Control-Request-Headers", "authorization, content-type"),
    ]
    answer = raw_http.send(member.base_url, "OPTIONS", API + path, headers)
    assert answer.status >= 400
    assert_tells_nothing(answer, member)
