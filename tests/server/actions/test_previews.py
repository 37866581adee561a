"""Link previews: which links, what is shown of them, and that messages change as little as may be."""

from typing import Any

import msgspec
import pytest

from tests.server.actions.conftest import Town
from tests.server.fetch.fake_network import FakeNetwork, page
from tests.server.files.pictures_drawn import picture
from tuichat.protocol import codec
from tuichat.protocol.message import Message, MessageReference
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import OverwriteRequest
from tuichat.protocol.rest.message import CreateMessageRequest, EditMessageRequest
from tuichat.server.actions import messages, overwrites, previews
from tuichat.server.actions.preview_queue import MAX_QUEUED, Wanted
from tuichat.server.fetch.fetcher import Fetcher

IP = "93.184.215.14"
HEAD = b"""<title>T</title><meta property="og:title" content="Ducks"><meta property="og:description" content="All of them">
<meta property="og:site_name" content="Pond"><meta property="og:image" content="/duck.png">"""


def site(request: bytes) -> bytes:
    path = request.split(b" ")[1]
    if path.endswith(b".png"):
        return page(picture("PNG", (120, 80)), "image/png")
    if path == b"/plain.txt":
        return page(b"text", "text/plain")
    if path == b"/missing":
        return page(HEAD, status="404 Not Found")
    return page(HEAD, "text/html; charset=utf-8")


@pytest.fixture
def web(town: Town, monkeypatch: pytest.MonkeyPatch) -> FakeNetwork:
    network = FakeNetwork({"pond.test": [IP], "inside.test": ["10.0.0.1"]}, {IP: site})
    monkeypatch.setattr(town.ctx.fetcher, "_network", network)
    monkeypatch.setattr(town.ctx.previews, "is_open", True)
    return network


async def looked_at(town: Town) -> bool:
    """Do what a worker does with the next message."""
    wanted = await town.ctx.previews.get()
    return await previews.show(town.ctx, wanted.channel_id, wanted.message_id)


async def shown(town: Town, message_id: int) -> list[Any]:
    message = await messages.get_message(town.ctx, town.ada, town.general, message_id)
    return [msgspec.json.decode(raw) for raw in message.embeds]


async def test_a_linked_page_is_shown_below_the_message_which_counts_as_unedited(town: Town, web: FakeNetwork) -> None:
    message_id = await town.say("see https://pond.test/ducks.")
    town.published.clear()
    assert await looked_at(town)
    (embed,) = await shown(town, message_id)
    thumbnail = embed.pop("thumbnail")
    assert embed == {
        "type": "link",
        "url": "https://pond.test/ducks",
        "title": "Ducks",
        "description": "All of them",
        "provider": {"name": "Pond"},
    }
    assert (thumbnail["url"], thumbnail["width"], thumbnail["height"]) == ("https://pond.test/duck.png", 120, 80)
    assert thumbnail["proxy_url"] == town.ctx.links.external("https://pond.test/duck.png")
    (update,) = town.told("MESSAGE_UPDATE")
    told = codec.decode(update.body, Message)
    assert told.edited_timestamp is None
    assert len(told.embeds) == 1
    assert update.content_free_body is not None
    assert b"Ducks" not in update.content_free_body


async def test_a_linked_picture_is_shown_as_one(town: Town, web: FakeNetwork) -> None:
    message_id = await town.say("https://pond.test/duck.png")
    assert await looked_at(town)
    (embed,) = await shown(town, message_id)
    assert (embed["type"], embed["thumbnail"]["width"]) == ("image", 120)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        ("no link", []),
        ("https://a.test", ["https://a.test"]),
        ("(see https://a.test/b_(c)), then http://b.test/?q=1#x!", ["https://a.test/b_(c)", "http://b.test/?q=1#x"]),
        ("<https://a.test> https://b.test", ["https://b.test"]),
        ("`https://a.test` ```\nhttps://b.test\n``` https://c.test", ["https://c.test"]),
        ("[x](https://a.test/y)", ["https://a.test/y"]),
        ("https://a.test https://a.test", ["https://a.test"]),
        (" ".join(f"https://{n}.test" for n in range(9)), [f"https://{n}.test" for n in range(5)]),
        ("ftp://a.test https:// http://... https://[", []),
        ("**https://a.test/x**", ["https://a.test/x"]),
    ],
)
def test_which_links_are_looked_at(content: str, found: list[str]) -> None:
    assert previews.links(content) == found


async def test_what_brings_nothing_changes_nothing(town: Town, web: FakeNetwork) -> None:
    for link in ("plain.txt", "missing"):
        await town.say(f"https://pond.test/{link}")
        town.published.clear()
        assert not await looked_at(town)
        assert town.published == []
    for link in (
        "https://inside.test/",
        "http://127.0.0.1:8080/",
        "https://nowhere.test/",
        f"{town.ctx.links.base_url}/x",
    ):
        await town.say(link)
        assert not await looked_at(town)
    assert [address for address, _, _ in web.connected] == [IP, IP]


async def test_nobody_is_asked_where_there_shall_be_no_preview(town: Town, web: FakeNetwork) -> None:
    ask = CreateMessageRequest(content="https://pond.test/", flags=4)
    await messages.create_message(town.ctx, town.ada, town.general, ask)
    embeds = [msgspec.Raw(b'{"title":"own"}')]
    await messages.create_message(
        town.ctx, town.ada, town.general, CreateMessageRequest(content="https://pond.test/", embeds=embeds)
    )
    await overwrites.set_overwrite(
        town.ctx,
        town.ada,
        town.general,
        town.guild_id,
        OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.EMBED_LINKS),
    )
    await town.say("https://pond.test/", by=town.bob)
    town.ctx.previews.is_open = False
    await town.say("https://pond.test/")
    assert len(town.ctx.previews) == 0


async def test_an_edit_is_looked_at_anew(town: Town, web: FakeNetwork) -> None:
    message_id = await town.say("https://pond.test/")
    assert await looked_at(town)

    async def edit(**fields: Any) -> None:
        await messages.edit_message(town.ctx, town.ada, town.general, message_id, EditMessageRequest(**fields))

    await edit(content="https://pond.test/duck.png")
    assert await shown(town, message_id) == []  # what it no longer links to is gone at once
    assert await looked_at(town)
    assert [embed["type"] for embed in await shown(town, message_id)] == ["image"]
    await edit(content="none")
    assert await shown(town, message_id) == []
    assert len(town.ctx.previews) == 0


async def test_a_message_that_changed_meanwhile_keeps_what_it_says_now(town: Town, web: FakeNetwork) -> None:
    message_id = await town.say("https://pond.test/")
    wanted = await town.ctx.previews.get()
    fetch = town.ctx.fetcher.fetch

    async def fetch_slowly(request: Any) -> Any:
        await messages.edit_message(
            town.ctx, town.ada, town.general, message_id, EditMessageRequest(content="changed my mind")
        )
        return await fetch(request)

    fetcher = town.ctx.fetcher
    assert isinstance(fetcher, Fetcher)
    fetcher.fetch = fetch_slowly  # type: ignore[method-assign]  # a page that takes its time
    assert not await previews.show(town.ctx, wanted.channel_id, wanted.message_id)
    assert await shown(town, message_id) == []
    await messages.delete_message(town.ctx, town.ada, town.general, message_id)
    assert not await previews.show(town.ctx, wanted.channel_id, wanted.message_id)


async def test_the_queue_is_bounded(town: Town, web: FakeNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(town.ctx.previews.put(Wanted(1, number)) for number in range(MAX_QUEUED))
    assert not town.ctx.previews.put(Wanted(1, 0))
    await town.say("https://pond.test/")  # it is sent all the same


async def test_a_forward_shows_strangers_pictures_through_the_server_too(town: Town, web: FakeNetwork) -> None:
    message_id = await town.say("https://pond.test/ducks")
    assert await looked_at(town)
    reference = MessageReference(type=1, message_id=message_id, channel_id=town.general)
    forward = await messages.create_message(
        town.ctx, town.ada, town.general, CreateMessageRequest(message_reference=reference)
    )
    body = codec.encode(forward)
    assert town.ctx.links.external("https://pond.test/duck.png").encode() in body
    assert b"proxy:" not in body
