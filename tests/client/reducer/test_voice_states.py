"""Who is in a voice channel shows."""

from tests.client.builders import GUILD, OTHER
from tests.client.reducer.states import NOW, state
from tuichat.client.change import VoiceStateChanged, VoiceStatesChanged
from tuichat.client.reducer import reducer
from tuichat.protocol.dispatch.voice import VoiceStateUpdate
from tuichat.protocol.snowflake import Snowflake


def test_who_comes_into_a_voice_channel_and_leaves_it_shows() -> None:
    made = state()
    fields = {"user_id": Snowflake(OTHER), "session_id": "s", "guild_id": Snowflake(GUILD)}
    joined = VoiceStateUpdate(channel_id=Snowflake(9), **fields)  # type: ignore[arg-type]  # fields of any type
    shown, told = reducer.reduce(made, joined, NOW)
    assert shown == VoiceStatesChanged(GUILD)
    assert made.guilds[GUILD].voice_states[OTHER].channel_id == 9
    assert told == VoiceStateChanged(OTHER, None, made.guilds[GUILD].voice_states[OTHER])
    left = VoiceStateUpdate(channel_id=None, **fields)  # type: ignore[arg-type]  # fields of any type
    reducer.reduce(made, left, NOW)
    assert made.guilds[GUILD].voice_states == {}
