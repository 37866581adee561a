"""What is shown of a stage channel: the room that is live in it, its people, and what one may do there.

Names and sentences in a view are as they came from outside: whoever shows them makes them safe. What is heard (levels, who
speaks now) is in the VoiceView beside it, while one is in the room.
"""

import msgspec

from tuichat.protocol.live_room import Hands, Openness


class RoomPerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in the room; `asked_ms` is when a hand was raised, Unix time."""

    user_id: int
    name: str
    is_me: bool = False
    is_host: bool = False
    is_bot: bool = False
    is_followed: bool = False
    is_muted: bool = False
    asked_ms: int | None = None


class Reaction(msgspec.Struct, frozen=True):
    """An emoji that floats over the room for a moment; `since_ms` of the client's clock."""

    emoji: str
    name: str  # whose
    since_ms: int


class RoomView(msgspec.Struct, frozen=True, kw_only=True):
    """A stage channel of one account. While `is_live` is false there is no room in it, and only `may_start` matters."""

    account_key: str
    guild_id: int
    channel_id: int
    title: str  # the channel's name
    is_live: bool = False
    is_whole: bool = True  # False while only what Discord's stages tell of it is known
    topic: str = ""
    description: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    openness: Openness = Openness.GUILD
    role: str = ""  # the name of the one that it is open to
    hands: Hands = Hands.ALL
    link: str | None = None
    started_ms: int = 0  # Unix time
    is_event: bool = False  # it was opened for an event
    speakers: tuple[RoomPerson, ...] = ()  # hosts first, then in the order in which they came
    asking: tuple[RoomPerson, ...] = ()  # hands, in the order in which they were raised
    invited: tuple[RoomPerson, ...] = ()  # asked up by a host, and have not answered
    listeners: int = 0  # all of the audience, hands included; while nothing is live, all who are in the channel
    audience: tuple[RoomPerson, ...] = ()  # of those, who was loaded so far, hands included
    is_audience_old: bool = False  # people came or went since: `load_audience` brings it up to date
    reactions: tuple[Reaction, ...] = ()
    is_here: bool = False  # one is in the room
    is_speaker: bool = False  # one speaks
    has_asked: bool = False  # one's hand is up
    is_invited: bool = False  # a host asks one to speak
    is_host: bool = False  # one hosts the room
    may_start: bool = False
    may_ask: bool = False  # one may raise a hand here now
    may_mention: bool = False  # one may tell everyone that it starts

    @property
    def has_more_audience(self) -> bool:
        """Whether `load_audience` has more to tell, or what is true by now."""
        return len(self.audience) < self.listeners or self.is_audience_old
