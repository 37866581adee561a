"""Unmodified discord.py makes and changes channels of every kind, threads, posts, a guild's settings and templates."""

import io
from collections.abc import AsyncIterator

import discord
import pytest

from tests.conformance.environment import Environment
from tests.conformance.report import Report
from tests.conformance.text_run import TextRun
from tests.server.files.pictures_drawn import picture


@pytest.fixture
async def run(environment: Environment) -> AsyncIterator[TextRun]:
    made = TextRun(environment, Report("places"))
    async with made.connected():
        yield made


@pytest.mark.slow
@pytest.mark.usefixtures("restored_addresses")
async def test_discord_py_makes_places_of_every_kind(run: TextRun) -> None:
    await _channels(run)
    await _threads(run)
    await _posts(run)
    await _settings(run)


async def _channels(run: TextRun) -> None:
    guild = run.guild
    category = await guild.create_category("Rooms")
    text = await guild.create_text_channel("one", category=category, topic="t", slowmode_delay=5, news=False)
    news = await guild.create_text_channel("news", news=True)
    voice = await guild.create_voice_channel("talk", category=category, bitrate=96_000, user_limit=5)
    stage = await guild.create_stage_channel("stage")
    assert (text.category, news.is_news(), voice.user_limit) == (category, True, 5)
    assert isinstance(stage, discord.StageChannel)
    second = await guild.create_text_channel("two", category=category)
    await second.move(before=text)
    assert await run.becomes(lambda: [channel.name for channel in category.text_channels] == ["two", "one"])
    await text.edit(category=None, sync_permissions=False, default_auto_archive_duration=60)
    await text.set_permissions(guild.default_role, send_messages=False, reason="quiet")
    assert (await guild.fetch_channel(text.id)).overwrites_for(guild.default_role).send_messages is False  # type: ignore[union-attr]  # a channel of a guild
    await text.edit(type=discord.ChannelType.news)
    entries = [entry async for entry in guild.audit_logs(limit=20)]
    assert {discord.AuditLogAction.channel_create, discord.AuditLogAction.overwrite_create} <= {
        entry.action for entry in entries
    }
    assert "quiet" in {entry.reason for entry in entries}
    for channel in (text, news, voice, stage, second, category):
        await channel.delete()


async def _threads(run: TextRun) -> None:
    channel = run.channel
    private = await channel.create_thread(name="private", type=discord.ChannelType.private_thread, invitable=False)
    await private.send("psst")
    assert [member.id for member in await private.fetch_members()] == [run.user.id]
    await private.edit(name="other", auto_archive_duration=1440, slowmode_delay=2)
    await private.edit(archived=True)
    assert [thread.id async for thread in channel.archived_threads(private=True)] == [private.id]
    assert [thread.id async for thread in channel.archived_threads(private=True, joined=True)] == [private.id]
    await private.send("awake")
    assert [thread.id async for thread in channel.archived_threads(private=True)] == []
    await private.leave()
    await private.join()
    await private.delete()


async def _posts(run: TextRun) -> None:
    guild = run.guild
    forum = await guild.create_forum(
        "help",
        topic="guidelines",
        available_tags=[discord.ForumTag(name="bug", emoji="🐛"), discord.ForumTag(name="staff", moderated=True)],
        default_reaction_emoji="👍",
        default_sort_order=discord.ForumOrderType.creation_date,
        default_layout=discord.ForumLayoutType.gallery_view,
    )
    bug, staff = forum.available_tags
    assert (bug.name, str(bug.emoji), staff.moderated) == ("bug", "🐛", True)
    assert str(forum.default_reaction_emoji) == "👍"
    thread, message = await forum.create_thread(name="broken", content="it is", applied_tags=[bug])
    assert (message.id, thread.applied_tags, thread.starter_message) == (thread.id, [bug], message)
    await thread.send("how so?")
    await thread.edit(pinned=True)
    await thread.add_tags(staff)
    with_file, _ = await forum.create_thread(
        name="picture", file=discord.File(_bytes(picture()), filename="shot.png"), embed=discord.Embed(title="see")
    )
    assert (await with_file.fetch_message(with_file.id)).attachments[0].width
    created = await forum.create_tag(name="idea")
    assert created.name == "idea"
    fetched = await guild.fetch_channel(thread.id)
    assert isinstance(fetched, discord.Thread)
    assert (fetched.flags.pinned, fetched.message_count) == (True, 1)
    assert {found.id for found in await guild.active_threads()} >= {thread.id, with_file.id}
    await forum.delete()


async def _settings(run: TextRun) -> None:
    guild = run.guild
    edited = await guild.edit(
        name="Renamed",
        description="All of it",
        icon=picture(),
        banner=picture(),
        verification_level=discord.VerificationLevel.high,
        default_notifications=discord.NotificationLevel.only_mentions,
        explicit_content_filter=discord.ContentFilter.all_members,
        afk_channel=guild.voice_channels[0],
        afk_timeout=900,
        system_channel=guild.text_channels[0],
        system_channel_flags=discord.SystemChannelFlags(join_notifications=False),
        preferred_locale=discord.Locale.german,
        community=True,
        rules_channel=guild.text_channels[0],
        public_updates_channel=guild.text_channels[0],
        invites_disabled=False,
        widget_enabled=True,
    )
    assert (edited.name, edited.description, edited.afk_timeout) == ("Renamed", "All of it", 900)
    assert edited.icon is not None
    assert await edited.icon.read()
    assert "COMMUNITY" in edited.features
    assert not edited.system_channel_flags.join_notifications
    template = await guild.create_template(name="like us", description="d")
    assert [channel.name for channel in template.source_guild.channels]
    assert (await run.client.fetch_template(template.code)).name == "like us"
    assert (await template.sync()).name == "like us"
    await template.delete()
    await guild.edit(vanity_code="our-place")
    vanity = await guild.vanity_invite()
    assert vanity is not None
    assert (vanity.code, vanity.uses) == ("our-place", 0)
    assert (await guild.widget()).name == "Renamed"
    screen = await guild.edit_welcome_screen(
        description="Hello",
        enabled=True,
        welcome_channels=[discord.WelcomeChannel(channel=guild.text_channels[0], description="here", emoji="👋")],
    )
    assert screen.welcome_channels[0].description == "here"
    preview = await run.client.fetch_guild_preview(guild.id)
    assert preview.approximate_member_count == 3
    await guild.edit(community=False)


def _bytes(content: bytes) -> io.BytesIO:
    return io.BytesIO(content)
