"""The one way out: public addresses only, on every redirect, within limits, and nothing carried along."""

import asyncio
import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.fetch.fake_network import FakeNetwork, one_site, page, redirect
from tuichat.server.fetch.addresses import parse_networks
from tuichat.server.fetch.errors import FetchBusy, FetchError, FetchFailed, FetchRefused
from tuichat.server.fetch.fetcher import MAX_AT_ONCE_OF_HOST, MAX_REDIRECTS, Answer, Fetcher, Reach, Request
from tuichat.server.fetch.http_response import MAX_HEAD_BYTES, HttpResponse
from tuichat.server.fetch.network import Connection, RealNetwork

IP = "93.184.215.14"


async def fetch(network: FakeNetwork, url: str = "http://site.test/", **fields: object) -> Answer:
    values: dict[str, object] = {"max_bytes": 10_000, **fields}
    return await Fetcher(network).fetch(Request(url=url, **values))  # type: ignore[arg-type]  # a test's own words


async def test_a_page_is_fetched_with_nothing_but_the_request() -> None:
    network = one_site(lambda request: page(b"hello", "Text/HTML; charset=utf-8", Set_Cookie="a=b"))
    answer = await fetch(network, "https://site.test/a?b")
    assert (answer.status, answer.body, answer.content_type, answer.url) == (
        200,
        b"hello",
        "text/html",
        "https://site.test/a?b",
    )
    assert network.connected == [(IP, 443, "site.test")]
    (request,) = network.requests
    assert request.startswith(b"GET /a?b HTTP/1.1\r\nHost: site.test\r\nUser-Agent: ")
    assert b"Cookie" not in request
    assert b"Authorization" not in request
    assert not network.transports[0].is_open


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1%1"])
async def test_a_name_of_a_private_address_is_refused_before_any_connection(address: str) -> None:
    network = FakeNetwork({"site.test": [address]}, {address: lambda request: page()})
    with pytest.raises(FetchRefused, match=r"site\.test"):
        await fetch(network)
    assert network.connected == []


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254", "[64:ff9b::7f00:1]", "0.0.0.0"]
)
async def test_a_private_address_is_refused_without_a_look_up(host: str) -> None:
    network = FakeNetwork({}, {})
    with pytest.raises(FetchRefused):
        await fetch(network, f"http://{host}:8080/")
    assert (network.resolved, network.connected) == ([], [])


@pytest.mark.parametrize("name", ["0x7f.1", "2130706433", "0177.0.0.1", "127.1", "localhost"])
async def test_other_spellings_of_this_machine_are_told_by_what_they_mean(name: str) -> None:
    network = RealNetwork()  # its resolver reads them as addresses, or from the hosts file
    try:
        with pytest.raises(FetchError):
            await Fetcher(network).fetch(Request(url=f"http://{name}:9999/", max_bytes=10))
    finally:
        network.close()


async def test_of_several_addresses_only_public_ones_are_tried_in_turn() -> None:
    network = FakeNetwork(
        {"site.test": ["10.0.0.1", "2606:4700::1", IP, "127.0.0.1"]}, {IP: lambda request: page(b"ok")}
    )
    assert (await fetch(network)).body == b"ok"
    assert [address for address, _, _ in network.connected] == ["2606:4700::1", IP]


async def test_a_redirect_is_checked_as_its_first_url_was() -> None:
    for location in ("http://127.0.0.1/", "http://inside.test/", "file:///etc/passwd", "http://x@site.test/"):
        network = FakeNetwork(
            {"site.test": [IP], "inside.test": ["192.168.0.1"]},
            {IP: lambda request, to=location: redirect(to)},  # type: ignore[misc]
        )
        with pytest.raises(FetchRefused):
            await fetch(network)
        assert len(network.connected) == 1


async def test_a_name_that_answers_otherwise_the_second_time_gains_nothing() -> None:
    class Rebinding(FakeNetwork):
        async def resolve(self, host: str, port: int) -> list[str]:
            self.resolved.append(host)
            return [IP] if len(self.resolved) == 1 else ["127.0.0.1"]

    sites = {IP: lambda request: page(b"public"), "127.0.0.1": lambda request: page(b"secret")}
    network = Rebinding({}, sites)
    fetcher = Fetcher(network)
    request = Request(url="http://site.test/", max_bytes=100)
    assert (await fetcher.fetch(request)).body == b"public"
    assert network.resolved == ["site.test"]  # one look-up, and the connection went to what it said
    with pytest.raises(FetchRefused):
        await fetcher.fetch(request)
    assert [address for address, _, _ in network.connected] == [IP]


async def test_redirects_are_followed_within_their_number() -> None:
    hops = iter(range(100))

    def site(request: bytes) -> bytes:
        hop = next(hops)
        return redirect(f"/{hop}") if hop < MAX_REDIRECTS else page(b"there")

    answer = await fetch(one_site(site))
    assert (answer.body, answer.url) == (b"there", f"http://site.test/{MAX_REDIRECTS - 1}")
    with pytest.raises(FetchRefused, match=str(MAX_REDIRECTS)):
        await fetch(one_site(lambda request: redirect("/again")))


async def test_a_post_carries_its_body_and_is_never_redirected() -> None:
    network = one_site(lambda request: redirect("http://site.test/b"))
    answer = await fetch(
        network, method="POST", body=b'{"type":1}', headers={"Content-Type": "application/json", "X-A": "b"}
    )
    assert answer.status == 302
    (request,) = network.requests
    assert request.endswith(b"Content-Length: 10\r\nContent-Type: application/json\r\nX-A: b\r\n\r\n" + b'{"type":1}')


async def test_configured_networks_are_for_those_requests_that_say_so() -> None:
    network = FakeNetwork({"bot.test": ["127.0.0.1"]}, {"127.0.0.1": lambda request: page(b"pong")})
    fetcher = Fetcher(network, allowed=parse_networks(["127.0.0.0/8"]))
    with pytest.raises(FetchRefused):
        await fetcher.fetch(Request(url="http://bot.test/", max_bytes=10))
    answer = await fetcher.fetch(Request(url="http://bot.test/", max_bytes=10, reach=Reach.CONFIGURED))
    assert answer.body == b"pong"


async def test_a_body_over_the_limit_is_refused_or_cut() -> None:
    for site in (
        lambda request: page(b"x" * 101),
        lambda request: b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 101,
        lambda request: b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + b"x" * 101 + b"\r\n0\r\n\r\n",
        lambda request: page(gzip.compress(b"x" * 101), Content_Encoding="gzip"),
    ):
        with pytest.raises(FetchRefused, match="100"):
            await fetch(one_site(site), max_bytes=100)
        answer = await fetch(one_site(site), max_bytes=100, may_cut=True)
        assert (answer.body, answer.is_cut) == (b"x" * 100, True)
        answer = await fetch(one_site(site), max_bytes=101)
        assert (answer.body, answer.is_cut) == (b"x" * 101, False)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "bare"])
async def test_packed_bodies_are_unpacked_and_bombs_are_not(encoding: str) -> None:
    def pack(content: bytes) -> bytes:
        if encoding == "bare":
            packer = zlib.compressobj(wbits=-15)
            return packer.compress(content) + packer.flush()
        return gzip.compress(content) if encoding == "gzip" else zlib.compress(content)

    name = "deflate" if encoding == "bare" else encoding
    answer = await fetch(one_site(lambda request: page(pack(b"hello" * 100), Content_Encoding=name)))
    assert answer.body == b"hello" * 100
    bomb = pack(bytes(50_000_000))
    with pytest.raises(FetchRefused):
        await fetch(one_site(lambda request: page(bomb, Content_Encoding=name)), max_bytes=len(bomb) + 1)


async def test_only_the_types_that_were_asked_for_are_taken() -> None:
    network = one_site(lambda request: page(b"<svg/>", "image/svg+xml"))
    with pytest.raises(FetchRefused, match=r"image/svg\+xml"):
        await fetch(network, types=("image/png", "image/gif"))
    assert (await fetch(one_site(lambda request: page(b"x", "image/png")), types=("image/png",))).body == b"x"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Encoding: gzip\r\n\r\nplain",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
    ],
)
async def test_what_is_no_whole_answer_fails(answer: bytes) -> None:
    with pytest.raises(FetchFailed):
        await fetch(one_site(lambda request: answer))


async def test_endless_headers_and_unknown_encodings_are_refused() -> None:
    with pytest.raises(FetchRefused, match=str(MAX_HEAD_BYTES)):
        await fetch(one_site(lambda request: b"HTTP/1.1 200 OK\r\n" + b"X-A: " + b"a" * 1_000_000))
    with pytest.raises(FetchRefused, match="br"):
        await fetch(one_site(lambda request: page(Content_Encoding="br")))


async def test_hints_before_the_answer_are_passed_over() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    assert (await fetch(one_site(lambda request: early + page(b"late")))).body == b"late"


async def test_who_does_not_answer_in_time_is_left() -> None:
    class Silent(FakeNetwork):
        async def connect(self, address: str, port: int, tls_name: str | None) -> Connection:
            await asyncio.Event().wait()
            raise AssertionError

    with pytest.raises(FetchFailed, match=r"0\.01 s"):
        await fetch(Silent({"site.test": [IP]}, {}), timeout_s=0.01)
    with pytest.raises(FetchFailed, match="Connection refused"):
        await fetch(FakeNetwork({"site.test": [IP]}, {}))
    with pytest.raises(FetchFailed, match=r"no host other\.test"):
        await fetch(FakeNetwork({}, {}), "http://other.test/")


async def test_few_go_to_one_host_at_once_and_too_many_are_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuichat.server.fetch.fetcher.MAX_WAITING", 10)
    opened, most, go = 0, 0, asyncio.Event()

    class Slow(FakeNetwork):
        async def connect(self, address: str, port: int, tls_name: str | None) -> Connection:
            nonlocal opened, most
            opened += 1
            most = max(most, opened)
            await go.wait()
            opened -= 1
            return await super().connect(address, port, tls_name)

    fetcher = Fetcher(Slow({"site.test": [IP]}, {IP: lambda request: page(b"ok")}))
    request = Request(url="http://site.test/", max_bytes=10)
    tasks = [asyncio.create_task(fetcher.fetch(request)) for _ in range(12)]
    await asyncio.gather(*tasks[10:], return_exceptions=True)
    go.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert most == MAX_AT_ONCE_OF_HOST
    assert sum(isinstance(outcome, FetchBusy) for outcome in outcomes) == 2
    assert sum(isinstance(outcome, Answer) for outcome in outcomes) == 10
    assert fetcher._of_host == {}


async def test_over_a_real_socket() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if await reader.read(1) == b"G":  # and no handshake of TLS
            writer.write(page(b"real"))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    fetcher = Fetcher(allowed=parse_networks(["127.0.0.1"]))
    try:
        url = f"http://127.0.0.1:{port}/"
        answer = await fetcher.fetch(Request(url=url, max_bytes=10, reach=Reach.CONFIGURED))
        assert answer.body == b"real"
        with pytest.raises(FetchFailed):
            await fetcher.fetch(Request(url=f"https://127.0.0.1:{port}/", max_bytes=10, reach=Reach.CONFIGURED))
        with pytest.raises(FetchRefused):
            await fetcher.fetch(Request(url=url, max_bytes=10))
    finally:
        fetcher.close()
        server.close()
        await server.wait_closed()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([
    b"HTTP/1.1 200 OK\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n",
    b"Content-Encoding: deflate\r\n", b"\r\n", b"5\r\nabcde\r\n", b"0\r\n\r\n", b"HTTP/1.1 302 Found\r\nLocation: /\r\n",
])), max_size=12))  # fmt: skip
def test_no_bytes_raise_anything_else(parts: list[bytes]) -> None:
    response = HttpResponse(50, may_cut=False)
    try:
        for part in parts:
            response.feed(part)
            if response.is_complete:
                break
        else:
            response.feed_eof()
    except FetchError:
        return
    assert len(response.body) <= 50
