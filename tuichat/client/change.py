"""Changes: what the reducer says has changed in the state, so that the screen redraws that and no more."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """The root of all changes."""


@dataclass(frozen=True, slots=True)
class ConnectionChanged(Change):
    pass


@dataclass(frozen=True, slots=True)
class GuildsChanged(Change):
    """Guilds came or went; also after a fresh READY."""


@dataclass(frozen=True, slots=True)
class GuildChanged(Change):
    """Name, roles or members of a guild changed."""

    guild_id: int


@dataclass(frozen=True, slots=True)
class ChannelsChanged(Change):
    """Channels came, went or were renamed; guild_id is None for private ones."""

    guild_id: int | None


@dataclass(frozen=True, slots=True)
class MembersChanged(Change):
    guild_id: int


@dataclass(frozen=True, slots=True)
class PresenceChanged(Change):
    user_id: int


@dataclass(frozen=True, slots=True)
class VoiceStatesChanged(Change):
    guild_id: int


@dataclass(frozen=True, slots=True)
class TypingChanged(Change):
    channel_id: int


@dataclass(frozen=True, slots=True)
class ReadStateChanged(Change):
    channel_id: int


@dataclass(frozen=True, slots=True)
class TimelineReset(Change):
    """A channel's messages were replaced as a whole: first history, or reconciled after a fresh session."""

    channel_id: int


@dataclass(frozen=True, slots=True)
class HistoryLoaded(Change):
    """`count` older messages were put before the ones known."""

    channel_id: int
    count: int


@dataclass(frozen=True, slots=True)
class MessageAdded(Change):
    """A message came in, or was written here and is pending."""

    channel_id: int
    key: str


@dataclass(frozen=True, slots=True)
class MessageChanged(Change):
    """Edited, confirmed, failed: the entry's revision has grown."""

    channel_id: int
    key: str


@dataclass(frozen=True, slots=True)
class MessageRemoved(Change):
    channel_id: int
    key: str
