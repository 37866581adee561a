"""What each dispatch does to the state, and which changes the screen hears of."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from tuichat.client import calls, directory, hearing, marking, member_list
from tuichat.client.change import Change
from tuichat.client.reducer import (
    channels,
    follows,
    guilds,
    members,
    messages,
    rooms,
    scheduled_events,
    sessions,
    threads,
    typists,
    voice_states,
)
from tuichat.client.state import State
from tuichat.protocol.call import CallCreate, CallDelete, CallUpdate
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
from tuichat.protocol.dispatch.read_state import MessageAck
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
from tuichat.protocol.dispatch.voice import StageCreate, StageDelete, StageUpdate, VoiceStateUpdate
from tuichat.protocol.event_details import EventDetailsUpdate
from tuichat.protocol.event_exception import EventExceptionCreate, EventExceptionDelete, EventExceptionsDelete
from tuichat.protocol.event_subscription import ScheduledEventUserAdd, ScheduledEventUserRemove
from tuichat.protocol.follow import FollowedLive, FollowsUpdate
from tuichat.protocol.live_room import (
    HostMuted,
    LiveRoomAudience,
    LiveRoomCreate,
    LiveRoomDelete,
    LiveRoomInvited,
    LiveRoomUpdate,
)
from tuichat.protocol.member_list import MemberListUpdate
from tuichat.protocol.private_channel import ChannelRecipientAdd, ChannelRecipientRemove
from tuichat.protocol.relationship import RelationshipAdd, RelationshipRemove, RelationshipUpdate
from tuichat.protocol.scheduled_event import ScheduledEventCreate, ScheduledEventDelete, ScheduledEventUpdate
from tuichat.protocol.soundboard import SoundDelete, VoiceChannelEffectSend

Event = TypeVar("Event", bound=msgspec.Struct)
Handler = Callable[[State, Any, int], list[Change]]
_handlers: dict[type[msgspec.Struct], Handler] = {}


def _on(kind: type[Event], handler: Callable[[State, Event], list[Change]]) -> None:
    """Have a kind of dispatch carried out."""
    _handlers[kind] = lambda state, event, now_ms: handler(state, event)


def _on_at(kind: type[Event], handler: Callable[[State, Event, int], list[Change]]) -> None:
    """Likewise, with the time, in ms of the client's clock."""
    _handlers[kind] = handler


def reduce(state: State, event: msgspec.Struct, now_ms: int) -> list[Change]:
    """Carry out a dispatch; one that is not listed below changes nothing."""
    handler = _handlers.get(type(event))
    return [] if handler is None else handler(state, event, now_ms)


_on(UserReady, sessions.start_session)
_on(Ready, sessions.start_bot_session)
_on(GuildCreate, guilds.add_guild)
_on(GuildUpdate, guilds.change_guild)
_on(EmojisUpdate, guilds.change_emojis)
_on(SoundCreate, guilds.change_sounds)
_on(SoundUpdate, guilds.change_sounds)
_on(SoundsUpdate, guilds.change_sounds)
_on(SoundDelete, guilds.change_sounds)
_on(GuildDelete, guilds.remove_guild)
_on(RoleCreate, guilds.add_role)
_on(RoleUpdate, guilds.change_role)
_on(RoleDelete, guilds.remove_role)
_on(ChannelCreate, directory.put_channel)
_on(ChannelUpdate, directory.put_channel)
_on(ChannelPinsUpdate, channels.change_pins)
_on(ChannelDelete, channels.remove_channel)
_on(ChannelRecipientAdd, channels.add_recipient)
_on(ChannelRecipientRemove, channels.remove_recipient)
_on(ThreadCreate, threads.put_thread)
_on(ThreadUpdate, threads.put_thread)
_on(ThreadDelete, threads.remove_thread)
_on(ThreadListSync, threads.replace_threads)
_on(ThreadMemberUpdate, threads.join_thread)
_on(ThreadMembersUpdate, threads.change_thread_members)
_on(MemberAdd, members.add_member)
_on(MemberUpdate, members.change_member)
_on(MemberRemove, members.remove_member)
_on(MembersChunk, members.add_members)
_on(MemberListUpdate, member_list.update)
_on(UserUpdate, members.change_own_user)
_on(PresenceUpdate, members.change_presence)
_on(VoiceStateUpdate, voice_states.change_voice_state)
_on(CallCreate, calls.begin)
_on_at(VoiceChannelEffectSend, rooms.take_effect)
_on(CallUpdate, calls.change)
_on(CallDelete, calls.end)
_on(StageCreate, rooms.open_stage)
_on(StageUpdate, rooms.change_stage)
_on(StageDelete, rooms.end_room)
_on(LiveRoomCreate, rooms.put_room)
_on(LiveRoomUpdate, rooms.put_room)
_on(LiveRoomDelete, rooms.end_room)
_on(LiveRoomAudience, rooms.count_audience)
_on(LiveRoomInvited, rooms.invite)
_on(HostMuted, rooms.mute)
_on(MessageCreate, messages.add_message)
_on(MessageUpdate, messages.change_message)
_on(MessageDelete, messages.remove_message)
_on(MessageDeleteBulk, messages.remove_messages)
_on(ReactionAdd, marking.add_reaction)
_on(ReactionRemove, marking.remove_reaction)
_on(ReactionRemoveAll, marking.remove_reactions)
_on(ReactionRemoveEmoji, marking.remove_emoji)
_on(PollVoteAdd, marking.add_vote)
_on(PollVoteRemove, marking.remove_vote)
_on(MessageAck, messages.mark_read)
_on_at(TypingStart, typists.start_typing)
_on(UserGuildSettingsUpdate, hearing.change_guild_settings)
_on(UserSettingsUpdate, hearing.change_settings)
_on(RelationshipAdd, hearing.change_relationship)
_on(RelationshipUpdate, hearing.change_relationship)
_on(RelationshipRemove, hearing.remove_relationship)
_on(FollowsUpdate, follows.change_follows)
_on(FollowedLive, follows.tell_live)
_on(ScheduledEventCreate, scheduled_events.put_event)
_on(ScheduledEventUpdate, scheduled_events.put_event)
_on(ScheduledEventDelete, scheduled_events.remove_event)
_on(EventExceptionCreate, scheduled_events.put_exception)
_on(EventExceptionDelete, scheduled_events.remove_exception)
_on(EventExceptionsDelete, scheduled_events.remove_exceptions)
_on(ScheduledEventUserAdd, scheduled_events.add_interested)
_on(ScheduledEventUserRemove, scheduled_events.remove_interested)
_on(EventDetailsUpdate, scheduled_events.put_details)
