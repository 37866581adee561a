"""What each dispatch does to the state, and which changes the screen hears of."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET

from tuichat.client import calls, directory, hearing, marking, member_list, notice, timeline
from tuichat.client.change import (
    Change,
    ChannelsChanged,
    GuildChanged,
    GuildsChanged,
    MembersChanged,
    MessageArrived,
    PinsChanged,
    PresenceChanged,
    ReadStateChanged,
    SoundsChanged,
    TypingChanged,
    VoiceStatesChanged,
)
from tuichat.client.state import Connection, State
from tuichat.protocol.call import CallCreate, CallDelete, CallUpdate
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch.channel import ChannelCreate, ChannelDelete, ChannelPinsUpdate, ChannelUpdate
from tuichat.protocol.dispatch.guild import (
    EmojisUpdate,
    GuildCreate,
    GuildDelete,
    GuildUpdate,
    RoleCreate,
    RoleDelete,
    RoleUpdate,
    SoundCreate,
    SoundsUpdate,
    SoundUpdate,
)
from tuichat.protocol.dispatch.member import MemberAdd, MemberRemove, MembersChunk, MemberUpdate
from tuichat.protocol.dispatch.message import (
    MessageCreate,
    MessageDelete,
    MessageDeleteBulk,
    MessageUpdate,
    PollVoteAdd,
    PollVoteRemove,
    ReactionAdd,
    ReactionRemove,
    ReactionRemoveAll,
    ReactionRemoveEmoji,
    TypingStart,
)
from tuichat.protocol.dispatch.read_state import MessageAck, ReadState
from tuichat.protocol.dispatch.ready import Ready, UserReady
from tuichat.protocol.dispatch.thread import (
    ThreadCreate,
    ThreadDelete,
    ThreadListSync,
    ThreadMembersUpdate,
    ThreadMemberUpdate,
    ThreadUpdate,
)
from tuichat.protocol.dispatch.user import PresenceUpdate, UserGuildSettingsUpdate, UserSettingsUpdate, UserUpdate
from tuichat.protocol.dispatch.voice import VoiceStateUpdate
from tuichat.protocol.guild import Member
from tuichat.protocol.member_list import MemberListUpdate
from tuichat.protocol.message import Message
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.private_channel import ChannelRecipientAdd, ChannelRecipientRemove
from tuichat.protocol.relationship import RelationshipAdd, RelationshipRemove, RelationshipUpdate
from tuichat.protocol.soundboard import SoundboardSound, SoundboardSounds, SoundDelete, VoiceChannelEffectSend
from tuichat.protocol.user import Presence

TYPING_MS = 10_000  # Discord's documentation, "Trigger Typing Indicator": it lasts for 10 seconds
MAX_TYPING = 50  # taste: a channel's typing line names three

Event = TypeVar("Event", bound=msgspec.Struct)
Handler = Callable[[State, Any, int], list[Change]]
_handlers: dict[type[msgspec.Struct], Handler] = {}


def on(kind: type[Event]) -> Callable[[Callable[[State, Event], list[Change]]], Callable[[State, Event], list[Change]]]:
    """Register what a kind of dispatch does."""

    def register(handler: Callable[[State, Event], list[Change]]) -> Callable[[State, Event], list[Change]]:
        _handlers[kind] = lambda state, event, now_ms: handler(state, event)
        return handler

    return register


def on_at(
    kind: type[Event],
) -> Callable[[Callable[[State, Event, int], list[Change]]], Callable[[State, Event, int], list[Change]]]:
    """Register what a kind of dispatch does that needs the time, in ms of the client's clock."""

    def register(handler: Callable[[State, Event, int], list[Change]]) -> Callable[[State, Event, int], list[Change]]:
        _handlers[kind] = handler
        return handler

    return register


def reduce(state: State, event: msgspec.Struct, now_ms: int) -> list[Change]:
    """Carry out a dispatch; one that nobody has registered changes nothing."""
    handler = _handlers.get(type(event))
    return [] if handler is None else handler(state, event, now_ms)


def expire_typing(state: State, now_ms: int) -> list[Change]:
    """Forget who stopped typing."""
    changes: list[Change] = []
    for channel_id, typing in list(state.typing.items()):
        for user_id in [user_id for user_id, end_ms in typing.items() if end_ms <= now_ms]:
            del typing[user_id]
            changes.append(TypingChanged(channel_id))
        if not typing:
            del state.typing[channel_id]
    return list(dict.fromkeys(changes))


def next_typing_end_ms(state: State) -> int | None:
    """Return when `expire_typing` has something to do."""
    return min((end_ms for typing in state.typing.values() for end_ms in typing.values()), default=None)


@on(UserReady)
def start_session(state: State, event: UserReady) -> list[Change]:
    """A fresh session: everything is as READY says, and what is cached of channels is stale."""
    directory.clear(state)
    state.me = event.user
    state.session_id = event.session_id
    for user in event.users:
        directory.know(state, user)
    for guild in event.guilds:
        directory.put_guild(state, guild)
    for channel in event.private_channels:
        directory.put_private_channel(state, channel)
    for presence in event.presences:
        state.presences[presence.user.id] = presence
    state.read_states = {read.id: read for read in event.read_states if not read.read_state_type}
    hearing.start(state, event)
    return [GuildsChanged(), *directory.forget_lost_channels(state)]


@on(Ready)
def start_bot_session(state: State, event: Ready) -> list[Change]:
    """A bot's READY only names its guilds; each follows as GUILD_CREATE."""
    directory.clear(state)
    state.me = event.user
    for channel in event.private_channels:
        directory.put_private_channel(state, channel)
    return [GuildsChanged()]


@on(GuildCreate)
def add_guild(state: State, event: GuildCreate) -> list[Change]:
    is_new = event.id not in state.guilds
    directory.put_guild(state, event)
    return [GuildsChanged()] if is_new else [GuildsChanged(), GuildChanged(event.id)]


@on(GuildUpdate)
def change_guild(state: State, event: GuildUpdate) -> list[Change]:
    guild = state.guilds.get(event.id)
    if guild is None:
        return []
    guild.guild = directory.bounded_guild(event)
    if event.roles:
        guild.roles = {role.id: directory.bounded_role(role) for role in event.roles}
    return [GuildChanged(event.id)]


@on(EmojisUpdate)
def change_emojis(state: State, event: EmojisUpdate) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None:
        return []
    guild.guild = msgspec.structs.replace(guild.guild, emojis=event.emojis)
    return [GuildChanged(event.guild_id)]


def change_sounds(state: State, event: SoundboardSound | SoundDelete | SoundboardSounds) -> list[Change]:
    return [SoundsChanged(event.guild_id)] if isinstance(event.guild_id, int) else []


on(SoundCreate)(change_sounds)
on(SoundUpdate)(change_sounds)
on(SoundsUpdate)(change_sounds)
on(SoundDelete)(change_sounds)


@on(GuildDelete)
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


@on(ChannelCreate)
def add_channel(state: State, event: ChannelCreate) -> list[Change]:
    return directory.put_channel(state, event)


@on(ChannelUpdate)
def change_channel(state: State, event: ChannelUpdate) -> list[Change]:
    return directory.put_channel(state, event)


@on(ChannelPinsUpdate)
def change_pins(state: State, event: ChannelPinsUpdate) -> list[Change]:
    channel = state.channels.get(event.channel_id)
    if channel is None:
        return []
    state.channels[channel.id] = msgspec.structs.replace(channel, last_pin_timestamp=event.last_pin_timestamp)
    return [PinsChanged(channel.id)]


@on(ChannelDelete)
def remove_channel(state: State, event: ChannelDelete) -> list[Change]:
    channel = state.channels.get(event.id)
    if channel is None:
        return []
    guild = state.guild_of(event.id)
    changes = directory.drop_channel(state, event.id)
    if guild is not None:
        changes += directory.drop_threads(state, guild, {event.id})
    return [ChannelsChanged(guild.guild.id if guild else None), *changes]


@on(ThreadCreate)
def add_thread(state: State, event: ThreadCreate) -> list[Change]:
    return _put_thread(state, event)


@on(ThreadUpdate)
def change_thread(state: State, event: ThreadUpdate) -> list[Change]:
    return _put_thread(state, event)


@on(ThreadDelete)
def remove_thread(state: State, event: ThreadDelete) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None or event.id not in guild.thread_ids:
        return []
    return [ChannelsChanged(event.guild_id), *directory.drop_channel(state, event.id)]


@on(ThreadListSync)
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


@on(ThreadMemberUpdate)
def join_thread(state: State, event: ThreadMemberUpdate) -> list[Change]:
    """One is in a thread now, or its settings for it changed."""
    thread = state.channels.get(event.id) if isinstance(event.id, int) else None
    if thread is None or not isinstance(thread.guild_id, int):
        return []
    state.channels[thread.id] = msgspec.structs.replace(thread, member=event)
    return [ChannelsChanged(thread.guild_id)]


@on(ThreadMembersUpdate)
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


def _put_thread(state: State, thread: ThreadCreate | ThreadUpdate) -> list[Change]:
    guild = state.guilds.get(thread.guild_id) if isinstance(thread.guild_id, int) else None
    if guild is None:
        return []
    directory.put_thread(state, guild, thread)
    return [ChannelsChanged(guild.guild.id)]


@on(ChannelRecipientAdd)
def add_recipient(state: State, event: ChannelRecipientAdd) -> list[Change]:
    return directory.put_recipient(state, event.channel_id, event.user)


@on(ChannelRecipientRemove)
def remove_recipient(state: State, event: ChannelRecipientRemove) -> list[Change]:
    return directory.drop_recipient(state, event.channel_id, event.user.id)


@on(RoleCreate)
def add_role(state: State, event: RoleCreate) -> list[Change]:
    return directory.put_role(state, event.guild_id, event.role)


@on(RoleUpdate)
def change_role(state: State, event: RoleUpdate) -> list[Change]:
    return directory.put_role(state, event.guild_id, event.role)


@on(RoleDelete)
def remove_role(state: State, event: RoleDelete) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None or guild.roles.pop(event.role_id, None) is None:
        return []
    for user_id, member in guild.members.items():
        if event.role_id in member.roles:
            roles = [role_id for role_id in member.roles if role_id != event.role_id]
            guild.members[user_id] = msgspec.structs.replace(member, roles=roles)
    return [GuildChanged(event.guild_id), MembersChanged(event.guild_id)]


@on(MemberAdd)
def add_member(state: State, event: MemberAdd) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None:
        return []
    if event.user.id not in guild.members:
        guild.member_count += 1
    directory.put_member(state, guild, directory.plain_member(event))
    return [MembersChanged(event.guild_id)]


@on(MemberUpdate)
def change_member(state: State, event: MemberUpdate) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None:
        return []
    directory.put_member(state, guild, directory.plain_member(event))
    is_own = state.me is not None and event.user.id == state.me.id
    return [MembersChanged(event.guild_id), *([GuildChanged(event.guild_id)] if is_own else [])]


@on(MemberRemove)
def remove_member(state: State, event: MemberRemove) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None:
        return []
    if guild.members.pop(event.user.id, None) is not None:
        guild.member_count = max(guild.member_count - 1, len(guild.members))
    was_in_voice = guild.voice_states.pop(event.user.id, None) is not None
    return [MembersChanged(event.guild_id), *([VoiceStatesChanged(event.guild_id)] if was_in_voice else [])]


@on(MembersChunk)
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


on(MemberListUpdate)(member_list.update)


@on(UserUpdate)
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


@on(PresenceUpdate)
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


@on(VoiceStateUpdate)
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


on(CallCreate)(calls.begin)
on(VoiceChannelEffectSend)(calls.play_sound)
on(CallUpdate)(calls.change)
on(CallDelete)(calls.end)


@on(MessageCreate)
def add_message(state: State, event: MessageCreate) -> list[Change]:
    """A new message: it ends its author's typing, and it is unread unless it is one's own."""
    directory.know(state, event.author)
    changes: list[Change] = []
    typing = state.typing.get(event.channel_id, {})
    if typing.pop(event.author.id, None) is not None:
        changes.append(TypingChanged(event.channel_id))
    member = _member_of(state, event)
    for known in state.all_timelines(event.channel_id):
        changes += timeline.receive(known, event, is_own=is_own(state, event), member=member)
    newest = note_newest(state, event)
    if newest and not is_own(state, event):
        # Until the session is resumed, the server tells what was missed.
        newest.append(MessageArrived(event.channel_id, event, is_late=state.connection is not Connection.READY))
    return changes + newest


def is_own(state: State, message: Message) -> bool:
    return state.me is not None and message.author.id == state.me.id


def note_newest(state: State, message: Message) -> list[Change]:
    """Count a message that exists now into its channel's end and into what is unread."""
    channel = state.channels.get(message.channel_id)
    if channel is None:
        return []
    if isinstance(channel.last_message_id, int) and channel.last_message_id >= message.id:
        return []
    state.channels[channel.id] = msgspec.structs.replace(channel, last_message_id=message.id)
    read = state.read_states.get(channel.id) or ReadState(id=channel.id)
    if is_own(state, message):
        state.read_states[channel.id] = msgspec.structs.replace(read, last_message_id=message.id, mention_count=0)
    elif notice.counts_as_mention(state, message):
        state.read_states[channel.id] = msgspec.structs.replace(read, mention_count=read.mention_count + 1)
    return [ReadStateChanged(channel.id)]


@on(MessageUpdate)
def change_message(state: State, event: MessageUpdate) -> list[Change]:
    known = state.all_timelines(event.channel_id)
    return marking.merged(timeline.update(each, event) for each in known)


@on(MessageDelete)
def remove_message(state: State, event: MessageDelete) -> list[Change]:
    known = state.all_timelines(event.channel_id)
    return marking.merged(timeline.remove(each, event.id) for each in known)


@on(MessageDeleteBulk)
def remove_messages(state: State, event: MessageDeleteBulk) -> list[Change]:
    known = state.all_timelines(event.channel_id)
    return marking.merged(timeline.remove(each, *event.ids) for each in known)


on(ReactionAdd)(marking.add_reaction)
on(ReactionRemove)(marking.remove_reaction)
on(ReactionRemoveAll)(marking.remove_reactions)
on(ReactionRemoveEmoji)(marking.remove_emoji)
on(PollVoteAdd)(marking.add_vote)
on(PollVoteRemove)(marking.remove_vote)


@on(MessageAck)
def mark_read(state: State, event: MessageAck) -> list[Change]:
    """A session of the account read a channel up to a message. What is read here already goes back to unread by the user's
    own wish alone: an acknowledgement that comes late says nothing new."""
    known = state.read_states.get(event.channel_id) or ReadState(id=event.channel_id)
    if event.manual is not True and (known.last_message_id or 0) > event.message_id:
        return []
    state.read_states[event.channel_id] = msgspec.structs.replace(
        known, last_message_id=event.message_id, mention_count=max(event.mention_count, 0)
    )
    return [ReadStateChanged(event.channel_id)]


on(UserGuildSettingsUpdate)(hearing.change_guild_settings)
on(UserSettingsUpdate)(hearing.change_settings)
on(RelationshipAdd)(hearing.change_relationship)
on(RelationshipUpdate)(hearing.change_relationship)
on(RelationshipRemove)(hearing.remove_relationship)


@on_at(TypingStart)
def start_typing(state: State, event: TypingStart, now_ms: int) -> list[Change]:
    if event.channel_id not in state.channels or (state.me is not None and event.user_id == state.me.id):
        return []
    guild = state.guild_of(event.channel_id)
    if guild is not None and isinstance(event.member, Member):
        directory.put_member(state, guild, event.member)
    typing = state.typing.setdefault(event.channel_id, {})
    is_new = event.user_id not in typing
    if is_new and len(typing) >= MAX_TYPING:
        return []
    typing[event.user_id] = now_ms + TYPING_MS
    return [TypingChanged(event.channel_id)] if is_new else []


def _member_of(state: State, event: MessageCreate) -> Member | None:
    """Return the author as a member, and learn of one that READY did not list."""
    guild = state.guild_of(event.channel_id)
    if guild is None or not isinstance(event.member, msgspec.Struct):
        return None
    partial = event.member
    fields = {name: getattr(partial, name) for name in partial.__struct_fields__}
    member = Member(**(fields | {"user": event.author}))
    if event.author.id not in guild.members:
        directory.put_member(state, guild, member)
    return guild.members.get(event.author.id, member)
