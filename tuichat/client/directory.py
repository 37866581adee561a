"""What the state knows of guilds, channels, members and users: how each is put in and taken out, bounded in size."""

from collections.abc import Collection, Sequence

import msgspec
from msgspec import UNSET

from tuichat.client import stage_part, timeline
from tuichat.client.change import CallsChanged, Change, ChannelsChanged, GuildChanged, MembersChanged, TimelineReset
from tuichat.client.room_state import RoomState, room_of
from tuichat.client.state import GuildState, State
from tuichat.protocol.channel import VOICE_CHANNELS, Channel, ChannelType, ThreadMetadata
from tuichat.protocol.guild import FullGuild, Guild, Member, Role, VoiceState
from tuichat.protocol.scheduled_event import TRANSITIONS, ScheduledEvent
from tuichat.protocol.user import User

MAX_NAME_CHARACTERS = 256  # taste: over twice what any server allows
MAX_THREADS = 5_000  # taste: five times what Discord lets a guild have
MAX_EVENTS = 1_000  # taste: ten times what Discord lets a guild plan
MAX_RECIPIENTS = 100  # taste: ten times what any server lets into a group
MAX_ROOMS = 1000  # of a guild; taste: twice the channels that one may have
MAX_USERS = 200_000  # taste: what a hostile server may make us remember


def clear(state: State) -> None:
    state.guilds, state.channels, state.private_channel_ids = {}, {}, []
    state.users, state.presences, state.typing, state.read_states, state.calls = {}, {}, {}, {}, {}
    state.interested_ids = set()
    state.session += 1
    for known in (*state.timelines.values(), *state.windows.values(), *state.arriving.values()):
        timeline.mark_stale(known)


def forget_lost_channels(state: State) -> list[Change]:
    """Drop the messages of channels that are gone; what was written there and not sent stays for its author."""
    changes: list[Change] = []
    for channel_id in [known for known in state.timelines if known not in state.channels]:
        changes += forget_messages(state, channel_id)
    return changes


def forget_messages(state: State, channel_id: int) -> list[Change]:
    state.windows.pop(channel_id, None)
    if (arriving := state.arriving.get(channel_id)) is not None:
        timeline.mark_stale(arriving)
    known = state.timelines.get(channel_id)
    if known is None:
        return []
    known.confirmed.clear()
    timeline.mark_stale(known)
    if not known.unsent and not known.is_loading:
        del state.timelines[channel_id]
    return [TimelineReset(channel_id)]


def put_guild(state: State, full: FullGuild) -> None:
    known = state.guilds.get(full.id)
    if known is not None:
        present = {channel.id for channel in (*full.channels, *full.threads)}
        for channel_id in (*known.channel_ids, *known.thread_ids):
            if channel_id not in present:
                drop_channel(state, channel_id)
    guild = GuildState(bounded_guild(full), member_count=max(full.member_count, len(full.members)))
    guild.is_available = not full.unavailable
    guild.is_large = full.large
    guild.roles = {role.id: bounded_role(role) for role in full.roles}
    if known is not None:
        guild.event_details = known.event_details
    for planned in full.guild_scheduled_events:
        put_event(guild, planned)
    state.guilds[full.id] = guild
    for channel in full.channels:
        state.channels[channel.id] = bounded_channel(channel, full.id)
        guild.channel_ids.append(channel.id)
    for thread in full.threads:
        put_thread(state, guild, thread)
    guild.channel_ids = in_shown_order(state, guild.channel_ids)
    for member in full.members:
        put_member(state, guild, member)
    for voice_state in full.voice_states:
        if voice_state.channel_id is not None and not stage_part.is_kept_apart(state, voice_state):
            guild.voice_states[voice_state.user_id] = voice_state
    for stage in full.stage_instances[:MAX_ROOMS]:
        guild.rooms[stage.channel_id] = RoomState(room_of(stage))
    for presence in full.presences:
        state.presences[presence.user.id] = presence


def put_channel(state: State, channel: Channel) -> list[Change]:
    guild_id = channel.guild_id
    if not isinstance(guild_id, int):
        put_private_channel(state, channel)
        known_call = [CallsChanged(channel.id)] if channel.id in state.calls else []
        return [ChannelsChanged(None), *known_call]
    guild = state.guilds.get(guild_id)
    if guild is None:
        return []
    known = state.channels.get(channel.id)
    new = bounded_channel(channel, guild_id)
    if known is not None and isinstance(known.last_message_id, int) and not isinstance(new.last_message_id, int):
        new = msgspec.structs.replace(new, last_message_id=known.last_message_id)
    state.channels[channel.id] = new
    if channel.id not in guild.channel_ids:
        guild.channel_ids.append(channel.id)
    guild.channel_ids = in_shown_order(state, guild.channel_ids)
    return [ChannelsChanged(guild_id)]


def put_thread(state: State, guild: GuildState, thread: Channel) -> None:
    """Keep an active thread; one that is archived is forgotten, as those are that were archived before READY."""
    metadata = thread.thread_metadata
    if isinstance(metadata, ThreadMetadata) and metadata.archived:
        drop_channel(state, thread.id)
        return
    show_thread(state, guild, thread)


def show_thread(state: State, guild: GuildState, thread: Channel) -> None:
    """Keep a thread that somebody reads, archived or not."""
    if thread.id not in guild.thread_ids and len(guild.thread_ids) >= MAX_THREADS:
        return
    known = state.channels.get(thread.id)
    new = bounded_channel(thread, guild.guild.id)
    if known is not None and thread.member is UNSET:  # a change of the thread does not say again that one is in it
        new = msgspec.structs.replace(new, member=known.member)
    state.channels[thread.id] = new
    guild.thread_ids.add(thread.id)


def drop_threads(state: State, guild: GuildState, parent_ids: Collection[int]) -> list[Change]:
    """Forget the threads below these channels."""
    changes: list[Change] = []
    for thread_id in list(guild.thread_ids):
        thread = state.channels.get(thread_id)
        if thread is None or thread.parent_id in parent_ids:
            changes += drop_channel(state, thread_id)
    return changes


def put_private_channel(state: State, channel: Channel) -> None:
    state.channels[channel.id] = bounded_channel(channel, None)
    if channel.id not in state.private_channel_ids:
        state.private_channel_ids.append(channel.id)
    if isinstance(channel.recipients, list):
        for user in channel.recipients:
            know(state, user)


def put_recipient(state: State, channel_id: int, user: User) -> list[Change]:
    """Let somebody into a group that one is in."""
    channel = state.channels.get(channel_id)
    if channel is None or not isinstance(channel.recipients, list) or len(channel.recipients) >= MAX_RECIPIENTS:
        return []
    know(state, user)
    others = [other for other in channel.recipients if other.id != user.id]
    state.channels[channel_id] = msgspec.structs.replace(channel, recipients=[*others, user])
    return [ChannelsChanged(None)]


def drop_recipient(state: State, channel_id: int, user_id: int) -> list[Change]:
    channel = state.channels.get(channel_id)
    if channel is None or not isinstance(channel.recipients, list):
        return []
    others = [other for other in channel.recipients if other.id != user_id]
    state.channels[channel_id] = msgspec.structs.replace(channel, recipients=others)
    return [ChannelsChanged(None)]


def drop_channel(state: State, channel_id: int) -> list[Change]:
    channel = state.channels.pop(channel_id, None)
    if channel is not None and isinstance(channel.guild_id, int):
        guild = state.guilds.get(channel.guild_id)
        if guild is not None and channel_id in guild.channel_ids:
            guild.channel_ids.remove(channel_id)
        if guild is not None:
            guild.thread_ids.discard(channel_id)
            guild.rooms.pop(channel_id, None)
            guild.stage_people.pop(channel_id, None)
    if channel_id in state.private_channel_ids:
        state.private_channel_ids.remove(channel_id)
    state.read_states.pop(channel_id, None)
    state.typing.pop(channel_id, None)
    return forget_messages(state, channel_id)


def in_shown_order(state: State, channel_ids: Sequence[int]) -> list[int]:
    """Return a guild's channels as lists show them: those without a category first, then each category with its own;
    in each group text before voice, then by position."""
    channels = [state.channels[channel_id] for channel_id in channel_ids if channel_id in state.channels]

    def place(channel: Channel) -> tuple[bool, int, int]:
        return channel.type in VOICE_CHANNELS, channel.position if isinstance(channel.position, int) else 0, channel.id

    categories = sorted((channel for channel in channels if channel.type == ChannelType.CATEGORY), key=place)
    category_ids = {category.id for category in categories}
    children: dict[int | None, list[Channel]] = {}
    for channel in channels:
        if channel.type != ChannelType.CATEGORY:
            parent = channel.parent_id if channel.parent_id in category_ids else None
            children.setdefault(parent if isinstance(parent, int) else None, []).append(channel)
    shown = sorted(children.get(None, []), key=place)
    for category in categories:
        shown += [category, *sorted(children.get(category.id, []), key=place)]
    return [channel.id for channel in shown]


def put_event(guild: GuildState, planned: ScheduledEvent) -> None:
    """Keep an event that comes or is on; one that is over is forgotten."""
    known = guild.events.pop(planned.id, None)
    if planned.status not in TRANSITIONS or len(guild.events) >= MAX_EVENTS:
        guild.event_details.pop(planned.id, None)
        return
    fields = {name: getattr(planned, name) for name in ScheduledEvent.__struct_fields__}
    fields["name"] = planned.name[:MAX_NAME_CHARACTERS]
    if planned.user_count is UNSET and known is not None:
        fields["user_count"] = known.user_count  # a change of the event does not say it again
    guild.events[planned.id] = ScheduledEvent(**fields)


def put_role(state: State, guild_id: int, role: Role) -> list[Change]:
    guild = state.guilds.get(guild_id)
    if guild is None:
        return []
    guild.roles[role.id] = bounded_role(role)
    return [GuildChanged(guild_id), MembersChanged(guild_id)]


def put_member(state: State, guild: GuildState, member: Member) -> None:
    if len(guild.members) >= MAX_USERS and member.user.id not in guild.members:
        return
    if member.nick is not None and len(member.nick) > MAX_NAME_CHARACTERS:
        member = msgspec.structs.replace(member, nick=member.nick[:MAX_NAME_CHARACTERS])
    guild.members[member.user.id] = member
    know(state, member.user)


def know(state: State, user: User) -> None:
    if len(state.users) < MAX_USERS or user.id in state.users:
        state.users[user.id] = plain_user(user)


def plain_user(user: User) -> User:
    long_name = user.global_name is not None and len(user.global_name) > MAX_NAME_CHARACTERS
    if type(user) is User and not long_name and len(user.username) <= MAX_NAME_CHARACTERS:
        return user
    fields = {name: getattr(user, name) for name in User.__struct_fields__}
    fields["username"] = user.username[:MAX_NAME_CHARACTERS]
    fields["global_name"] = user.global_name[:MAX_NAME_CHARACTERS] if user.global_name else user.global_name
    return User(**fields)


def plain_member(event: Member) -> Member:
    return Member(**{name: getattr(event, name) for name in Member.__struct_fields__})


def plain_voice_state(event: VoiceState) -> VoiceState:
    return VoiceState(**{name: getattr(event, name) for name in VoiceState.__struct_fields__})


def bounded_guild(full: Guild) -> Guild:
    """Return the guild's own fields; what belongs to it is kept beside them."""
    fields = {name: getattr(full, name) for name in Guild.__struct_fields__}
    return Guild(**(fields | {"name": full.name[:MAX_NAME_CHARACTERS]}))


def bounded_role(role: Role) -> Role:
    if len(role.name) <= MAX_NAME_CHARACTERS:
        return role
    return msgspec.structs.replace(role, name=role.name[:MAX_NAME_CHARACTERS])


def bounded_channel(channel: Channel, guild_id: int | None) -> Channel:
    fields = {name: getattr(channel, name) for name in Channel.__struct_fields__}
    if guild_id is not None:
        fields["guild_id"] = guild_id
    if isinstance(channel.name, str):
        fields["name"] = channel.name[:MAX_NAME_CHARACTERS]
    return Channel(**fields)
