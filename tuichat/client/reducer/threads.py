"""What dispatches of threads do to the state."""

import msgspec
from msgspec import UNSET

from tuichat.client import directory
from tuichat.client.change import Change, ChannelsChanged
from tuichat.client.state import State
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch.thread import (
    ThreadCreate,
    ThreadDelete,
    ThreadListSync,
    ThreadMembersUpdate,
    ThreadMemberUpdate,
    ThreadUpdate,
)
from tuichat.protocol.permissions import Permissions


def remove_thread(state: State, event: ThreadDelete) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None or event.id not in guild.thread_ids:
        return []
    return [ChannelsChanged(event.guild_id), *directory.drop_channel(state, event.id)]


def replace_threads(state: State, event: ThreadListSync) -> list[Change]:
    """All active threads of channels that one sees now: those that were known there before are gone."""
    guild = state.guilds.get(event.guild_id)
    if guild is None:
        return []
    parents = set(event.channel_ids) if isinstance(event.channel_ids, list) else None
    present = {thread.id for thread in event.threads}
    changes: list[Change] = [ChannelsChanged(event.guild_id)]
    for thread_id in guild.thread_ids - present:
        known = state.channels.get(thread_id)
        if known is None or parents is None or known.parent_id in parents:
            changes += directory.drop_channel(state, thread_id)
    for thread in event.threads:
        directory.put_thread(state, guild, thread)
    return changes


def join_thread(state: State, event: ThreadMemberUpdate) -> list[Change]:
    """One is in a thread now, or its settings for it changed."""
    thread = state.channels.get(event.id) if isinstance(event.id, int) else None
    if thread is None or not isinstance(thread.guild_id, int):
        return []
    state.channels[thread.id] = msgspec.structs.replace(thread, member=event)
    return [ChannelsChanged(thread.guild_id)]


def change_thread_members(state: State, event: ThreadMembersUpdate) -> list[Change]:
    """Whoever is taken out of a private thread sees it no more."""
    guild = state.guilds.get(event.guild_id)
    thread = state.channels.get(event.id)
    removed = event.removed_member_ids if isinstance(event.removed_member_ids, list) else []
    if guild is None or thread is None or state.me is None:
        return []
    if state.me.id not in removed:
        return []
    state.channels[thread.id] = msgspec.structs.replace(thread, member=UNSET)
    if thread.type != ChannelType.PRIVATE_THREAD or state.permissions(event.id) & Permissions.MANAGE_THREADS:
        return []
    return [ChannelsChanged(event.guild_id), *directory.drop_channel(state, event.id)]


def put_thread(state: State, thread: ThreadCreate | ThreadUpdate) -> list[Change]:
    guild = state.guilds.get(thread.guild_id) if isinstance(thread.guild_id, int) else None
    if guild is None:
        return []
    directory.put_thread(state, guild, thread)
    return [ChannelsChanged(guild.guild.id)]
