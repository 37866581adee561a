"""Unmodified hikari joins voice, is muted and moved there, and stands on a stage, with a real server."""

import hikari
import pytest

from tests.conformance.hikari_run import HikariRun
from tests.conformance.report import Report
from tests.conformance.team import conformance_team


@pytest.mark.slow
async def test_hikari_is_in_voice() -> None:
    async with conformance_team() as environment:
        run = HikariRun(environment, Report("hikari voice states"))
        await run.bot.start(check_for_updates=False)
        try:
            await _join(run)
            await _stand_on_a_stage(run)
        finally:
            await run.bot.close()


async def _join(run: HikariRun) -> None:
    guild, lounge = run.guild, hikari.Snowflake(run.environment.voice_id)
    second = hikari.Snowflake(run.environment.second_voice_id)
    told, server = run.expect(hikari.VoiceStateUpdateEvent), run.expect(hikari.VoiceServerUpdateEvent)
    await run.bot.update_voice_state(guild, lounge, self_deaf=True)
    state = (await told).state
    assert (state.channel_id, state.user_id, state.is_self_deafened) == (lounge, run.me.id, True)
    assert state.member is not None
    granted = await server
    assert (granted.guild_id, bool(granted.token), granted.endpoint is not None) == (guild, True, True)
    told = run.expect(hikari.VoiceStateUpdateEvent, lambda event: event.state.is_guild_muted)
    member = await run.rest.edit_member(guild, run.me, mute=True)
    assert member.is_mute
    assert (await told).old_state is not None
    told, server = run.expect(hikari.VoiceStateUpdateEvent), run.expect(hikari.VoiceServerUpdateEvent)
    await run.rest.edit_member(guild, run.me, mute=False, voice_channel=second)
    await server
    assert await run.code_of(run.rest.edit_member(guild, run.me, voice_channel=run.channel)) == 50024
    cached = run.bot.cache.get_voice_state(guild, run.me)
    assert cached is not None
    assert cached.channel_id == second
    told = run.expect(hikari.VoiceStateUpdateEvent, lambda event: event.state.channel_id is None)
    await run.bot.update_voice_state(guild, None)
    assert (await told).state.user_id == run.me.id
    assert [region.id for region in await run.rest.fetch_guild_voice_regions(guild)] == ["local"]
    assert [region.is_deprecated for region in await run.rest.fetch_voice_regions()] == [False]


async def _stand_on_a_stage(run: HikariRun) -> None:
    guild = run.guild
    stage = await run.rest.create_guild_stage_channel(guild, "stage")
    told = run.expect(hikari.VoiceStateUpdateEvent, lambda event: event.state.is_suppressed)
    await run.bot.update_voice_state(guild, stage.id)
    await told
    live = await run.rest.create_stage_instance(
        stage.id, topic="Bees", privacy_level=hikari.StageInstancePrivacyLevel.GUILD_ONLY
    )
    assert ((await run.rest.fetch_stage_instance(stage.id)).topic, live.channel_id) == ("Bees", stage.id)
    told = run.expect(hikari.VoiceStateUpdateEvent, lambda event: not event.state.is_suppressed)
    await run.rest.edit_my_voice_state(guild, stage.id, suppress=False)
    await told
    gone = run.expect(hikari.VoiceStateUpdateEvent, lambda event: event.state.channel_id is None)
    await run.rest.delete_channel(stage.id)
    await gone
