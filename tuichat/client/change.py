"""Changes: what the reducer says has changed in the state, so that the screen redraws that and no more."""

from enum import Enum

import msgspec

from tuichat.protocol.guild import VoiceState
from tuichat.protocol.interaction import ModalCreate
from tuichat.protocol.live_room import FoundRoom
from tuichat.protocol.message import Message, ReactionEmoji
from tuichat.protocol.user import User


class Change(msgspec.Struct, frozen=True):
    """The root of all changes."""


class ConnectionChanged(Change, frozen=True):
    pass


class GuildsChanged(Change, frozen=True):
    """Guilds came or went; also after a fresh READY."""


class GuildChanged(Change, frozen=True):
    """Name, roles or members of a guild changed."""

    guild_id: int


class ChannelsChanged(Change, frozen=True):
    """Channels came, went or were renamed; guild_id is None for private ones."""

    guild_id: int | None


class SoundsChanged(Change, frozen=True):
    """The sounds of a guild's soundboard are others now; they are not kept."""

    guild_id: int


class EventsChanged(Change, frozen=True):
    """A scheduled event of a guild came, went or is another now, or somebody is interested in one or no more."""

    guild_id: int


class PinsChanged(Change, frozen=True):
    """Something was pinned in a channel, or unpinned."""

    channel_id: int


class MembersChanged(Change, frozen=True):
    guild_id: int


class PresenceChanged(Change, frozen=True):
    user_id: int


class VoiceStatesChanged(Change, frozen=True):
    guild_id: int


class CallsChanged(Change, frozen=True):
    """The call of a private channel began, ended, rings somebody else, or somebody joined or left it."""

    channel_id: int


class VoiceStateChanged(Change, frozen=True):
    """Somebody joined, left or moved in voice, or changed how they take part; None where they are nowhere that is kept."""

    user_id: int
    before: VoiceState | None
    now: VoiceState | None


class VoiceChanged(Change, frozen=True):
    """One's own part in voice changed: the call's state, mute, deafen, or the last second's statistics."""


class MutedByHost(Change, frozen=True):
    """A host of the room has muted one, until one unmutes oneself."""


class SpeakingChanged(Change, frozen=True):
    """Somebody in one's call began to speak, or stopped."""

    user_id: int


class SoundPlayed(Change, frozen=True):
    """Somebody in a voice channel that one is in plays a sound of the soundboard there; `volume` is 0 to 1."""

    channel_id: int
    user_id: int
    sound_id: int
    volume: float


class RoomsChanged(Change, frozen=True):
    """A room began, ended or is another now: what it is about, who may join it, how many listen, who of them is known."""

    guild_id: int
    channel_id: int


class RoomReacted(RoomsChanged, frozen=True):
    """An emoji flies over a room, and nothing else of it changed."""


class RoomCall(Enum):
    """What a room has to say to one of its people, or to somebody who is to come."""

    INVITED = "invited"  # somebody asks one to come
    ASKED_UP = "asked_up"  # a host asks one to speak
    MUTED = "muted"  # by a host
    PUT_OUT = "put_out"
    BEGAN = "began"  # where one sits already
    ENDED = "ended"  # while one sits in it


class RoomCalled(Change, frozen=True, kw_only=True):
    """Something in a room concerns the user. Names are as they came from outside; `name` is empty where nobody is named."""

    guild_id: int
    channel_id: int
    call: RoomCall
    topic: str = ""
    name: str = ""  # whose doing it is
    guild_name: str = ""
    channel_name: str = ""


class TypingChanged(Change, frozen=True):
    channel_id: int


class ReadStateChanged(Change, frozen=True):
    channel_id: int


class SettingsChanged(Change, frozen=True):
    """What the account wants to hear of, or how it shows itself, changed; here, in another session, or as a mute ended."""


class RelationChanged(Change, frozen=True):
    """Somebody became a friend, was blocked, or is neither any more."""

    user_id: int


class MessageArrived(Change, frozen=True):
    """Somebody wrote something now, whether or not the channel is open; `is_late` where it was missed for a while."""

    channel_id: int
    message: Message
    is_late: bool = False


class OwnMessageArrived(Change, frozen=True):
    """What one wrote is on the server, from here or from another session."""

    channel_id: int
    message: Message


class MessageEdited(Change, frozen=True):
    """A message says something else now, whether or not the channel is open; the server may tell it again."""

    channel_id: int
    message: Message


class MessagesDeleted(Change, frozen=True):
    """Messages are gone, whether or not the channel is open."""

    channel_id: int
    message_ids: tuple[int, ...]


class ReactionChanged(Change, frozen=True):
    """Somebody reacted to a message or took that back, whether or not the channel is open.

    `user_id` is None where a moderator took away all of an emoji, and `emoji` as well where all there were.
    """

    channel_id: int
    message_id: int
    user_id: int | None
    emoji: ReactionEmoji | None
    is_added: bool


class TimelineReset(Change, frozen=True):
    """A channel's messages were replaced as a whole: first history, or reconciled after a fresh session."""

    channel_id: int


class HistoryLoaded(Change, frozen=True):
    """`count` older messages were put before the ones known."""

    channel_id: int
    count: int


class MessageAdded(Change, frozen=True):
    """A message came in, or was written here and is pending."""

    channel_id: int
    key: str


class MessageChanged(Change, frozen=True):
    """Edited, confirmed, failed: the entry's revision has grown."""

    channel_id: int
    key: str


class MessageRemoved(Change, frozen=True):
    channel_id: int
    key: str


class FollowsChanged(Change, frozen=True):
    """One follows other people, clubs or topics now; here, or in another session."""


class FollowedWentLive(Change, frozen=True):
    """Somebody whom one follows "started" a room or "speaks" in one, or a followed "club" has one; `user` None for a club."""

    found: FoundRoom
    reason: str
    user: User | None = None


class ModalOpened(Change, frozen=True):
    """A bot answered with a form to fill in."""

    modal: ModalCreate
