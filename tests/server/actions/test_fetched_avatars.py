"""Pictures that webhooks name by URL: fetched by the server once, shown by it, and gone with the last message."""

from typing import Any

import pytest

from tests.server.actions.conftest import Town
from tests.server.fetch.fake_network import FakeNetwork, page
from tests.server.files.pictures_drawn import picture
from tuichat.protocol import codec
from tuichat.protocol.message import Message
from tuichat.protocol.rest.webhook import CreateWebhookRequest, ExecuteWebhookRequest
from tuichat.protocol.webhook import Webhook
from tuichat.server.actions import hooks, messages, stored_files, webhooks
from tuichat.server.actions.avatar_memory import MAX_REMEMBERED, AvatarMemory, Remembered
from tuichat.server.actions.fetched_avatars import FAILURE_LIFE_MS, LIFE_MS
from tuichat.server.actions.images import ImageKind, find_image

IP = "93.184.215.14"
URL = "https://bridge.test/ada.png"


def site(request: bytes) -> bytes:
    path = request.split(b" ")[1]
    if path == b"/ada.png":
        return page(picture("PNG", (64, 64)), "image/png")
    return page(b"<html>", "text/html")


@pytest.fixture
def web(town: Town, monkeypatch: pytest.MonkeyPatch) -> FakeNetwork:
    network = FakeNetwork({"bridge.test": [IP], "inside.test": ["10.0.0.1"]}, {IP: site})
    monkeypatch.setattr(town.ctx.fetcher, "_network", network)
    return network


async def say(town: Town, hook: Webhook, **fields: Any) -> Message:
    opened = await hooks.find(town.ctx, hook.id, str(hook.token))
    return await opened.execute(codec.decode(codec.encode({"content": "hello", **fields}), ExecuteWebhookRequest))


async def make(town: Town) -> Webhook:
    return await webhooks.create_webhook(town.ctx, town.ada, town.general, CreateWebhookRequest(name="bridge"))


async def test_a_picture_named_by_url_is_the_authors_and_is_fetched_once(town: Town, web: FakeNetwork) -> None:
    hook = await make(town)
    shown = [await say(town, hook, username=name, avatar_url=URL) for name in ("ada", "ada again")]
    marks = {message.author.avatar for message in shown}
    assert len(marks) == 1
    (mark,) = marks
    assert mark is not None
    assert len(web.requests) == 1
    assert await find_image(town.ctx, ImageKind.AVATAR, hook.id, mark)
    assert not await find_image(town.ctx, ImageKind.AVATAR, town.ada.user_id, mark)
    town.clock.ms += LIFE_MS + 1
    await say(town, hook, avatar_url=URL)
    assert len(web.requests) == 2


async def test_it_stays_when_the_webhook_goes(town: Town, web: FakeNetwork) -> None:
    hook = await make(town)
    mark = (await say(town, hook, avatar_url=URL)).author.avatar
    await webhooks.delete_webhook(town.ctx, town.ada, hook.id)
    assert await find_image(town.ctx, ImageKind.AVATAR, hook.id, mark)


async def test_it_goes_with_the_last_message_that_shows_it(town: Town, web: FakeNetwork) -> None:
    hook = await make(town)
    first, second = [await say(town, hook, avatar_url=URL) for _ in range(2)]
    mark = first.author.avatar
    assert mark is not None
    await messages.delete_message(town.ctx, town.ada, town.general, first.id)
    assert await find_image(town.ctx, ImageKind.AVATAR, hook.id, mark)
    await messages.delete_message(town.ctx, town.ada, town.general, second.id)
    assert not await find_image(town.ctx, ImageKind.AVATAR, hook.id, mark)
    town.ctx.files._pins.clear()
    assert await stored_files.collect(town.ctx) == 1
    third = await say(town, hook, avatar_url=URL)  # remembered, and no more there
    assert third.author.avatar == mark
    assert await town.ctx.files.names(mark[:2]) == {mark}


@pytest.mark.parametrize(
    "url", ["https://bridge.test/page", "https://inside.test/a.png", "http://127.0.0.1:99/a.png", "https://none.test/"]
)
async def test_without_a_picture_the_message_is_sent_with_the_webhooks_own(
    town: Town, web: FakeNetwork, url: str
) -> None:
    hook = await make(town)
    assert (await say(town, hook, avatar_url=url)).author.avatar is None
    asked = len(web.requests), len(web.resolved)
    await say(town, hook, avatar_url=url)
    assert (len(web.requests), len(web.resolved)) == asked  # a failure is remembered too, for a minute
    town.clock.ms += FAILURE_LIFE_MS + 1
    assert town.ctx.avatars.get(url, town.clock.ms) is None


def test_the_memory_is_bounded() -> None:
    memory = AvatarMemory()
    for number in range(MAX_REMEMBERED + 1):
        memory.put(str(number), Remembered("hash", 10))
    assert memory.get("0", 5) is None
    assert memory.get("1", 5) is not None
    assert memory.get("1", 10) is None
