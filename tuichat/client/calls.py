"""What dispatches say of the calls of private channels."""

from tuichat.client.change import CallsChanged, Change, SoundPlayed, VoiceStateChanged
from tuichat.client.state import CallInfo, State
from tuichat.protocol.call import CallCreate, CallDelete, CallUpdate
from tuichat.protocol.guild import VoiceState
from tuichat.protocol.soundboard import VoiceChannelEffectSend

MAX_CALLS = 100  # taste: a person is in a few; a server that tells of more is not well
MAX_IN_CALL = 100  # a group has ten people


def begin(state: State, event: CallCreate) -> list[Change]:
    """A call began; those who are in it were there before, or follow. Its channel may follow as well."""
    if event.channel_id not in state.calls and len(state.calls) >= MAX_CALLS:
        return []
    known = {int(each.user_id): each for each in event.voice_states[:MAX_IN_CALL] if each.channel_id is not None}
    state.calls[event.channel_id] = CallInfo(frozenset(event.ringing[:MAX_IN_CALL]), known)
    return [CallsChanged(event.channel_id)]


def change(state: State, event: CallUpdate) -> list[Change]:
    call = state.calls.get(event.channel_id)
    if call is None:
        return []
    call.ringing_ids = frozenset(event.ringing[:MAX_IN_CALL])
    return [CallsChanged(event.channel_id)]


def end(state: State, event: CallDelete) -> list[Change]:
    return [] if state.calls.pop(event.channel_id, None) is None else [CallsChanged(event.channel_id)]


def play_sound(state: State, event: VoiceChannelEffectSend) -> list[Change]:
    """Somebody plays a sound, which is heard and not kept."""
    if not isinstance(event.sound_id, int):
        return []  # an emoji that flies
    volume = event.sound_volume if isinstance(event.sound_volume, float | int) else 1.0
    return [SoundPlayed(event.channel_id, event.user_id, event.sound_id, min(1.0, max(0.0, float(volume))))]


def change_voice_state(state: State, voice: VoiceState) -> list[Change]:
    """Somebody joined, left or changed in a call: a user is in one private call at most."""
    changes: list[Change] = []
    before = next(
        (each.voice_states[voice.user_id] for each in state.calls.values() if voice.user_id in each.voice_states), None
    )
    for channel_id, call in state.calls.items():
        if channel_id != voice.channel_id and call.voice_states.pop(voice.user_id, None) is not None:
            changes.append(CallsChanged(channel_id))
    if voice.channel_id is None:
        return changes if before is None else [*changes, VoiceStateChanged(voice.user_id, before, None)]
    joined = state.calls.get(voice.channel_id)
    if joined is None:  # its CALL_CREATE follows, or was for others
        if len(state.calls) >= MAX_CALLS:
            return changes
        joined = state.calls[voice.channel_id] = CallInfo()
    if voice.user_id in joined.voice_states or len(joined.voice_states) < MAX_IN_CALL:
        joined.voice_states[voice.user_id] = voice
    return [*changes, CallsChanged(voice.channel_id), VoiceStateChanged(voice.user_id, before, voice)]
