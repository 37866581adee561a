"""Calls of direct messages and groups: they begin with the first in them, ring, and end with the last (line 4.1)."""

import pytest

from tests.server.actions.conftest import Town, befriend, open_direct, refused
from tests.server.actions.voice_people import VoiceTown
from tuichat.protocol import codec
from tuichat.protocol.call import CallCreate, CallDelete, CallUpdate
from tuichat.protocol.dispatch.message import MessageCreate, MessageUpdate
from tuichat.protocol.gateway import VoiceStateUpdate as VoiceRequest
from tuichat.protocol.private_channel import CreatePrivateChannelRequest
from tuichat.protocol.relationship import PutRelationshipRequest, RelationshipType
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import calls, directs, groups, relationships, voice_states, voice_upkeep
from tuichat.server.actions.voice_rooms import Removal

NO_ACCESS, UNKNOWN_CHANNEL, CANNOT_MESSAGE, NO_PERMISSION, NO_BOTS, INVALID = 50001, 10003, 50007, 50013, 20001, 50035


@pytest.fixture
def voice(town: Town) -> VoiceTown:
    return VoiceTown(town)


def ask(voice: VoiceTown, name: str, channel_id: int | None, session_id: str = "", *, mute: bool = False) -> None:
    """Send op 4 outside of guilds."""
    request = VoiceRequest(channel_id=None if channel_id is None else Snowflake(channel_id), self_mute=mute)
    actor = voice.town.people[name]
    calls.update_call_state(voice.ctx, actor, session_id or f"of-{name}", "ws://voice.test:1", request)


async def test_a_call_begins_with_the_first_one_in_it(voice: VoiceTown) -> None:
    direct = await open_direct(voice.town, "ada", "bob")
    voice.town.published.clear()
    ask(voice, "ada", direct)
    (made,) = voice.take("CALL_CREATE")
    both = frozenset(int(voice.town.people[name].user_id) for name in ("ada", "bob"))
    assert made.user_ids == both
    call = codec.decode(made.body, CallCreate)
    assert (call.channel_id, call.ringing, call.region, call.voice_states) == (direct, [], "here", [])
    (server,) = voice.servers()
    assert (server.guild_id, server.channel_id) == (None, direct)
    (told,) = voice.take("VOICE_STATE_UPDATE")
    assert told.user_ids == both
    (state,) = voice.states()
    assert (state.channel_id, state.session_id) == (direct, "of-ada")
    await voice.ctx.background.settle()
    (message,) = [codec.decode(event.body, MessageCreate) for event in voice.take("MESSAGE_CREATE")]
    assert (message.id, message.type, message.author.username) == (call.message_id, 3, "ada")
    assert message.call
    assert (message.call.participants, message.call.ended_timestamp) == ([voice.town.ada.user_id], None)


async def test_a_call_ends_with_its_last_one_and_its_message_says_so(voice: VoiceTown) -> None:
    direct = await open_direct(voice.town, "ada", "bob")
    ask(voice, "ada", direct)
    ask(voice, "bob", direct)
    ask(voice, "ada", None)
    assert not voice.take("CALL_DELETE")
    voice_states.session_ended(voice.ctx, voice.town.bob, "of-bob")
    (gone,) = voice.take("CALL_DELETE")
    assert codec.decode(gone.body, CallDelete).channel_id == direct
    await voice.ctx.background.settle()
    (changed,) = [codec.decode(event.body, MessageUpdate) for event in voice.take("MESSAGE_UPDATE")]
    assert changed.call
    assert changed.call.participants == [voice.town.ada.user_id, voice.town.bob.user_id]
    assert changed.call.ended_timestamp is not None
    assert [reason for _, _, reason in voice.rooms.removed] == [Removal.LEFT, Removal.SESSION_ENDED]


async def test_ringing_reaches_the_others_until_they_answer_decline_or_time_is_over(voice: VoiceTown) -> None:
    await befriend(voice.town, "ada", "bob")
    direct = await open_direct(voice.town, "ada", "bob")
    ada, bob = voice.town.ada, voice.town.bob
    await calls.ring(voice.ctx, ada, direct, None)  # there is no call yet
    assert not voice.take("CALL_UPDATE")

    def rung() -> list[list[Snowflake]]:
        return [codec.decode(event.body, CallUpdate).ringing for event in voice.take("CALL_UPDATE")]

    ask(voice, "ada", direct)
    await calls.ring(voice.ctx, ada, direct, None)
    await calls.stop_ringing(voice.ctx, bob, direct, None)
    await calls.ring(voice.ctx, ada, direct, [bob.user_id])
    voice.town.clock.ms += calls.RING_MS - 1
    voice_upkeep.tick(voice.ctx)
    assert rung() == [[bob.user_id], [], [bob.user_id]]
    voice.town.clock.ms += 1
    voice_upkeep.tick(voice.ctx)
    assert rung()[3:] == [[]]
    await calls.ring(voice.ctx, ada, direct, None)
    ask(voice, "bob", direct)
    assert rung()[4:] == [[bob.user_id], []]
    await calls.ring(voice.ctx, ada, direct, None)  # all are in it
    assert len(rung()) == 6


async def test_who_is_in_a_call_gives_people_up_and_nobody_else_does(voice: VoiceTown) -> None:
    for name in ("bob", "mod"):
        await befriend(voice.town, "ada", name)
    request = CreatePrivateChannelRequest(recipients=[voice.town.people[name].user_id for name in ("bob", "mod")])
    group = (await directs.open_direct(voice.ctx, voice.town.ada, request)).id
    ask(voice, "ada", group)
    await calls.ring(voice.ctx, voice.town.ada, group, None)
    mod = voice.town.people["mod"].user_id
    with refused(NO_PERMISSION):
        await calls.stop_ringing(voice.ctx, voice.town.bob, group, [mod])
    await calls.stop_ringing(voice.ctx, voice.town.ada, group, [mod])
    call = voice.ctx.calls.get(group)
    assert call is not None
    assert list(call.ringing) == [voice.town.bob.user_id]


async def test_op_13_finds_a_call_for_its_people(voice: VoiceTown) -> None:
    direct = await open_direct(voice.town, "ada", "bob")
    assert calls.find_call(voice.ctx, voice.town.bob, direct) is None
    ask(voice, "ada", direct, mute=True)
    found = calls.find_call(voice.ctx, voice.town.bob, direct)
    assert found is not None
    assert [(state.user_id, state.self_mute) for state in found.voice_states] == [(voice.town.ada.user_id, True)]
    assert calls.own_calls(voice.ctx, voice.town.bob) == [found]
    assert calls.find_call(voice.ctx, voice.town.people["mod"], direct) is None


async def test_where_nobody_may_call(voice: VoiceTown) -> None:
    direct = await open_direct(voice.town, "ada", "bob")
    with refused(NO_ACCESS):
        ask(voice, "mod", direct)
    with refused(UNKNOWN_CHANNEL):
        ask(voice, "ada", 1)
    with refused(50024):
        ask(voice, "ada", voice.lounge)
    with refused(INVALID):
        await calls.set_region(voice.ctx, voice.town.ada, direct, "elsewhere")
    assert (await calls.get_eligibility(voice.ctx, voice.town.ada, direct)).ringable
    block = PutRelationshipRequest(type=RelationshipType.BLOCKED)
    await relationships.put_relationship(voice.ctx, voice.town.bob, voice.town.ada.user_id, block)
    assert not (await calls.get_eligibility(voice.ctx, voice.town.ada, direct)).ringable
    with refused(CANNOT_MESSAGE):
        ask(voice, "ada", direct)
    with refused(CANNOT_MESSAGE):
        await calls.ring(voice.ctx, voice.town.ada, direct, None)
    await voice.town.add_bot()
    with refused(NO_BOTS):
        ask(voice, "helper", direct)


async def test_a_call_takes_an_account_out_of_a_guilds_voice(voice: VoiceTown) -> None:
    direct = await open_direct(voice.town, "ada", "bob")
    voice.ask("ada", voice.lounge)
    ask(voice, "ada", direct)
    assert voice.place("ada") is None
    voice.ask("ada", voice.lounge)
    assert voice.ctx.calls.get(direct) is None
    ask(voice, "ada", None)  # this session leaves whatever it is in
    assert len(voice.ctx.voice_seats) == 0


async def test_who_leaves_a_group_leaves_its_call(voice: VoiceTown) -> None:
    for name in ("bob", "mod"):
        await befriend(voice.town, "ada", name)
    request = CreatePrivateChannelRequest(recipients=[voice.town.people[name].user_id for name in ("bob", "mod")])
    group = (await directs.open_direct(voice.ctx, voice.town.ada, request)).id
    for name in ("ada", "bob"):
        ask(voice, name, group)
    await calls.ring(voice.ctx, voice.town.ada, group, None)
    await groups.remove_recipient(voice.ctx, voice.town.ada, group, voice.town.bob.user_id)
    await groups.remove_recipient(voice.ctx, voice.town.ada, group, voice.town.people["mod"].user_id)
    calls.look_again(voice.ctx, group)
    assert [seat.user_id for seat in voice.ctx.voice_seats.in_server(group)] == [voice.town.ada.user_id]
    call = voice.ctx.calls.get(group)
    assert call is not None
    assert call.ringing == {}
