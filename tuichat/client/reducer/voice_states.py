"""What dispatches of who is in which voice channel do to the state."""

from tuichat.client import calls, directory, stage_part
from tuichat.client.change import Change, VoiceStateChanged, VoiceStatesChanged
from tuichat.client.reducer import rooms
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
    before = guild.voice_states.get(event.user_id)
    now = directory.plain_voice_state(event)
    is_kept = now.channel_id is not None and not stage_part.is_kept_apart(state, now)
    if not is_kept:
        guild.voice_states.pop(now.user_id, None)
    else:
        guild.voice_states[now.user_id] = now
    if state.me is not None and now.user_id == state.me.id and now.channel_id is not None:
        state.room_invitations.pop(now.channel_id, None)
    told = VoiceStateChanged(now.user_id, before, now if is_kept else None)
    return [VoiceStatesChanged(guild.guild.id), *rooms.ask_up(state, guild, before, now), told]
