"""What dispatches of members do to the state, and of what people show of themselves."""

import msgspec

from tuichat.client import directory
from tuichat.client.change import Change, GuildChanged, MembersChanged, PresenceChanged, VoiceStatesChanged
from tuichat.client.state import State
from tuichat.protocol.dispatch.member import MemberAdd, MemberRemove, MembersChunk, MemberUpdate
from tuichat.protocol.dispatch.user import PresenceUpdate, UserUpdate
from tuichat.protocol.user import Presence


def add_member(state: State, event: MemberAdd) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None:
        return []
    if event.user.id not in guild.members:
        guild.member_count += 1
    directory.put_member(state, guild, directory.plain_member(event))
    return [MembersChanged(event.guild_id)]


def change_member(state: State, event: MemberUpdate) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None:
        return []
    directory.put_member(state, guild, directory.plain_member(event))
    is_own = state.me is not None and event.user.id == state.me.id
    return [MembersChanged(event.guild_id), *([GuildChanged(event.guild_id)] if is_own else [])]


def remove_member(state: State, event: MemberRemove) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None:
        return []
    if guild.members.pop(event.user.id, None) is not None:
        guild.member_count = max(guild.member_count - 1, len(guild.members))
    was_in_voice = guild.voice_states.pop(event.user.id, None) is not None
    return [MembersChanged(event.guild_id), *([VoiceStatesChanged(event.guild_id)] if was_in_voice else [])]


def add_members(state: State, event: MembersChunk) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None:
        return []
    for member in event.members:
        directory.put_member(state, guild, member)
    guild.member_count = max(guild.member_count, len(guild.members))
    if isinstance(event.presences, list):
        for presence in event.presences:
            state.presences[presence.user.id] = presence
    return [MembersChanged(event.guild_id)]


def change_own_user(state: State, event: UserUpdate) -> list[Change]:
    if state.me is None or event.id != state.me.id:
        return []
    state.me = event
    directory.know(state, event)
    changes: list[Change] = [PresenceChanged(event.id)]
    for guild_id, guild in state.guilds.items():
        if (member := guild.members.get(event.id)) is not None:
            guild.members[event.id] = msgspec.structs.replace(member, user=directory.plain_user(event))
            changes.append(MembersChanged(guild_id))
    return changes


def change_presence(state: State, event: PresenceUpdate) -> list[Change]:
    if len(state.presences) >= directory.MAX_USERS and event.user.id not in state.presences:
        return []
    state.presences[event.user.id] = Presence(
        user=event.user,
        status=event.status[: directory.MAX_NAME_CHARACTERS],
        activities=event.activities,
        client_status=event.client_status,
    )
    return [PresenceChanged(event.user.id)]
