"""Live rooms, an extension of ours: what a stage that is live has beyond Discord's stage instance.

Every stage instance is a live room, whoever opened it: one that a bot opened by POST /stage-instances is open to its guild
and has no description. The routes are under /tuichat/live-rooms; a room is named by its channel, as stages are. It is ended
by DELETE /stage-instances/{channel_id}, and hands are raised, lowered, taken and declined by the routes of voice states.

It ends by itself a minute after its last host left, or where an event or a bot opened it and no host came, after 15 minutes.
All in the channel are of the audience again then. Who started it speaks as soon as it is in the channel, but for a bot, which asks
for it. Hosts always come in. Who is blocked never does, and is nobody's host; who is in the room stays when its openness changes.

PUT and DELETE of /{channel_id}/hosts/{user_id}, /blocked/{user_id} and /invited/{user_id}, PUT of /muted/{user_id} and DELETE of
/people/{user_id} are for hosts; whoever is in the room may PUT /invited/{user_id}, too, for whom the room lets in anyway.
"""

from enum import StrEnum

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.guild import Member
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User

FEATURE = "live_rooms"  # of GET /api/v10/tuichat
TOPIC_CHARACTERS = (1, 120)  # Discord's documentation, "Stage Instance Structure"
MAX_DESCRIPTION_CHARACTERS = 1000
MAX_LANGUAGE_CHARACTERS = 35  # RFC 5646, section 4.4.1
MAX_TAGS = 5
MAX_TAG_CHARACTERS = 30
MAX_LINK_CHARACTERS = 512
MAX_HOSTS = 20  # made in the room; those whom permissions make are not counted
MAX_INVITED = 200
MAX_BLOCKED = 1000
MAX_AUDIENCE_PAGE = 100
MAX_PEOPLE_SHOWN = 12  # of a room in the directory; taste: what fits into two lines
MAX_DIRECTORY = 100
MAX_QUERY_CHARACTERS = 100


class Openness(StrEnum):
    """Who may join, of those whom the channel's permissions let in; hosts always may."""

    GUILD = "guild"
    ROLE = "role"
    INVITED = "invited"  # by a host; an invitation holds until the room ends
    PUBLIC = "public"  # everyone with an account on this server: who is no member becomes a temporary one


class Hands(StrEnum):
    """Who may raise a hand."""

    ALL = "all"
    FOLLOWED = "followed"  # whom a host of the room follows
    OFF = "off"


class LiveRoom(msgspec.Struct, frozen=True, kw_only=True):
    """A stage that is live. Also TUICHAT_LIVE_ROOM_CREATE and _UPDATE, for who sees the channel.

    `id` is the stage instance's; `started_ms` Unix time; `host_ids` are all hosts who were made such in the room, with who
    started it. `language` is a tag of RFC 5646 or empty. `speakers` and `listeners` count who is in it now: they go out of
    date as people come and go, and TUICHAT_LIVE_ROOM_AUDIENCE renews them.
    """

    id: Snowflake
    guild_id: Snowflake
    channel_id: Snowflake
    topic: str
    description: str = ""
    language: str = ""
    tags: list[str] = []
    openness: Openness = Openness.GUILD
    role_id: Snowflake | None = None
    hands: Hands = Hands.ALL
    link: str | None = None  # pinned: http or https
    starter_id: Snowflake
    host_ids: list[Snowflake] = []
    started_ms: int
    speakers: int = 0
    listeners: int = 0
    guild_scheduled_event_id: Snowflake | None = None


class StartLiveRoomRequest(msgspec.Struct, frozen=True, kw_only=True):
    """POST /tuichat/live-rooms: for who may open a stage there. Answer: the LiveRoom."""

    channel_id: Snowflake
    topic: str
    description: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    tags: list[str] | UnsetType | None = UNSET
    openness: str | UnsetType | None = UNSET
    role_id: Snowflake | UnsetType | None = UNSET
    invited_ids: list[Snowflake] | UnsetType | None = UNSET
    hands: str | UnsetType | None = UNSET
    link: str | UnsetType | None = UNSET
    send_start_notification: bool | UnsetType | None = UNSET
    guild_scheduled_event_id: Snowflake | UnsetType | None = UNSET


class EditLiveRoomRequest(msgspec.Struct, frozen=True, kw_only=True):
    """PATCH /tuichat/live-rooms/{channel_id}: for its hosts. What is absent stays. Answer: the LiveRoom."""

    topic: str | UnsetType | None = UNSET
    description: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    tags: list[str] | UnsetType | None = UNSET
    openness: str | UnsetType | None = UNSET
    role_id: Snowflake | UnsetType | None = UNSET
    hands: str | UnsetType | None = UNSET
    link: str | UnsetType | None = UNSET


class LiveRoomKeeping(msgspec.Struct, frozen=True, kw_only=True):
    """GET /tuichat/live-rooms/{channel_id}/keeping: for its hosts, who was invited, blocked, and muted by a host."""

    invited: list[User]
    blocked: list[User]
    muted_ids: list[Snowflake]


class AudiencePerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in the audience: as a member of the guild, `joined_ms` in Unix time."""

    member: Member
    joined_ms: int


class Audience(msgspec.Struct, frozen=True, kw_only=True):
    """GET /tuichat/live-rooms/{channel_id}/audience?offset=0&limit=50: a page of who listens, in the order in which they came.

    `count` is that of all; for whoever sees the channel.
    """

    count: int
    offset: int
    people: list[AudiencePerson]


class LiveRoomCreate(LiveRoom, frozen=True, kw_only=True):
    """TUICHAT_LIVE_ROOM_CREATE, beside STAGE_INSTANCE_CREATE."""


class LiveRoomUpdate(LiveRoom, frozen=True, kw_only=True):
    """TUICHAT_LIVE_ROOM_UPDATE: what it is about, who may join it, raise a hand or host it has changed."""


class LiveRoomDelete(msgspec.Struct, frozen=True, kw_only=True):
    """TUICHAT_LIVE_ROOM_DELETE, beside STAGE_INSTANCE_DELETE."""

    id: Snowflake
    guild_id: Snowflake
    channel_id: Snowflake


class LiveRoomAudience(msgspec.Struct, frozen=True, kw_only=True):
    """TUICHAT_LIVE_ROOM_AUDIENCE: how many speak and listen now in a stage channel, live or not; at most once a second a channel.

    It comes after READY, too, and after GUILD_CREATE or CHANNEL_CREATE of a channel with anybody in it. Who has raised a hand,
    or has not accepted yet, listens.

    A session that asked for it gets no VOICE_STATE_UPDATE of those who only listen to a stage, nor their voice states with
    its guild: neither as they come and go, nor of one who raises no hand. It still gets its own, and one for whoever
    ceases to be of the audience, or becomes of it: of the latter it hears no more then, and is to forget where they are.
    In a large guild it hears neither that guests of a public room become members nor that they go.
    Sessions that did not ask are told of all, likewise once a second; of who came and went in between, nothing.
    """

    guild_id: Snowflake
    channel_id: Snowflake
    speakers: int
    listeners: int


class LiveRoomInvited(msgspec.Struct, frozen=True, kw_only=True):
    """TUICHAT_LIVE_ROOM_INVITED: somebody asks one to come into a room."""

    room: LiveRoom
    guild_name: str
    channel_name: str
    inviter: User


class HostMuted(msgspec.Struct, frozen=True, kw_only=True):
    """TUICHAT_LIVE_ROOM_MUTED: a host has muted one of the people in a room, who is heard again once it unmutes itself."""

    guild_id: Snowflake
    channel_id: Snowflake
    user_id: Snowflake
    by_id: Snowflake


class FoundRoom(msgspec.Struct, frozen=True, kw_only=True):
    """A live room as the directory shows it.

    `people` are at most 12 of those inside: whom one follows, then speakers, then who of the audience was searched for.
    `may_join` is False for one that is seen and open to others only.
    """

    room: LiveRoom
    guild_name: str
    guild_icon: str | None = None
    channel_name: str
    is_member: bool = True
    may_join: bool = True
    people: list[User] = []
    speaker_ids: list[Snowflake] = []  # of `people`
    followed_ids: list[Snowflake] = []  # of all inside, whom one follows
    follows_guild: bool = False
    chosen_tags: list[str] = []  # of the room's, which are topics that one chose


class LiveRoomDirectory(msgspec.Struct, frozen=True, kw_only=True):
    """GET /tuichat/live-rooms?query=&tags=&limit=: what is live in one's guilds and in the public directory.

    Ranked: followed people inside, then chosen topics and followed clubs, then size. Each word of `query` is looked for in topics,
    descriptions, tags, names of people inside, of channels and of guilds; of `tags`, with commas between, a room has one.
    """

    rooms: list[FoundRoom]
