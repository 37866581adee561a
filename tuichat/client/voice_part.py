"""How an account takes part in its call: where the gateway has it, and what the voice server is told of it."""

from tuichat.client.own_call import OwnCall, SelfVoice
from tuichat.client.state import State
from tuichat.protocol.guild import VoiceState
from tuichat.voice.call_protocol import SetCallVoice

DEFAULT_BITRATE = 64_000  # bits a second; Discord's default of a voice channel


def own_voice_state(state: State, call: OwnCall) -> VoiceState | None:
    """Return one's voice state in the call's place, None while it is not there with this session."""
    me = state.me
    if me is None:
        return None
    if call.guild_id is not None:
        guild = state.guilds.get(call.guild_id)
        found = guild.voice_states.get(me.id) if guild else None
    else:
        private = state.calls.get(call.channel_id)
        found = private.voice_states.get(me.id) if private else None
    return found if found is not None and found.session_id == state.session_id else None


def part_taken(state: State, call: OwnCall, own: SelfVoice) -> SetCallVoice:
    """Return how one takes part, by what one decided and what moderators and the channel did."""
    channel = state.channels.get(call.channel_id)
    bitrate = channel.bitrate if channel is not None and isinstance(channel.bitrate, int) else DEFAULT_BITRATE
    return SetCallVoice(
        is_muted=own.is_silent or call.is_muted_by_moderator or call.is_suppressed,
        is_deafened=own.is_deafened or call.is_deafened_by_moderator,
        is_priority=own.is_priority,
        bitrate=int(bitrate),
    )
