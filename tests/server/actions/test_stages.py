"""Stages that are live: who opens one, how all hear of it, and what ends it."""

from tests.server.actions.conftest import Town, outcome, refused
from tests.server.actions.test_voice_states import deny, make_channel
from tests.server.actions.voice_people import VoiceTown
from tuichat.protocol import codec
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch.message import MessageCreate
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import OverwriteRequest
from tuichat.protocol.rest.member import EditVoiceStateRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import CreateStageRequest, EditStageRequest, StageInstance
from tuichat.server.actions import channels, overwrites, roles, stages, voice_moderation
from tuichat.server.actions.context import Actor
from tuichat.server.actions.ready import full_guild
from tuichat.server.actions.stage_hosts import MODERATING

UNKNOWN_STAGE, OPEN, NO_PERMISSION, NO_ACCESS, WRONG_TYPE, INVALID = 10067, 150006, 50013, 50001, 50024, 50035


async def open_stage(town: Town, who: str = "ada") -> StageInstance:
    channel_id = await make_channel(town, "Stage", ChannelType.STAGE)
    request = CreateStageRequest(channel_id=channel_id, topic="Bees")
    return await stages.open_stage(town.ctx, town.people[who], request)


def may_speak(voice: VoiceTown, name: str) -> bool:
    place = voice.place(name)
    return place is not None and place.may_speak


async def test_a_stage_is_opened_changed_and_ended(town: Town) -> None:
    stage = await open_stage(town)
    assert (stage.topic, stage.privacy_level, stage.guild_id) == ("Bees", 2, town.guild_id)
    assert await stages.get_stage(town.ctx, town.bob, stage.channel_id) == stage
    assert full_guild(town.ctx, town.bob.user_id, town.guild_id).stage_instances == [stage]
    with refused(OPEN):
        await stages.open_stage(town.ctx, town.ada, CreateStageRequest(channel_id=stage.channel_id, topic="Wasps"))
    changed = await stages.edit_stage(town.ctx, town.ada, stage.channel_id, EditStageRequest(topic="Wasps"))
    assert (changed.id, changed.topic) == (stage.id, "Wasps")
    await stages.close_stage(town.ctx, town.ada, stage.channel_id)
    with refused(UNKNOWN_STAGE, 404):
        await stages.get_stage(town.ctx, town.ada, stage.channel_id)
    for what in ("CREATE", "UPDATE", "DELETE"):
        (told,) = town.told(f"STAGE_INSTANCE_{what}")
        assert told.channel_id == stage.channel_id
    said = [codec.decode(told.body, MessageCreate) for told in town.told("MESSAGE_CREATE")]
    assert [(message.type, message.content) for message in said] == [(27, "Bees"), (31, "Wasps"), (28, "Wasps")]


async def test_who_may_open_a_stage(town: Town) -> None:
    channel_id = await make_channel(town, "Stage", ChannelType.STAGE)
    request = CreateStageRequest(channel_id=channel_id, topic="Bees")
    for name, expected in (("bob", NO_PERMISSION), ("mod", NO_PERMISSION), ("eve", NO_ACCESS)):
        assert await outcome(stages.open_stage(town.ctx, town.people[name], request)) == expected
    await town.give_role("mod", Permissions.MUTE_MEMBERS | Permissions.MOVE_MEMBERS)
    assert isinstance(await stages.open_stage(town.ctx, town.people["mod"], request), StageInstance)


async def test_what_cannot_be_a_stage(town: Town) -> None:
    channel_id = await make_channel(town, "Stage", ChannelType.STAGE)
    for request, expected in (
        (CreateStageRequest(channel_id=town.general, topic="Bees"), WRONG_TYPE),
        (CreateStageRequest(channel_id=channel_id, topic=""), INVALID),
        (CreateStageRequest(channel_id=channel_id, topic="x" * 121), INVALID),
        (CreateStageRequest(channel_id=channel_id, topic="Bees", privacy_level=1), INVALID),
    ):
        assert await outcome(stages.open_stage(town.ctx, town.ada, request)) == expected


async def test_everybody_can_be_told_that_a_stage_begins(town: Town) -> None:
    channel_id = await make_channel(town, "Stage", ChannelType.STAGE)
    await town.give_role("mod", Permissions.MUTE_MEMBERS | Permissions.MOVE_MEMBERS)
    request = CreateStageRequest(channel_id=channel_id, topic="Bees", send_start_notification=True)
    denied = OverwriteRequest(id=Snowflake(town.guild_id), deny=Permissions.MENTION_EVERYONE)
    await overwrites.set_overwrite(town.ctx, town.ada, channel_id, town.guild_id, denied)
    with refused(NO_PERMISSION):
        await stages.open_stage(town.ctx, town.people["mod"], request)
    await stages.open_stage(town.ctx, town.ada, request)
    (told,) = town.told("MESSAGE_CREATE")
    assert codec.decode(told.body, MessageCreate).mention_everyone
    (state,) = [row for row in await town.ctx.store.read_states(town.bob.user_id) if row.channel_id == channel_id]
    assert state.mention_count == 1


async def test_a_stage_ends_with_its_channel(town: Town) -> None:
    stage = await open_stage(town)
    await channels.delete_channel(town.ctx, town.ada, stage.channel_id)
    assert town.state.stages == {}
    assert (await town.ctx.store.load()).stages == []


async def test_who_started_a_stage_changes_and_ends_it_without_being_its_moderator_any_more(town: Town) -> None:
    channel_id = await make_channel(town, "Stage", ChannelType.STAGE)
    role_id = await town.give_role("bob", MODERATING)
    await stages.open_stage(town.ctx, town.bob, CreateStageRequest(channel_id=channel_id, topic="Bees"))
    await roles.delete_role(town.ctx, town.ada, town.guild_id, role_id)
    with refused(NO_PERMISSION):
        await stages.edit_stage(town.ctx, town.people["mod"], channel_id, EditStageRequest(topic="Mine"))
    changed = await stages.edit_stage(town.ctx, town.bob, channel_id, EditStageRequest(topic="Wasps"))
    assert changed.topic == "Wasps"
    with refused(NO_PERMISSION):
        await stages.close_stage(town.ctx, town.people["mod"], channel_id)
    await stages.close_stage(town.ctx, town.bob, channel_id)
    assert town.state.stages == {}
    with refused(NO_PERMISSION):
        await stages.close_stage(town.ctx, town.bob, channel_id)


async def test_a_stage_that_one_cannot_see_is_not_told_of(town: Town) -> None:
    stage = await open_stage(town)
    await deny(town, stage.channel_id, Permissions.VIEW_CHANNEL)
    assert full_guild(town.ctx, town.bob.user_id, town.guild_id).stage_instances == []
    with refused(NO_ACCESS):
        await stages.get_stage(town.ctx, town.bob, Snowflake(stage.channel_id))


async def test_a_host_decides_who_speaks_on_its_stage_while_it_is_live(town: Town) -> None:
    voice = VoiceTown(town)
    channel_id = await make_channel(town, "Stage", ChannelType.STAGE)
    role_id = await town.give_role("bob", MODERATING)
    await stages.open_stage(town.ctx, town.bob, CreateStageRequest(channel_id=channel_id, topic="Bees"))
    await roles.delete_role(town.ctx, town.ada, town.guild_id, role_id)
    for name in ("ada", "bob", "mod"):
        voice.ask(name, channel_id)
    up, down = EditVoiceStateRequest(suppress=False), EditVoiceStateRequest(suppress=True)
    mod, guild_id = town.people["mod"], town.guild_id

    async def invite(by: Actor, whom: Actor) -> object:
        return await outcome(voice_moderation.edit_state(town.ctx, by, guild_id, whom.user_id, up))

    assert await invite(mod, town.bob) == NO_PERMISSION
    assert await outcome(voice_moderation.edit_own_state(town.ctx, mod, guild_id, up)) == NO_PERMISSION
    await voice_moderation.edit_own_state(town.ctx, town.bob, guild_id, up)
    assert await invite(town.bob, mod) is None
    await voice_moderation.edit_own_state(town.ctx, mod, guild_id, up)
    assert [may_speak(voice, name) for name in ("ada", "bob", "mod")] == [False, True, True]
    await voice_moderation.edit_state(town.ctx, town.bob, guild_id, mod.user_id, down)
    assert not may_speak(voice, "mod")
    await stages.close_stage(town.ctx, town.ada, channel_id)
    assert await invite(town.bob, mod) == NO_PERMISSION
