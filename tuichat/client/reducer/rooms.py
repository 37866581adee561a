"""What dispatches of live rooms and stages do to the state."""

import msgspec

from tuichat.client import calls, directory, stage_part
from tuichat.client.change import Change, RoomCall, RoomCalled, RoomReacted, RoomsChanged
from tuichat.client.room_state import MAX_TOPIC_CHARACTERS, Flown, RoomInvitation, RoomState, bounded_room, room_of
from tuichat.client.state import GuildState, State
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch.voice import StageCreate, StageDelete, StageUpdate
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.guild import VoiceState
from tuichat.protocol.live_room import (
    HostMuted,
    LiveRoomAudience,
    LiveRoomCreate,
    LiveRoomDelete,
    LiveRoomInvited,
    LiveRoomUpdate,
)
from tuichat.protocol.soundboard import VoiceChannelEffectSend

MAX_INVITATIONS = 20  # taste: what a person can look through
MAX_FLOWN = 50  # taste: more emojis than that at once are a cloud
MAX_EMOJI_CHARACTERS = 64


def open_stage(state: State, event: StageCreate) -> list[Change]:
    """A stage goes live. A server of ours tells more of it in a dispatch of its own, which comes beside this one."""
    guild = state.guilds.get(event.guild_id)
    if guild is None:
        return []
    known = guild.rooms.get(event.channel_id)
    if known is not None and known.room.id == event.id:
        return []
    return _begin(state, guild, RoomState(room_of(event)))


def change_stage(state: State, event: StageUpdate) -> list[Change]:
    known = _known(state, event.guild_id, event.channel_id)
    if known is None:
        return []
    known.room = msgspec.structs.replace(
        known.room, topic=event.topic[:MAX_TOPIC_CHARACTERS], guild_scheduled_event_id=event.guild_scheduled_event_id
    )
    return [RoomsChanged(event.guild_id, event.channel_id)]


def put_room(state: State, event: LiveRoomCreate | LiveRoomUpdate) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None:
        return []
    room = bounded_room(event)
    known = guild.rooms.get(room.channel_id)
    if known is None or known.room.id != room.id:
        return _begin(state, guild, RoomState(room, is_whole=True))
    known.room, known.is_whole = room, True
    return [RoomsChanged(event.guild_id, event.channel_id)]


def end_room(state: State, event: StageDelete | LiveRoomDelete) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    known = guild.rooms.get(event.channel_id) if guild is not None else None
    invitation = state.room_invitations.get(event.channel_id)
    if invitation is not None and invitation.room.id == event.id:
        del state.room_invitations[event.channel_id]
    if guild is None or known is None or known.room.id != event.id:
        return []
    del guild.rooms[event.channel_id]
    told = _called(state, guild, event.channel_id, RoomCall.ENDED, known.room.topic)
    return [RoomsChanged(event.guild_id, event.channel_id), *told]


def count_audience(state: State, event: LiveRoomAudience) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None or event.channel_id not in state.channels:
        return []
    people = max(0, event.speakers) + max(0, event.listeners)
    is_news = people != guild.stage_people.get(event.channel_id, 0)
    guild.stage_people[event.channel_id] = people
    known = guild.rooms.get(event.channel_id)
    if known is None:
        return [RoomsChanged(event.guild_id, event.channel_id)] if is_news else []
    before = known.room
    known.room = msgspec.structs.replace(before, speakers=max(0, event.speakers), listeners=max(0, event.listeners))
    if known.room == before:
        return []
    known.is_audience_old = bool(known.audience_ids)
    return [RoomsChanged(event.guild_id, event.channel_id)]


def invite(state: State, event: LiveRoomInvited) -> list[Change]:
    """Somebody asks one to come, who is not blocked; the newest such word of each room is kept."""
    if event.inviter.id in state.unheard_ids:
        return []
    room = bounded_room(event.room)
    state.room_invitations.pop(room.channel_id, None)
    while len(state.room_invitations) >= MAX_INVITATIONS:
        del state.room_invitations[next(iter(state.room_invitations))]
    longest = directory.MAX_NAME_CHARACTERS
    inviter = directory.plain_user(event.inviter)
    state.room_invitations[room.channel_id] = RoomInvitation(
        room, event.guild_name[:longest], event.channel_name[:longest], inviter
    )
    called = RoomCalled(
        guild_id=room.guild_id,
        channel_id=room.channel_id,
        call=RoomCall.INVITED,
        topic=room.topic,
        name=inviter.display_name,
        guild_name=event.guild_name[:longest],
        channel_name=event.channel_name[:longest],
    )
    return [RoomsChanged(room.guild_id, room.channel_id), called]


def mute(state: State, event: HostMuted) -> list[Change]:
    guild = state.guilds.get(event.guild_id)
    if guild is None or state.me is None or event.user_id != state.me.id:
        return []
    host = state.users.get(event.by_id)
    name = state.display_name(event.channel_id, host) if host is not None else ""
    known = guild.rooms.get(event.channel_id)
    return _called(state, guild, event.channel_id, RoomCall.MUTED, known.room.topic if known else "", name)


def take_effect(state: State, event: VoiceChannelEffectSend, now_ms: int) -> list[Change]:
    """Somebody plays a sound, which is heard and not kept, or lets an emoji fly, or both."""
    changes = calls.play_sound(state, event)
    known = _known(state, event.guild_id, event.channel_id)
    emoji = _emoji_text(event.emoji) if isinstance(event.emoji, Emoji) else ""
    if known is not None and emoji:
        known.flown = [*known.flown[1 - MAX_FLOWN :], Flown(event.user_id, emoji, now_ms)]
        changes.append(RoomReacted(event.guild_id, event.channel_id))
    return changes


def ask_up(state: State, guild: GuildState, before: VoiceState | None, now: VoiceState) -> list[Change]:
    """Tell that a host asks one to speak, as one's own voice state says so first."""
    channel = state.channels.get(now.channel_id) if now.channel_id is not None else None
    if state.me is None or now.user_id != state.me.id or channel is None or channel.type != ChannelType.STAGE:
        return []
    was_asked = before is not None and before.channel_id == channel.id and stage_part.is_asked_up(before)
    if was_asked or not stage_part.is_asked_up(now):
        return []
    known = guild.rooms.get(channel.id)
    return _called(state, guild, channel.id, RoomCall.ASKED_UP, known.room.topic if known else "")


def _begin(state: State, guild: GuildState, new: RoomState) -> list[Change]:
    channel_id = new.room.channel_id
    if channel_id not in guild.rooms and len(guild.rooms) >= directory.MAX_ROOMS:
        return []
    guild.rooms[channel_id] = new
    told = _called(state, guild, channel_id, RoomCall.BEGAN, new.room.topic) if _is_inside(state, channel_id) else []
    return [RoomsChanged(new.room.guild_id, channel_id), *told]


def _called(
    state: State, guild: GuildState, channel_id: int, call: RoomCall, topic: str, name: str = ""
) -> list[Change]:
    """What happens to a room concerns who is in it."""
    if not _is_inside(state, channel_id):
        return []
    called = RoomCalled(
        guild_id=guild.guild.id,
        channel_id=channel_id,
        call=call,
        topic=topic,
        name=name,
        guild_name=guild.guild.name,
        channel_name=state.channel_name(channel_id),
    )
    return [called]


def _is_inside(state: State, channel_id: int) -> bool:
    return state.own_voice_state(channel_id) is not None


def _known(state: State, guild_id: int, channel_id: int) -> RoomState | None:
    guild = state.guilds.get(guild_id)
    return None if guild is None else guild.rooms.get(channel_id)


def _emoji_text(emoji: Emoji) -> str:
    name = (emoji.name or "")[:MAX_EMOJI_CHARACTERS]
    return f":{name}:" if emoji.id is not None and name else name
