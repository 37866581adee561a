"""Forwards: a message shown elsewhere as it was, by those who can read it."""

import msgspec
import pytest

from tests.server.actions.conftest import Town, refused
from tests.server.actions.test_polls import ask
from tuichat.protocol import codec
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.message import Message, MessageFlag
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import CreateChannelRequest, OverwriteRequest
from tuichat.protocol.rest.message import CreateMessageRequest, EditMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channels, messages, overwrites, pins
from tuichat.server.actions.context import Actor
from tuichat.server.store.message_rows import AttachmentRow, MessageRow


@pytest.fixture
async def elsewhere(town: Town) -> Snowflake:
    request = CreateChannelRequest(name="elsewhere", type=ChannelType.TEXT)
    return (await channels.create_channel(town.ctx, town.ada, town.guild_id, request)).id


async def forward(
    town: Town, into: int, message_id: int, by: Actor | None = None, origin: int | None = None, **more: object
) -> Message:
    reference = {"type": 1, "message_id": message_id, "channel_id": origin or town.general}
    request = codec.decode(codec.encode({"message_reference": reference} | more), CreateMessageRequest)
    return await messages.create_message(town.ctx, by or town.ada, into, request)


def snapshot(message: Message) -> dict[str, object]:
    assert message.message_snapshots is not msgspec.UNSET
    (raw,) = message.message_snapshots
    found: dict[str, object] = msgspec.json.decode(raw)["message"]
    return found


async def test_a_forward_shows_the_message_as_it_was(town: Town, elsewhere: Snowflake) -> None:
    message_id = await town.say("hello", town.bob)
    sent = await forward(town, elsewhere, message_id)
    await messages.edit_message(town.ctx, town.bob, town.general, message_id, EditMessageRequest(content="changed"))
    await messages.delete_message(town.ctx, town.bob, town.general, message_id)
    shown = (await messages.list_messages(town.ctx, town.ada, elsewhere))[0]
    assert snapshot(shown)["content"] == "hello"
    assert "author" not in snapshot(shown)
    assert (shown.content, shown.type, shown.flags) == ("", 0, MessageFlag.HAS_SNAPSHOT)
    reference = sent.message_reference
    assert reference is not msgspec.UNSET
    assert (reference.type, reference.message_id, reference.channel_id) == (1, message_id, town.general)
    assert shown.referenced_message is msgspec.UNSET


async def test_without_the_content_intent_a_forward_shows_no_words(town: Town, elsewhere: Snowflake) -> None:
    await forward(town, elsewhere, await town.say("secret", town.bob))
    event = town.told("MESSAGE_CREATE")[-1]
    assert event.content_free_body is not None
    assert b"secret" not in event.content_free_body
    (bare,) = msgspec.json.decode(event.content_free_body)["message_snapshots"]
    assert (bare["message"]["content"], bare["message"]["attachments"]) == ("", [])
    assert bare["message"]["timestamp"]


async def test_a_forward_of_a_forward_shows_the_first_message(town: Town, elsewhere: Snowflake) -> None:
    first = await forward(town, elsewhere, await town.say("hello", town.bob))
    again = await forward(town, town.general, first.id, origin=elsewhere)
    assert snapshot(again)["content"] == "hello"


async def test_files_of_a_forward_have_urls_that_are_good_now(town: Town, elsewhere: Snowflake) -> None:
    file = AttachmentRow(id=town.ctx.next_id(), filename="a.txt", sha256="a" * 64, size_bytes=3)
    row = MessageRow(
        id=town.ctx.next_id(), channel_id=town.general, author_id=town.bob.user_id, attachments=(file,),
        embeds=b'[{"type":"rich","image":{"url":"attachment://a.txt"}}]',
    )  # fmt: skip
    await town.ctx.store.add_message(row)
    sent = await forward(town, elsewhere, row.id)
    await messages.delete_message(town.ctx, town.bob, town.general, row.id)
    town.clock.ms += 3 * 86_400_000
    shown = await messages.get_message(town.ctx, town.ada, elsewhere, sent.id)
    (attachment,) = msgspec.convert(snapshot(shown)["attachments"], list[dict[str, object]])
    url = str(attachment["url"])
    assert f"/attachments/{elsewhere}/{file.id}/a.txt?" in url
    assert url in str(snapshot(shown)["embeds"])
    assert [found.file for found in await town.ctx.store.read_message_files(file.id)] == ["a" * 64]


async def test_who_cannot_read_cannot_forward(town: Town, elsewhere: Snowflake) -> None:
    message_id = await town.say("hello")
    deny = OverwriteRequest(id=Snowflake(town.guild_id), type=0, deny=Permissions.READ_MESSAGE_HISTORY)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, deny.id, deny)
    with refused(160014, 403):
        await forward(town, elsewhere, message_id, town.bob)
    hide = OverwriteRequest(id=Snowflake(town.guild_id), type=0, deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, hide.id, hide)
    with refused(50001, 403):
        await forward(town, elsewhere, message_id, town.bob)


async def test_what_cannot_be_forwarded(town: Town, elsewhere: Snowflake) -> None:
    poll = await ask(town)
    await pins.pin_message(town.ctx, town.ada, town.general, poll.id)
    (notice, *_) = await messages.list_messages(town.ctx, town.ada, town.general, limit=1)
    for message_id in (poll.id, notice.id):
        with refused(50035, 400):
            await forward(town, elsewhere, message_id)
    with refused(10008, 404):
        await forward(town, elsewhere, Snowflake(5))
    with refused(10003, 404):
        await forward(town, elsewhere, poll.id, origin=5)
    request = codec.decode(b'{"message_reference":{"type":1,"message_id":"5"}}', CreateMessageRequest)
    with refused(50035, 400):
        await messages.create_message(town.ctx, town.ada, elsewhere, request)


async def test_a_forwards_words_are_not_edited(town: Town, elsewhere: Snowflake) -> None:
    sent = await forward(town, elsewhere, await town.say("hello"))
    with refused(50021):
        await messages.edit_message(town.ctx, town.ada, elsewhere, sent.id, EditMessageRequest(content="x"))
