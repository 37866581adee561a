"""Places: channels, threads and direct messages, and who may do what in them."""

import msgspec

from tests.server.actions.conftest import Town, befriend, refused
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.permissions import DIRECT, Permissions
from tuichat.protocol.rest.channel import OverwriteRequest
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channels, messages, overwrites
from tuichat.server.actions.access import require_channel, require_place
from tuichat.server.store.channel_rows import ChannelRow, ThreadFields, ThreadMemberRow
from tuichat.server.store.operations import DeleteThreadMember, Put


async def thread(town: Town, kind: ChannelType, *members: str) -> Snowflake:
    row = ChannelRow(
        id=town.ctx.next_id(),
        type=kind,
        guild_id=town.guild_id,
        name="aside",
        parent_id=town.general,
        owner_id=town.ada.user_id,
        thread=ThreadFields(created_ms=town.clock.ms, changed_ms=town.clock.ms),
    )
    followers = [
        ThreadMemberRow(thread_id=row.id, user_id=town.people[name].user_id, joined_ms=town.clock.ms)
        for name in members
    ]
    await town.ctx.store.write([Put(row), *map(Put, followers)])
    town.ctx.guilds.put_channel(town.state, row)
    for follower in followers:
        town.state.put_thread_member(follower)
    return row.id


async def direct(town: Town, *names: str) -> Snowflake:
    ids = tuple(town.people[name].user_id for name in names)
    row = ChannelRow(id=town.ctx.next_id(), type=ChannelType.DM, guild_id=None, name="", recipient_ids=ids)
    await town.ctx.store.write([Put(row)])
    town.ctx.directs.put(row)
    return row.id


async def test_a_thread_takes_its_parents_overwrites_and_its_own_permission_to_send(town: Town) -> None:
    aside = await thread(town, ChannelType.PUBLIC_THREAD)
    assert require_place(town.ctx, town.bob, aside, Permissions.SEND_MESSAGES).channel.id == aside
    deny = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.SEND_MESSAGES_IN_THREADS)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, town.guild_id, deny)
    with refused(50013):
        require_place(town.ctx, town.bob, aside, Permissions.SEND_MESSAGES)
    require_place(town.ctx, town.bob, town.general, Permissions.SEND_MESSAGES)
    only_there = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.SEND_MESSAGES)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, town.guild_id, only_there)
    require_place(town.ctx, town.bob, aside, Permissions.SEND_MESSAGES | Permissions.ATTACH_FILES)


async def test_a_private_thread_is_for_those_in_it_and_who_manages_threads(town: Town) -> None:
    aside = await thread(town, ChannelType.PRIVATE_THREAD, "hush")
    assert town.state.can_view(town.people["hush"].user_id, aside)
    assert town.state.can_view(town.ada.user_id, aside)
    with refused(50001, 403):
        require_place(town.ctx, town.bob, aside)
    follower = ThreadMemberRow(thread_id=aside, user_id=town.bob.user_id, joined_ms=town.clock.ms)
    town.state.put_thread_member(follower)
    require_place(town.ctx, town.bob, aside)
    town.state.remove_thread_member(aside, town.bob.user_id)
    with refused(50001, 403):
        require_place(town.ctx, town.bob, aside)


async def test_whoever_does_not_see_the_parent_does_not_see_its_threads(town: Town) -> None:
    aside = await thread(town, ChannelType.PUBLIC_THREAD, "bob")
    assert town.state.can_view(town.bob.user_id, aside)
    hidden = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, town.guild_id, hidden)
    assert not town.state.can_view(town.bob.user_id, aside)


async def test_threads_go_with_their_channel(town: Town) -> None:
    aside = await thread(town, ChannelType.PUBLIC_THREAD, "bob")
    message = await messages.create_message(town.ctx, town.bob, aside, CreateMessageRequest(content="here"))
    await channels.delete_channel(town.ctx, town.ada, town.general)
    with refused(10003, 404):
        require_place(town.ctx, town.ada, aside)
    snapshot = await town.ctx.store.load()
    assert aside not in {channel.id for channel in snapshot.channels}
    assert snapshot.thread_members == []
    assert message.channel_id == aside


async def test_settings_of_channels_are_refused_for_threads_and_direct_messages(town: Town) -> None:
    aside = await thread(town, ChannelType.PUBLIC_THREAD)
    with refused(50024, 400):
        require_channel(town.ctx, town.ada, aside)
    with refused(50003, 403):
        require_channel(town.ctx, town.ada, await direct(town, "ada", "bob"))


async def test_a_direct_message_reaches_its_two_people_and_counts_as_a_mention(town: Town) -> None:
    await befriend(town, "ada", "eve")
    channel_id = await direct(town, "ada", "eve")
    assert require_place(town.ctx, town.eve, channel_id).granted == DIRECT
    with refused(50001, 403):
        require_place(town.ctx, town.bob, channel_id)
    town.published.clear()
    await messages.create_message(town.ctx, town.eve, channel_id, CreateMessageRequest(content="psst"))
    (told,) = town.told("MESSAGE_CREATE")
    assert set(told.user_ids or ()) == {int(town.ada.user_id), int(town.eve.user_id)}
    assert told.guild_id is None
    assert "guild_id" not in msgspec.json.decode(told.body)
    (read,) = await town.ctx.store.read_states(town.ada.user_id)
    assert (read.channel_id, read.mention_count) == (channel_id, 1)
    found = await messages.list_messages(town.ctx, town.ada, channel_id)
    assert [message.content for message in found] == ["psst"]


async def test_a_store_gives_back_threads_and_their_followers(town: Town) -> None:
    aside = await thread(town, ChannelType.PRIVATE_THREAD, "bob", "hush")
    await town.ctx.store.write([DeleteThreadMember(aside, town.bob.user_id)])
    snapshot = await town.ctx.store.load()
    (row,) = (channel for channel in snapshot.channels if channel.id == aside)
    assert row == town.state.threads[aside]
    assert [follower.user_id for follower in snapshot.thread_members] == [town.people["hush"].user_id]
