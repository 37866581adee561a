"""Crossposts: channels that follow an announcement channel get what is published there, and its changes."""

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.message import Message, MessageFlag, MessageType
from tuichat.protocol.rest.channel import CreateChannelRequest
from tuichat.protocol.rest.message import CreateMessageRequest, EditMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channels, crossposts, messages, webhooks
from tuichat.server.actions.context import Actor

NO_ACCESS, NO_PERMISSION, WRONG_KIND = 50001, 50013, 50024


class News:
    """An announcement channel, and one that follows it."""

    def __init__(self, town: Town, source: Snowflake, target: Snowflake) -> None:
        self.town = town
        self.source = source
        self.target = target

    async def say(self, content: str, by: Actor | None = None) -> Snowflake:
        request = CreateMessageRequest(content=content)
        return (await messages.create_message(self.town.ctx, by or self.town.ada, self.source, request)).id

    async def publish(self, message_id: int, by: Actor | None = None) -> Message:
        return await crossposts.crosspost(self.town.ctx, by or self.town.ada, self.source, message_id)

    async def copies(self) -> list[Message]:
        shown = await messages.list_messages(self.town.ctx, self.town.ada, self.target)
        return [message for message in shown if message.type == MessageType.DEFAULT]


async def make(town: Town, name: str, kind: ChannelType) -> Snowflake:
    request = CreateChannelRequest(name=name, type=ChannelType.TEXT)
    made = (await channels.create_channel(town.ctx, town.ada, town.guild_id, request)).id
    row = msgspec.structs.replace(town.state.channels[made], type=kind)
    town.ctx.guilds.put_channel(town.state, row)
    return made


@pytest.fixture
async def news(town: Town) -> News:
    source, target = await make(town, "news", ChannelType.ANNOUNCEMENT), await make(town, "copies", ChannelType.TEXT)
    await crossposts.follow(town.ctx, town.ada, source, target)
    town.published.clear()
    return News(town, source, target)


async def test_following_makes_a_webhook_and_tells_the_channel(town: Town) -> None:
    source, target = await make(town, "news", ChannelType.ANNOUNCEMENT), await make(town, "copies", ChannelType.TEXT)
    town.published.clear()
    followed = await crossposts.follow(town.ctx, town.ada, source, target)
    (hook,) = await webhooks.list_channel_webhooks(town.ctx, town.ada, target)
    assert (hook.id, hook.type, hook.name, hook.token) == (followed.webhook_id, 2, "Town #news", msgspec.UNSET)
    assert hook.source_channel is not msgspec.UNSET
    assert hook.source_channel.id == source
    (notice,) = await messages.list_messages(town.ctx, town.ada, target)
    assert (notice.type, notice.content) == (MessageType.CHANNEL_FOLLOW_ADD, "Town #news")
    assert len(town.told("WEBHOOKS_UPDATE")) == 1


@pytest.mark.parametrize(("who", "expected"), [("mod", NO_PERMISSION), ("bob", NO_PERMISSION), ("eve", NO_ACCESS)])
async def test_who_may_follow(town: Town, who: str, expected: int) -> None:
    source, target = await make(town, "news", ChannelType.ANNOUNCEMENT), await make(town, "copies", ChannelType.TEXT)
    assert await outcome(crossposts.follow(town.ctx, town.people[who], source, target)) == expected


async def test_only_announcement_channels_are_followed_by_text_channels(town: Town, news: News) -> None:
    for source, target in ((town.general, news.target), (news.source, news.source)):
        with refused(WRONG_KIND, 400):
            await crossposts.follow(town.ctx, town.ada, source, target)


async def test_what_is_published_appears_where_it_is_followed(town: Town, news: News) -> None:
    message_id = await news.say(f"big news <@{town.bob.user_id}>")
    assert await news.copies() == []
    published = await news.publish(message_id)
    assert published.flags & MessageFlag.CROSSPOSTED
    (copy,) = await news.copies()
    assert (copy.content, copy.author.username) == (published.content, "Town #news")
    assert copy.flags & MessageFlag.IS_CROSSPOST
    assert copy.mentions == ()
    reference = copy.message_reference
    assert reference is not msgspec.UNSET
    assert (reference.message_id, reference.channel_id, reference.guild_id) == (message_id, news.source, town.guild_id)
    with refused(40033, 400):
        await news.publish(message_id)


async def test_copies_change_and_end_with_the_message(town: Town, news: News) -> None:
    message_id = await news.say("first words")
    await news.publish(message_id)
    await messages.edit_message(town.ctx, town.ada, news.source, message_id, EditMessageRequest(content="better words"))
    (copy,) = await news.copies()
    assert (copy.content, copy.edited_timestamp is None) == ("better words", False)
    await messages.delete_message(town.ctx, town.ada, news.source, message_id)
    (copy,) = await news.copies()
    assert (copy.content, copy.embeds) == (crossposts.DELETED_TEXT, ())
    assert copy.flags & MessageFlag.SOURCE_MESSAGE_DELETED


async def test_who_publishes(town: Town, news: News) -> None:
    bobs = await news.say("mine", town.bob)
    assert await outcome(news.publish(await news.say("ada's"), town.bob)) == NO_PERMISSION
    assert await outcome(news.publish(bobs, town.people["hush"])) == NO_PERMISSION
    assert await outcome(news.publish(bobs, town.eve)) == NO_ACCESS
    assert isinstance(await news.publish(bobs, town.bob), Message)
    assert isinstance(await news.publish(await news.say("bob's", town.bob), town.people["mod"]), Message)


async def test_what_is_not_published(town: Town, news: News) -> None:
    with refused(10008, 404):
        await news.publish(Snowflake(5))
    with refused(WRONG_KIND, 400):
        await crossposts.crosspost(town.ctx, town.ada, town.general, await town.say("x"))
