"""READY, presence and read states: what a session is told when it begins, and after."""

import pytest

from tests.server.actions.conftest import Town, refused
from tuichat.protocol import codec
from tuichat.protocol.dispatch.read_state import MessageAck, ReadState
from tuichat.protocol.dispatch.user import PresenceUpdate
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import CreateChannelRequest, OverwriteRequest
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import ActivityRequest
from tuichat.server.actions import channels, messages, overwrites, presence, read_states, ready
from tuichat.server.actions.context import Actor

NO_ACCESS, UNKNOWN_GUILD, UNKNOWN_CHANNEL = 50001, 10004, 10003


async def test_ready_has_what_the_user_may_see_and_nothing_else(town: Town) -> None:
    message_id = await town.say(f"<@{town.bob.user_id}>")
    hide = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.VIEW_CHANNEL)
    seen = await ready.user_ready(town.ctx, town.bob)
    seen_guild = ready.full_guild(town.ctx, town.bob.user_id, town.guild_id)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, town.guild_id, hide)
    hidden = await ready.user_ready(town.ctx, town.bob)
    hidden_guild = ready.full_guild(town.ctx, town.bob.user_id, town.guild_id)
    assert "general" in [channel.name for channel in seen_guild.channels]
    assert seen.read_state == [ReadState(id=town.general, mention_count=1)]
    assert "general" not in [channel.name for channel in hidden_guild.channels]
    assert hidden.read_state == []
    general = next(channel for channel in seen_guild.channels if channel.name == "general")
    assert general.last_message_id == message_id
    with refused(0, 401):
        await ready.user_ready(town.ctx, Actor(Snowflake(5)))


async def test_a_guild_is_told_with_members_and_presences(town: Town) -> None:
    presence.session_opened(town.ctx, town.ada, "s", status="idle")
    guild = ready.full_guild(town.ctx, town.bob.user_id, town.guild_id)
    assert (guild.member_count, len(guild.members), guild.large) == (4, 4, False)
    assert [(shown.user.id, shown.status) for shown in guild.presences] == [(town.ada.user_id, "idle")]
    large = ready.full_guild(town.ctx, town.bob.user_id, town.guild_id, large_threshold=2)
    assert [member.user.username for member in large.members] == ["bob"]  # the others come with a member list
    assert (large.large, large.member_count, large.presences) == (True, 4, [])
    bare = ready.full_guild(town.ctx, town.bob.user_id, town.guild_id, with_presences=False)
    assert ([member.user.username for member in bare.members], bare.presences) == (["bob"], [])
    with refused(NO_ACCESS):
        ready.full_guild(town.ctx, town.eve.user_id, town.guild_id)
    with refused(UNKNOWN_GUILD):
        ready.full_guild(town.ctx, town.bob.user_id, 5)


async def test_a_bot_is_told_who_is_here_of_a_large_guild(town: Town) -> None:
    bot = await town.add_bot()
    presence.session_opened(town.ctx, town.ada, "s", status="idle")
    large = ready.full_guild(town.ctx, bot.user_id, town.guild_id, large_threshold=2)
    assert [member.user.username for member in large.members] == ["ada", "helper"]
    assert [shown.user.id for shown in large.presences] == [town.ada.user_id]


def statuses(town: Town) -> list[str]:
    return [codec.decode(event.body, PresenceUpdate).status for event in town.told("PRESENCE_UPDATE")]


async def test_presence_is_told_when_others_see_a_difference(town: Town) -> None:
    presence.session_opened(town.ctx, town.bob, "one")
    presence.session_opened(town.ctx, town.bob, "two", client="mobile")
    presence.set_presence(town.ctx, town.bob, "two", "dnd")
    presence.set_presence(town.ctx, town.bob, "two", "dnd")
    presence.set_presence(town.ctx, town.bob, "two", "invisible")
    presence.session_closed(town.ctx, town.bob, "two")
    presence.set_presence(town.ctx, town.bob, "one", "idle", [ActivityRequest(name="x" * 200, type=0)])
    presence.session_closed(town.ctx, town.bob, "one")
    presence.session_closed(town.ctx, town.bob, "one")
    assert statuses(town) == ["online", "online", "dnd", "online", "idle", "offline"]
    events = town.told("PRESENCE_UPDATE")
    second, fifth = (codec.decode(events[number].body, PresenceUpdate) for number in (1, 4))
    assert second.client_status == {"desktop": "online", "mobile": "online"}
    assert [len(activity.name) for activity in fifth.activities] == [128]
    assert all(event.is_lossy and event.guild_id == town.guild_id and event.seq == 0 for event in events)


@pytest.mark.parametrize("status", ["invisible", "offline"])
async def test_who_is_invisible_is_offline_to_others(town: Town, status: str) -> None:
    presence.session_opened(town.ctx, town.bob, "s", status=status)
    assert town.told("PRESENCE_UPDATE") == []
    assert town.ctx.presences.is_connected(town.bob.user_id)
    assert ready.full_guild(town.ctx, town.ada.user_id, town.guild_id).presences == []


async def test_an_unknown_status_is_online(town: Town) -> None:
    presence.session_opened(town.ctx, town.bob, "s", status="streaming")
    assert statuses(town) == ["online"]


async def test_reading_is_told_to_ones_own_sessions(town: Town) -> None:
    first = await town.say(f"<@{town.bob.user_id}>")
    second = await town.say(f"<@{town.bob.user_id}>")
    town.published.clear()
    await read_states.ack_message(town.ctx, town.bob, town.general, first)
    (event,) = town.published
    assert (event.name, event.user_ids) == ("MESSAGE_ACK", frozenset({town.bob.user_id}))
    assert codec.decode(event.body, MessageAck).message_id == first
    state = (await ready.user_ready(town.ctx, town.bob)).read_state
    assert state == [ReadState(id=town.general, last_message_id=first, mention_count=1)]
    await read_states.ack_message(town.ctx, town.bob, town.general, second)
    state = (await ready.user_ready(town.ctx, town.bob)).read_state
    assert state == [ReadState(id=town.general, last_message_id=second)]


async def test_who_cannot_see_a_channel_reads_nothing_there(town: Town) -> None:
    with refused(NO_ACCESS):
        await read_states.ack_message(town.ctx, town.eve, town.general, 1)
    with refused(UNKNOWN_CHANNEL):
        await read_states.ack_message(town.ctx, town.bob, 5, 1)
    with refused(20001):
        await read_states.ack_message(town.ctx, Actor(town.bob.user_id, is_bot=True), town.general, 1)


async def test_many_channels_are_read_at_once_and_those_that_are_gone_hinder_none(town: Town) -> None:
    first = await town.say(f"<@{town.bob.user_id}>")
    voice = town.channel("General")
    other = await channels.create_channel(town.ctx, town.ada, town.guild_id, CreateChannelRequest(name="other"))
    town.published.clear()
    await read_states.ack_messages(
        town.ctx,
        town.bob,
        [(0, 5, 1), (0, town.general, first), (0, town.guild_id, 1), (0, other.id, first), (0, voice, first)],
    )
    told = {codec.decode(event.body, MessageAck).channel_id for event in town.told("MESSAGE_ACK")}
    assert {town.general, other.id} <= told <= {town.general, other.id, voice}
    state = (await ready.user_ready(town.ctx, town.bob)).read_state
    assert isinstance(state, list)
    assert ReadState(id=town.general, last_message_id=first) in state
    await read_states.ack_messages(town.ctx, town.eve, [(0, town.general, first)])
    assert (await ready.user_ready(town.ctx, town.eve)).read_state == []
    with refused(20001):
        await read_states.ack_messages(town.ctx, Actor(town.bob.user_id, is_bot=True), [])
    with refused(50035) as caught:
        await read_states.ack_messages(town.ctx, town.bob, [(0, town.general, first)] * 101)
    assert b"100" in caught.value.encode()


async def test_what_one_writes_one_has_read(town: Town) -> None:
    await town.say(f"<@{town.bob.user_id}>")
    sent = await messages.create_message(town.ctx, town.bob, town.general, CreateMessageRequest(content="here"))
    state = (await ready.user_ready(town.ctx, town.bob)).read_state
    assert state == [ReadState(id=town.general, last_message_id=sent.id)]
