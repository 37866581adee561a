"""A stage goes on while a host is in it, a minute after the last one left, and after a restart."""

from pathlib import Path
from typing import Any

import pytest

from tests.server.actions.conftest import Clock, Town, open_server
from tests.server.actions.test_scheduled_events import edit, in_channel, plan
from tests.server.actions.test_voice_states import make_channel
from tests.server.actions.voice_people import VoiceTown
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.scheduled_event import EntityType, EventStatus
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import CreateStageRequest
from tuichat.server.actions import members, roles, stages
from tuichat.server.actions.stage_hosts import MODERATING
from tuichat.server.actions.stage_watch import FIRST_HOST_LIMIT_MS, HOSTLESS_LIMIT_MS, StageWatch
from tuichat.server.options import Registration
from tuichat.server.store.errors import StoreError


class Hall:
    """A stage of a town and what looks after it. Bob may start it, and is no moderator of it afterwards."""

    def __init__(self, voice: VoiceTown, stage_id: Snowflake) -> None:
        self.voice = voice
        self.town = voice.town
        self.stage_id = stage_id
        self.watch = StageWatch(voice.ctx)

    @property
    def is_live(self) -> bool:
        return self.stage_id in self.town.state.stages

    def sit(self, *names: str) -> None:
        for name in names:
            self.voice.ask(name, self.stage_id)

    def leave(self, *names: str) -> None:
        for name in names:
            self.voice.ask(name, None)

    async def open(self) -> None:
        role_id = await self.town.give_role("bob", MODERATING)
        request = CreateStageRequest(channel_id=self.stage_id, topic="Bees")
        await stages.open_stage(self.town.ctx, self.town.bob, request)
        await roles.delete_role(self.town.ctx, self.town.ada, self.town.guild_id, role_id)

    async def after(self, ms: int = 0) -> bool:
        """Let time pass and the watch look; return whether the stage is live still."""
        self.town.clock.ms += ms
        await self.watch.look()
        return self.is_live


@pytest.fixture
async def hall(town: Town) -> Hall:
    stage_id = await make_channel(town, "Stage", ChannelType.STAGE)
    return Hall(VoiceTown(town), stage_id)


async def ends_in_a_minute(hall: Hall) -> bool:
    lives = [await hall.after(), await hall.after(HOSTLESS_LIMIT_MS - 1), await hall.after(1)]
    return lives == [True, True, False]


async def test_a_host_whose_client_crashed_is_gone_with_its_voice_connection(hall: Hall) -> None:
    await hall.open()
    hall.sit("bob", "mod")
    assert await hall.after(HOSTLESS_LIMIT_MS)
    hall.voice.rooms.lost.add(int(hall.town.bob.user_id))
    assert await ends_in_a_minute(hall)


async def test_a_stage_ends_a_minute_after_its_last_host_left(hall: Hall) -> None:
    await hall.open()
    hall.sit("bob", "mod")
    assert await hall.after(10 * HOSTLESS_LIMIT_MS)
    hall.leave("bob")
    assert await ends_in_a_minute(hall)
    assert len(hall.town.told("STAGE_INSTANCE_DELETE")) == 1
    assert (await hall.town.ctx.store.load()).stages == []
    assert hall.voice.place("mod") is not None  # who is in it stays in voice


async def test_a_host_who_comes_back_in_time_goes_on(hall: Hall) -> None:
    await hall.open()
    for _ in range(3):
        hall.sit("bob")
        assert await hall.after(HOSTLESS_LIMIT_MS)
        hall.leave("bob")
        assert await hall.after()
        assert await hall.after(HOSTLESS_LIMIT_MS - 1)
    assert not await hall.after(1)


async def test_a_stage_that_no_host_comes_to_ends(hall: Hall) -> None:
    await hall.open()
    hall.sit("mod")
    assert await ends_in_a_minute(hall)


async def test_a_moderator_of_the_guild_in_it_is_a_host(hall: Hall) -> None:
    await hall.open()
    hall.sit("mod", "bob")
    role_id = await hall.town.give_role("mod", MODERATING)
    hall.leave("bob")
    assert await hall.after(2 * HOSTLESS_LIMIT_MS)
    assert await hall.after(2 * HOSTLESS_LIMIT_MS)
    await roles.delete_role(hall.town.ctx, hall.town.ada, hall.town.guild_id, role_id)
    assert await ends_in_a_minute(hall)


async def test_a_host_elsewhere_or_who_is_no_member_any_more_does_not_keep_it(hall: Hall) -> None:
    await hall.open()
    hall.voice.ask("bob", hall.voice.lounge)
    assert await hall.after()
    hall.sit("bob")
    assert await hall.after(HOSTLESS_LIMIT_MS)
    await members.kick_member(hall.town.ctx, hall.town.ada, hall.town.guild_id, hall.town.bob.user_id)
    assert await ends_in_a_minute(hall)


async def test_a_stage_goes_on_after_a_restart_and_ends_if_no_host_comes_back(hall: Hall, tmp_path: Path) -> None:
    await hall.open()
    hall.sit("bob")
    before = hall.town.state.stages[hall.stage_id]
    await hall.town.ctx.store.close()
    clock = Clock()
    clock.ms = hall.town.clock.ms + 90 * HOSTLESS_LIMIT_MS
    ctx = await open_server(tmp_path / DATABASE_NAME, [], clock, Registration.INVITE)
    again = Town(ctx, [], clock)
    again.guild_id = hall.town.guild_id
    assert again.state.stages[hall.stage_id] == before
    assert await ends_in_a_minute(Hall(VoiceTown(again), hall.stage_id))
    await ctx.store.close()
    ctx.accounts.close()


async def test_the_stage_of_an_event_waits_for_its_first_host_and_ends_with_the_event(hall: Hall) -> None:
    planned = await plan(hall.town, in_channel(hall.town, hall.stage_id, EntityType.STAGE_INSTANCE))
    await edit(hall.town, planned.id, status=EventStatus.ACTIVE)
    hall.sit("bob")
    assert await hall.after()
    assert await hall.after(FIRST_HOST_LIMIT_MS - 1)
    hall.sit("ada")
    assert await hall.after()
    hall.leave("ada")
    assert await ends_in_a_minute(hall)
    row = hall.town.ctx.scheduled_events.get(planned.id)
    assert row is not None
    assert row.status == EventStatus.COMPLETED


async def test_an_event_that_no_host_comes_to_ends_though_others_listen(hall: Hall) -> None:
    planned = await plan(hall.town, in_channel(hall.town, hall.stage_id, EntityType.STAGE_INSTANCE))
    await edit(hall.town, planned.id, status=EventStatus.ACTIVE)
    hall.sit("bob")
    assert await hall.after()
    assert not await hall.after(FIRST_HOST_LIMIT_MS)
    row = hall.town.ctx.scheduled_events.get(planned.id)
    assert row is not None
    assert row.status == EventStatus.COMPLETED


async def test_the_stage_of_a_bot_that_joins_no_voice_waits_for_its_first_host(hall: Hall) -> None:
    bot = await hall.town.add_bot()
    await hall.town.give_role("helper", MODERATING)
    request = CreateStageRequest(channel_id=hall.stage_id, topic="Bees")
    for first_comes in (True, False):
        await stages.open_stage(hall.town.ctx, bot, request)
        hall.sit("mod")
        assert await hall.after()
        assert await hall.after(FIRST_HOST_LIMIT_MS - 1)
        if first_comes:
            hall.sit("ada")
            assert await hall.after(1)
            hall.leave("ada")
            assert await ends_in_a_minute(hall)
        else:
            assert not await hall.after(1)


async def test_another_stage_in_the_channel_has_its_own_minute(hall: Hall) -> None:
    await hall.open()
    assert await hall.after()
    await stages.close_stage(hall.town.ctx, hall.town.ada, hall.stage_id)
    await hall.open()
    assert await hall.after(HOSTLESS_LIMIT_MS)
    assert not await hall.after(HOSTLESS_LIMIT_MS)


async def test_a_store_that_cannot_write_is_asked_again(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    await hall.open()
    assert await hall.after()

    async def fail(*_: Any, **__: Any) -> None:
        raise StoreError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(type(hall.town.ctx.store), "write", fail)
        assert await hall.after(HOSTLESS_LIMIT_MS)
    assert not await hall.after()
