"""How somebody takes part in a stage, by what its voice state says (Discord's documentation, "Modify Current User Voice State").

Who is asked up has the time of a request and is not suppressed any more, until it accepts.
"""

from tuichat.client.state import State
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.guild import VoiceState
from tuichat.protocol.live_room import FEATURE
from tuichat.protocol.timestamp import parse_timestamp


def speaks(voice: VoiceState) -> bool:
    return not voice.suppress and voice.request_to_speak_timestamp is None


def has_asked(voice: VoiceState) -> bool:
    """Whether a hand is up."""
    return voice.suppress and voice.request_to_speak_timestamp is not None


def is_asked_up(voice: VoiceState) -> bool:
    """Whether a host asks it to speak, and it has not answered."""
    return not voice.suppress and voice.request_to_speak_timestamp is not None


def only_listens(voice: VoiceState) -> bool:
    """Whether it is of the audience and asks for nothing."""
    return voice.suppress and voice.request_to_speak_timestamp is None


def asked_ms(voice: VoiceState) -> int | None:
    """When a hand was raised, Unix time; 0 for a time that cannot be read."""
    if voice.request_to_speak_timestamp is None:
        return None
    try:
        return parse_timestamp(voice.request_to_speak_timestamp)
    except ValueError:
        return 0


def is_on_stage(state: State, voice: VoiceState) -> bool:
    """Whether somebody is in a stage channel."""
    channel = state.channels.get(voice.channel_id) if voice.channel_id is not None else None
    return channel is not None and channel.type == ChannelType.STAGE


def is_kept_apart(state: State, voice: VoiceState) -> bool:
    """Whether a server tells somebody in the count of a room's audience alone: nobody would hear of its leaving."""
    is_mine = state.me is not None and voice.user_id == state.me.id
    return FEATURE in state.features and not is_mine and only_listens(voice) and is_on_stage(state, voice)
