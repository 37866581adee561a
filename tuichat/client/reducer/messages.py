"""What dispatches of messages do to the state, and to what is unread."""

import msgspec

from tuichat.client import directory, marking, notice, timeline
from tuichat.client.change import (
    Change,
    MessageArrived,
    MessageEdited,
    MessagesDeleted,
    OwnMessageArrived,
    ReadStateChanged,
    TypingChanged,
)
from tuichat.client.state import Connection, State
from tuichat.protocol.dispatch.message import MessageCreate, MessageDelete, MessageDeleteBulk, MessageUpdate
from tuichat.protocol.dispatch.read_state import MessageAck, ReadState
from tuichat.protocol.guild import Member
from tuichat.protocol.message import Message, MessageFlag

MAX_THINKING = 200  # taste: answers that bots have announced


def add_message(state: State, event: MessageCreate) -> list[Change]:
    """A new message: it ends its author's typing, and it is unread unless it is one's own."""
    directory.know(state, event.author)
    changes: list[Change] = []
    typing = state.typing.get(event.channel_id, {})
    if typing.pop(event.author.id, None) is not None:
        changes.append(TypingChanged(event.channel_id))
    if (event.flags or 0) & MessageFlag.LOADING:
        state.thinking[event.id] = None
        if len(state.thinking) > MAX_THINKING:
            del state.thinking[next(iter(state.thinking))]
    member = _member_of(state, event)
    for known in state.all_timelines(event.channel_id):
        changes += timeline.receive(known, event, is_own=is_own(state, event), member=member)
    newest = note_newest(state, event)
    if newest and is_own(state, event):
        newest.append(OwnMessageArrived(event.channel_id, event))
    elif newest:
        # Until the session is resumed, the server tells what was missed.
        newest.append(MessageArrived(event.channel_id, event, is_late=state.connection is not Connection.READY))
    return changes + newest


def change_message(state: State, event: MessageUpdate) -> list[Change]:
    known = state.all_timelines(event.channel_id)
    before = next((found.message for each in known if (found := each.find(event.id)) is not None), None)
    is_edit = isinstance(event.edited_timestamp, str) and (
        before is None or before.edited_timestamp != event.edited_timestamp
    )
    if event.id in state.thinking and not (event.flags or 0) & MessageFlag.LOADING:
        del state.thinking[event.id]
        is_edit = True  # the server calls it none, and yet it says only now what it has to say
    changes = marking.merged(timeline.update(each, event) for each in known)
    return [*changes, MessageEdited(event.channel_id, event)] if is_edit else changes


def remove_message(state: State, event: MessageDelete) -> list[Change]:
    known = state.all_timelines(event.channel_id)
    told = MessagesDeleted(event.channel_id, (event.id,))
    return [*marking.merged(timeline.remove(each, event.id) for each in known), told]


def remove_messages(state: State, event: MessageDeleteBulk) -> list[Change]:
    known = state.all_timelines(event.channel_id)
    told = MessagesDeleted(event.channel_id, tuple(event.ids))
    return [*marking.merged(timeline.remove(each, *event.ids) for each in known), told]


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


def is_own(state: State, message: Message) -> bool:
    return state.me is not None and message.author.id == state.me.id


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
