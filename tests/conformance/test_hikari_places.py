"""Unmodified hikari makes forums, posts, threads and templates, and sets a guild: it reads keys that discord.py does not."""

import hikari
import pytest

from tests.conformance.team import conformance_team
from tests.server.files.pictures_drawn import picture


@pytest.mark.slow
async def test_hikari_makes_places_and_reads_what_it_is_answered() -> None:
    async with conformance_team() as environment:
        app = hikari.RESTApp(url=environment.api)
        await app.start()
        try:
            async with app.acquire(environment.bot_token, "Bot") as rest:
                await _places(rest, environment.guild_id, environment.channel_id)
                await _guild(rest, environment.guild_id, environment.channel_id)
        finally:
            await app.close()


async def _places(rest: hikari.api.RESTClient, guild: int, channel: int) -> None:
    forum = await rest.create_guild_forum_channel(
        guild,
        "help",
        available_tags=[hikari.ForumTag(name="bug", emoji="🐛")],
        default_reaction_emoji="👍",
        default_sort_order=hikari.ForumSortOrderType.CREATION_DATE,
        default_forum_layout=hikari.ForumLayoutType.LIST_VIEW,
    )
    tag = forum.available_tags[0]
    post = await rest.create_forum_post(
        forum, "broken", "it is", tags=[tag.id], attachment=hikari.Bytes(b"some bytes", "notes.txt")
    )
    assert list(post.applied_tag_ids) == [tag.id]
    pinned = await rest.edit_channel(post, flags=hikari.ChannelFlag.PINNED, applied_tags=[])
    assert isinstance(pinned, hikari.GuildPublicThread)
    assert pinned.flags == hikari.ChannelFlag.PINNED
    secret = await rest.create_thread(channel, hikari.ChannelType.GUILD_PRIVATE_THREAD, "secret", invitable=False)
    assert len(await rest.fetch_thread_members(secret)) == 1
    await rest.edit_channel(secret, archived=True)
    assert [found.id async for found in rest.fetch_private_archived_threads(channel)] == [secret.id]
    assert [found.id async for found in rest.fetch_joined_private_archived_threads(channel)] == [secret.id]
    news = await rest.create_guild_news_channel(guild, "news")
    await rest.create_guild_stage_channel(guild, "stage")
    await rest.reposition_channels(guild, {0: news.id, 1: channel})
    positions = {
        found.id: found.position for found in await rest.fetch_guild_channels(guild) if hasattr(found, "position")
    }
    assert (positions[news.id], positions[hikari.Snowflake(channel)]) == (0, 1)


async def _guild(rest: hikari.api.RESTClient, guild: int, channel: int) -> None:
    edited = await rest.edit_guild(
        guild,
        name="Renamed",
        icon=hikari.Bytes(picture(), "icon.png"),
        afk_timeout=60,
        verification_level=hikari.GuildVerificationLevel.LOW,
        preferred_locale="de",
        rules_channel=channel,
        public_updates_channel=channel,
        features=[hikari.GuildFeature.COMMUNITY],
    )
    assert (edited.name, edited.preferred_locale) == ("Renamed", "de")
    assert hikari.GuildFeature.COMMUNITY in edited.features
    template = await rest.create_template(guild, "like us", description="d")
    assert (await rest.fetch_template(template.code)).source_guild.name == "Renamed"
    assert (await rest.sync_guild_template(guild, template)).is_unsynced is False
    await rest.delete_template(guild, template)
    welcome = hikari.WelcomeChannel(hikari.Snowflake(channel), "here", emoji_name="👋")
    screen = await rest.edit_welcome_screen(guild, description="Hello", enabled=True, channels=[welcome])
    assert screen.channels[0].description == "here"
    await rest.edit_widget(guild, enabled=True, channel=channel)
    assert (await rest.fetch_widget(guild)).is_enabled
    assert (await rest.fetch_guild_preview(guild)).approximate_member_count == 3
    assert (await rest.fetch_vanity_url(guild)).code is None
