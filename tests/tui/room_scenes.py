"""Scenes of rooms: listening, speaking, hosting, being invited, and a stage on which nothing is live."""

from collections.abc import Sequence

from msgspec.structs import replace

from tests.tui.fake_desk import CALL, GOOD_ENGINE, FakeDesk
from tests.tui.samples import (
    ADA_NICK,
    ALAN,
    BARBARA,
    BOT,
    GRACE,
    GUILD,
    KEN,
    LINUS,
    MARGARET,
    ME,
    NOW,
    RADIA,
    TOWNHALL,
    user,
)
from tests.tui.samples import message as sample_message
from tests.tui.screens import Shown
from tests.tui.voice_scenes import use_desk
from tuichat.client.change import RoomsChanged
from tuichat.client.room_state import RoomState
from tuichat.client.room_view import Reaction, RoomPerson, RoomView
from tuichat.client.voice_desk import VoicePerson, VoiceView
from tuichat.protocol.live_room import Hands, LiveRoom, LiveRoomKeeping, Openness
from tuichat.protocol.snowflake import Snowflake

NOW_MS = int(NOW.timestamp() * 1000)
CLOCK_MS = 60_000
KEY = "s1/101"
HOSTS = (
    RoomPerson(user_id=GRACE, name="grace", is_host=True, is_followed=True),
    RoomPerson(user_id=MARGARET, name="margaret", is_host=True),
)
SPEAKERS = (*HOSTS, RoomPerson(user_id=LINUS, name="linus", is_muted=True))
LISTENER = RoomPerson(user_id=ME, name=ADA_NICK, is_me=True)
HANDS = (
    RoomPerson(user_id=BARBARA, name="barbara", is_followed=True, asked_ms=NOW_MS - 4 * 60_000),
    RoomPerson(user_id=KEN, name="ken", asked_ms=NOW_MS - 20_000),
)
AUDIENCE = (
    LISTENER,
    RoomPerson(user_id=RADIA, name="radia", is_followed=True),
    *HANDS,
    RoomPerson(user_id=ALAN, name="alan"),
    RoomPerson(user_id=BOT, name="buildbot", is_bot=True),
)
REACTIONS = (
    Reaction("👏", "radia", CLOCK_MS - 300),
    Reaction("🚀", "alan", CLOCK_MS - 1500),
    Reaction("❤", "ken", CLOCK_MS - 1600),
    Reaction("👏", "barbara", CLOCK_MS - 3100),
)
EMPTY = RoomView(account_key=KEY, guild_id=GUILD, channel_id=TOWNHALL, title="townhall", may_start=True)
ROOM = replace(
    EMPTY,
    is_live=True,
    topic="Jitter buffers: what three frames buy us, and what they cost",
    description=(
        "We read last week's traces together, and ask what a smaller buffer would cost. Bring your own numbers: "
        "questions are welcome at any time."
    ),
    language="en",
    tags=("audio", "python"),
    link="https://bench.example.org/run/118",
    started_ms=NOW_MS - (64 * 60 + 12) * 1000,
    is_event=True,
    speakers=SPEAKERS,
    listeners=312,
    audience=AUDIENCE,
    reactions=REACTIONS,
    is_here=True,
    may_start=False,
    may_ask=True,
)
HEARD = (
    VoicePerson(user_id=GRACE, name="grace", is_speaking=True, level_db=-12.0),
    VoicePerson(user_id=LINUS, name="linus", is_muted=True),
    VoicePerson(user_id=MARGARET, name="margaret", is_speaking=True, level_db=-38.0),
    VoicePerson(user_id=ME, name=ADA_NICK, is_me=True, is_suppressed=True),
)
STAGE_CALL = replace(
    CALL,
    channel_id=TOWNHALL,
    title="◈ townhall",
    people=HEARD,
    is_suppressed=True,
    is_sending=False,
    input_db=None,
    threshold_db=None,
)
SPEAKING_CALL = replace(
    STAGE_CALL,
    is_suppressed=False,
    is_sending=True,
    input_db=-20.0,
    threshold_db=-45.0,
    people=(*HEARD[:3], VoicePerson(user_id=ME, name=ADA_NICK, is_me=True, is_speaking=True, level_db=-20.0)),
)
HOSTED = replace(
    ROOM,
    is_host=True,
    is_speaker=True,
    speakers=(replace(LISTENER, is_host=True), *SPEAKERS),
    asking=HANDS,
    invited=(RoomPerson(user_id=RADIA, name="radia", is_followed=True),),
    audience=AUDIENCE[1:],
)
KNOWN = LiveRoom(
    id=Snowflake(1),
    guild_id=Snowflake(GUILD),
    channel_id=Snowflake(TOWNHALL),
    topic=ROOM.topic,
    description=ROOM.description,
    language=ROOM.language,
    tags=list(ROOM.tags),
    openness=Openness.ROLE,
    role_id=Snowflake(3001),
    link=ROOM.link,
    starter_id=Snowflake(ME),
    started_ms=ROOM.started_ms,
)
TALK = (
    (GRACE, 9.0, "the traces are in the pinned link"),
    (BARBARA, 6.0, "is that with **redundancy** on?"),
    (LINUS, 5.5, "off: we say so at the top of the run"),
    (RADIA, 1.0, "p99 looks great"),
)


def use_room(shown: Shown, view: RoomView, call: VoiceView | None = None) -> FakeDesk:
    """Have a stage be as `view` says; `call` is what is heard of it, None for who is elsewhere."""
    shown.client.time_ms = CLOCK_MS
    shown.client.live_rooms.put(view)
    rooms = shown.client.state.guilds[GUILD].rooms
    if view.is_live:
        counted = replace(KNOWN, speakers=len(view.speakers), listeners=view.listeners)
        rooms[TOWNHALL] = RoomState(counted, is_whole=True)
    shown.client.emit(RoomsChanged(GUILD, TOWNHALL))
    return use_desk(shown, call or VoiceView(engine=GOOD_ENGINE))


async def go_to_stage(shown: Shown) -> None:
    shown.chat.open_channel(shown.client.key, TOWNHALL)
    await shown.settle()


def talk(shown: Shown, lines: Sequence[tuple[int, float, str]] = TALK) -> None:
    """Have something be written beside the stage."""
    for number, (author, minutes_ago, text) in enumerate(lines):
        shown.client.receive(sample_message(author, minutes_ago, text, number=700 + number, channel=TOWNHALL))
    shown.client.state.timeline(TOWNHALL).has_older = False


async def show(shown: Shown, view: RoomView, call: VoiceView | None = None) -> None:
    use_room(shown, view, call)
    talk(shown)
    await go_to_stage(shown)


async def room_listening(shown: Shown) -> None:
    await show(shown, ROOM, STAGE_CALL)


async def room_seen(shown: Shown) -> None:
    """A room is seen without being in it."""
    await show(shown, replace(ROOM, is_here=False, may_ask=False, audience=AUDIENCE[1:], reactions=()))


async def room_hand_up(shown: Shown) -> None:
    mine = replace(LISTENER, asked_ms=NOW_MS - 90_000)
    view = replace(ROOM, has_asked=True, may_ask=False, asking=(HANDS[0], mine, HANDS[1]), reactions=())
    await show(shown, view, STAGE_CALL)


async def room_invited(shown: Shown) -> None:
    view = replace(ROOM, is_invited=True, may_ask=False, invited=(LISTENER,), hands=Hands.OFF, reactions=())
    await show(shown, view, STAGE_CALL)


async def room_speaking(shown: Shown) -> None:
    view = replace(ROOM, is_speaker=True, may_ask=False, speakers=(*SPEAKERS, LISTENER), audience=AUDIENCE[1:])
    await show(shown, view, SPEAKING_CALL)


async def room_hosting(shown: Shown) -> None:
    await show(shown, HOSTED, SPEAKING_CALL)


async def room_person(shown: Shown) -> None:
    """What a host can do with somebody who asks to speak."""
    await room_hosting(shown)
    shown.chat.room.move_cursor_to(shown.chat.room.person_key(BARBARA))
    await shown.press("enter")


async def room_ending(shown: Shown) -> None:
    await room_hosting(shown)
    await shown.press("X")


async def room_reacting(shown: Shown) -> None:
    await room_listening(shown)
    await shown.press("a")


async def room_not_live(shown: Shown) -> None:
    await show(shown, EMPTY)


async def room_may_not_start(shown: Shown) -> None:
    await show(shown, replace(EMPTY, may_start=False))


async def room_talk(shown: Shown) -> None:
    """What is written beside the stage, where there is no room for both."""
    await room_listening(shown)
    await shown.press("alt+r")


async def room_starting(shown: Shown) -> None:
    await room_not_live(shown)
    shown.client.live_rooms.put(replace(EMPTY, may_mention=True))
    await shown.press("s")
    await shown.type("Jitter buffers")


async def room_editing(shown: Shown) -> None:
    shown.client.live_rooms.room = KNOWN
    await room_hosting(shown)
    await shown.press("e")
    await shown.until("The room on")


async def room_keeping(shown: Shown) -> None:
    shown.client.live_rooms.kept = LiveRoomKeeping(
        invited=[user(RADIA), user(ALAN)], blocked=[user(BARBARA)], muted_ids=[Snowflake(LINUS)]
    )
    await room_hosting(shown)
    await shown.press("w")
    await shown.until("Kept while")


async def room_public(shown: Shown) -> None:
    view = replace(
        ROOM, openness=Openness.PUBLIC, hands=Hands.FOLLOWED, description="", link=None, tags=(), speakers=()
    )
    await show(shown, replace(view, listeners=0, audience=(), reactions=(), is_here=False, language=""))


ROOM_SCENES = {
    scene.__name__: scene
    for scene in (
        room_listening,
        room_seen,
        room_hand_up,
        room_invited,
        room_speaking,
        room_hosting,
        room_person,
        room_ending,
        room_reacting,
        room_not_live,
        room_may_not_start,
        room_talk,
        room_public,
        room_starting,
        room_editing,
        room_keeping,
    )
}
