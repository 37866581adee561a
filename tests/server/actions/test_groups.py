"""Groups: making, naming, giving away, who comes and who goes."""

import msgspec
import pytest

from tests.server.actions.conftest import Town, befriend, open_direct, outcome, refused
from tests.server.files.pictures_drawn import data_uri, picture
from tuichat.protocol.message import MessageType
from tuichat.protocol.private_channel import CreatePrivateChannelRequest, PrivateChannel
from tuichat.protocol.rest.channel import EditChannelRequest
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channels, directs, groups, messages
from tuichat.server.actions.context import Actor

INVALID_RECIPIENT, NO_PERMISSION, NO_ACCESS, UNKNOWN_CHANNEL = 50033, 50013, 50001, 10003


async def make_group(town: Town, *names: str) -> PrivateChannel:
    """A group of the first one and its friends."""
    for name in names[1:]:
        await befriend(town, names[0], name)
    request = CreatePrivateChannelRequest(recipients=[town.people[name].user_id for name in names])
    made = await directs.open_direct(town.ctx, town.people[names[0]], request)
    town.published.clear()
    return made


async def said(town: Town, channel_id: int, by: str = "ada") -> list[tuple[int, str, list[str]]]:
    """Type, text and mentions of a group's messages, oldest first."""
    found = await messages.list_messages(town.ctx, town.people[by], channel_id)
    return [(each.type, each.content, [user.username for user in each.mentions]) for each in reversed(found)]


async def test_a_group_is_of_friends(town: Town) -> None:
    with refused(INVALID_RECIPIENT):
        await groups.create_group(town.ctx, town.ada, [town.bob.user_id, town.eve.user_id])
    await befriend(town, "ada", "bob")
    with refused(INVALID_RECIPIENT):
        await groups.create_group(town.ctx, town.ada, [town.bob.user_id, town.eve.user_id])
    with refused(20001, 403):
        await groups.create_group(town.ctx, Actor(town.ada.user_id, is_bot=True), [town.bob.user_id])
    group = await make_group(town, "ada", "bob", "eve")
    assert (group.type, group.owner_id, group.name, group.icon) == (3, town.ada.user_id, None, None)
    assert isinstance(group.recipients, list)
    assert [user.username for user in group.recipients] == ["bob", "eve"]
    for name in ("ada", "bob", "eve"):
        assert [channel.id for channel in directs.list_directs(town.ctx, town.people[name])] == [group.id]
    with refused(NO_ACCESS, 403):
        await channels.get_channel(town.ctx, town.people["mod"], group.id)


async def test_ones_own_id_among_the_recipients_makes_a_group(town: Town) -> None:
    await befriend(town, "ada", "bob")
    both = CreatePrivateChannelRequest(recipients=[town.ada.user_id, town.bob.user_id])
    assert (await directs.open_direct(town.ctx, town.ada, both)).type == 3
    alone = await directs.open_direct(town.ctx, town.ada, CreatePrivateChannelRequest(recipients=[]))
    assert (alone.type, alone.recipients) == (3, [])


async def test_a_group_has_ten_people_and_one_makes_ten_of_them(town: Town) -> None:
    for number in range(10):
        await town.add_person(f"p{number}")
        await befriend(town, "ada", f"p{number}")
    people = [town.people[f"p{number}"].user_id for number in range(10)]
    with refused(30004) as caught:
        await groups.create_group(town.ctx, town.ada, people)
    assert b"10" in caught.value.encode()
    group = await groups.create_group(town.ctx, town.ada, people[:9])
    with refused(30004):
        await groups.add_recipient(town.ctx, town.ada, group.id, people[9])
    made = [await outcome(groups.create_group(town.ctx, town.ada, people[:1])) for _ in range(10)]
    assert [result == 30011 for result in made] == [False] * 9 + [True]


async def test_each_sees_the_others_and_messages_reach_all(town: Town) -> None:
    group = await make_group(town, "ada", "bob", "eve")
    await messages.create_message(town.ctx, town.eve, group.id, CreateMessageRequest(content="hello all"))
    (told,) = town.told("MESSAGE_CREATE")
    assert told.user_ids == frozenset({int(town.people[name].user_id) for name in ("ada", "bob", "eve")})
    await channels.edit_channel(town.ctx, town.bob, group.id, EditChannelRequest(name="Plans"))
    shown = {next(iter(event.user_ids or ())): msgspec.json.decode(event.body) for event in town.told("CHANNEL_UPDATE")}
    assert {user_id: [user["username"] for user in channel["recipients"]] for user_id, channel in shown.items()} == {
        int(town.ada.user_id): ["bob", "eve"],
        int(town.bob.user_id): ["ada", "eve"],
        int(town.eve.user_id): ["ada", "bob"],
    }


async def test_everybody_names_the_group_and_its_messages_say_so(town: Town) -> None:
    group = await make_group(town, "ada", "bob")
    changed = await channels.edit_channel(town.ctx, town.bob, group.id, EditChannelRequest(name="  Plans "))
    assert changed.name == "Plans"
    drawn = EditChannelRequest(icon=data_uri(picture()))
    assert isinstance((await channels.edit_channel(town.ctx, town.bob, group.id, drawn)).icon, str)  # type: ignore[attr-defined]
    cleared = await channels.edit_channel(town.ctx, town.ada, group.id, EditChannelRequest(name=None, icon=None))
    assert (cleared.name, cleared.icon) == (None, None)  # type: ignore[attr-defined]
    name_change, icon_change = int(MessageType.CHANNEL_NAME_CHANGE), int(MessageType.CHANNEL_ICON_CHANGE)
    assert await said(town, group.id) == [
        (name_change, "Plans", []), (icon_change, "", []), (name_change, "", []), (icon_change, "", []),
    ]  # fmt: skip
    with refused(50035):
        await channels.edit_channel(town.ctx, town.bob, group.id, EditChannelRequest(name="x" * 101))
    with refused(50035):
        await channels.edit_channel(town.ctx, town.bob, group.id, EditChannelRequest(icon="not a picture"))
    with refused(NO_ACCESS, 403):
        await channels.edit_channel(town.ctx, town.eve, group.id, EditChannelRequest(name="mine"))


async def test_the_owner_alone_gives_a_group_away(town: Town) -> None:
    group = await make_group(town, "ada", "bob")
    with refused(NO_PERMISSION, 403):
        await channels.edit_channel(town.ctx, town.bob, group.id, EditChannelRequest(owner=town.bob.user_id))
    with refused(INVALID_RECIPIENT):
        await channels.edit_channel(town.ctx, town.ada, group.id, EditChannelRequest(owner=town.eve.user_id))
    given = await channels.edit_channel(town.ctx, town.ada, group.id, EditChannelRequest(owner=town.bob.user_id))
    assert given.owner_id == town.bob.user_id


async def test_friends_of_each_are_added(town: Town) -> None:
    group = await make_group(town, "ada", "bob")
    await befriend(town, "bob", "eve")
    with refused(INVALID_RECIPIENT):
        await groups.add_recipient(town.ctx, town.ada, group.id, town.eve.user_id)  # eve is bob's friend, not ada's
    with refused(NO_ACCESS, 403):
        await groups.add_recipient(town.ctx, town.eve, group.id, town.eve.user_id)
    assert await groups.add_recipient(town.ctx, town.bob, group.id, town.eve.user_id) is None
    assert await groups.add_recipient(town.ctx, town.bob, group.id, town.eve.user_id) is None  # it is in already
    (added,) = town.told("CHANNEL_RECIPIENT_ADD")
    assert added.user_ids == frozenset({int(town.ada.user_id), int(town.bob.user_id)})
    (created,) = town.told("CHANNEL_CREATE")
    assert created.user_ids == frozenset({int(town.eve.user_id)})
    assert await said(town, group.id) == [(int(MessageType.RECIPIENT_ADD), "", ["eve"])]


async def test_the_owner_takes_people_out(town: Town) -> None:
    group = await make_group(town, "ada", "bob", "eve")
    with refused(NO_PERMISSION, 403):
        await groups.remove_recipient(town.ctx, town.bob, group.id, town.eve.user_id)
    with refused(10013, 404):
        await groups.remove_recipient(town.ctx, town.ada, group.id, town.people["mod"].user_id)
    with refused(UNKNOWN_CHANNEL, 404):
        await groups.remove_recipient(town.ctx, town.ada, Snowflake(5), town.eve.user_id)
    await groups.remove_recipient(town.ctx, town.ada, group.id, town.eve.user_id)
    (removed,) = town.told("CHANNEL_RECIPIENT_REMOVE")
    assert removed.user_ids == frozenset({int(town.ada.user_id), int(town.bob.user_id)})
    (deleted,) = town.told("CHANNEL_DELETE")
    assert deleted.user_ids == frozenset({int(town.eve.user_id)})
    with refused(NO_ACCESS, 403):
        await messages.create_message(town.ctx, town.eve, group.id, CreateMessageRequest(content="still here?"))
    (told,) = town.told("MESSAGE_CREATE")
    assert int(town.eve.user_id) not in (told.user_ids or ())
    assert await said(town, group.id) == [(int(MessageType.RECIPIENT_REMOVE), "", ["eve"])]
    states = await town.ctx.store.read_states(town.bob.user_id)
    assert [read.mention_count for read in states if read.channel_id == group.id] == []


async def test_whoever_leaves_leaves_the_group_to_the_next(town: Town) -> None:
    group = await make_group(town, "ada", "bob", "eve")
    left = await channels.delete_channel(town.ctx, town.ada, group.id)
    assert left.id == group.id
    row = town.ctx.directs.get(group.id)
    assert row is not None
    assert (row.owner_id, row.recipient_ids) == (town.bob.user_id, (town.bob.user_id, town.eve.user_id))
    assert len(town.told("CHANNEL_UPDATE")) == 2
    await channels.delete_channel(town.ctx, town.bob, group.id, is_silent=True)
    assert [kind for kind, _, _ in await said(town, group.id, "eve")] == [int(MessageType.RECIPIENT_REMOVE)]
    await groups.remove_recipient(town.ctx, town.eve, group.id, town.eve.user_id)
    assert town.ctx.directs.get(group.id) is None
    assert group.id not in {channel.id for channel in (await town.ctx.store.load()).channels}
    with refused(UNKNOWN_CHANNEL, 404):
        await channels.get_channel(town.ctx, town.eve, group.id)


async def test_a_direct_message_with_a_third_becomes_a_group_of_its_own(town: Town) -> None:
    channel_id = await open_direct(town, "ada", "bob")
    await befriend(town, "ada", "eve")
    group = await groups.add_recipient(town.ctx, town.ada, channel_id, town.eve.user_id)
    assert group is not None
    assert (group.type, group.id != channel_id) == (3, True)
    bodies = [msgspec.json.decode(event.body) for event in town.told("CHANNEL_CREATE")]
    assert [body["origin_channel_id"] for body in bodies] == [str(channel_id)] * 3
    with refused(50003):
        await groups.remove_recipient(town.ctx, town.ada, channel_id, town.bob.user_id)
    with refused(50024):
        await groups.add_recipient(town.ctx, town.ada, town.general, town.eve.user_id)


@pytest.mark.parametrize("who", ["robot", "nobody"])
async def test_no_bot_and_nobody_unknown_comes_into_a_group(town: Town, who: str) -> None:
    group = await make_group(town, "ada", "bob")
    user_id = Snowflake(5)
    if who == "robot":
        user_id = (await town.add_person("robot")).user_id
        row = town.ctx.users.get(user_id)
        assert row is not None
        town.ctx.users.put(msgspec.structs.replace(row, is_bot=True))
    with refused(INVALID_RECIPIENT):
        await groups.add_recipient(town.ctx, town.ada, group.id, user_id)
