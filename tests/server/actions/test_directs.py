"""Direct messages: opening, listing, closing, who may write to whom, and requests from strangers."""

import asyncio

import msgspec
import pytest

from tests.server.actions.conftest import Town, befriend, open_direct, outcome, refused
from tuichat.protocol.guild_settings import EditGuildSettings
from tuichat.protocol.private_channel import CreatePrivateChannelRequest
from tuichat.protocol.relationship import PutRelationshipRequest
from tuichat.protocol.rest.channel import EditChannelRequest
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import (
    channels,
    directs,
    guild_settings,
    guilds,
    messages,
    pins,
    ready,
    relationships,
    users,
)
from tuichat.server.actions.context import Actor, open_context
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import ApplicationRow, UserRow
from tuichat.server.store.social_rows import PrivacyRow

CANNOT_MESSAGE, NO_ACCESS, UNKNOWN_USER, UNKNOWN_CHANNEL, BOTS = 50007, 50001, 10013, 10003, 20001


def told_to(town: Town, name: str, event_name: str) -> list[str]:
    user_id = town.people[name].user_id
    return [event.body.decode() for event in town.told(event_name) if event.user_ids == frozenset({int(user_id)})]


def listed(town: Town, name: str) -> list[Snowflake]:
    return [channel.id for channel in directs.list_directs(town.ctx, town.people[name])]


async def say(town: Town, name: str, channel_id: int, content: str = "psst") -> Snowflake:
    request = CreateMessageRequest(content=content)
    return (await messages.create_message(town.ctx, town.people[name], channel_id, request)).id


async def add_bot(town: Town, name: str = "robot", *, joins: bool = True) -> Actor:
    bot_id = town.ctx.next_id()
    row = UserRow(id=bot_id, username=name, name_key=name, is_bot=True)
    application = ApplicationRow(id=bot_id, owner_id=town.ada.user_id, name=name)
    await town.ctx.store.write([Put(row), Put(application)])
    town.ctx.users.put(row)
    town.people[name] = Actor(bot_id, is_bot=True)
    if joins:
        await town.join(town.people[name])
    town.published.clear()
    return town.people[name]


async def test_the_other_one_hears_of_a_direct_message_with_its_first_message(town: Town) -> None:
    channel_id = await open_direct(town, "ada", "bob")
    assert await open_direct(town, "bob", "ada") == await open_direct(town, "ada", "bob") == channel_id
    assert len(told_to(town, "ada", "CHANNEL_CREATE")) == 1
    town.published.clear()
    channel_id = await open_direct(town, "mod", "bob")
    assert listed(town, "mod") == [channel_id]
    assert told_to(town, "bob", "CHANNEL_CREATE") == []
    await say(town, "mod", channel_id)
    names = [event.name for event in town.published]
    assert names[-2:] == ["CHANNEL_CREATE", "MESSAGE_CREATE"]
    (created,) = told_to(town, "bob", "CHANNEL_CREATE")
    shown = msgspec.json.decode(created)
    assert [user["username"] for user in shown["recipients"]] == ["mod"]
    assert (shown["id"], shown["type"], "guild_id" in shown) == (str(channel_id), 1, False)
    await say(town, "mod", channel_id)
    assert len(told_to(town, "bob", "CHANNEL_CREATE")) == 1


async def test_a_closed_direct_message_comes_back_with_the_next_message(town: Town) -> None:
    channel_id = await open_direct(town, "ada", "bob")
    await say(town, "ada", channel_id)
    closed = await channels.delete_channel(town.ctx, town.bob, channel_id)
    assert closed.id == channel_id
    assert (listed(town, "bob"), listed(town, "ada")) == ([], [channel_id])
    assert len(told_to(town, "bob", "CHANNEL_DELETE")) == 1
    assert told_to(town, "ada", "CHANNEL_DELETE") == []
    await channels.delete_channel(town.ctx, town.bob, channel_id)  # closed already: nobody is told again
    assert len(told_to(town, "bob", "CHANNEL_DELETE")) == 1
    assert (await channels.get_channel(town.ctx, town.bob, channel_id)).id == channel_id
    town.published.clear()
    await say(town, "ada", channel_id)
    assert len(told_to(town, "bob", "CHANNEL_CREATE")) == 1
    assert listed(town, "bob") == [channel_id]


async def test_two_who_open_it_at_once_open_the_same(town: Town) -> None:
    ids = await asyncio.gather(*(open_direct(town, *pair) for pair in (("ada", "bob"), ("bob", "ada")) * 3))
    assert len(set(ids)) == 1
    sent = await asyncio.gather(*(say(town, "ada", ids[0]) for _ in range(5)))
    assert len(set(sent)) == 5
    assert len(told_to(town, "bob", "CHANNEL_CREATE")) == 1


async def test_who_has_nothing_in_common_cannot_open_one(town: Town) -> None:
    with refused(CANNOT_MESSAGE, 403):
        await open_direct(town, "eve", "ada")
    with refused(UNKNOWN_USER, 404):
        request = CreatePrivateChannelRequest(recipient_id=Snowflake(5))
        await directs.open_direct(town.ctx, town.eve, request)
    with refused(50033):
        await directs.open_direct(town.ctx, town.ada, CreatePrivateChannelRequest(recipient_id=town.ada.user_id))
    with refused(50035):
        await directs.open_direct(town.ctx, town.ada, CreatePrivateChannelRequest())
    await befriend(town, "ada", "eve")
    channel_id = await open_direct(town, "eve", "ada")
    await say(town, "eve", channel_id)
    assert listed(town, "ada") == [channel_id]
    with refused(NO_ACCESS, 403):
        await say(town, "bob", channel_id)
    with refused(NO_ACCESS, 403):
        await channels.get_channel(town.ctx, town.bob, channel_id)
    with refused(NO_ACCESS, 403):
        await channels.delete_channel(town.ctx, town.bob, channel_id)
    with refused(50003, 403):
        await channels.edit_channel(town.ctx, town.ada, channel_id, EditChannelRequest(name="mine"))


async def test_in_a_direct_message_everybody_deletes_his_own(town: Town) -> None:
    await befriend(town, "ada", "eve")
    channel_id = await open_direct(town, "eve", "ada")
    message_id = await say(town, "eve", channel_id)
    with refused(50003, 403):
        await messages.delete_message(town.ctx, town.ada, channel_id, message_id)
    await messages.delete_message(town.ctx, town.eve, channel_id, message_id)
    assert await town.ctx.store.read_message(channel_id, message_id) is None


@pytest.mark.parametrize("blocker", ["ada", "bob"])
async def test_a_block_ends_writing_both_ways(town: Town, blocker: str) -> None:
    await befriend(town, "ada", "bob")
    channel_id = await open_direct(town, "ada", "bob")
    await say(town, "ada", channel_id)
    other = "bob" if blocker == "ada" else "ada"
    block = PutRelationshipRequest(type=2)
    await relationships.put_relationship(town.ctx, town.people[blocker], town.people[other].user_id, block)
    for name in ("ada", "bob"):
        with refused(CANNOT_MESSAGE, 403):
            await say(town, name, channel_id)
        with refused(CANNOT_MESSAGE, 403):
            await messages.trigger_typing(town.ctx, town.people[name], channel_id)
    assert len(await messages.list_messages(town.ctx, town.bob, channel_id)) == 1
    await relationships.remove_relationship(town.ctx, town.people[blocker], town.people[other].user_id)
    await say(town, "ada", channel_id)  # they still share a guild


async def test_who_takes_no_messages_from_a_guilds_members_gets_none_but_of_friends(town: Town) -> None:
    channel_id = await open_direct(town, "mod", "bob")
    town.ctx.privacy.put(PrivacyRow(user_id=town.bob.user_id, restricted_guild_ids=(town.guild_id,)))
    with refused(CANNOT_MESSAGE, 403):
        await say(town, "mod", channel_id)
    assert listed(town, "bob") == []
    await say(town, "bob", await open_direct(town, "bob", "mod"))
    with refused(CANNOT_MESSAGE, 403):
        await say(town, "mod", channel_id)
    await befriend(town, "mod", "bob")
    await say(town, "mod", channel_id)


async def test_typing_reaches_the_two_alone(town: Town) -> None:
    channel_id = await open_direct(town, "ada", "bob")
    await messages.trigger_typing(town.ctx, town.ada, channel_id)
    (typing,) = town.told("TYPING_START")
    assert typing.user_ids == frozenset({int(town.ada.user_id), int(town.bob.user_id)})
    assert "guild_id" not in msgspec.json.decode(typing.body)


async def test_a_bot_writes_to_those_it_shares_a_guild_with(town: Town) -> None:
    bot = await add_bot(town)
    channel_id = await open_direct(town, "robot", "bob")
    assert told_to(town, "robot", "CHANNEL_CREATE") == []
    await say(town, "robot", channel_id)
    (created,) = told_to(town, "bob", "CHANNEL_CREATE")
    assert msgspec.json.decode(created)["is_message_request"] is False
    assert directs.list_directs(town.ctx, bot) == []
    await say(town, "bob", channel_id)
    with refused(CANNOT_MESSAGE):
        await open_direct(town, "robot", "eve")
    await add_bot(town, "other")
    with refused(CANNOT_MESSAGE):
        await open_direct(town, "robot", "other")
    several = CreatePrivateChannelRequest(recipients=[town.bob.user_id, town.ada.user_id])
    with refused(BOTS, 403):
        await directs.open_direct(town.ctx, bot, several)


async def test_a_strangers_first_message_is_a_request_until_it_is_answered(town: Town) -> None:
    channel_id = await open_direct(town, "mod", "bob")
    first = await say(town, "mod", channel_id, "do you have a minute?")
    await say(town, "mod", channel_id)
    shown = next(channel for channel in directs.list_directs(town.ctx, town.bob))
    assert shown.is_message_request is True
    assert isinstance(shown.is_message_request_timestamp, str)
    assert (await channels.get_channel(town.ctx, town.people["mod"], channel_id)).is_message_request is False  # type: ignore[attr-defined]
    (preview,) = await directs.preview_requests(town.ctx, town.bob, [channel_id, 5])
    assert preview.message_preview.id == first
    town.published.clear()
    await say(town, "bob", channel_id)
    (updated,) = told_to(town, "bob", "CHANNEL_UPDATE")
    assert msgspec.json.decode(updated)["is_message_request"] is False
    assert await directs.preview_requests(town.ctx, town.bob, [channel_id]) == []


async def test_a_request_is_accepted_or_rejected(town: Town) -> None:
    accepted = await open_direct(town, "mod", "bob")
    await say(town, "mod", accepted)
    assert (await directs.accept_request(town.ctx, town.bob, accepted, 2)).is_message_request is False
    rejected = await open_direct(town, "ada", "bob")
    last = await say(town, "ada", rejected)
    town.published.clear()
    await directs.reject_request(town.ctx, town.bob, rejected)
    assert [event.name for event in town.published] == ["MESSAGE_ACK", "CHANNEL_UPDATE", "CHANNEL_DELETE"]
    assert listed(town, "bob") == [accepted]
    with refused(CANNOT_MESSAGE, 403):
        await say(town, "ada", rejected)
    assert {read.last_message_id for read in await town.ctx.store.read_states(town.bob.user_id)} >= {last}
    await say(town, "bob", rejected)  # whoever writes agrees to be answered
    await say(town, "ada", rejected)


async def test_what_is_no_request_is_not_rejected(town: Town) -> None:
    channel_id = await open_direct(town, "ada", "bob")
    with refused(50024):
        await directs.reject_request(town.ctx, town.bob, channel_id)
    with refused(50035):
        await directs.accept_request(town.ctx, town.bob, channel_id, 3)
    with refused(UNKNOWN_CHANNEL, 404):
        await directs.accept_request(town.ctx, town.eve, channel_id, 2)
    with refused(UNKNOWN_CHANNEL, 404):
        await directs.reject_request(town.ctx, town.bob, town.general)
    with refused(50035):
        await directs.reject_requests(town.ctx, town.bob, [channel_id] * 51)
    assert await directs.reject_requests(town.ctx, town.bob, [channel_id, 5]) == []
    await say(town, "ada", channel_id)
    assert [channel.id for channel in await directs.reject_requests(town.ctx, town.bob, [channel_id])] == [channel_id]


async def test_new_friends_have_accepted_each_others_requests(town: Town) -> None:
    channel_id = await open_direct(town, "mod", "bob")
    await say(town, "mod", channel_id)
    await befriend(town, "mod", "bob")
    assert directs.list_directs(town.ctx, town.bob)[0].is_message_request is False


async def test_first_messages_to_many_people_are_slowed_down(town: Town) -> None:
    results = []
    for number in range(12):
        name = f"person{number}"
        await town.join(await town.add_person(name))
        channel_id = await open_direct(town, "mod", name)
        results.append(await outcome(say(town, "mod", channel_id)))
    assert [result == 40003 for result in results] == [False] * 10 + [True] * 2
    town.clock.ms += 60_000
    await say(town, "mod", channel_id)


async def test_ready_lists_what_is_open(town: Town) -> None:
    channel_id = await open_direct(town, "mod", "bob")
    assert (await ready.user_ready(town.ctx, town.bob)).private_channels == []
    last = await say(town, "mod", channel_id)
    state = await ready.user_ready(town.ctx, town.bob)
    (shown,) = state.private_channels
    assert (shown.id, shown.last_message_id) == (channel_id, last)
    assert isinstance(shown.recipients, list)
    assert [user.username for user in shown.recipients] == ["mod"]
    assert isinstance(state.read_state, list)
    assert [(read.id, read.mention_count) for read in state.read_state] == [(channel_id, 1)]


async def test_a_restart_keeps_what_is_open_and_who_agreed(town: Town) -> None:
    opened = await open_direct(town, "mod", "bob")
    await say(town, "mod", opened)
    closed = await open_direct(town, "ada", "bob")
    again = await open_context(town.ctx.store, town.ctx.bus, files=town.ctx.files, accounts=town.ctx.accounts)
    assert [row.id for row in again.directs.shown_to(town.bob.user_id)] == [opened]
    assert again.directs.state(opened, town.bob.user_id) == town.ctx.directs.state(opened, town.bob.user_id)
    assert directs.get_direct_with(again, town.bob, town.ada.user_id).id == closed
    with refused(UNKNOWN_CHANNEL, 404):
        directs.get_direct_with(again, town.bob, town.eve.user_id)


async def test_who_is_in_a_group_with_somebody_knows_it(town: Town) -> None:
    await befriend(town, "ada", "eve")
    await befriend(town, "ada", "bob")
    with refused(UNKNOWN_USER, 404):
        users.get_user(town.ctx, town.eve, town.bob.user_id)
    both = CreatePrivateChannelRequest(recipients=[town.eve.user_id, town.bob.user_id])
    group = await directs.open_direct(town.ctx, town.ada, both)
    assert users.get_user(town.ctx, town.eve, town.bob.user_id).username == "bob"
    await channels.delete_channel(town.ctx, town.bob, group.id)
    with refused(UNKNOWN_USER, 404):
        users.get_user(town.ctx, town.eve, town.bob.user_id)


async def test_what_a_blocked_one_pins_is_refused(town: Town) -> None:
    channel_id = await open_direct(town, "ada", "bob")
    message_id = await say(town, "ada", channel_id)
    await pins.pin_message(town.ctx, town.bob, channel_id, message_id)
    await relationships.put_relationship(town.ctx, town.ada, town.bob.user_id, PutRelationshipRequest(type=2))
    with refused(CANNOT_MESSAGE, 403):
        await pins.unpin_message(town.ctx, town.bob, channel_id, message_id)


async def test_a_deleted_guilds_settings_are_forgotten(town: Town) -> None:
    ask = EditGuildSettings(suppress_roles=True)
    await guild_settings.edit_guild_settings(town.ctx, town.bob, town.guild_id, ask)
    guild_id = town.guild_id
    await guilds.delete_guild(town.ctx, town.ada, guild_id)
    assert not town.ctx.notices.suppresses(guild_id, town.bob.user_id, 2)
    assert await town.ctx.store.read_guild_settings(town.bob.user_id) == []
