"""What dispatches of guilds do to the state: what they are, their roles, emojis and sounds."""

import msgspec

from tuichat.client import directory
from tuichat.client.change import Change, GuildChanged, GuildsChanged, MembersChanged, SoundsChanged
from tuichat.client.state import State
from tuichat.protocol.dispatch.guild import (
    EmojisUpdate,
    GuildCreate,
    GuildDelete,
    GuildUpdate,
    RoleCreate,
    RoleDelete,
    RoleUpdate,
)
from tuichat.protocol.soundboard import SoundboardSound, SoundboardSounds, SoundDelete


def add_guild(state: State, event: GuildCreate) -> list[Change]:
    is_new = event.id not in state.guilds
    directory.put_guild(state, event)
    return [GuildsChanged()] if is_new else [GuildsChanged(), GuildChanged(event.id)]


def change_guild(state: State, event: GuildUpdate) -> list[Change]:
    guild = state.guilds.get(event.id)
    if guild is None:
        return []
    guild.guild = directory.bounded_guild(event)
    if event.roles:
        guild.roles = {role.id: directory.bounded_role(role) for role in event.roles}
    return [GuildChanged(event.id)]


def remove_guild(state: State, event: GuildDelete) -> list[Change]:
    guild = state.guilds.get(event.id)
    if guild is None:
        return []
    if event.unavailable is True:
        guild.is_available = False
        return [GuildChanged(event.id)]
    del state.guilds[event.id]
    changes: list[Change] = [GuildsChanged()]
    for channel_id in (*guild.channel_ids, *guild.thread_ids):
        changes += directory.drop_channel(state, channel_id)
    return changes


def change_emojis(state: State, event: EmojisUpdate) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None:
        return []
    guild.guild = msgspec.structs.replace(guild.guild, emojis=event.emojis)
    return [GuildChanged(event.guild_id)]


def change_sounds(state: State, event: SoundboardSound | SoundDelete | SoundboardSounds) -> list[Change]:
    return [SoundsChanged(event.guild_id)] if isinstance(event.guild_id, int) else []


def add_role(state: State, event: RoleCreate) -> list[Change]:
    return directory.put_role(state, event.guild_id, event.role)


def change_role(state: State, event: RoleUpdate) -> list[Change]:
    return directory.put_role(state, event.guild_id, event.role)


def remove_role(state: State, event: RoleDelete) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None or guild.roles.pop(event.role_id, None) is None:
        return []
    for user_id, member in guild.members.items():
        if event.role_id in member.roles:
            roles = [role_id for role_id in member.roles if role_id != event.role_id]
            guild.members[user_id] = msgspec.structs.replace(member, roles=roles)
    return [GuildChanged(event.guild_id), MembersChanged(event.guild_id)]
