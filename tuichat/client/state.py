"""What a signed-in account knows: plain data that the reducer changes and the screen reads."""

from __future__ import annotations

import bisect
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

import msgspec

from tuichat.client.room_state import RoomInvitation, RoomState
from tuichat.client.transfer import Transfer
from tuichat.protocol.channel import Channel
from tuichat.protocol.dispatch.read_state import ReadState
from tuichat.protocol.event_details import EventDetails
from tuichat.protocol.follow import Follows
from tuichat.protocol.guild import Guild, Member, Role, VoiceState
from tuichat.protocol.guild_settings import UserGuildSettings
from tuichat.protocol.member_list import ListGroup
from tuichat.protocol.message import Message
from tuichat.protocol.permissions import Permissions, channel_permissions, guild_permissions
from tuichat.protocol.relationship import RelationshipType
from tuichat.protocol.scheduled_event import ScheduledEvent
from tuichat.protocol.user import OwnUser, Presence, User
from tuichat.protocol.user_settings import UserSettings


class Delivery(Enum):
    """Where a message stands between its writer and the server."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    FAILED = "failed"


class Connection(Enum):
    """What the account's gateway does now."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    RECONNECTING = "reconnecting"
    READY = "ready"
    REFUSED = "refused"  # will not try again by itself: signed out, wrong token, banned


@dataclass(slots=True)
class Entry:
    """One line of a timeline: a message, and how far it got.

    `key` stays the same from pending to confirmed, so that a list anchored on it does not jump; `revision` grows
    whenever what is shown changes.
    """

    key: str
    message: Message
    delivery: Delivery = Delivery.CONFIRMED
    revision: int = 0
    error: str = ""
    member: Member | None = None

    @property
    def nonce(self) -> str:
        return "" if not isinstance(self.message.nonce, (str, int)) else str(self.message.nonce)


@dataclass(slots=True)
class Timeline:
    """A channel's messages, oldest first: confirmed ones by id without a gap, then pending and failed ones as written.

    One that `has_newer` is a window into the past: it ends before the present, and what is written now does not join it.
    """

    channel_id: int
    confirmed: list[Entry] = field(default_factory=list)
    unsent: list[Entry] = field(default_factory=list)
    has_older: bool = True  # false once the channel's first message is here
    has_newer: bool = False
    is_stale: bool = True  # true until fetched, and again after a fresh READY until reconciled
    is_loading: bool = False
    generation: int = 0  # grows when it becomes stale: a page that was asked for before is not to be trusted
    journal: dict[int, Message | None] | None = (
        None  # what dispatches said of each id while a page is under way; None: deleted
    )

    def __len__(self) -> int:
        return len(self.confirmed) + len(self.unsent)

    def __iter__(self) -> Iterator[Entry]:
        yield from self.confirmed
        yield from self.unsent

    def __getitem__(self, index: int) -> Entry:
        if index < 0:
            index += len(self)
        return self.confirmed[index] if index < len(self.confirmed) else self.unsent[index - len(self.confirmed)]

    def position(self, message_id: int) -> int:
        """Return the index at which a confirmed message stands or would stand."""
        return bisect.bisect_left(self.confirmed, message_id, key=lambda entry: entry.message.id)

    def find(self, message_id: int) -> Entry | None:
        index = self.position(message_id)
        if index < len(self.confirmed) and self.confirmed[index].message.id == message_id:
            return self.confirmed[index]
        return None

    def index_of_key(self, key: str) -> int | None:
        """Return the index of the entry with this key; most keys are their message's id, which is found fast."""
        if key.isdigit():
            index = self.position(int(key))
            if index < len(self.confirmed) and self.confirmed[index].key == key:
                return index
        return next((index for index, entry in enumerate(self) if entry.key == key), None)


@dataclass(slots=True)
class MemberListState:
    """The rows of a large guild's member list that the server told of, by index; None stands for a heading."""

    id: str = ""
    channel_id: int | None = None  # whose list was asked for
    ranges: list[tuple[int, int]] = field(default_factory=list)
    groups: list[ListGroup] = field(default_factory=list)
    rows: dict[int, int | None] = field(default_factory=dict)


@dataclass(slots=True)
class GuildState:
    """A guild with what belongs to it; `members` holds those that the server told of."""

    guild: Guild
    channel_ids: list[int] = field(default_factory=list)  # as shown: categories in order, their channels below them
    roles: dict[int, Role] = field(default_factory=dict)
    members: dict[int, Member] = field(default_factory=dict)
    voice_states: dict[int, VoiceState] = field(default_factory=dict)
    member_count: int = 0
    is_available: bool = True
    is_large: bool = False  # READY left most members out
    member_list: MemberListState | None = None  # of a large guild, once asked for
    thread_ids: set[int] = field(default_factory=set)  # the active ones, which no list shows
    events: dict[int, ScheduledEvent] = field(default_factory=dict)  # those to come and those that are on
    event_details: dict[int, EventDetails] = field(default_factory=dict)  # of those that have any
    rooms: dict[int, RoomState] = field(default_factory=dict)  # that are live, by their stage channel
    stage_people: dict[int, int] = field(default_factory=dict)  # how many are in a stage channel, where it is counted


@dataclass(slots=True)
class CallInfo:
    """A call of a private channel: whom it rings, and who is in it."""

    ringing_ids: frozenset[int] = frozenset()
    voice_states: dict[int, VoiceState] = field(default_factory=dict)


class Answer(Enum):
    """How a bot took what was done with it."""

    AWAITED = "awaited"
    NONE = "none"  # it did not answer in time


class Pending(msgspec.Struct, frozen=True):
    """Something that was done with a bot and has no answer yet: at a message, or by a command."""

    channel_id: int
    message_id: int | None
    what: str  # the component's custom id, or the command's name
    answer: Answer = Answer.AWAITED


@dataclass(slots=True)
class State:
    """All that one account knows. One object per account; keys outside it carry the account."""

    me: OwnUser | None = None
    connection: Connection = Connection.OFFLINE
    connection_note: str = ""  # a sentence for the screen: why refused, why reconnecting
    next_try_ms: int | None = None  # while reconnecting: when the next try comes, in ms of the client's clock
    guilds: dict[int, GuildState] = field(default_factory=dict)
    channels: dict[int, Channel] = field(default_factory=dict)
    private_channel_ids: list[int] = field(default_factory=list)
    users: dict[int, User] = field(default_factory=dict)
    presences: dict[int, Presence] = field(default_factory=dict)
    calls: dict[int, CallInfo] = field(default_factory=dict)  # by private channel
    timelines: dict[int, Timeline] = field(default_factory=dict)  # each up to the present
    windows: dict[int, Timeline] = field(default_factory=dict)  # the past being read, where a gap parts it from those
    arriving: dict[int, Timeline] = field(default_factory=dict)  # windows whose first page is under way
    read_states: dict[int, ReadState] = field(default_factory=dict)
    typing: dict[int, dict[int, int]] = field(default_factory=dict)  # channel > user > end, in ms of the client's clock
    slow_until_ms: dict[int, int] = field(default_factory=dict)  # channel > when the server takes a message, Unix time
    guild_settings: dict[int, UserGuildSettings] = field(default_factory=dict)  # `notice_levels`; 0: private channels
    settings: UserSettings = field(default_factory=UserSettings)  # those that follow the account
    relations: dict[int, RelationshipType] = field(default_factory=dict)  # friends, blocks and requests, by user
    unheard_ids: set[int] = field(default_factory=set)  # whom the user blocked or ignores
    session_hash: str = ""  # what names this sign-in among those of the account
    session_id: str = ""  # of the gateway: what answers an interaction goes to it alone
    session: int = 0  # counts fresh READYs
    features: frozenset[str] = frozenset()  # of GET /tuichat; empty for servers that are not ours
    interested_ids: set[int] = field(default_factory=set)  # the events that one said one is interested in
    follows: Follows = field(default_factory=Follows)  # whom and what one follows
    pending: dict[str, Pending] = field(default_factory=dict)  # what bots are to answer, by nonce
    thinking: dict[int, None] = field(default_factory=dict)  # answers of bots that are to be filled in, oldest first
    transfers: dict[str, Transfer] = field(default_factory=dict)  # files on their way, by `transfer_key`
    room_invitations: dict[int, RoomInvitation] = field(default_factory=dict)  # by channel, the newest last
    max_upload_bytes: int = 0  # of a file; 0 where the server does not say

    def timeline(self, channel_id: int) -> Timeline:
        return self.timelines.setdefault(channel_id, Timeline(channel_id))

    def shown(self, channel_id: int) -> Timeline:
        """Return what of a channel is being read: the window into its past where there is one, else its present."""
        window = self.windows.get(channel_id)
        return self.timeline(channel_id) if window is None else window

    def all_timelines(self, channel_id: int) -> list[Timeline]:
        """Return all that is known of a channel's messages: what happens to one happens in each."""
        found = (self.timelines.get(channel_id), self.windows.get(channel_id), self.arriving.get(channel_id))
        return [known for known in found if known is not None]

    def guild_of(self, channel_id: int) -> GuildState | None:
        channel = self.channels.get(channel_id)
        if channel is None or not isinstance(channel.guild_id, int):
            return None
        return self.guilds.get(channel.guild_id)

    def member(self, channel_id: int, user_id: int) -> Member | None:
        guild = self.guild_of(channel_id)
        return guild.members.get(user_id) if guild else None

    def voice_states_of(self, channel_id: int) -> list[VoiceState]:
        """Return who is in a voice channel, or in the call of a private one."""
        guild = self.guild_of(channel_id)
        if guild is not None:
            return [each for each in guild.voice_states.values() if each.channel_id == channel_id]
        call = self.calls.get(channel_id)
        return list(call.voice_states.values()) if call else []

    def channel_name(self, channel_id: int) -> str:
        """Return a channel's own name, as text from outside; empty for one without."""
        channel = self.channels.get(channel_id)
        return channel.name if channel is not None and isinstance(channel.name, str) else ""

    def own_voice_state(self, channel_id: int) -> VoiceState | None:
        """Return one's own voice state in a guild's channel, by whatever session; None while one is not in it."""
        guild = self.guild_of(channel_id)
        found = guild.voice_states.get(self.me.id) if guild is not None and self.me is not None else None
        return found if found is not None and found.channel_id == channel_id else None

    def room(self, channel_id: int) -> RoomState | None:
        """Return the room that is live in a stage channel."""
        guild = self.guild_of(channel_id)
        return None if guild is None else guild.rooms.get(channel_id)

    def lists_lazily(self, guild_id: int) -> bool:
        """Whether a guild's members are to be asked for row by row; bots may not, and small guilds need not."""
        guild = self.guilds.get(guild_id)
        return guild is not None and guild.is_large and self.me is not None and not self.me.bot

    def display_name(self, channel_id: int, user: User) -> str:
        """Return the name a user goes by in a channel: nickname, display name, user name."""
        member = self.member(channel_id, user.id)
        return member.display_name if member else user.display_name

    def person_name(self, channel_id: int, user_id: int) -> str:
        """Return the name that somebody goes by in a channel, as text from outside; empty where nobody knows it."""
        member = self.member(channel_id, user_id)
        if member is not None:
            return member.display_name
        user = self.users.get(user_id)
        return user.display_name if user is not None else ""

    def status(self, user_id: int) -> str:
        """Return online, idle, dnd or offline."""
        presence = self.presences.get(user_id)
        return presence.status if presence else "offline"

    def pending_at(self, message_id: int) -> Pending | None:
        """Return what was pressed at a message and has no answer, None where nothing was."""
        return next((pending for pending in self.pending.values() if pending.message_id == message_id), None)

    def is_unread(self, channel_id: int) -> bool:
        channel = self.channels.get(channel_id)
        last = channel.last_message_id if channel else None
        if not isinstance(last, int):
            return False
        read = self.read_states.get(channel_id)
        return read is None or read.last_message_id is None or read.last_message_id < last

    def mention_count(self, channel_id: int) -> int:
        read = self.read_states.get(channel_id)
        return read.mention_count if read else 0

    def guild_permissions(self, guild_id: int) -> Permissions:
        """Return what the signed-in user may do in a guild as a whole; nothing in one that is not known."""
        return Permissions(0) if self.me is None else self._guild_permissions(guild_id, self.me.id)

    def _guild_permissions(self, guild_id: int, user_id: int) -> Permissions:
        guild = self.guilds.get(guild_id)
        if guild is None:
            return Permissions(0)
        own, everyone = guild.members.get(user_id), guild.roles.get(guild.guild.id)
        return guild_permissions(
            is_owner=guild.guild.owner_id == user_id,
            everyone=everyone.permissions if everyone else Permissions(0),
            roles=[
                guild.roles[role_id].permissions for role_id in (own.roles if own else []) if role_id in guild.roles
            ],
        )

    def permissions(self, channel_id: int) -> Permissions:
        """Return what the signed-in user may do in a channel; everything in a private one."""
        if self.me is None:
            return Permissions.VIEW_CHANNEL | Permissions.SEND_MESSAGES | Permissions.READ_MESSAGE_HISTORY
        return self.permissions_of(channel_id, self.me.id)

    def permissions_of(self, channel_id: int, user_id: int) -> Permissions:
        """Return what somebody may do in a channel, as far as its roles are known; everything in a private one."""
        guild = self.guild_of(channel_id)
        if guild is None:
            return Permissions.VIEW_CHANNEL | Permissions.SEND_MESSAGES | Permissions.READ_MESSAGE_HISTORY
        own = guild.members.get(user_id)
        role_ids = own.roles if own else []
        base = self._guild_permissions(guild.guild.id, user_id)
        is_thread = channel_id in guild.thread_ids
        parent_id = self.channels[channel_id].parent_id
        ruling = self.channels.get(parent_id) if is_thread and isinstance(parent_id, int) else self.channels[channel_id]
        overwrites = ruling.permission_overwrites if ruling else None
        return channel_permissions(
            base,
            guild_id=guild.guild.id,
            member_id=user_id,
            role_ids=role_ids,
            overwrites=overwrites if isinstance(overwrites, list) else [],
            in_thread=is_thread,
        )
