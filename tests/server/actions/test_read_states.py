"""Read states: acknowledging channels, pins, guilds and what is no channel, and what a user's sessions hear of it."""

import msgspec

from tests.server.actions.conftest import Town, befriend, open_direct, refused
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.gateway import Capability
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import CreateChannelRequest, OverwriteRequest
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channels, messages, overwrites, read_states, ready
from tuichat.server.actions.context import Actor
from tuichat.server.actions.read_states import Ack
from tuichat.server.store.operations import UpdateMessage
from tuichat.server.store.rows import ReadStateRow


async def state(town: Town, channel_id: int, name: str = "bob") -> ReadStateRow | None:
    rows = await town.ctx.store.read_states(town.people[name].user_id)
    return next((row for row in rows if row.channel_id == channel_id), None)


def acks(town: Town) -> list[tuple[int, int, int]]:
    """Channel, message and mentions of each MESSAGE_ACK."""
    bodies = [msgspec.json.decode(event.body) for event in town.told("MESSAGE_ACK")]
    return [(int(body["channel_id"]), int(body["message_id"]), body["mention_count"]) for body in bodies]


async def test_an_acknowledgement_tells_how_many_mentions_stay(town: Town) -> None:
    first = await town.say(f"<@{town.bob.user_id}>")
    second = await town.say(f"<@{town.bob.user_id}> again")
    await read_states.ack_message(town.ctx, town.bob, town.general, first)
    await read_states.ack_message(town.ctx, town.bob, town.general, second)
    assert acks(town) == [(town.general, first, 1), (town.general, second, 0)]
    versions = [msgspec.json.decode(event.body)["version"] for event in town.told("MESSAGE_ACK")]
    assert versions == sorted(set(versions))
    row = await state(town, town.general)
    assert row is not None
    assert row.version == versions[-1] < 2**53


async def test_a_manual_one_says_itself_how_many_mentions_there_are(town: Town) -> None:
    first = await town.say(f"<@{town.bob.user_id}>")
    await town.say("later")
    ack = Ack(is_manual=True, mention_count=7, flags=1, last_viewed=4000)
    await read_states.ack_message(town.ctx, town.bob, town.general, first, ack)
    (told,) = town.told("MESSAGE_ACK")
    body = msgspec.json.decode(told.body)
    assert (body["manual"], body["mention_count"], body["flags"], body["last_viewed"]) == (True, 7, 1, 4000)
    await read_states.ack_message(town.ctx, town.bob, town.general, first, Ack(mention_count=9))  # not manual: counted
    row = await state(town, town.general)
    assert row is not None
    assert (row.mention_count, row.flags, row.last_viewed) == (0, 1, 4000)
    for wrong in (Ack(is_manual=True, mention_count=-1), Ack(flags=99), Ack(last_viewed=-1)):
        with refused(50035, 400):
            await read_states.ack_message(town.ctx, town.bob, town.general, first, wrong)


async def test_in_a_direct_message_all_that_the_other_one_says_counts(town: Town) -> None:
    await befriend(town, "ada", "bob")
    channel_id = await open_direct(town, "ada", "bob")
    sent = []
    for by in (town.ada, town.bob, town.ada, town.ada):
        sent.append((await messages.create_message(town.ctx, by, channel_id, CreateMessageRequest(content="x"))).id)
    await read_states.ack_message(town.ctx, town.bob, channel_id, sent[0])
    row = await state(town, channel_id)
    assert row is not None
    assert (row.last_message_id, row.mention_count) == (sent[0], 2)


async def test_a_guild_is_read_in_what_one_sees_and_has_not_read(town: Town) -> None:
    other = await channels.create_channel(town.ctx, town.ada, town.guild_id, CreateChannelRequest(name="other"))
    hidden = await channels.create_channel(town.ctx, town.ada, town.guild_id, CreateChannelRequest(name="hidden"))
    deny = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, hidden.id, town.guild_id, deny)
    last = {}
    for channel_id in (town.general, other.id, hidden.id):
        sent = await messages.create_message(town.ctx, town.ada, channel_id, CreateMessageRequest(content="@everyone"))
        last[channel_id] = sent.id
    await read_states.ack_message(town.ctx, town.bob, town.general, last[town.general])
    town.published.clear()
    await read_states.ack_guild(town.ctx, town.bob, town.guild_id)
    assert acks(town) == [(other.id, last[other.id], 0)]
    town.published.clear()
    await read_states.ack_guild(town.ctx, town.bob, town.guild_id)
    assert acks(town) == []
    with refused(50001, 403):
        await read_states.ack_guild(town.ctx, town.eve, town.guild_id)


async def test_pins_are_seen_up_to_the_newest(town: Town) -> None:
    await read_states.ack_pins(town.ctx, town.bob, town.general)
    assert town.told("CHANNEL_PINS_ACK") == []
    pinned = await town.say("keep this")
    row = await town.ctx.store.read_message(town.general, pinned)
    assert row is not None
    await town.ctx.store.write([UpdateMessage(msgspec.structs.replace(row, pinned_ms=town.clock.ms))])
    await read_states.ack_pins(town.ctx, town.bob, town.general)
    (told,) = town.told("CHANNEL_PINS_ACK")
    assert told.user_ids == frozenset({int(town.bob.user_id)})
    found = await state(town, town.general)
    assert found is not None
    assert (found.last_pin_ms, found.last_message_id, found.mention_count) == (town.clock.ms, None, 0)
    await read_states.ack_message(town.ctx, town.bob, town.general, pinned)
    found = await state(town, town.general)
    assert found is not None
    assert (found.last_pin_ms, found.last_message_id) == (town.clock.ms, pinned)
    (shown,) = (await ready.user_ready(town.ctx, town.bob)).read_state  # type: ignore[misc]  # a list
    assert isinstance(shown.last_pin_timestamp, str)
    with refused(50001, 403):
        await read_states.ack_pins(town.ctx, town.eve, town.general)


async def test_what_is_no_channel_is_read_too(town: Town) -> None:
    await read_states.ack_feature(town.ctx, town.bob, 1, town.guild_id, 77)
    await read_states.ack_own_feature(town.ctx, town.bob, 5, 88)
    assert [event.name for event in town.published] == ["GUILD_FEATURE_ACK", "USER_NON_CHANNEL_ACK"]
    with refused(50035, 400):
        await read_states.ack_feature(town.ctx, town.bob, 5, town.guild_id, 77)
    with refused(50035, 400):
        await read_states.ack_own_feature(town.ctx, town.bob, 1, 77)
    with refused(50001, 403):
        await read_states.ack_feature(town.ctx, town.eve, 1, town.guild_id, 77)
    plain = await ready.user_ready(town.ctx, town.bob)
    assert plain.read_state == []
    asked = int(Capability.NON_CHANNEL_READ_STATES | Capability.VERSIONED_READ_STATES)
    states = (await ready.user_ready(town.ctx, town.bob, capabilities=asked)).read_state
    shown = msgspec.to_builtins(states, enc_hook=int)
    found = sorted((entry["read_state_type"], entry["id"], entry["last_acked_id"]) for entry in shown["entries"])
    assert found == [(1, town.guild_id, 77), (5, town.bob.user_id, 88)]
    assert shown["partial"] is False
    assert shown["version"] > 0
    await read_states.forget(town.ctx, town.bob, town.guild_id, 1)
    entries = (await ready.user_ready(town.ctx, town.bob, capabilities=1 << 7)).read_state
    assert [entry.read_state_type for entry in entries] == [5]  # type: ignore[union-attr]  # a list


async def test_many_kinds_at_once(town: Town) -> None:
    sent = await town.say("x")
    entries = [(0, town.general, sent), (1, town.guild_id, 5), (2, 0, 6), (9, 1, 1), (0, 5, 5)]
    await read_states.ack_messages(town.ctx, town.bob, entries)
    assert sorted(event.name for event in town.published if event.name.endswith("ACK")) == [
        "GUILD_FEATURE_ACK",
        "MESSAGE_ACK",
        "USER_NON_CHANNEL_ACK",
    ]


async def test_a_read_state_is_forgotten(town: Town) -> None:
    sent = await town.say("x")
    await read_states.ack_message(town.ctx, town.bob, town.general, sent)
    await read_states.forget(town.ctx, town.bob, town.general)
    assert await state(town, town.general) is None


async def test_bots_read_nothing(town: Town) -> None:
    bot = Actor(town.bob.user_id, is_bot=True)
    for action in (
        read_states.ack_guild(town.ctx, bot, town.guild_id),
        read_states.ack_pins(town.ctx, bot, town.general),
        read_states.ack_feature(town.ctx, bot, 1, town.guild_id, 1),
        read_states.ack_own_feature(town.ctx, bot, 5, 1),
        read_states.forget(town.ctx, bot, Snowflake(town.general)),
    ):
        with refused(20001, 403):
            await action


async def test_a_forum_is_read_up_to_its_newest_post(town: Town) -> None:
    forum = await channels.create_channel(
        town.ctx, town.ada, town.guild_id, CreateChannelRequest(name="ideas", type=ChannelType.FORUM)
    )
    post = town.ctx.next_id()
    town.state.last_message_ids[forum.id] = post
    await read_states.ack_guild(town.ctx, town.bob, town.guild_id)
    assert (forum.id, post, 0) in acks(town)
