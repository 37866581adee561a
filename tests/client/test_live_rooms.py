"""What one does in a room is asked of the server, and what cannot be is said at once."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from typing import Any

import msgspec
import pytest

from tests.client.builders import GUILD, ME, OTHER, user
from tests.client.fake_server import Answer, FakeServer, fake_server
from tests.client.stages import ASKED, NOW, STAGE, room, room_created, seat, stage, stage_created, stage_state
from tuichat.client.change import Change, GuildsChanged, RoomsChanged
from tuichat.client.endpoint import parse_url
from tuichat.client.errors import RefusedError
from tuichat.client.live_rooms import LiveRooms
from tuichat.client.reducer import reducer
from tuichat.client.rest import Rest
from tuichat.client.room_audience import RENEWED_AFTER_EACH_MS, RENEWED_EVERY_MS
from tuichat.client.room_composer import FLOAT_MS
from tuichat.client.state import State
from tuichat.config.secret import Token
from tuichat.protocol import codec
from tuichat.protocol.dispatch.member import MemberUpdate
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.guild import Member
from tuichat.protocol.live_room import (
    Audience,
    AudiencePerson,
    EditLiveRoomRequest,
    Hands,
    LiveRoomAudience,
    LiveRoomKeeping,
    Openness,
)
from tuichat.protocol.message import ReactionEmoji
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import VoiceChannelEffectSend

ROOM = f"/tuichat/live-rooms/{STAGE}"
OWN = f"/guilds/{GUILD}/voice-states/@me"
OTHERS = f"/guilds/{GUILD}/voice-states/{OTHER}"


class Site:
    """An account's rooms on a server that answers as it is told."""

    def __init__(self, server: FakeServer, state: State, rest: Rest) -> None:
        self.server = server
        self.state = state
        self.changes: list[Change] = []
        self.now_ms = NOW
        self.started: list[Callable[[], Coroutine[Any, Any, object]]] = []
        self.rooms = LiveRooms("server/1000", state, rest, self._emit, self.started.append, lambda: self.now_ms)

    def _emit(self, changes: Sequence[Change]) -> None:
        self.changes += changes
        self.rooms.take_changes(changes)

    def happen(self, *events: msgspec.Struct) -> None:
        for event in events:
            self._emit(reducer.reduce(self.state, event, self.now_ms))

    def answer(self, request: str, body: object = None) -> None:
        self.server.answer(request, Answer(200, b"" if body is None else codec.encode(body)))

    @property
    def asked(self) -> list[tuple[str, object]]:
        return [
            (f"{each.method} {each.path}", msgspec.json.decode(each.body) if each.body else None)
            for each in self.server.seen
        ]


@contextlib.asynccontextmanager
async def site_of(state: State) -> AsyncIterator[Site]:
    async with fake_server() as server:
        rest = Rest(parse_url(server.url), Token("token"))
        async with contextlib.aclosing(rest):
            yield Site(server, state, rest)


@pytest.fixture
async def hosting() -> AsyncIterator[Site]:
    """One sits in a room that one started, on a server of ours."""
    async with site_of(stage_state()) as made:
        made.happen(room_created(starter_id=Snowflake(ME), host_ids=[Snowflake(ME)]), seat(ME, suppress=False))
        yield made


@pytest.fixture
async def listening() -> AsyncIterator[Site]:
    """One sits in the audience of somebody else's room, on a server of ours."""
    async with site_of(stage_state()) as made:
        made.happen(room_created(), seat(ME))
        yield made


@pytest.fixture
async def foreign() -> AsyncIterator[Site]:
    """One moderates a stage that is live on another server, and sits in it."""
    async with site_of(stage_state(has_extension=False, is_mine=True)) as made:
        made.happen(stage_created(), seat(ME, suppress=False))
        yield made


async def test_a_room_is_started_with_all_that_is_said_of_it() -> None:
    async with site_of(stage_state(is_mine=True)) as site:
        site.answer("POST /tuichat/live-rooms", room())
        await site.rooms.start(
            STAGE,
            " News ",
            description="All that is new",
            language="pt-BR",
            tags=["#News", "news", "Python"],
            openness=Openness.ROLE,
            role_id=5,
            invited_ids=[OTHER, OTHER],
            hands=Hands.FOLLOWED,
            link="https://example.org/notes",
            tells_everyone=True,
            event_id=8,
        )
        assert site.asked == [
            (
                "POST /tuichat/live-rooms",
                {
                    "channel_id": str(STAGE),
                    "topic": "News",
                    "description": "All that is new",
                    "language": "pt-BR",
                    "tags": ["news", "python"],
                    "openness": "role",
                    "role_id": "5",
                    "invited_ids": [str(OTHER)],
                    "hands": "followed",
                    "link": "https://example.org/notes",
                    "send_start_notification": True,
                    "guild_scheduled_event_id": "8",
                },
            )
        ]


async def test_who_starts_a_room_takes_the_stage_as_soon_as_it_sits_there() -> None:
    async with site_of(stage_state(is_mine=True)) as site:
        site.answer("POST /tuichat/live-rooms", room())
        site.answer(f"PATCH {OWN}")
        await site.rooms.start(STAGE, "News")
        site.happen(room_created())
        assert site.started == []
        site.happen(seat(ME))
        await site.started[0]()
        body = {"channel_id": str(STAGE), "suppress": False, "request_to_speak_timestamp": None}
        assert site.asked[1:] == [(f"PATCH {OWN}", body)]
        site.happen(seat(ME, suppress=False), seat(ME))
        assert len(site.started) == 1  # who goes down later stays there


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"topic": " "}, "1 to 120"),
        ({"topic": "x" * 121}, "121"),
        ({"description": "x" * 1001}, "1001"),
        ({"language": "English, please"}, "fr"),
        ({"tags": list("abcdef")}, "5 tags"),
        ({"tags": ["x" * 31]}, "31"),
        ({"link": "ftp://example.org"}, "https://"),
        ({"link": "https://[example"}, "https://"),
        ({"link": "https://example.org/" + "x" * 500}, "512"),
        ({"openness": Openness.ROLE}, "which role"),
        ({"invited_ids": range(1, 300)}, "200"),
    ],
)
async def test_what_no_server_takes_is_said_at_once(said: dict[str, Any], why: str) -> None:
    async with site_of(stage_state(is_mine=True)) as site:
        with pytest.raises(RefusedError, match=why):
            await site.rooms.start(STAGE, **({"topic": "News"} | said))
        assert site.asked == []


async def test_a_room_that_is_live_is_not_started(hosting: Site) -> None:
    with pytest.raises(RefusedError, match="live in this channel already"):
        await hosting.rooms.start(STAGE, "News")


async def test_another_servers_stage_has_a_topic_alone() -> None:
    async with site_of(stage_state(has_extension=False, is_mine=True)) as site:
        site.answer("POST /stage-instances", stage())
        with pytest.raises(RefusedError, match="a topic, and nothing more"):
            await site.rooms.start(STAGE, "News", tags=["news"])
        await site.rooms.start(STAGE, "News", tells_everyone=True)
        body = {"channel_id": str(STAGE), "topic": "News", "send_start_notification": True}
        assert site.asked == [("POST /stage-instances", body)]


async def test_a_host_changes_a_room_and_sees_it_at_once(hosting: Site) -> None:
    hosting.answer(f"PATCH {ROOM}", room(topic="Other", hands=Hands.OFF, starter_id=Snowflake(ME)))
    await hosting.rooms.edit(STAGE, EditLiveRoomRequest(topic="Other", hands=Hands.OFF, link=""))
    assert hosting.asked == [(f"PATCH {ROOM}", {"topic": "Other", "hands": "off", "link": None})]
    assert (hosting.rooms.view(STAGE).topic, hosting.rooms.view(STAGE).hands) == ("Other", Hands.OFF)


async def test_another_servers_topic_changes_and_nothing_else(foreign: Site) -> None:
    foreign.answer(f"PATCH /stage-instances/{STAGE}", stage("Other"))
    foreign.answer(f"DELETE /stage-instances/{STAGE}")
    await foreign.rooms.edit(STAGE, EditLiveRoomRequest(topic="Other"))
    with pytest.raises(RefusedError, match="nothing more"):
        await foreign.rooms.edit(STAGE, EditLiveRoomRequest(hands=Hands.OFF))
    await foreign.rooms.end(STAGE)
    assert foreign.asked == [
        (f"PATCH /stage-instances/{STAGE}", {"topic": "Other"}),
        (f"DELETE /stage-instances/{STAGE}", None),
    ]


async def test_a_hand_goes_up_and_down(listening: Site) -> None:
    listening.answer(f"PATCH {OWN}")
    await listening.rooms.raise_hand(STAGE)
    (request, body) = listening.asked[0]
    assert request == f"PATCH {OWN}"
    assert isinstance(body, dict)
    assert (body["channel_id"], body["request_to_speak_timestamp"][:2]) == (str(STAGE), "20")
    listening.happen(seat(ME, asked=ASKED))
    await listening.rooms.raise_hand(STAGE)  # it is up
    await listening.rooms.lower_hand(STAGE)
    assert listening.asked[1:] == [(f"PATCH {OWN}", {"channel_id": str(STAGE), "request_to_speak_timestamp": None})]
    listening.happen(seat(ME))
    with pytest.raises(RefusedError, match="not up"):
        await listening.rooms.lower_hand(STAGE)


async def test_hands_that_cannot_go_up_say_why(listening: Site) -> None:
    listening.happen(room_created(hands=Hands.OFF))
    with pytest.raises(RefusedError, match="Hands are off"):
        await listening.rooms.raise_hand(STAGE)
    listening.happen(seat(ME, suppress=False))
    with pytest.raises(RefusedError, match="on the stage already"):
        await listening.rooms.raise_hand(STAGE)
    listening.happen(seat(ME, suppress=False, asked=ASKED))
    with pytest.raises(RefusedError, match="accept"):
        await listening.rooms.raise_hand(STAGE)
    listening.happen(seat(ME, channel_id=None))
    with pytest.raises(RefusedError, match="not in this room"):
        await listening.rooms.raise_hand(STAGE)


async def test_an_invitation_to_speak_is_accepted_or_declined_and_the_stage_left(listening: Site) -> None:
    listening.answer(f"PATCH {OWN}")
    for action in (listening.rooms.accept, listening.rooms.decline_invitation, listening.rooms.move_down):
        with pytest.raises(RefusedError):
            await action(STAGE)
    listening.happen(seat(ME, suppress=False, asked=ASKED))
    await listening.rooms.accept(STAGE)
    await listening.rooms.decline_invitation(STAGE)
    listening.happen(seat(ME, suppress=False))
    await listening.rooms.move_down(STAGE, ME)
    common = {"channel_id": str(STAGE), "request_to_speak_timestamp": None}
    assert listening.asked == [
        (f"PATCH {OWN}", common | {"suppress": False}),
        (f"PATCH {OWN}", common | {"suppress": True}),
        (f"PATCH {OWN}", common | {"suppress": True}),
    ]


async def test_hosts_decide_about_others(hosting: Site) -> None:
    rooms, other = hosting.rooms, OTHER
    wanted = [
        (rooms.invite_up, f"PATCH {OTHERS}", {"channel_id": str(STAGE), "suppress": False}),
        (rooms.decline_hand, f"PATCH {OTHERS}", {"channel_id": str(STAGE), "suppress": True}),
        (rooms.move_down, f"PATCH {OTHERS}", {"channel_id": str(STAGE), "suppress": True}),
        (rooms.mute, f"PUT {ROOM}/muted/{other}", None),
        (rooms.remove, f"DELETE {ROOM}/people/{other}", None),
        (rooms.block, f"PUT {ROOM}/blocked/{other}", None),
        (rooms.unblock, f"DELETE {ROOM}/blocked/{other}", None),
        (rooms.make_host, f"PUT {ROOM}/hosts/{other}", None),
        (rooms.ping, f"PUT {ROOM}/invited/{other}", None),
        (rooms.uninvite, f"DELETE {ROOM}/invited/{other}", None),
    ]
    for action, request, _body in wanted:
        hosting.answer(request)
        await action(STAGE, other)
    hosting.answer(f"DELETE {ROOM}/hosts/7")
    await rooms.unmake_host(STAGE, 7)
    with pytest.raises(RefusedError, match="nobody can unmake"):
        await rooms.unmake_host(STAGE, OTHER)  # who owns the guild
    assert hosting.asked == [*((request, body) for _, request, body in wanted), (f"DELETE {ROOM}/hosts/7", None)]


async def test_who_hosts_nothing_is_told_so(listening: Site) -> None:
    rooms = listening.rooms
    for action in (rooms.invite_up, rooms.move_down, rooms.mute, rooms.remove, rooms.block, rooms.make_host):
        with pytest.raises(RefusedError, match="Only the hosts"):
            await action(STAGE, OTHER)
    with pytest.raises(RefusedError, match="Only the hosts"):
        await rooms.end(STAGE)
    with pytest.raises(RefusedError, match="No room is live"):
        await rooms.end(GUILD)
    assert listening.asked == []


async def test_what_discords_stages_lack_is_refused_with_what_to_do_instead(foreign: Site) -> None:
    rooms = foreign.rooms
    for action in (rooms.mute, rooms.block, rooms.unblock, rooms.make_host, rooms.unmake_host, rooms.ping):
        with pytest.raises(RefusedError, match="Discord's stages"):
            await action(STAGE, OTHER)
    with pytest.raises(RefusedError, match="Discord's stages"):
        await rooms.keeping(STAGE)
    with pytest.raises(RefusedError, match="invite lets you in"):
        await rooms.join_public(STAGE)
    foreign.answer(f"PATCH {OTHERS}")
    foreign.answer(f"PATCH /guilds/{GUILD}/members/{OTHER}")
    await rooms.invite_up(STAGE, OTHER)
    await rooms.remove(STAGE, OTHER)
    await rooms.load_audience(STAGE)
    assert foreign.asked == [
        (f"PATCH {OTHERS}", {"channel_id": str(STAGE), "suppress": False}),
        (f"PATCH /guilds/{GUILD}/members/{OTHER}", {"channel_id": None}),
    ]


async def test_emojis_are_let_fly_and_are_gone_after_a_moment(listening: Site) -> None:
    listening.answer(f"POST /channels/{STAGE}/voice-channel-effects")
    await listening.rooms.react(STAGE, ReactionEmoji(id=None, name="👏"))
    assert listening.asked[0][1] == {"emoji_name": "👏", "animation_type": 1}
    told = VoiceChannelEffectSend(
        channel_id=Snowflake(STAGE),
        guild_id=Snowflake(GUILD),
        user_id=Snowflake(OTHER),
        emoji=Emoji(id=None, name="👏"),
    )
    listening.happen(told)
    assert [each.emoji for each in listening.rooms.view(STAGE).reactions] == ["👏"]
    listening.now_ms += FLOAT_MS
    assert listening.rooms.view(STAGE).reactions == ()


async def test_details_are_asked_for_once_when_a_room_is_looked_at() -> None:
    async with site_of(stage_state(stage())) as site:
        site.answer(f"GET {ROOM}", room(description="All that is new", listeners=12))
        assert site.rooms.view(STAGE).description == ""
        site.rooms.view(STAGE)
        assert len(site.started) == 1
        await site.started[0]()
        assert (site.rooms.view(STAGE).description, site.rooms.view(STAGE).listeners) == ("All that is new", 12)
        assert len(site.started) == 1
        assert site.changes == [RoomsChanged(GUILD, STAGE)]


async def test_a_view_is_made_once_for_each_change(listening: Site) -> None:
    before = listening.rooms.view(STAGE)
    assert listening.rooms.view(STAGE) is before
    listening.happen(seat(OTHER, suppress=False))
    assert listening.rooms.view(STAGE) is not before


async def test_a_listener_who_is_renamed_shows_so(listening: Site) -> None:
    known = listening.state.guilds[GUILD].rooms[STAGE]
    known.audience_ids = [OTHER]
    listening.rooms.take_changes([GuildsChanged()])
    assert [each.name for each in listening.rooms.view(STAGE).audience] == [f"user{OTHER}", f"user{ME}"]
    listening.happen(seat(7, suppress=False))  # which keeps who listens
    assert listening.rooms.view(STAGE).audience[0].name == f"user{OTHER}"
    listening.happen(MemberUpdate(guild_id=Snowflake(GUILD), user=user(OTHER), nick="Bobby"))
    assert listening.rooms.view(STAGE).audience[0].name == "Bobby"


def page(*user_ids: int, count: int, offset: int = 0) -> Audience:
    people = [AudiencePerson(member=Member(user=user(each)), joined_ms=1) for each in user_ids]
    return Audience(count=count, offset=offset, people=people)


async def test_the_audience_comes_page_by_page_and_is_renewed_now_and_then(listening: Site) -> None:
    rooms, request = listening.rooms, f"GET {ROOM}/audience"
    listening.server.answer(
        request, *(Answer(200, codec.encode(each)) for each in (page(30, 31, count=3), page(31, 32, count=3, offset=2)))
    )
    await asyncio.gather(rooms.load_audience(STAGE), rooms.load_audience(STAGE))
    assert [each.user_id for each in rooms.view(STAGE).audience] == [30, 31, ME]
    await rooms.load_audience(STAGE)
    assert [each.name for each in rooms.view(STAGE).audience] == ["user30", "user31", "user32", f"user{ME}"]
    assert len(listening.asked) == 2
    counted = LiveRoomAudience(guild_id=Snowflake(GUILD), channel_id=Snowflake(STAGE), speakers=1, listeners=2)
    listening.happen(counted)
    assert rooms.view(STAGE).has_more_audience
    listening.answer(request, page(30, 40, count=2))
    await rooms.load_audience(STAGE)
    assert [each.user_id for each in rooms.view(STAGE).audience] == [30, 40, ME]
    assert not rooms.view(STAGE).is_audience_old
    listening.happen(msgspec.structs.replace(counted, listeners=1))
    await rooms.load_audience(STAGE)  # too soon
    assert len(listening.asked) == 3
    listening.now_ms += RENEWED_EVERY_MS
    listening.answer(request, page(ME, count=1))
    await rooms.load_audience(STAGE)
    assert [each.user_id for each in rooms.view(STAGE).audience] == [ME]


async def test_the_larger_a_room_the_less_often_its_audience_is_renewed(listening: Site) -> None:
    request = f"GET {ROOM}/audience"
    listening.answer(request, page(30, count=2000))
    await listening.rooms.load_audience(STAGE)
    counted = LiveRoomAudience(guild_id=Snowflake(GUILD), channel_id=Snowflake(STAGE), speakers=1, listeners=2000)
    for passed_ms, requests in ((0, 2), (RENEWED_EVERY_MS, 2), (2000 * RENEWED_AFTER_EACH_MS, 3)):
        listening.now_ms += passed_ms
        counted = msgspec.structs.replace(counted, listeners=counted.listeners + 1)
        listening.happen(counted)
        listening.answer(request, page(30, count=counted.listeners))
        await listening.rooms.load_audience(STAGE)
        assert len(listening.asked) == requests


async def test_a_page_of_a_room_that_ended_meanwhile_is_dropped(listening: Site) -> None:
    listening.answer(f"GET {ROOM}/audience", page(30, count=1))
    loading = asyncio.create_task(listening.rooms.load_audience(STAGE))
    await asyncio.sleep(0)
    listening.happen(room_created(id=Snowflake(901)))
    await loading
    assert [each.user_id for each in listening.rooms.view(STAGE).audience] == [ME]


async def test_hosts_see_whom_the_room_keeps_out(hosting: Site) -> None:
    kept = LiveRoomKeeping(invited=[], blocked=[user(7)], muted_ids=[Snowflake(8)])
    hosting.answer(f"GET {ROOM}/keeping", kept)
    assert await hosting.rooms.keeping(STAGE) == kept


async def test_a_public_room_is_joined_from_outside(listening: Site) -> None:
    listening.answer(f"POST {ROOM}/join", room(listeners=9))
    await listening.rooms.join_public(STAGE)
    assert listening.rooms.view(STAGE).listeners == 9
