"""What dispatches of who is in which voice channel do to the state."""

from tuichat.client import calls, directory
from tuichat.client.change import Change, VoiceStatesChanged
from tuichat.client.state import State
from tuichat.protocol.dispatch.voice import VoiceStateUpdate
from tuichat.protocol.guild import Member


def change_voice_state(state: State, event: VoiceStateUpdate) -> list[Change]:
    if not isinstance(event.guild_id, int):
        return calls.change_voice_state(state, directory.plain_voice_state(event))
    guild = state.guilds.get(event.guild_id)
    if guild is None:
        return []
    if isinstance(event.member, Member):
        directory.put_member(state, guild, event.member)
    if event.channel_id is None:
        guild.voice_states.pop(event.user_id, None)
    else:
        guild.voice_states[event.user_id] = directory.plain_voice_state(event)
    return [VoiceStatesChanged(guild.guild.id)]
