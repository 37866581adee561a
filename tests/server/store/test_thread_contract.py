"""The contract of every store about threads: what is counted, who follows, and ids that are taken anew."""

import msgspec
import pytest

from tests.server.store.conftest import World
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.channel_rows import ChannelRow, ThreadFields, ThreadMemberRow
from tuichat.server.store.errors import Conflict
from tuichat.server.store.operations import AddMessage, DeleteChannel, DeleteMember, DeleteMessages, Put


async def thread(world: World, thread_id: Snowflake | None = None) -> Snowflake:
    row = ChannelRow(
        id=thread_id or world.take(),
        type=11,
        guild_id=world.guild,
        name="aside",
        parent_id=world.channel,
        thread=ThreadFields(created_ms=1, changed_ms=1),
    )
    await world.store.write([Put(row)])
    return row.id


async def test_a_threads_messages_are_counted_without_its_first_and_with_what_was_deleted(world: World) -> None:
    aside, post, quiet = await thread(world), await thread(world), await thread(world)
    ids = []
    for kind in (21, 0, 0, 0):
        message = world.message(channel_id=aside, type=kind)
        ids.append(message.id)
        await world.store.write([Put(message)])
    first = msgspec.structs.replace(world.message(channel_id=post), id=post)  # a post's first message has its id
    reply = world.message(channel_id=post)
    await world.store.write([Put(first), Put(reply), Put(world.message())])
    await world.store.write([DeleteMessages(aside, (ids[1], ids[2], 77))])
    await world.store.write([DeleteMessages(post, (post,))])
    await world.store.write([DeleteMessages(aside, (ids[3],))])
    counts = (await world.store.load()).thread_counts
    assert counts == {aside: (0, 3), post: (1, 0), quiet: (0, 0)}
    await world.store.write([DeleteChannel(aside)])
    assert aside not in (await world.store.load()).thread_counts


async def test_a_thread_under_the_id_of_a_deleted_one_begins_empty_and_keeps_what_comes(world: World) -> None:
    aside = await thread(world)
    for _ in range(2):
        old = [Put(world.message(channel_id=aside)) for _ in range(300)]
        await world.store.write(old)
        await world.store.write([DeleteChannel(aside)])
        await thread(world, aside)
        new = world.message("new", channel_id=aside)
        await world.store.write([Put(new)])
        assert await world.store.read_messages(aside) == [new]
    await world.store.write([Put(world.message())])  # whatever is tidied up meanwhile
    assert await world.store.read_messages(aside) == [new]


async def test_a_member_who_goes_follows_the_guilds_threads_no_more(world: World) -> None:
    aside = await thread(world)
    followers = [ThreadMemberRow(thread_id=aside, user_id=user, joined_ms=1) for user in (world.ada, world.bob)]
    await world.store.write([*map(Put, followers)])
    await world.store.write([DeleteMember(world.guild, world.bob)])
    assert (await world.store.load()).thread_members == followers[:1]


async def test_a_thread_comes_with_its_first_message_and_the_mentions_in_it(world: World) -> None:
    post_id = world.take()
    row = ChannelRow(
        id=post_id,
        type=11,
        guild_id=world.guild,
        name="post",
        parent_id=world.channel,
        thread=ThreadFields(created_ms=1, changed_ms=1),
    )
    first = msgspec.structs.replace(world.message("hello", channel_id=post_id), id=post_id)
    await world.store.write([Put(row), AddMessage(first, (world.bob,), None, marks_read=True)])
    assert await world.store.read_messages(post_id) == [first]
    for user_id, expected in ((world.ada, (post_id, 0)), (world.bob, (None, 1))):
        (read,) = await world.store.read_states(user_id)
        assert (read.last_message_id, read.mention_count) == expected
    with pytest.raises(Conflict):
        await world.store.write([AddMessage(world.message(channel_id=world.take()))])
    await world.store.write([AddMessage(world.message("more", channel_id=post_id), pings_guild_id=world.guild)])
    assert [message.content for message in await world.store.read_messages(post_id)] == ["more", "hello"]
    (read,) = await world.store.read_states(world.bob)
    assert read.mention_count == 2
