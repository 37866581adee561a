"""Pins: who pins, what the channel is told, and how pins are listed."""

import asyncio

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.message import MessageReference, MessageType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import CreateChannelRequest
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.thread import CreatePostRequest
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import channels, messages, pins, posts, reactions
from tuichat.server.actions.context import Actor

NO_ACCESS, NO_PERMISSION, UNKNOWN_MESSAGE, SYSTEM, TOO_MANY = 50001, 50013, 10008, 50021, 30003


async def pin(town: Town, message_id: int, by: Actor | None = None) -> None:
    await pins.pin_message(town.ctx, by or town.ada, town.general, message_id)


async def listed(town: Town, by: Actor | None = None) -> list[Snowflake]:
    page = await pins.list_pins(town.ctx, by or town.ada, town.general)
    return [item.message.id for item in page.items]


@pytest.mark.parametrize(
    ("who", "expected"),
    [("ada", None), ("mod", NO_PERMISSION), ("bob", NO_PERMISSION), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)],
)
async def test_who_pins(town: Town, who: str, expected: int | None) -> None:
    message_id = await town.say("hi", town.bob)
    assert await outcome(pin(town, message_id, town.people[who])) == expected
    assert await listed(town) == ([] if expected else [message_id])
    result = await outcome(pins.unpin_message(town.ctx, town.people[who], town.general, message_id))
    assert (result, await listed(town)) == (expected, [])


async def test_a_role_with_pin_messages_pins(town: Town) -> None:
    await town.give_role("bob", Permissions.PIN_MESSAGES)
    await pin(town, await town.say("hi"), town.bob)


async def test_a_pin_is_told_noted_and_announced(town: Town) -> None:
    message_id = await town.say("hi", town.bob)
    town.published.clear()
    await pin(town, message_id)
    await pin(town, message_id)  # it is pinned already
    names = [event.name for event in town.published]
    assert names == ["MESSAGE_UPDATE", "CHANNEL_PINS_UPDATE", "MESSAGE_CREATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]
    update, pinned, notice, entry = (msgspec.json.decode(event.body) for event in town.published)
    assert update["pinned"] is True
    assert pinned["last_pin_timestamp"] == format_timestamp(town.clock.ms)
    assert (notice["type"], notice["content"]) == (MessageType.PINNED_MESSAGE, "")
    assert notice["message_reference"]["message_id"] == str(message_id)
    assert (entry["action_type"], entry["target_id"]) == (74, str(town.bob.user_id))
    assert entry["options"] == {"channel_id": str(town.general), "message_id": str(message_id)}
    channel = await channels.get_channel(town.ctx, town.ada, town.general)
    assert (channel.last_pin_timestamp, channel.last_message_id) == (pinned["last_pin_timestamp"], int(notice["id"]))


async def test_unpinning_goes_back_to_the_pin_before(town: Town) -> None:
    first, second = await town.say("one"), await town.say("two")
    await pin(town, first)
    await pin(town, second)
    town.published.clear()
    await pins.unpin_message(town.ctx, town.ada, town.general, second)
    await pins.unpin_message(town.ctx, town.ada, town.general, second)
    assert [event.name for event in town.published] == [
        "MESSAGE_UPDATE",
        "CHANNEL_PINS_UPDATE",
        "GUILD_AUDIT_LOG_ENTRY_CREATE",
    ]
    assert msgspec.json.decode(town.published[1].body)["last_pin_timestamp"] == format_timestamp(town.clock.ms)
    await messages.delete_message(town.ctx, town.ada, town.general, first)
    assert (await channels.get_channel(town.ctx, town.ada, town.general)).last_pin_timestamp is None


async def test_pages_go_back_in_time_and_leave_none_out(town: Town) -> None:
    said = [await town.say(str(number)) for number in range(5)]
    for message_id in said:
        await pin(town, message_id)  # all in the same millisecond
    found: list[Snowflake] = []
    before = ""
    while True:
        page = await pins.list_pins(town.ctx, town.bob, town.general, before=before, limit=2)
        found += [item.message.id for item in page.items]
        if not page.has_more:
            break
        before = page.items[-1].pinned_at
    assert found == said[::-1]
    assert [message.id for message in await pins.list_newest(town.ctx, town.bob, town.general)] == said[::-1]
    with refused(50035):
        await pins.list_pins(town.ctx, town.bob, town.general, before="yesterday")


async def test_pins_are_listed_without_reactions(town: Town) -> None:
    message_id = await town.say("hi")
    await reactions.add_reaction(town.ctx, town.ada, town.general, message_id, "\N{THUMBS UP SIGN}")
    await pin(town, message_id)
    page = await pins.list_pins(town.ctx, town.ada, town.general)
    assert page.items[0].message.reactions is msgspec.UNSET


async def test_what_cannot_be_pinned(town: Town) -> None:
    with refused(UNKNOWN_MESSAGE, 404):
        await pin(town, Snowflake(5))
    await pin(town, await town.say("hi"))
    (notice, *_) = await messages.list_messages(town.ctx, town.ada, town.general, limit=1)
    with refused(SYSTEM, 403):
        await pin(town, notice.id)
    reply = CreateMessageRequest(content="x", message_reference=MessageReference(message_id=notice.id))
    with refused(50035, 400):
        await messages.create_message(town.ctx, town.ada, town.general, reply)
    with refused(NO_ACCESS):
        await pins.list_pins(town.ctx, town.eve, town.general)


async def test_the_first_message_of_a_post_is_pinned_though_it_has_the_posts_id(town: Town) -> None:
    forum = await channels.create_channel(
        town.ctx, town.ada, town.guild_id, CreateChannelRequest(name="forum", type=ChannelType.FORUM)
    )
    request = CreatePostRequest(name="post", message=CreateMessageRequest(content="first"))
    post = await posts.start_post(town.ctx, town.ada, forum.id, request)
    assert post.message.id == post.id
    await asyncio.wait_for(pins.pin_message(town.ctx, town.ada, post.id, post.id), 5)
    await asyncio.wait_for(pins.unpin_message(town.ctx, town.ada, post.id, post.id), 5)


async def test_a_channel_keeps_250_pins(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pins, "MAX_PINS", 2)
    for _ in range(2):
        await pin(town, await town.say("hi"))
    with refused(TOO_MANY, 400) as caught:
        await pin(town, await town.say("hi"))
    assert "(2)" in caught.value.message
