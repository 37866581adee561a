"""Who is in a voice channel, or in the call of a private one: also for who is not there."""

from collections.abc import Callable, Mapping

from tuichat.client import stage_part
from tuichat.client.call_sound import CallHistory
from tuichat.client.state import State
from tuichat.client.voice_desk import VoicePerson
from tuichat.protocol.guild import VoiceState
from tuichat.voice.audio_protocol import SILENCE_DB


def people_in(
    state: State,
    channel_id: int,
    *,
    speaking: Mapping[int, bool] | None = None,
    levels_db: Mapping[int, float] | None = None,
    volume: Callable[[int], int] = lambda user_id: 100,
    history: CallHistory | None = None,
) -> tuple[VoicePerson, ...]:
    """Return who is in a voice channel, or in the call of a private one, by name; also without being there."""
    me = state.me.id if state.me is not None else None
    speaking, levels_db = speaking or {}, levels_db or {}
    found = [
        VoicePerson(
            user_id=int(voice.user_id),
            name=name_in_voice(state, channel_id, voice),
            is_me=voice.user_id == me,
            is_speaking=voice.user_id in speaking,
            is_priority=speaking.get(voice.user_id, False),
            level_db=levels_db.get(voice.user_id, SILENCE_DB),
            is_muted=voice.self_mute,
            is_deafened=voice.self_deaf,
            is_server_muted=voice.mute,
            is_server_deafened=voice.deaf,
            is_suppressed=not stage_part.speaks(voice),
            volume_percent=volume(voice.user_id),
            moments=history.of(voice.user_id) if history is not None else (),
        )
        for voice in state.voice_states_of(channel_id)
    ]
    return tuple(sorted(found, key=lambda person: (person.name.casefold(), person.user_id)))


def name_in_voice(state: State, channel_id: int, voice: VoiceState) -> str:
    """Return somebody's name in a channel, as text from outside; empty where nobody knows it."""
    return state.person_name(channel_id, voice.user_id)
