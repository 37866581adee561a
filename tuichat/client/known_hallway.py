"""A hallway of what an account knows by itself: for servers without a directory, whose stages and events come as dispatches."""

from tuichat.client import planned_events, stage_part
from tuichat.client.state import GuildState, State
from tuichat.protocol.coming import MAX_COMING, ComingEvent
from tuichat.protocol.live_room import MAX_DIRECTORY, MAX_PEOPLE_SHOWN, FoundRoom, LiveRoom
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.room_search import rank
from tuichat.protocol.scheduled_event import EventStatus, ScheduledEvent
from tuichat.protocol.user import User

COMING_IN = Permissions.VIEW_CHANNEL | Permissions.CONNECT


def known_rooms(state: State) -> list[FoundRoom]:
    """The stages that are live in the account's guilds, the large ones first."""
    found = [_found(state, guild, each.room) for guild in state.guilds.values() for each in guild.rooms.values()]
    return sorted(found, key=rank)[:MAX_DIRECTORY]


def known_events(state: State) -> list[ComingEvent]:
    """The events of the account's guilds that have not begun, the next one first."""
    found = [
        _coming(state, guild, event)
        for guild in state.guilds.values()
        for event in guild.events.values()
        if event.status == EventStatus.SCHEDULED
    ]
    return sorted(found, key=lambda each: (each.begins_ms, each.event.id))[:MAX_COMING]


def _found(state: State, guild: GuildState, room: LiveRoom) -> FoundRoom:
    voices = state.voice_states_of(room.channel_id)
    speakers = [each.user_id for each in voices if stage_part.speaks(each)]
    people = [state.users[user_id] for user_id in speakers if user_id in state.users][:MAX_PEOPLE_SHOWN]
    counted = {name: getattr(room, name) for name in LiveRoom.__struct_fields__}
    counted |= {"speakers": len(speakers), "listeners": len(voices) - len(speakers)}
    return FoundRoom(
        room=LiveRoom(**counted),
        guild_name=guild.guild.name,
        guild_icon=guild.guild.icon,
        channel_name=state.channel_name(room.channel_id),
        may_join=state.permissions(room.channel_id) & COMING_IN == COMING_IN,
        people=people,
        speaker_ids=[user.id for user in people],
    )


def _coming(state: State, guild: GuildState, event: ScheduledEvent) -> ComingEvent:
    begins_ms = planned_events.begins_ms(event)
    has_channel = event.channel_id is not None and event.channel_id in state.channels
    return ComingEvent(
        event=event,
        begins_ms=planned_events.FAR_MS if begins_ms is None else begins_ms,
        guild_name=guild.guild.name,
        guild_icon=guild.guild.icon,
        channel_name=state.channel_name(event.channel_id) if has_channel and event.channel_id is not None else None,
        is_interested=event.id in state.interested_ids,
        follows_creator=isinstance(event.creator, User) and state.follows.follows(event.creator.id),
    )
