"""A hallway with something in it: three rooms and two events, as the servers of the samples tell them."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from tests.client.rooms_found import coming, found
from tests.tui.samples import GRACE, GUILD, LINUS, MARGARET, ME, NOW, TOWNHALL, FakeClient, sample_state
from tuichat.client.routes import Request
from tuichat.protocol.coming import Coming, ComingEvent
from tuichat.protocol.follow import FEATURE as FOLLOWS
from tuichat.protocol.follow import Follows
from tuichat.protocol.live_room import FEATURE as ROOMS
from tuichat.protocol.live_room import FoundRoom, LiveRoomDirectory, Openness
from tuichat.protocol.room_search import query_words, room_finds
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User

NOW_MS = int(NOW.timestamp() * 1000)
MINUTE_MS, HOUR_MS = 60_000, 3_600_000
BEES, CLOSED, FAR = TOWNHALL, 4001, 4002
HONEY, MEAD = 501, 502


def person(user_id: int, username: str, name: str) -> User:
    return User(id=Snowflake(user_id), username=username, global_name=name)


GRACE_USER = person(GRACE, "grace", "Grace Hopper")
LINUS_USER = person(LINUS, "linus", "Linus")
NORA = person(900, "nora", "Nora")


@dataclass
class Directory:
    """What a server answers; `hidden` are rooms that only a search finds."""

    rooms: list[FoundRoom] = field(default_factory=list)
    hidden: list[FoundRoom] = field(default_factory=list)
    events: list[ComingEvent] = field(default_factory=list)
    queries: list[str] = field(default_factory=list)

    def live(self, wanted: Request) -> LiveRoomDirectory:
        query = str(wanted.query.get("query", ""))
        self.queries.append(query)
        words = query_words(query)
        known = [*self.rooms, *self.hidden] if words else self.rooms
        return LiveRoomDirectory(rooms=[each for each in known if room_finds(each, words)])

    def coming(self, wanted: Request) -> Coming:
        return Coming(events=self.events)


def rooms() -> list[FoundRoom]:
    bees = found(
        BEES,
        {
            "guild_id": Snowflake(GUILD),
            "topic": "Bees in winter: what they do all day",
            "description": "Weekly, with questions.",
            "language": "en",
            "tags": ["bees", "winter"],
            "started_ms": NOW_MS - 25 * MINUTE_MS,
            "speakers": 2,
            "listeners": 14,
        },
        guild_name="Bee Club",
        channel_name="townhall",
        people=[GRACE_USER, NORA, person(MARGARET, "margaret", "Margaret")],
        speaker_ids=[Snowflake(GRACE), Snowflake(900)],
        followed_ids=[Snowflake(GRACE)],
        chosen_tags=["bees"],
    )
    closed = found(
        CLOSED,
        {
            "guild_id": Snowflake(GUILD),
            "topic": "Board meeting",
            "openness": Openness.INVITED,
            "started_ms": NOW_MS - 3 * HOUR_MS - 5 * MINUTE_MS,
            "speakers": 5,
            "listeners": 0,
        },
        guild_name="Bee Club",
        channel_name="board",
        may_join=False,
        people=[LINUS_USER],
        speaker_ids=[Snowflake(LINUS)],
    )
    far = found(
        FAR,
        {
            "guild_id": Snowflake(7777),
            "topic": "Élevage et miel — on répond à tout",
            "language": "fr",
            "tags": ["miel"],
            "openness": Openness.PUBLIC,
            "started_ms": NOW_MS - 90 * MINUTE_MS,
            "speakers": 1,
            "listeners": 210,
        },
        guild_name="Le Rucher",
        channel_name="scène",
        is_member=False,
        people=[person(901, "odile", "Odile")],
        speaker_ids=[Snowflake(901)],
    )
    return [bees, far, closed]


def events() -> list[ComingEvent]:
    honey = coming(HONEY, NOW_MS + 40 * MINUTE_MS, "Honey tasting", channel_name="townhall", is_interested=True)
    mead = coming(MEAD, NOW_MS + 30 * HOUR_MS, "Mead evening", follows_guild=True)
    event = replace(
        honey.event, guild_id=Snowflake(GUILD), channel_id=Snowflake(BEES), creator=GRACE_USER, user_count=7
    )
    return [replace(honey, event=event), replace(mead, event=replace(mead.event, guild_id=Snowflake(GUILD)))]


def hallway_client(directory: Directory | None = None, key: str = f"s1/{ME}") -> FakeClient:
    """An account whose server has a hallway; it follows Grace, and bees."""
    client = FakeClient(sample_state(), key=key)
    fill_hallway(client, directory)
    return client


def fill_hallway(client: FakeClient, directory: Directory | None = None) -> None:
    known = directory or Directory(rooms(), events=events())
    client.state.features = frozenset({FOLLOWS, ROOMS})
    client.state.follows = Follows(users=[GRACE_USER], topics=["bees"])
    client.rest.answers["/tuichat/live-rooms"] = known.live
    client.rest.answers["GET /tuichat/live-rooms"] = known.live
    client.rest.answers["GET /tuichat/coming"] = known.coming
