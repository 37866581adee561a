"""Who may do what in a live room, as one table: every action of a room, by everybody who may ask for it."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from docs.route_table import routes_by_name
from tests.server.actions.conftest import Clock, Town, open_server, outcome
from tests.server.actions.test_scheduled_events import new_stage
from tests.server.actions.voice_people import VoiceTown
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol.live_room import EditLiveRoomRequest, StartLiveRoomRequest
from tuichat.protocol.rest.member import EditMemberRequest, EditVoiceStateRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import SendEffectRequest
from tuichat.protocol.stage import CreateStageRequest, EditStageRequest
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import (
    live_rooms,
    members,
    roles,
    room_audience,
    room_guests,
    room_people,
    soundboard,
    stages,
    voice_moderation,
)
from tuichat.server.actions.context import Actor
from tuichat.server.actions.stage_hosts import MODERATING
from tuichat.server.options import Registration

UP, DOWN = EditVoiceStateRequest(suppress=False), EditVoiceStateRequest(suppress=True)
NO_HAND = EditVoiceStateRequest(request_to_speak_timestamp=None)
# Who asks. All but the owner, outside, blocked and stranger are in the room; the owner's permissions are all of them.
PEOPLE = ("owner", "starter", "host", "moderator", "speaker", "listener", "outside", "blocked", "stranger", "bot")
# Whom it is about: another speaker, host and moderator of the stage, one with a hand up, and one who is not in the room.
OTHERS = ("talker", "cohost", "chair", "asker", "guest")
INSIDE = ("starter", "host", "moderator", "speaker", "listener", "bot", "talker", "cohost", "chair", "asker")


class Hall:
    """A live room, a stage that is not live, and all these people."""

    def __init__(self, town: Town, room_id: Snowflake, free_id: Snowflake) -> None:
        self.town = town
        self.voice = VoiceTown(town)
        self.room_id = room_id
        self.free_id = free_id

    def user_id(self, name: str) -> Snowflake:
        return self.town.people[name].user_id

    async def gather(self) -> None:
        """Let those who are inside come in, and the speakers among them speak."""
        for name in INSIDE:
            self.voice.ask(name, self.room_id)
        for name in ("speaker", "talker", "cohost", "chair"):
            await self.let(self.town.people["owner"], name, UP)
            await self.let_self(self.town.people[name], UP)
        await self.raise_hand(self.town.people["asker"])
        self.town.published.clear()

    async def let(self, by: Actor, name: str, wish: EditVoiceStateRequest) -> None:
        await voice_moderation.edit_state(self.town.ctx, by, self.town.guild_id, self.user_id(name), wish)

    async def let_self(self, by: Actor, wish: EditVoiceStateRequest) -> None:
        await voice_moderation.edit_own_state(self.town.ctx, by, self.town.guild_id, wish)

    async def raise_hand(self, by: Actor) -> None:
        now = format_timestamp(self.town.clock.ms)
        await self.let_self(by, EditVoiceStateRequest(request_to_speak_timestamp=now))

    async def change(self, by: Actor, **fields: Any) -> object:
        """Do by Discord's permissions alone what moderators do to one in voice."""
        request = EditMemberRequest(**fields)
        return await members.edit_member(self.town.ctx, by, self.town.guild_id, self.user_id("talker"), request)

    async def edit(self, by: Actor, **fields: Any) -> object:
        return await live_rooms.edit_room(self.town.ctx, by, self.room_id, EditLiveRoomRequest(**fields))

    async def come_in(self, by: Actor) -> None:
        name = next(name for name, actor in self.town.people.items() if actor == by)
        self.voice.ask(name, self.room_id)

    async def join(self, by: Actor, openness: str) -> object:
        await self.edit(self.town.people["owner"], openness=openness)
        return await room_guests.join(self.town.ctx, by, self.room_id)


async def build(path: Path) -> tuple[Snowflake, Snowflake]:
    """Make all of it in a database that has the town already. The room is ended by nobody in between: no watch runs."""
    ctx = await open_server(path, [], Clock(), Registration.INVITE)
    town = Town(ctx, [], Clock())
    await town.settle()
    room_id, free_id = await new_stage(town), await new_stage(town)
    for name in (*PEOPLE, *OTHERS):
        if name not in ("owner", "stranger", "bot"):
            await town.join(await town.add_person(name))
    await town.add_bot("bot")
    role_id = await town.give_role("starter", MODERATING)
    request = StartLiveRoomRequest(channel_id=room_id, topic="Bees")
    await live_rooms.start_room(ctx, town.people["starter"], request)
    await roles.delete_role(ctx, town.ada, town.guild_id, role_id)
    for name in ("moderator", "chair"):
        await town.give_role(name, MODERATING)
    for name in ("host", "cohost"):
        await room_people.make_host(ctx, town.ada, room_id, town.people[name].user_id)
    await room_people.block(ctx, town.ada, room_id, town.people["blocked"].user_id)
    await ctx.store.close()
    ctx.accounts.close()
    return room_id, free_id


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, founded_database: Path) -> tuple[Path, Snowflake, Snowflake]:
    path = tmp_path_factory.mktemp("hall") / DATABASE_NAME
    shutil.copy(founded_database, path)
    return path, *asyncio.run(build(path))


@pytest.fixture
async def hall(tmp_path: Path, built: tuple[Path, Snowflake, Snowflake]) -> AsyncIterator[Hall]:
    shutil.copy(built[0], tmp_path / DATABASE_NAME)
    clock = Clock()
    published: list[Any] = []
    ctx = await open_server(tmp_path / DATABASE_NAME, published, clock, Registration.INVITE)
    town = Town(ctx, published, clock)
    await town.settle()
    users = {row.username: Actor(row.id, is_bot=row.is_bot) for row in ctx.users.all()}
    town.people = {name: users[name] for name in (*PEOPLE, *OTHERS) if name in users}
    town.people |= {"owner": users["ada"], "stranger": users["eve"]}
    made = Hall(town, *built[1:])
    await made.gather()
    yield made
    await ctx.store.close()
    ctx.accounts.close()


Deed = Callable[[Hall, Actor], Awaitable[object]]


def of_room(action: Callable[..., Awaitable[object]], name: str) -> Deed:
    """An action of a room about somebody."""
    return lambda hall, by: action(hall.town.ctx, by, hall.room_id, hall.user_id(name))


async def get_keeping(hall: Hall, by: Actor) -> object:
    return room_people.get_keeping(hall.town.ctx, by, hall.room_id)


async def get_audience(hall: Hall, by: Actor) -> object:
    return room_audience.get_audience(hall.town.ctx, by, hall.room_id, offset=0, limit=10)


def start(hall: Hall, by: Actor) -> Awaitable[object]:
    request = StartLiveRoomRequest(channel_id=hall.free_id, topic="Wasps")
    return live_rooms.start_room(hall.town.ctx, by, request)


def open_stage(hall: Hall, by: Actor) -> Awaitable[object]:
    return stages.open_stage(hall.town.ctx, by, CreateStageRequest(channel_id=hall.free_id, topic="Wasps"))


def edit_stage(hall: Hall, by: Actor) -> Awaitable[object]:
    return stages.edit_stage(hall.town.ctx, by, hall.room_id, EditStageRequest(topic="Wasps"))


def react(hall: Hall, by: Actor) -> Awaitable[object]:
    return soundboard.send_effect(hall.town.ctx, by, hall.room_id, SendEffectRequest(emoji_name="\N{DUCK}"))


HOSTS = "ok ok ok ok 50013 50013 50013 50013 50001 50013"
MODERATORS = "ok 50013 50013 ok 50013 50013 50013 50013 50001 50013"
NOBODY = "50013 50013 50013 50013 50013 50013 50013 50013 50001 50013"
MEMBERS = "ok ok ok ok ok ok ok ok 50001 ok"
THOSE_INSIDE = "40032 ok ok ok ok ok 40032 40032 50001 ok"
DEEDS: dict[str, tuple[Deed, str]] = {
    #                owner starter host moderator speaker listener outside blocked stranger bot
    "start": (start, MODERATORS),
    "open by Discord's route": (open_stage, MODERATORS),
    "show": (lambda hall, by: live_rooms.get_room(hall.town.ctx, by, hall.room_id), MEMBERS),
    "show by Discord's route": (lambda hall, by: stages.get_stage(hall.town.ctx, by, hall.room_id), MEMBERS),
    "describe": (lambda hall, by: hall.edit(by, description="Of hives", tags=["hives"], language="en"), HOSTS),
    "pin a link": (lambda hall, by: hall.edit(by, link="https://bees.example"), HOSTS),
    "topic by Discord's route": (edit_stage, HOSTS),
    "open to invited people": (lambda hall, by: hall.edit(by, openness="invited"), HOSTS),
    "open to the public": (lambda hall, by: hall.edit(by, openness="public"), HOSTS),
    "turn hands off": (lambda hall, by: hall.edit(by, hands="off"), HOSTS),
    "end": (lambda hall, by: stages.close_stage(hall.town.ctx, by, hall.room_id), HOSTS),
    "invite up": (lambda hall, by: hall.let(by, "asker", UP), HOSTS),
    "decline a hand": (lambda hall, by: hall.let(by, "asker", DOWN), HOSTS),
    "move a speaker down": (lambda hall, by: hall.let(by, "talker", DOWN), HOSTS),
    "move a host down": (lambda hall, by: hall.let(by, "cohost", DOWN), MODERATORS),
    "move a moderator down": (lambda hall, by: hall.let(by, "chair", DOWN), MODERATORS),
    "raise a hand": (lambda hall, by: hall.raise_hand(by), THOSE_INSIDE),
    "lower one's hand": (lambda hall, by: hall.let_self(by, NO_HAND), THOSE_INSIDE),
    "speak": (lambda hall, by: hall.let_self(by, UP), "40032 ok ok ok ok 50013 40032 40032 50001 50013"),
    "listen": (lambda hall, by: hall.let_self(by, DOWN), THOSE_INSIDE),
    "mute a speaker": (of_room(room_people.mute, "talker"), HOSTS),
    "mute a host": (of_room(room_people.mute, "cohost"), MODERATORS),
    "mute a moderator": (of_room(room_people.mute, "chair"), MODERATORS),
    "put a listener out": (of_room(room_people.put_out, "asker"), HOSTS),
    "put a host out": (of_room(room_people.put_out, "cohost"), MODERATORS),
    "put a moderator out": (of_room(room_people.put_out, "chair"), MODERATORS),
    "block a listener": (of_room(room_people.block, "asker"), HOSTS),
    "block a stranger": (of_room(room_people.block, "stranger"), HOSTS),
    "block a host": (of_room(room_people.block, "cohost"), MODERATORS),
    "block a moderator": (of_room(room_people.block, "chair"), NOBODY),
    "unblock": (of_room(room_people.unblock, "blocked"), HOSTS),
    "make a host": (of_room(room_people.make_host, "asker"), HOSTS),
    "unmake a host": (of_room(room_people.unmake_host, "cohost"), HOSTS),
    "unmake a moderator": (of_room(room_people.unmake_host, "chair"), NOBODY),
    "unmake who started it": (
        of_room(room_people.unmake_host, "starter"),
        "50013 ok 50013 50013 50013 50013 50013 50013 50001 50013",
    ),
    "step down": (lambda hall, by: room_people.unmake_host(hall.town.ctx, by, hall.room_id, by.user_id), HOSTS),
    "invite": (of_room(room_guests.invite, "guest"), "ok ok ok ok ok ok 50013 50013 50001 ok"),
    "invite a blocked one": (of_room(room_guests.invite, "blocked"), NOBODY),
    "withdraw an invitation": (of_room(room_guests.withdraw, "guest"), HOSTS),
    "see who is kept out": (get_keeping, HOSTS),
    "see the audience": (get_audience, MEMBERS),
    "come in": (lambda hall, by: hall.come_in(by), "ok ok ok ok ok ok ok 50013 50001 ok"),
    "join while it is the guild's": (
        lambda hall, by: hall.join(by, "guild"),
        "ok ok ok ok ok ok ok 50013 50001 20001",
    ),
    "join while it is public": (lambda hall, by: hall.join(by, "public"), "ok ok ok ok ok ok ok 50013 ok 20001"),
    "react": (react, THOSE_INSIDE),
    "mute in the guild": (lambda hall, by: hall.change(by, mute=True), MODERATORS),
    "take out of voice": (lambda hall, by: hall.change(by, channel_id=None), MODERATORS),
    "move to another channel": (
        lambda hall, by: hall.change(by, channel_id=Snowflake(hall.voice.lounge)),
        MODERATORS,
    ),
}


_ROOM = "/tuichat/live-rooms/{channel_id}"
ROUTES = {
    "POST /stage-instances": ["open by Discord's route"],
    "GET /stage-instances/{channel_id}": ["show by Discord's route"],
    "PATCH /stage-instances/{channel_id}": ["topic by Discord's route"],
    "DELETE /stage-instances/{channel_id}": ["end"],
    "POST /tuichat/live-rooms": ["start"],
    f"GET {_ROOM}": ["show"],
    f"PATCH {_ROOM}": ["describe", "pin a link", "open to invited people", "open to the public", "turn hands off"],
    f"POST {_ROOM}/join": ["join while it is the guild's", "join while it is public"],
    f"GET {_ROOM}/keeping": ["see who is kept out"],
    f"GET {_ROOM}/audience": ["see the audience"],
    f"PUT {_ROOM}/hosts/{{user_id}}": ["make a host"],
    f"DELETE {_ROOM}/hosts/{{user_id}}": ["unmake a host", "unmake a moderator", "unmake who started it", "step down"],
    f"PUT {_ROOM}/blocked/{{user_id}}": ["block a listener", "block a stranger", "block a host", "block a moderator"],
    f"DELETE {_ROOM}/blocked/{{user_id}}": ["unblock"],
    f"PUT {_ROOM}/invited/{{user_id}}": ["invite", "invite a blocked one"],
    f"DELETE {_ROOM}/invited/{{user_id}}": ["withdraw an invitation"],
    f"PUT {_ROOM}/muted/{{user_id}}": ["mute a speaker", "mute a host", "mute a moderator"],
    f"DELETE {_ROOM}/people/{{user_id}}": ["put a listener out", "put a host out", "put a moderator out"],
}  # what the table has of each route


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("who", PEOPLE)
async def test_who_may(hall: Hall, deed: str, who: str) -> None:
    do, expected = DEEDS[deed]
    found = await outcome(do(hall, hall.town.people[who]))
    assert (str(found) if isinstance(found, int) else "ok") == expected.split()[PEOPLE.index(who)]


def test_every_route_of_a_room_is_in_the_table() -> None:
    found = {
        f"{method} {path}"
        for method, path in routes_by_name()
        if path.startswith(("/tuichat/live-rooms/", "/stage-instances"))
        or (method, path) == ("POST", "/tuichat/live-rooms")
    }
    assert found == ROUTES.keys()
    assert {deed for deeds in ROUTES.values() for deed in deeds} <= DEEDS.keys()
