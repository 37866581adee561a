"""Strangers' pictures through a running server: signed, drawn anew, and never anything but pictures."""

from urllib.parse import quote

import aiohttp
import msgspec
import pytest

from tests.server.fetch.fake_network import FakeNetwork, page
from tests.server.files.pictures_drawn import animation, opened, photograph, picture
from tests.server.running import RunningServer, running_server
from tests.system.rest_account import MessageObject

IP = "93.184.215.14"


def answer(request: bytes) -> bytes:
    path = request.split(b" ")[1].partition(b"?")[0]
    contents = {
        b"/a.png": (picture("PNG", (300, 150)), "image/png"),
        b"/m.gif": (animation(), "image/gif"),
        b"/photo.jpg": (photograph(), "image/jpeg"),
        b"/words": (b"<title>Ducks</title>", "text/html"),
        b"/page": (b"<script>alert(1)</script>", "text/html"),
        b"/lie.png": (b"<script>alert(1)</script>", "image/png"),
        b"/cut.png": (picture("PNG")[:60], "image/png"),
    }
    if path == b"/inside":
        return page(b"", status="302 Found", Location="http://169.254.169.254/latest/meta-data")
    content, kind = contents[path]
    return page(content, kind)


def connected(running: RunningServer) -> FakeNetwork:
    network = FakeNetwork({"pond.test": [IP]}, {IP: answer})
    running.server.context.fetcher._network = network
    return network


@pytest.fixture
def web(site: RunningServer) -> FakeNetwork:
    return connected(site)


async def get(site: RunningServer, url: str) -> tuple[aiohttp.ClientResponse, bytes]:
    async with site.http.get(url) as response:
        return response, await response.read()


async def test_a_picture_of_an_embed_comes_from_this_server(site: RunningServer, web: FakeNetwork) -> None:
    ada = await site.register("ada")
    _, channel = await site.befriend(ada)
    picture_url = 'https://pond.test/a.png?x="1"&y=ü'
    embed = {
        "title": "proxy:https://pond.test/",
        "image": {"url": picture_url, "proxy_url": "https://evil.test/"},
        "author": {"name": "a", "icon_url": "https://pond.test/m.gif"},
        "footer": {"text": "f", "icon_url": "https://pond.test/m.gif"},
    }
    status, body = await ada.raw("POST", f"/channels/{channel}/messages", {"embeds": [embed]})
    assert status == 200
    (shown,) = msgspec.json.decode(body)["embeds"]
    assert shown["title"] == "proxy:https://pond.test/"
    assert shown["image"]["url"] == picture_url
    for proxied in (
        shown["image"]["proxy_url"],
        shown["author"]["proxy_icon_url"],
        shown["footer"]["proxy_icon_url"],
    ):
        assert proxied.startswith(f"{site.base_url}/external/")
        response, content = await get(site, proxied)
        assert response.status == 200
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert opened(content).format in ("PNG", "GIF")
    assert msgspec.json.decode(body, type=MessageObject).content == ""


async def test_it_is_drawn_in_the_size_and_format_that_is_asked_for(site: RunningServer, web: FakeNetwork) -> None:
    url = site.server.context.links.external("https://pond.test/a.png")
    url = site.base_url + url[url.index("/external/") :]
    _, content = await get(site, f"{url}?width=100&height=100&format=webp")
    assert (opened(content).format, opened(content).size) == ("WEBP", (100, 50))
    assert (await get(site, f"{url}?width=5000"))[0].status == 400
    assert (await get(site, f"{url}?format=bmp"))[0].status == 400
    await get(site, url)
    await get(site, url)
    assert len(web.requests) == 2  # the second time it was kept


async def test_nothing_but_pictures_of_signed_urls_comes_through(site: RunningServer, web: FakeNetwork) -> None:
    links = site.server.context.links

    def signed(url: str) -> str:
        whole = links.external(url)
        return site.base_url + whole[whole.index("/external/") :]

    good = signed("https://pond.test/a.png")
    for url in (
        good.replace("a.png", "m.gif"),
        f"{site.base_url}/external/{'0' * 40}/{quote('https://pond.test/a.png', safe='')}",
        f"{site.base_url}/external/{quote('https://pond.test/a.png', safe='')}",
        signed("https://pond.test/page"),
        signed("https://pond.test/lie.png"),
        signed("https://pond.test/cut.png"),
        signed("https://pond.test/inside"),
        signed("http://127.0.0.1:1/"),
        signed("file:///etc/passwd"),
    ):
        response, content = await get(site, url)
        assert response.status == 404, url
        assert b"script" not in content
    assert all(address == IP for address, _, _ in web.connected)
    _, content = await get(site, signed("https://pond.test/photo.jpg"))
    assert b"SecretCameras" not in content


async def test_previews_reach_everybody_by_themselves() -> None:
    async with running_server(link_previews=True) as site:
        connected(site)
        ada, bob = await site.register("ada"), await site.register("bob")
        _, channel = await site.befriend(ada, bob)
        async with bob.connect() as gateway:
            await ada.send(channel, "https://pond.test/words")
            told = await gateway.wait_for("MESSAGE_UPDATE")
    assert [embed["title"] for embed in told["embeds"]] == ["Ducks"]
    assert told["content"] == "https://pond.test/words"
