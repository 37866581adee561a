"""Who may do what on a live stage, as one table: each action, by everybody who may ask for it."""

from collections.abc import Awaitable, Callable

import pytest

from tests.server.actions.conftest import Town, outcome
from tests.server.actions.test_scheduled_events import new_stage
from tests.server.actions.voice_people import VoiceTown
from tuichat.protocol.rest.member import EditMemberRequest, EditVoiceStateRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import CreateStageRequest, EditStageRequest
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import members, roles, stages, voice_moderation
from tuichat.server.actions.context import Actor
from tuichat.server.actions.stage_hosts import MODERATING

UP, DOWN = EditVoiceStateRequest(suppress=False), EditVoiceStateRequest(suppress=True)
PEOPLE = ("owner", "starter", "moderator", "speaker", "listener", "outside", "stranger", "bot")


class Hall:
    """A stage that its starter, a moderator, a speaker and two listeners are on, and those who are not there."""

    def __init__(self, town: Town) -> None:
        self.voice = VoiceTown(town)
        self.town = town
        self.people: dict[str, Actor] = {}

    async def open(self) -> None:
        town = self.town
        self.stage_id, self.free_id = await new_stage(town), await new_stage(town)
        for name in ("starter", "moderator", "speaker", "listener", "outside", "target"):
            await town.join(await town.add_person(name))
        town.people["stranger"], town.people["owner"] = town.eve, town.ada
        await town.add_bot("bot")
        self.people = town.people
        await town.give_role("moderator", MODERATING)
        role_id = await town.give_role("starter", MODERATING)
        request = CreateStageRequest(channel_id=self.stage_id, topic="Bees")
        await stages.open_stage(town.ctx, self.people["starter"], request)
        await roles.delete_role(town.ctx, town.ada, town.guild_id, role_id)
        for name in ("starter", "moderator", "speaker", "listener", "target"):
            self.voice.ask(name, self.stage_id)
        await self.let(town.ada, "speaker", UP)
        await self.let_self(self.people["speaker"], UP)

    async def let(self, by: Actor, name: str, wish: EditVoiceStateRequest) -> None:
        whom = self.people[name].user_id
        await voice_moderation.edit_state(self.town.ctx, by, self.town.guild_id, whom, wish)

    async def let_self(self, by: Actor, wish: EditVoiceStateRequest) -> None:
        await voice_moderation.edit_own_state(self.town.ctx, by, self.town.guild_id, wish)

    async def change(self, by: Actor, request: EditMemberRequest) -> object:
        whom = self.people["target"].user_id
        return await members.edit_member(self.town.ctx, by, self.town.guild_id, whom, request)

    async def open_other(self, by: Actor) -> object:
        return await stages.open_stage(self.town.ctx, by, CreateStageRequest(channel_id=self.free_id, topic="Wasps"))

    async def raise_hand(self, by: Actor) -> None:
        now = format_timestamp(self.town.clock.ms)
        await self.let_self(by, EditVoiceStateRequest(request_to_speak_timestamp=now))


@pytest.fixture
async def hall(town: Town) -> Hall:
    hall = Hall(town)
    await hall.open()
    return hall


Deed = Callable[[Hall, Actor], Awaitable[object]]
DEEDS: dict[str, tuple[Deed, str]] = {
    #                owner starter moderator speaker listener outside stranger bot
    "open": (lambda hall, by: hall.open_other(by), "ok 50013 ok 50013 50013 50013 50001 50013"),
    "read": (lambda hall, by: stages.get_stage(hall.town.ctx, by, hall.stage_id), "ok ok ok ok ok ok 50001 ok"),
    "edit": (
        lambda hall, by: stages.edit_stage(hall.town.ctx, by, hall.stage_id, EditStageRequest(topic="Wasps")),
        "ok ok ok 50013 50013 50013 50001 50013",
    ),
    "end": (
        lambda hall, by: stages.close_stage(hall.town.ctx, by, hall.stage_id),
        "ok ok ok 50013 50013 50013 50001 50013",
    ),
    "invite up": (lambda hall, by: hall.let(by, "target", UP), "ok ok ok 50013 50013 50013 50001 50013"),
    "move down": (lambda hall, by: hall.let(by, "speaker", DOWN), "ok ok ok 50013 50013 50013 50001 50013"),
    "raise a hand": (lambda hall, by: hall.raise_hand(by), "40032 ok ok ok ok 40032 50001 40032"),
    "speak": (lambda hall, by: hall.let_self(by, UP), "40032 ok ok ok 50013 40032 50001 40032"),
    "listen": (lambda hall, by: hall.let_self(by, DOWN), "40032 ok ok ok ok 40032 50001 40032"),
    "mute": (
        lambda hall, by: hall.change(by, EditMemberRequest(mute=True)),
        "ok 50013 ok 50013 50013 50013 50001 50013",
    ),
    "take out": (
        lambda hall, by: hall.change(by, EditMemberRequest(channel_id=None)),
        "ok 50013 ok 50013 50013 50013 50001 50013",
    ),
    "move away": (
        lambda hall, by: hall.change(by, EditMemberRequest(channel_id=Snowflake(hall.voice.lounge))),
        "ok 50013 ok 50013 50013 50013 50001 50013",
    ),
}


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("who", PEOPLE)
async def test_who_may(hall: Hall, deed: str, who: str) -> None:
    do, expected = DEEDS[deed]
    found = await outcome(do(hall, hall.people[who]))
    assert (str(found) if isinstance(found, int) else "ok") == expected.split()[PEOPLE.index(who)]
