"""What dispatches say of the calls of private channels."""

import msgspec
from msgspec import UNSET

from tests.client.builders import ME, OTHER, ready
from tuichat.client.calls import MAX_CALLS, MAX_IN_CALL
from tuichat.client.change import CallsChanged, ChannelsChanged, VoiceStateChanged
from tuichat.client.reducer import reducer
from tuichat.client.state import State
from tuichat.protocol.call import CallCreate, CallDelete, CallUpdate
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch.channel import ChannelCreate
from tuichat.protocol.dispatch.voice import VoiceStateUpdate
from tuichat.protocol.guild import VoiceState
from tuichat.protocol.private_channel import PrivateChannel
from tuichat.protocol.snowflake import Snowflake

DIRECT, GROUP = 30, 31


def started() -> State:
    state = State()
    channels = [PrivateChannel(id=Snowflake(each), type=ChannelType.DM) for each in (DIRECT, GROUP)]
    reducer.reduce(state, ready(private_channels=channels), 0)
    return state


def seat(channel_id: int | None, user_id: int = OTHER) -> VoiceStateUpdate:
    return VoiceStateUpdate(
        guild_id=UNSET,
        channel_id=None if channel_id is None else Snowflake(channel_id),
        user_id=Snowflake(user_id),
        session_id="session",
    )


def test_a_call_rings_is_joined_and_ends() -> None:
    state = started()
    inside = VoiceState(channel_id=Snowflake(DIRECT), user_id=Snowflake(OTHER), session_id="session")
    created = CallCreate(channel_id=Snowflake(DIRECT), ringing=[Snowflake(ME)], voice_states=[inside])
    assert reducer.reduce(state, created, 0) == [CallsChanged(DIRECT)]
    assert state.calls[DIRECT].ringing_ids == {ME}
    assert [each.user_id for each in state.voice_states_of(DIRECT)] == [OTHER]
    reducer.reduce(state, CallUpdate(channel_id=Snowflake(DIRECT)), 0)
    assert state.calls[DIRECT].ringing_ids == frozenset()
    reducer.reduce(state, seat(DIRECT, ME), 0)
    assert len(state.voice_states_of(DIRECT)) == 2
    assert reducer.reduce(state, CallDelete(channel_id=Snowflake(DIRECT)), 0) == [CallsChanged(DIRECT)]
    assert reducer.reduce(state, CallDelete(channel_id=Snowflake(DIRECT)), 0) == []
    assert state.voice_states_of(DIRECT) == []


def test_somebody_is_in_one_call_at_a_time() -> None:
    state = started()
    for channel_id in (DIRECT, GROUP):
        reducer.reduce(state, CallCreate(channel_id=Snowflake(channel_id)), 0)
    reducer.reduce(state, seat(DIRECT), 0)
    left, joined, told = reducer.reduce(state, seat(GROUP), 0)
    assert {left, joined} == {CallsChanged(DIRECT), CallsChanged(GROUP)}
    assert isinstance(told, VoiceStateChanged)
    assert [each and each.channel_id for each in (told.before, told.now)] == [DIRECT, GROUP]
    assert state.voice_states_of(DIRECT) == []
    assert reducer.reduce(state, seat(None), 0) == [CallsChanged(GROUP), VoiceStateChanged(OTHER, told.now, None)]
    assert reducer.reduce(state, seat(None), 0) == []


def test_a_call_may_come_before_its_channel() -> None:
    state = started()
    reducer.reduce(state, CallCreate(channel_id=Snowflake(99), ringing=[Snowflake(ME)]), 0)
    channel = ChannelCreate(id=Snowflake(99), type=ChannelType.DM)
    assert reducer.reduce(state, channel, 0) == [ChannelsChanged(None), CallsChanged(99)]


def test_a_server_that_floods_is_not_believed_without_end() -> None:
    state = started()
    for channel_id in range(1000, 1000 + 2 * MAX_CALLS):
        reducer.reduce(state, CallCreate(channel_id=Snowflake(channel_id)), 0)
    reducer.reduce(state, seat(5000), 0)
    assert len(state.calls) == MAX_CALLS
    crowd = [
        VoiceState(channel_id=Snowflake(1000), user_id=Snowflake(user_id), session_id="s") for user_id in range(1, 500)
    ]
    event = CallCreate(
        channel_id=Snowflake(1000), voice_states=crowd, ringing=[Snowflake(each) for each in range(1, 500)]
    )
    reducer.reduce(state, event, 0)
    assert len(state.calls[1000].voice_states) == MAX_IN_CALL
    assert len(state.calls[1000].ringing_ids) <= MAX_IN_CALL


def test_a_fresh_session_knows_of_no_call() -> None:
    state = started()
    reducer.reduce(state, CallCreate(channel_id=Snowflake(DIRECT)), 0)
    reducer.reduce(state, msgspec.structs.replace(ready(), session_id="another"), 0)
    assert state.calls == {}
