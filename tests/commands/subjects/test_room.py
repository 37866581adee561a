"""/room does everything of a live room, and says what became of it and what to do next."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar, cast

import msgspec
import pytest

from tests.client.builders import GUILD, ME, OTHER, channel, guild, user
from tests.client.stages import ASKED, EARLIER, NOW, STAGE, room, room_created, seat, stage_state
from tests.commands.fake_client import FakeScreen
from tests.tui.fake_desk import FakeDesk
from tuichat.client.change import Change, GuildsChanged
from tuichat.client.client import Client
from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.live_rooms import LiveRooms
from tuichat.client.reducer import reducer
from tuichat.client.rest import Rest
from tuichat.client.routes import Request
from tuichat.client.state import State
from tuichat.client.voice_desk import Stage, VoiceView
from tuichat.commands.command import registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.engine import Engine
from tuichat.commands.subjects.room import ACTIONS
from tuichat.commands.suggestion import complete
from tuichat.protocol import codec
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch.guild import GuildCreate
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.guild import Member, Role
from tuichat.protocol.live_room import Audience, AudiencePerson, LiveRoom, LiveRoomInvited, LiveRoomKeeping
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake

KEY = "server/1000"
ROOM = f"/tuichat/live-rooms/{STAGE}"
STATES = f"/guilds/{GUILD}/voice-states"
T = TypeVar("T")


class FakeRest:
    """Keeps what was asked; `answers` by the kind that is wanted."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, object]] = []
        self.answers: dict[type, Any] = {LiveRoom: room()}
        self.refusal: ClientError | None = None

    async def perform(self, wanted: Request) -> bytes:
        if self.refusal is not None:
            raise self.refusal
        body = None if wanted.body is None else msgspec.json.decode(codec.encode(wanted.body))
        self.asked.append((f"{wanted.method} {wanted.path}", body))
        return b""

    async def get(self, wanted: Request, kind: type[T]) -> T:
        await self.perform(wanted)
        return cast(T, self.answers[kind])


class FakeClient:
    def __init__(self, state: State, rest: FakeRest) -> None:
        self.key = KEY
        self.state = state
        self.rest = rest
        self.listeners: list[Callable[[Sequence[Change]], None]] = []
        self.at_subscription: Callable[[], None] = lambda: None
        self.live_rooms = LiveRooms(KEY, state, cast(Rest, rest), self._emit, lambda request: None, lambda: NOW)

    def _emit(self, changes: object) -> None:
        self.live_rooms.take_changes([GuildsChanged()])

    def happen(self, *events: msgspec.Struct) -> None:
        for event in events:
            reducer.reduce(self.state, event, NOW)
        self.live_rooms.take_changes([GuildsChanged()])
        for listener in self.listeners:
            listener([])

    def subscribe(self, listener: Callable[[Sequence[Change]], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        self.at_subscription()
        return lambda: self.listeners.remove(listener)


class Site:
    def __init__(self, *, is_mine: bool = True) -> None:
        self.rest = FakeRest()
        self.client = FakeClient(stage_state(is_mine=is_mine), self.rest)
        self.desk = FakeDesk()
        self.screen = FakeScreen()
        self.channel_id: int | None = STAGE

    async def submit(self, line: str, *, has_screen: bool = False) -> Outcome:
        client = cast(Client, self.client)
        context = CommandContext(client, self.channel_id, clients={KEY: client}, desk=self.desk)
        return await Engine().submit(line, replace(context, screen=self.screen) if has_screen else context)

    def be_here(self, **fields: object) -> None:
        known: dict[str, object] = {"stage": Stage.CONNECTED, "account_key": KEY, "guild_id": GUILD}
        self.desk.show(VoiceView(channel_id=STAGE, **(known | fields)))  # type: ignore[arg-type]  # fields of any type


@pytest.fixture
def hosting() -> Site:
    """One hosts a room, and sits in it with others: 7 speaks, 8 and 9 raise a hand."""
    site = Site()
    site.client.happen(
        room_created(starter_id=Snowflake(ME), host_ids=[Snowflake(ME)], listeners=5),
        seat(ME, suppress=False),
        seat(7, suppress=False),
        seat(8, asked=ASKED),
        seat(9, asked=EARLIER),
    )
    site.be_here()
    return site


@pytest.fixture
def listening() -> Site:
    site = Site(is_mine=False)
    site.client.happen(room_created(), seat(ME))
    site.be_here()
    return site


async def test_a_room_is_started_and_joined() -> None:
    site = Site()
    outcome = await site.submit("/room start News of the week")
    assert outcome.is_done
    assert "live in #weekly" in outcome.text
    body = {"channel_id": str(STAGE), "topic": "News of the week"}
    assert site.rest.asked == [("POST /tuichat/live-rooms", body)]
    assert site.desk.asked == [("join", KEY, STAGE)]


async def test_a_stage_is_named_where_another_channel_is_open() -> None:
    site = Site()
    site.channel_id = 10
    assert "Open a stage channel first" in (await site.submit("/room start News")).text
    assert "no stage" in (await site.submit("/room start #general News")).text
    assert (await site.submit("/room start #weekly News")).is_done
    assert site.desk.asked == [("join", KEY, STAGE)]


async def test_the_room_that_one_sits_in_is_meant_from_elsewhere(hosting: Site) -> None:
    hosting.channel_id = 10
    assert (await hosting.submit("/room topic Other news")).is_done
    assert hosting.rest.asked == [(f"PATCH {ROOM}", {"topic": "Other news"})]


async def test_what_hinders_a_start_is_said() -> None:
    site = Site(is_mine=False)
    assert "Your roles here" in (await site.submit("/room start News")).text
    assert "what it is about" in (await site.submit("/room start")).text
    site.desk.fault = RefusedError("Voice is off here.")
    mine = Site()
    mine.desk.fault = RefusedError("Voice is off here.")
    outcome = await mine.submit("/room start News")
    assert (outcome.is_done, outcome.text) == (True, "The room is live in #weekly. Voice is off here.")


@pytest.mark.parametrize(
    ("line", "request_", "body", "words"),
    [
        ("end", f"DELETE /stage-instances/{STAGE}", None, "has ended"),
        ("describe All that is new", f"PATCH {ROOM}", {"description": "All that is new"}, "described"),
        ("describe none", f"PATCH {ROOM}", {"description": ""}, "no description"),
        ("language pt-BR", f"PATCH {ROOM}", {"language": "pt-BR"}, "pt-BR"),
        ("tags #News, python", f"PATCH {ROOM}", {"tags": ["news", "python"]}, "tags"),
        ("tags none", f"PATCH {ROOM}", {"tags": []}, "no tags"),
        ("link https://example.org", f"PATCH {ROOM}", {"link": "https://example.org"}, "pinned"),
        ("link none", f"PATCH {ROOM}", {"link": None}, "any more"),
        ("hands off", f"PATCH {ROOM}", {"hands": "off"}, "Nobody may"),
        ("open public", f"PATCH {ROOM}", {"openness": "public"}, "everybody"),
        ("open role @Members", f"PATCH {ROOM}", {"openness": "role", "role_id": "60"}, "one role"),
        ("invite", f"PATCH {STATES}/9", {"channel_id": str(STAGE), "suppress": False}, "user9 is asked to speak"),
        ("invite @user8", f"PATCH {STATES}/8", {"channel_id": str(STAGE), "suppress": False}, "has to accept"),
        ("decline @user8", f"PATCH {STATES}/8", {"channel_id": str(STAGE), "suppress": True}, "hand of user8"),
        ("down @user7", f"PATCH {STATES}/7", {"channel_id": str(STAGE), "suppress": True}, "user7 listens"),
        (
            "down",
            f"PATCH {STATES}/@me",
            {"channel_id": str(STAGE), "suppress": True, "request_to_speak_timestamp": None},
            "You listen",
        ),
        ("mute @user7", f"PUT {ROOM}/muted/7", None, "user7 is muted"),
        ("remove @user7", f"DELETE {ROOM}/people/7", None, "may come back"),
        ("block @user7", f"PUT {ROOM}/blocked/7", None, "/room unblock"),
        ("unblock @user7", f"DELETE {ROOM}/blocked/7", None, "again"),
        ("host @user7", f"PUT {ROOM}/hosts/7", None, "a host now"),
        ("unhost @user7", f"DELETE {ROOM}/hosts/7", None, "no host any more"),
        ("ping @user1001", f"PUT {ROOM}/invited/{OTHER}", None, "asked to come"),
    ],
)
async def test_hosts_do_each_thing_by_one_command(
    hosting: Site, line: str, request_: str, body: object, words: str
) -> None:
    hosting.client.state.guilds[GUILD].roles[Snowflake(60)] = Role(id=Snowflake(60), name="Members")
    outcome = await hosting.submit(f"/room {line}")
    assert outcome.is_done, outcome.text
    assert words in outcome.text
    assert hosting.rest.asked == [(request_, body)]


async def test_a_room_is_opened_to_people_who_are_called(hosting: Site) -> None:
    assert (await hosting.submit("/room open invited @user7 @user1001")).is_done
    assert [request for request, _body in hosting.rest.asked] == [
        f"PATCH {ROOM}",
        f"PUT {ROOM}/invited/7",
        f"PUT {ROOM}/invited/{OTHER}",
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dance", "/room start TOPIC"),
        ("mute", "@name"),
        ("mute @nobody", "nobody named @nobody"),
        ("decline @user7", "raised no hand"),
        ("hands sometimes", "all, followed or off"),
        ("open", "/room help"),
        ("open sesame", "public"),
        ("open guild @user7", "takes nothing more"),
        ("open role", "@Members"),
        ("open role @Nobody", "no role @Nobody"),
        ("end now", "takes nothing more"),
        ("kept now", "takes nothing more"),
        ("react :no_such_emoji:", "No emoji is called"),
        ("start News", "live in this channel already"),
    ],
)
async def test_what_is_wrong_is_said_with_what_to_write(hosting: Site, line: str, words: str) -> None:
    outcome = await hosting.submit(f"/room {line}")
    assert not outcome.is_done
    assert words in outcome.text
    assert hosting.rest.asked == []


async def test_nobody_is_asked_up_where_no_hand_is_up(hosting: Site) -> None:
    hosting.client.happen(seat(8), seat(9))
    assert "Nobody has raised a hand" in (await hosting.submit("/room invite")).text


async def test_who_is_not_there_may_be_called(hosting: Site) -> None:
    hosting.rest.refusal = RefusedError("Unknown Voice State.", code=ErrorCode.UNKNOWN_VOICE_STATE)
    outcome = await hosting.submit("/room invite @user1001")
    assert "/room ping @name" in outcome.text
    hosting.rest.refusal = RefusedError("Missing Permissions.", code=ErrorCode.MISSING_PERMISSIONS)
    assert "Your roles do not allow that" in (await hosting.submit("/room invite @user1001")).text


async def test_a_bot_speaks_at_once(hosting: Site) -> None:
    hosting.client.state.users[Snowflake(8)] = msgspec.structs.replace(user(8), bot=True)
    assert "speaks now" in (await hosting.submit("/room invite @user8")).text


async def test_a_hand_goes_up_and_down_and_the_stage_is_taken(listening: Site) -> None:
    assert "/room lower" in (await listening.submit("/room raise")).text
    listening.client.happen(seat(ME, asked=ASKED))
    assert (await listening.submit("/room lower")).is_done
    assert "Nobody asked you" in (await listening.submit("/room accept")).text
    listening.client.happen(seat(ME, suppress=False, asked=ASKED))
    assert (await listening.submit("/room decline")).text == "You listen on."
    assert (await listening.submit("/room accept")).text == "You are on the stage, and heard."


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"is_muted": True}, "muted still"), ({"gate": "push_to_talk"}, "push to talk"), ({"channel_id": 99}, "stage.")],
)
async def test_who_takes_the_stage_hears_how_the_microphone_is(
    listening: Site, fields: dict[str, object], words: str
) -> None:
    listening.client.happen(seat(ME, suppress=False, asked=ASKED))
    listening.desk.change(**fields)
    assert words in (await listening.submit("/room accept")).text


async def test_a_host_steps_down(hosting: Site) -> None:
    hosting.client.state.guilds[GUILD].guild = msgspec.structs.replace(
        hosting.client.state.guilds[GUILD].guild, owner_id=Snowflake(OTHER)
    )
    assert "You are no host" in (await hosting.submit("/room unhost")).text
    assert hosting.rest.asked == [(f"DELETE {ROOM}/hosts/{ME}", None)]


async def test_emojis_fly(listening: Site) -> None:
    guild = listening.client.state.guilds[GUILD]
    guild.guild = msgspec.structs.replace(guild.guild, emojis=[Emoji(id=Snowflake(5), name="blob")])
    for typed in (":clap:", "👏", ":blob:"):
        assert (await listening.submit(f"/room react {typed}")).is_done
    assert [body for _request, body in listening.rest.asked] == [
        {"emoji_name": "👏", "animation_type": 1},
        {"emoji_name": "👏", "animation_type": 1},
        {"emoji_id": "5", "emoji_name": "blob", "animation_type": 1},
    ]


async def test_what_a_room_is_and_who_is_in_it_is_told(hosting: Site) -> None:
    hosting.rest.answers[LiveRoom] = room()
    hosting.client.happen(room_created(description="All that is new", language="en", tags=["news"], listeners=5))
    text = (await hosting.submit("/room who")).text
    assert "All that is new" in text
    assert "On the stage: user1001" not in text
    assert "user7" in text
    assert "Hands: 1. user9, 2. user8" in text
    assert "5 listen." in text
    await hosting.submit("/room who", has_screen=True)
    assert hosting.screen.texts == [("#weekly", text)]


async def test_a_stage_without_a_room_says_how_to_start_one() -> None:
    assert "/room start TOPIC" in (await Site().submit("/room who")).text
    assert "/room start" not in (await Site(is_mine=False).submit("/room who")).text
    assert "No room is live" in (await Site().submit("/room audience")).text


async def test_the_audience_is_told_page_by_page(hosting: Site) -> None:
    def page(*user_ids: int) -> Audience:
        people = [AudiencePerson(member=Member(user=user(each)), joined_ms=1) for each in user_ids]
        return Audience(count=5, offset=0, people=people)

    hosting.rest.answers[Audience] = page(30, 31)
    text = (await hosting.submit("/room audience")).text
    assert "user30, user31" in text
    assert "tells more" in text
    hosting.rest.answers[Audience] = page(32)
    text = (await hosting.submit("/room audience")).text
    assert "user32" in text
    assert "user30" not in text
    assert "tells more" not in text


async def test_hosts_see_whom_the_room_keeps_out(hosting: Site) -> None:
    hosting.rest.answers[LiveRoomKeeping] = LiveRoomKeeping(invited=[], blocked=[user(40)], muted_ids=[Snowflake(7)])
    text = (await hosting.submit("/room kept")).text
    assert text == "Invited: nobody\nBlocked: user40\nMuted by a host: user7"


async def test_a_room_is_joined_and_left() -> None:
    site = Site(is_mine=False)
    site.client.happen(room_created())
    assert "Joining #weekly" in (await site.submit("/room join")).text
    assert "not in this room" in (await site.submit("/room leave")).text
    site.be_here()
    assert (await site.submit("/room join")).text == "You are in it."
    assert "left" in (await site.submit("/room leave")).text
    assert site.desk.asked == [("join", KEY, STAGE), ("leave",)]


async def test_who_was_asked_into_a_room_comes_in_by_one_word() -> None:
    site = Site(is_mine=False)
    site.channel_id = 10
    site.client.happen(
        LiveRoomInvited(room=room(), guild_name="Club", channel_name="weekly", inviter=user(OTHER, "bob"))
    )
    assert "Joining #weekly" in (await site.submit("/room join")).text
    assert site.rest.asked == []
    assert site.client.state.room_invitations == {}


@pytest.mark.parametrize("arrives", [True, False])
async def test_an_invitation_into_a_club_that_one_is_not_in_lets_one_in_first(
    arrives: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(is_mine=False)
    told = room(guild_id=Snowflake(5), channel_id=Snowflake(55))
    site.client.happen(LiveRoomInvited(room=told, guild_name="Club", channel_name="weekly", inviter=user(OTHER)))
    club = guild(5, channel(55, "weekly", type=ChannelType.STAGE))
    come = GuildCreate(**{name: getattr(club, name) for name in club.__struct_fields__})
    if arrives:
        site.client.at_subscription = lambda: site.client.happen(come)
    else:
        monkeypatch.setattr("tuichat.client.arrival.LIMIT_S", 0)
    text = (await site.submit("/room join", has_screen=True)).text
    assert site.rest.asked == [("POST /tuichat/live-rooms/55/join", None)]
    assert text == ("Joining #weekly …" if arrives else text)
    assert site.desk.asked == ([("join", KEY, 55)] if arrives else [])
    assert site.screen.opened == ([(KEY, 55)] if arrives else [])
    assert bool(site.client.state.room_invitations) is not arrives  # one may try again


async def test_an_invitation_that_is_not_worth_anything_any_more_is_forgotten() -> None:
    site = Site(is_mine=False)
    told = room(guild_id=Snowflake(5), channel_id=Snowflake(55))
    site.client.happen(LiveRoomInvited(room=told, guild_name="Club", channel_name="weekly", inviter=user(OTHER)))
    site.rest.refusal = RefusedError("Unknown Stage Instance.")
    assert (await site.submit("/room join")).text == "Unknown Stage Instance."
    assert site.client.state.room_invitations == {}


async def test_actions_are_listed_and_completed() -> None:
    text = (await Site().submit("/room help")).text
    assert all(f"/room {name}" in text for name in ACTIONS)
    assert [each.text for each in complete("/room un", registry, CommandContext())] == [
        "/room unblock ",
        "/room uninvite ",
        "/room unhost ",
    ]
    assert [each.text for each in complete("/call und", registry, CommandContext())] == []
    assert [each.text for each in complete("/call de", registry, CommandContext())] == [
        "/call deafen ",
        "/call decline ",
        "/call device ",
    ]
    assert complete("/room mute ", registry, CommandContext()) == []
    assert complete("/nonsense ", registry, CommandContext()) == []
    assert "/room audience" in (await Site().submit("/help room")).text
