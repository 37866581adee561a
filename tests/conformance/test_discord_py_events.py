"""Unmodified discord.py plans, changes, starts, ends and deletes events, with a real server."""

from datetime import timedelta

import discord
import pytest

from tests.conformance.environment import Environment
from tests.conformance.moderation import Action, Moderation
from tests.conformance.other_account import request
from tests.conformance.report import Report
from tests.conformance.text_run import error_code
from tests.server.files.pictures_drawn import picture


@pytest.mark.slow
@pytest.mark.usefixtures("restored_addresses")
async def test_discord_py_plans_events(environment: Environment) -> None:
    run = Moderation(environment, Report("scheduled events"))
    async with run.connected():
        await _somewhere_else(run)
        await _in_voice(run)
        await _on_a_stage(run)


async def _somewhere_else(run: Moderation) -> None:
    guild, starts = run.guild, discord.utils.utcnow() + timedelta(hours=1)
    made: discord.ScheduledEvent = await run.event(
        "scheduled_event_create",
        guild.create_scheduled_event(
            name="Honey",
            description="Sweet",
            start_time=starts,
            end_time=starts + timedelta(hours=1),
            location="The hive",
            entity_type=discord.EntityType.external,
            privacy_level=discord.PrivacyLevel.guild_only,
            image=picture(),
            reason="It is ripe",
        ),
    )
    assert (made.name, made.description, made.location, made.creator) == ("Honey", "Sweet", "The hive", run.client.user)
    assert guild.get_scheduled_event(made.id) == made
    assert made.cover_image is not None
    assert await made.cover_image.with_static_format("png").read()
    entry = await run.newest(Action.scheduled_event_create)
    assert (entry.target, entry.after.name, entry.reason) == (made, "Honey", "It is ripe")
    before, after = await run.event("scheduled_event_update", made.edit(name="Mead"))
    assert (before.name, after.name) == ("Honey", "Mead")
    path = f"/guilds/{guild.id}/scheduled-events/{made.id}/users/@me"
    token = run.environment.user_token or ""
    event, user = await run.event("scheduled_event_user_add", request(run.environment, "PUT", path, token))
    assert (event, user.name) == (made, "owner")
    assert {found.name async for found in made.users()} == {"owner", guild.me.name}
    assert [found.user_count for found in await guild.fetch_scheduled_events()] == [2]
    event, user = await run.event("scheduled_event_user_remove", request(run.environment, "DELETE", path, token))
    assert (event, user.name) == (made, "owner")
    invite = await run.channel.create_invite(unique=True)
    shown = await run.client.fetch_invite(invite.code, scheduled_event_id=made.id)
    assert shown.scheduled_event is not None
    assert (shown.scheduled_event.id, shown.scheduled_event.user_count) == (made.id, 1)
    await made.start()
    assert await run.becomes(lambda: made.status is discord.EventStatus.active)
    await made.end()
    assert await run.becomes(lambda: made.status is discord.EventStatus.completed)
    assert await error_code(made.edit(name="Late")) == 180000


async def _in_voice(run: Moderation) -> None:
    guild, starts = run.guild, discord.utils.utcnow() + timedelta(hours=1)
    lounge = guild.get_channel(run.environment.voice_id)
    assert isinstance(lounge, discord.VoiceChannel)
    made = await run.event(
        "scheduled_event_create",
        guild.create_scheduled_event(
            name="Bees", start_time=starts, channel=lounge, privacy_level=discord.PrivacyLevel.guild_only
        ),
    )
    assert (made.entity_type, made.channel, made.end_time) == (discord.EntityType.voice, lounge, None)
    cancelled = await made.cancel(reason="Rain")
    assert cancelled.status is discord.EventStatus.cancelled
    entry = await run.newest(Action.scheduled_event_update)
    assert (entry.after.status, entry.reason) == (discord.EventStatus.cancelled, "Rain")


async def _on_a_stage(run: Moderation) -> None:
    guild, starts = run.guild, discord.utils.utcnow() + timedelta(hours=1)
    stage = await guild.create_stage_channel("stage")
    made, other = [
        await guild.create_scheduled_event(
            name=name, start_time=starts, channel=stage, privacy_level=discord.PrivacyLevel.guild_only
        )
        for name in ("Bees", "Wasps")
    ]
    begun = await made.start()
    assert await run.becomes(lambda: stage.instance is not None and stage.instance.scheduled_event == made)
    assert (await stage.fetch_instance()).topic == "Bees"
    await begun.end()
    assert await run.becomes(lambda: stage.instance is None)
    live = await stage.create_instance(topic="Hornets", scheduled_event=other)
    assert await run.becomes(lambda: stage.instance is not None and stage.instance.scheduled_event_id == other.id)
    await live.delete()
    assert (await guild.fetch_scheduled_event(other.id)).status is discord.EventStatus.completed
    third = await guild.create_scheduled_event(
        name="Moths", start_time=starts, channel=stage, privacy_level=discord.PrivacyLevel.guild_only
    )
    gone = await run.event("scheduled_event_delete", third.delete())
    assert gone == third
    assert (await run.newest(Action.scheduled_event_delete)).before.name == "Moths"
    await stage.delete()
