"""Composes what is shown of a stage channel, from what the account knows now. Pure: asks the state alone."""

from collections.abc import Container, Iterable

from msgspec.structs import replace

from tuichat.client import stage_part
from tuichat.client.room_state import RoomState
from tuichat.client.room_view import Reaction, RoomPerson, RoomView
from tuichat.client.state import GuildState, State
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.guild import VoiceState
from tuichat.protocol.live_room import FEATURE, Hands, LiveRoom, Openness
from tuichat.protocol.permissions import Permissions

MODERATING = Permissions.MANAGE_CHANNELS | Permissions.MUTE_MEMBERS | Permissions.MOVE_MEMBERS  # "stage moderator"
FLOAT_MS = 4000  # taste: as long as one looks at it


class Hosts:
    """Who hosts a room: who was made such in it, and the stage's moderators. People of the same roles are asked for once."""

    def __init__(self, state: State, channel_id: int, known: RoomState | None) -> None:
        self._state = state
        self._channel_id = channel_id
        self._made: frozenset[int] = frozenset()
        if known is not None:
            self._made = frozenset(map(int, (*known.room.host_ids, known.room.starter_id)))
        channel = state.channels.get(channel_id)
        overwrites = channel.permission_overwrites if channel is not None else None
        of_people = [each.id for each in overwrites if each.type == 1] if isinstance(overwrites, list) else []
        guild = state.guild_of(channel_id)
        self._exceptions = frozenset(map(int, (*of_people, guild.guild.owner_id if guild is not None else 0)))
        self._members = guild.members if guild is not None else {}
        self._of_roles: dict[tuple[int, ...], bool] = {}

    def __contains__(self, user_id: object) -> bool:
        return isinstance(user_id, int) and (user_id in self._made or self.moderates(user_id))

    def moderates(self, user_id: int) -> bool:
        """Whether somebody's permissions make it a host, which nobody can unmake."""
        if user_id in self._exceptions:
            return self._may_moderate(user_id)
        member = self._members.get(user_id)
        key = tuple(map(int, member.roles)) if member is not None else ()
        if key not in self._of_roles:
            self._of_roles[key] = self._may_moderate(user_id)
        return self._of_roles[key]

    def _may_moderate(self, user_id: int) -> bool:
        return self._state.permissions_of(self._channel_id, user_id) & MODERATING == MODERATING


def compose(
    state: State,
    account_key: str,
    channel_id: int,
    followed_ids: Container[int] = (),
    listeners: dict[int, RoomPerson] | None = None,
) -> RoomView:
    """Return everything of a stage channel but what flies over it.

    `listeners` keeps those who only listen from one view to the next; whoever hands it in forgets it with names and roles.
    """
    channel, guild = state.channels.get(channel_id), state.guild_of(channel_id)
    known = state.room(channel_id)
    may = state.permissions(channel_id) if channel is not None and guild is not None else Permissions(0)
    own = state.own_voice_state(channel_id)
    view = RoomView(
        account_key=account_key,
        guild_id=int(guild.guild.id) if guild is not None else 0,
        channel_id=channel_id,
        title=state.channel_name(channel_id),
        is_here=own is not None,
        listeners=guild.stage_people.get(channel_id, 0) if guild is not None else 0,
        may_start=(
            known is None
            and channel is not None
            and channel.type == ChannelType.STAGE
            and may & MODERATING == MODERATING
        ),
        may_mention=bool(may & Permissions.MENTION_EVERYONE),
    )
    if known is None or guild is None or state.me is None:
        return view
    room, hosts = known.room, Hosts(state, channel_id, known)
    people = _People(state, channel_id, hosts, followed_ids, {} if listeners is None else listeners)
    voices = state.voice_states_of(channel_id)
    speakers = sorted((people.of(each) for each in voices if stage_part.speaks(each)), key=lambda who: not who.is_host)
    asking = sorted(
        (people.of(each) for each in voices if stage_part.has_asked(each)), key=lambda who: who.asked_ms or 0
    )
    silent = [each for each in voices if not stage_part.speaks(each)]  # who has not answered an invitation listens on
    audience = people.audience(known, silent)
    counts_them = FEATURE in state.features  # else all of the audience is told by voice states
    is_host = state.me.id in hosts
    may_ask = own is not None and stage_part.only_listens(own) and bool(may & Permissions.REQUEST_TO_SPEAK)
    return replace(
        view,
        is_live=True,
        is_whole=known.is_whole,
        topic=room.topic,
        description=room.description,
        language=room.language,
        tags=tuple(room.tags),
        openness=room.openness,
        role=_role_name(guild, room),
        hands=room.hands,
        link=room.link,
        started_ms=room.started_ms,
        is_event=room.guild_scheduled_event_id is not None,
        speakers=tuple(speakers),
        asking=tuple(asking),
        invited=tuple(people.of(each) for each in voices if stage_part.is_asked_up(each)),
        listeners=max(room.listeners, len(silent)) if counts_them else len(silent),
        audience=audience,
        is_audience_old=known.is_audience_old,
        is_speaker=own is not None and stage_part.speaks(own),
        has_asked=own is not None and stage_part.has_asked(own),
        is_invited=own is not None and stage_part.is_asked_up(own),
        is_host=is_host,
        may_ask=may_ask and (room.hands is not Hands.OFF or is_host),
    )


def _role_name(guild: GuildState, room: LiveRoom) -> str:
    role = guild.roles.get(room.role_id) if room.openness is Openness.ROLE and room.role_id is not None else None
    return role.name if role is not None else ""


def flying(state: State, channel_id: int, now_ms: int) -> tuple[Reaction, ...]:
    """Return the emojis that fly over a room at a time of the client's clock."""
    known = state.room(channel_id)
    flown = known.flown if known is not None else []
    return tuple(
        Reaction(each.emoji, state.person_name(channel_id, each.user_id), each.since_ms)
        for each in flown
        if each.since_ms > now_ms - FLOAT_MS
    )


class _People:
    def __init__(
        self,
        state: State,
        channel_id: int,
        hosts: Hosts,
        followed_ids: Container[int],
        listeners: dict[int, RoomPerson],
    ) -> None:
        self._listeners = listeners
        self._state = state
        self._channel_id = channel_id
        self._hosts = hosts
        self._followed_ids = followed_ids
        self._me = int(state.me.id) if state.me is not None else 0

    def of(self, voice: VoiceState) -> RoomPerson:
        asked_ms = stage_part.asked_ms(voice) if stage_part.has_asked(voice) else None
        return self._named(int(voice.user_id), is_muted=voice.mute or voice.self_mute, asked_ms=asked_ms)

    def audience(self, known: RoomState, silent: Iterable[VoiceState]) -> tuple[RoomPerson, ...]:
        """Return who is known to listen: those who were asked for, and those whose voice states say so."""
        told = {int(each.user_id): each for each in silent}
        guild = self._state.guild_of(self._channel_id)
        voices = guild.voice_states if guild is not None else {}
        listed = [
            self.of(told.pop(user_id)) if user_id in told else self._listener(user_id)
            for user_id in known.audience_ids
            if user_id in told or user_id not in voices  # who speaks by now, or went elsewhere, listens no more
        ]
        return (*listed, *map(self.of, told.values()))

    def _listener(self, user_id: int) -> RoomPerson:
        known = self._listeners.get(user_id)
        if known is None:
            known = self._listeners[user_id] = self._named(user_id)
        return known

    def _named(self, user_id: int, *, is_muted: bool = False, asked_ms: int | None = None) -> RoomPerson:
        user = self._state.users.get(user_id)
        return RoomPerson(
            user_id=user_id,
            name=self._state.person_name(self._channel_id, user_id),
            is_me=user_id == self._me,
            is_host=user_id in self._hosts,
            is_bot=user is not None and bool(user.bot),
            is_followed=user_id in self._followed_ids,
            is_muted=is_muted,
            asked_ms=asked_ms,
        )
