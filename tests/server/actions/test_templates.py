"""Templates and vanity codes: what a guild hands on, and how people come in by its own word."""

from typing import Any

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tests.server.files.pictures_drawn import data_uri, picture
from tuichat.protocol.channel import Channel, ChannelFlags, DefaultReaction
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import CreateChannelRequest, ForumTagRequest, OverwriteRequest
from tuichat.protocol.rest.guild import (
    CreateGuildRequest,
    EditGuildRequest,
    PlannedChannel,
    PlannedRole,
    TemplateRequest,
    UseTemplateRequest,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.template import SerializedGuild, Template
from tuichat.server.actions import channels, guild_editing, guilds, invites, overwrites, templates, vanity
from tuichat.server.actions.context import GuildState
from tuichat.server.actions.guild_cache import GuildCache


async def make(town: Town, **fields: Any) -> Template:
    wanted = TemplateRequest(**({"name": "Like us"} | fields))
    return await templates.create_template(town.ctx, town.ada, town.guild_id, wanted)


def state_of(town: Town, guild_id: int) -> GuildState:
    state = town.ctx.guilds.get(guild_id)
    assert state is not None
    return state


def shape(channels_of: list[Channel]) -> list[tuple[str, int, int]]:
    return sorted(
        (str(channel.name), channel.type, len(channel.permission_overwrites or [])) for channel in channels_of
    )


async def test_a_guild_from_a_template_is_like_its_source_at_that_time(town: Town) -> None:
    forum = CreateChannelRequest(
        name="help",
        type=15,
        available_tags=[ForumTagRequest(name="bug", emoji_name="🐛")],
        default_reaction_emoji=DefaultReaction(emoji_name="👍"),
        default_sort_order=1,
        default_forum_layout=2,
        default_thread_rate_limit_per_user=30,
        flags=int(ChannelFlags.REQUIRE_TAG),
    )
    await channels.create_channel(town.ctx, town.ada, town.guild_id, forum)
    rule = OverwriteRequest(id=town.mod_role, type=0, allow=Permissions.MANAGE_MESSAGES, deny=Permissions.SEND_MESSAGES)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, town.mod_role, rule)
    mine = OverwriteRequest(id=town.bob.user_id, type=1, deny=Permissions.SEND_MESSAGES)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, town.bob.user_id, mine)
    await guild_editing.edit_guild(
        town.ctx,
        town.ada,
        town.guild_id,
        EditGuildRequest(verification_level=2, afk_channel_id=town.channel("General")),
    )
    made = await make(town, description="for friends")
    source = msgspec.json.decode(made.serialized_source_guild)
    assert source["roles"][0] == {
        "id": 0, "name": "@everyone", "permissions": source["roles"][0]["permissions"], "color": 0, "hoist": False,
        "mentionable": False, "icon": None, "unicode_emoji": None,
    }  # fmt: skip
    new = await guilds.create_from_template(town.ctx, town.eve, made.code, UseTemplateRequest(name="Ours"))
    state = state_of(town, new.id)
    assert (new.name, new.owner_id, new.verification_level) == ("Ours", town.eve.user_id, 2)
    assert state.channels[new.afk_channel_id or 0].name == "General"
    assert state.channels[new.system_channel_id or 0].name == "general"
    listed = await channels.list_channels(town.ctx, town.eve, new.id)
    before = await channels.list_channels(town.ctx, town.ada, town.guild_id)
    assert [name for name, *_ in shape(listed)] == [name for name, *_ in shape(before)]
    (general,) = (row for row in state.channels.values() if row.name == "general")
    (overwrite,) = general.overwrites  # the role's; members are not handed on
    assert state.roles[overwrite.id].name == "mod"
    assert (overwrite.allow, overwrite.deny) == (Permissions.MANAGE_MESSAGES, Permissions.SEND_MESSAGES)
    assert general.parent_id is not None
    assert state.channels[general.parent_id].name == "Text channels"
    (help_forum,) = (row for row in state.channels.values() if row.name == "help")
    assert help_forum.forum is not None
    assert [(tag.name, tag.emoji_name) for tag in help_forum.forum.tags] == [("bug", "🐛")]
    shown = help_forum.forum
    assert (shown.reaction_emoji_name, shown.sort_order, shown.layout) == ("👍", 1, 2)
    assert (help_forum.default_thread_rate_limit_s, help_forum.flags) == (30, ChannelFlags.REQUIRE_TAG)
    assert (await templates.get_template(town.ctx, made.code)).usage_count == 1
    again = GuildCache.of(await town.ctx.store.load()).get(new.id)
    assert again is not None
    assert (again.channels, again.roles) == (state.channels, state.roles)
    twin = templates.serialized(state)
    assert msgspec.structs.replace(twin, name="Town", description=None) == msgspec.convert(
        msgspec.json.decode(msgspec.json.encode(templates.serialized(town.state), enc_hook=str)),
        SerializedGuild,
        dec_hook=lambda kind, value: kind(int(value)),
    )


async def test_a_template_is_dirty_until_it_is_synced(town: Town) -> None:
    made = await make(town)
    assert made.is_dirty is None
    await channels.create_channel(town.ctx, town.ada, town.guild_id, CreateChannelRequest(name="more"))
    (listed,) = await templates.list_templates(town.ctx, town.ada, town.guild_id)
    assert listed.is_dirty is True
    town.clock.ms += 1000
    synced = await templates.sync_template(town.ctx, town.ada, town.guild_id, made.code)
    assert (synced.is_dirty, synced.updated_at > made.updated_at) == (None, True)
    renamed = await templates.edit_template(
        town.ctx, town.ada, town.guild_id, made.code, TemplateRequest(name="Other", description=None)
    )
    assert (renamed.name, renamed.description) == ("Other", None)
    with refused(30031, 400):
        await make(town)
    await templates.delete_template(town.ctx, town.ada, town.guild_id, made.code)
    with refused(10057, 404):
        await templates.get_template(town.ctx, made.code)
    await make(town)


@pytest.mark.parametrize("fields", [{"name": ""}, {"name": "x" * 101}, {"description": "x" * 121}])
async def test_a_templates_words_have_limits(town: Town, fields: dict[str, Any]) -> None:
    with refused(50035, 400):
        await make(town, **fields)


@pytest.mark.parametrize(
    ("who", "code"), [("ada", None), ("mod", None), ("bob", 50013), ("hush", 50013), ("eve", 50001)]
)
async def test_who_may_make_a_template_and_a_vanity_code(town: Town, who: str, code: int | None) -> None:
    actor = town.people[who]
    for deed in (
        templates.create_template(town.ctx, actor, town.guild_id, TemplateRequest(name="x")),
        vanity.set_vanity(town.ctx, actor, town.guild_id, "town"),
        vanity.get_vanity(town.ctx, actor, town.guild_id),
    ):
        answer = await outcome(deed)
        assert (answer if isinstance(answer, int) else None) == code


async def test_a_guild_is_made_with_the_roles_and_channels_that_are_asked_for(town: Town) -> None:
    request = CreateGuildRequest(
        name="Planned",
        icon=data_uri(picture()),
        roles=[
            PlannedRole(id=Snowflake(0), permissions=Permissions.VIEW_CHANNEL),
            PlannedRole(id=Snowflake(1), name="crew", color=0xFF, permissions=Permissions.SEND_MESSAGES),
        ],
        channels=[
            PlannedChannel(id=Snowflake(9), name="Rooms", type=4),
            PlannedChannel(
                id=Snowflake(10),
                name="Deck",
                parent_id=Snowflake(9),
                topic="t",
                permission_overwrites=[OverwriteRequest(id=Snowflake(1), deny=Permissions.SEND_MESSAGES)],
            ),
            PlannedChannel(id=Snowflake(11), name="Bridge", type=2, user_limit=4),
        ],
        system_channel_id=Snowflake(10),
        afk_channel_id=Snowflake(11),
        afk_timeout=60,
    )
    made = await guilds.create_guild(town.ctx, town.eve, request)
    state = state_of(town, made.id)
    assert made.icon
    assert [role.name for role in made.roles] == ["@everyone", "crew"]
    assert state.roles[state.id].permissions == Permissions.VIEW_CHANNEL
    assert [row.name for row in state.channels.values()] == ["Rooms", "deck", "Bridge"]
    assert (state.channels[made.system_channel_id or 0].name, made.afk_timeout) == ("deck", 60)
    for wrong in (
        {"channels": [PlannedChannel(name="x", parent_id=Snowflake(3))]},
        {"channels": [PlannedChannel(name="x", type=11)]},
        {"channels": [PlannedChannel(name="x", permission_overwrites=[OverwriteRequest(id=Snowflake(7))])]},
        {"channels": [PlannedChannel(name="x", id=Snowflake(1)), PlannedChannel(name="y", id=Snowflake(1))]},
        {"roles": [PlannedRole(), PlannedRole()]},
        {"system_channel_id": Snowflake(4)},
        {"verification_level": 9},
    ):
        fields: dict[str, Any] = {"name": "Wrong", **wrong}
        with refused(50035, 400):
            await guilds.create_guild(town.ctx, town.eve, CreateGuildRequest(**fields))
    with refused(30005, 400):
        many = CreateGuildRequest(name="Many", roles=[PlannedRole(id=Snowflake(number)) for number in range(251)])
        await guilds.create_guild(town.ctx, town.eve, many)


async def test_people_come_in_by_a_guilds_own_word(town: Town) -> None:
    with refused(10006, 404):
        await invites.get_invite(town.ctx, None, "our-town")
    shown = await vanity.set_vanity(town.ctx, town.ada, town.guild_id, "Our-Town")
    assert (shown.code, shown.uses) == ("our-town", 0)
    assert (await guilds.get_guild(town.ctx, town.ada, town.guild_id)).vanity_url_code == "our-town"
    found = await invites.get_invite(town.ctx, None, "OUR-town", with_counts=True)
    assert (found.code, found.guild.id, found.channel.id) == ("our-town", town.guild_id, town.general)
    await invites.accept_invite(town.ctx, town.eve, "our-town")
    assert town.state.has_member(town.eve.user_id)
    assert (await vanity.get_vanity(town.ctx, town.ada, town.guild_id)).uses == 1
    again = GuildCache.of(await town.ctx.store.load())
    assert again.by_vanity("our-town") is again.get(town.guild_id)
    await vanity.set_vanity(town.ctx, town.ada, town.guild_id, None)
    with refused(10006, 404):
        await invites.get_invite(town.ctx, None, "our-town")


@pytest.mark.parametrize("code", ["x", "x" * 26, "two words", "-x", "ünicode", "a/b"])
async def test_a_word_that_is_no_code_is_refused(town: Town, code: str) -> None:
    with refused(50035, 400):
        await vanity.set_vanity(town.ctx, town.ada, town.guild_id, code)


async def test_a_code_belongs_to_one_guild(town: Town) -> None:
    await vanity.set_vanity(town.ctx, town.ada, town.guild_id, "town")
    other = await guilds.create_guild(town.ctx, town.eve, CreateGuildRequest(name="Other"))
    with refused(50020, 400):
        await vanity.set_vanity(town.ctx, town.eve, other.id, "TOWN")
    await guilds.delete_guild(town.ctx, town.ada, town.guild_id)
    await vanity.set_vanity(town.ctx, town.eve, other.id, "town")


async def test_nobody_comes_in_while_invites_are_paused(town: Town) -> None:
    await vanity.set_vanity(town.ctx, town.ada, town.guild_id, "town")
    await guild_editing.edit_guild(town.ctx, town.ada, town.guild_id, EditGuildRequest(features=["INVITES_DISABLED"]))
    with refused(50001, 403):
        await invites.accept_invite(town.ctx, town.eve, "town")
    await guild_editing.edit_guild(town.ctx, town.ada, town.guild_id, EditGuildRequest(features=[]))
    await invites.accept_invite(town.ctx, town.eve, "town")


async def test_a_preview_is_for_members_and_of_guilds_that_want_to_be_found(town: Town) -> None:
    assert (await guilds.preview_guild(town.ctx, town.bob, town.guild_id)).approximate_member_count == 4
    with refused(10004, 404):
        await guilds.preview_guild(town.ctx, town.eve, town.guild_id)
    wanted = EditGuildRequest(
        features=["COMMUNITY", "DISCOVERABLE"], rules_channel_id=town.general, public_updates_channel_id=town.general
    )
    await guild_editing.edit_guild(town.ctx, town.ada, town.guild_id, wanted)
    assert (await guilds.preview_guild(town.ctx, town.eve, town.guild_id)).name == "Town"
