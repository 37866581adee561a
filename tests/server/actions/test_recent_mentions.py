"""Recent mentions: who is named where it can see it, page by page, until it takes the message off its list."""

import msgspec

from tests.server.actions.conftest import Town, befriend, open_direct, refused
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import CreateChannelRequest, OverwriteRequest
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.server.actions import channels, messages, overwrites, recent_mentions, relationships
from tuichat.server.actions.context import Actor

DAY_MS = 86_400_000


async def contents(town: Town, **query: object) -> list[str]:
    found = await recent_mentions.list_mentions(town.ctx, town.bob, **query)  # type: ignore[arg-type]  # a test's own words
    return [message.content for message in found]


async def test_all_kinds_of_mentions_newest_first(town: Town) -> None:
    role = await town.give_role("bob", Permissions(0))
    bob = town.bob.user_id
    for text in (f"one <@{bob}>", "nobody", f"two <@&{role}>", "three @everyone", f"<@{town.ada.user_id}> alone"):
        await town.say(text)
    await town.say(f"own <@{bob}>", by=town.bob)
    assert await contents(town) == ["three @everyone", f"two <@&{role}>", f"one <@{bob}>"]
    assert await contents(town, with_everyone=False) == [f"two <@&{role}>", f"one <@{bob}>"]
    assert await contents(town, with_roles=False, with_everyone=False) == [f"one <@{bob}>"]
    newest = (await recent_mentions.list_mentions(town.ctx, town.bob, limit=1))[0]
    assert newest.content == "three @everyone"
    assert await contents(town, before=newest.id, limit=1) == [f"two <@&{role}>"]
    answered = await messages.create_message(town.ctx, town.ada, town.general, CreateMessageRequest(content="answer?"))
    assert answered.content not in await contents(town)


async def test_what_one_does_not_see_is_not_listed(town: Town) -> None:
    bob = town.bob.user_id
    hidden = await channels.create_channel(town.ctx, town.ada, town.guild_id, CreateChannelRequest(name="hidden"))
    await messages.create_message(town.ctx, town.ada, hidden.id, CreateMessageRequest(content=f"here <@{bob}>"))
    assert await contents(town) == [f"here <@{bob}>"]
    for denied in (Permissions.READ_MESSAGE_HISTORY, Permissions.VIEW_CHANNEL):
        deny = OverwriteRequest(id=town.guild_id, type=0, deny=denied)
        await overwrites.set_overwrite(town.ctx, town.ada, hidden.id, town.guild_id, deny)
        assert await contents(town) == []
    await channels.delete_channel(town.ctx, town.ada, hidden.id)
    assert await contents(town) == []


async def test_direct_messages_and_guilds_are_told_apart(town: Town) -> None:
    bob = town.bob.user_id
    await befriend(town, "ada", "bob")
    direct = await open_direct(town, "ada", "bob")
    await messages.create_message(town.ctx, town.ada, direct, CreateMessageRequest(content=f"psst <@{bob}>"))
    await town.say(f"hey <@{bob}>")
    assert await contents(town) == [f"hey <@{bob}>", f"psst <@{bob}>"]
    assert await contents(town, guild_id=town.guild_id) == [f"hey <@{bob}>"]
    await relationships.set_ignored(town.ctx, town.bob, town.ada.user_id, is_ignored=True)
    assert await contents(town) == []


async def test_a_mention_is_taken_off_the_list_for_good(town: Town) -> None:
    first = await town.say(f"one <@{town.bob.user_id}>")
    await town.say(f"two <@{town.bob.user_id}>")
    await recent_mentions.dismiss_mention(town.ctx, town.bob, first)
    (told,) = town.told("RECENT_MENTION_DELETE")
    assert (told.user_ids, msgspec.json.decode(told.body)) == (
        frozenset({int(town.bob.user_id)}), {"message_id": str(first)},
    )  # fmt: skip
    assert await contents(town) == [f"two <@{town.bob.user_id}>"]


async def test_a_week_is_remembered(town: Town) -> None:
    await town.say(f"one <@{town.bob.user_id}>")
    town.clock.ms += 7 * DAY_MS - 1000
    assert len(await contents(town)) == 1
    town.clock.ms += 2000
    assert await contents(town) == []


async def test_a_page_is_filled_from_behind_what_is_not_shown(town: Town) -> None:
    hidden = await channels.create_channel(town.ctx, town.ada, town.guild_id, CreateChannelRequest(name="hidden"))
    await town.say(f"found <@{town.bob.user_id}>")
    for _ in range(recent_mentions.BATCH + 1):
        request = CreateMessageRequest(content=f"<@{town.bob.user_id}>")
        await messages.create_message(town.ctx, town.ada, hidden.id, request)
    deny = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, hidden.id, town.guild_id, deny)
    assert await contents(town, limit=1) == [f"found <@{town.bob.user_id}>"]


async def test_who_is_refused(town: Town) -> None:
    bot = Actor(town.bob.user_id, is_bot=True)
    with refused(20001, 403):
        await recent_mentions.list_mentions(town.ctx, bot)
    with refused(20001, 403):
        await recent_mentions.dismiss_mention(town.ctx, bot, 1)
    with refused(50001, 403):
        await recent_mentions.list_mentions(town.ctx, town.eve, guild_id=town.guild_id)
    with refused(50035, 400):
        await recent_mentions.list_mentions(town.ctx, town.bob, limit=101)
