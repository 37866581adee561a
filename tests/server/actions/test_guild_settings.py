"""Notification settings: what is kept and told, and which mentions they keep from counting."""

import msgspec
import pytest

from tests.server.actions.conftest import Town, befriend, open_direct, refused
from tuichat.protocol.gateway import Capability
from tuichat.protocol.guild_settings import EditChannelOverride, EditGuildSettings, MuteConfig
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import guild_settings, messages, presence, read_states, ready, relationships
from tuichat.server.actions.context import Actor, open_context
from tuichat.server.actions.notice_cache import DIRECT

edit = guild_settings.edit_guild_settings


async def count(town: Town, name: str, channel_id: int) -> int:
    states = await town.ctx.store.read_states(town.people[name].user_id)
    return sum(row.mention_count for row in states if row.channel_id == channel_id)


async def test_settings_change_alone_and_are_told(town: Town) -> None:
    first = await edit(town.ctx, town.bob, town.guild_id, EditGuildSettings(muted=True, message_notifications=1))
    assert (first.muted, first.message_notifications, first.mobile_push, first.guild_id) == (
        True,
        1,
        True,
        town.guild_id,
    )
    override = EditChannelOverride(muted=True, message_notifications=0)
    asked = EditGuildSettings(channel_overrides={town.general: override, Snowflake(5): override})
    second = await edit(town.ctx, town.bob, town.guild_id, asked)
    assert [(each.channel_id, each.muted, each.collapsed) for each in second.channel_overrides] == [
        (town.general, True, False)
    ]
    assert second.version > first.version
    assert second.muted
    told = town.told("USER_GUILD_SETTINGS_UPDATE")
    assert [event.user_ids for event in told] == [frozenset({int(town.bob.user_id)})] * 2
    assert (await ready.user_ready(town.ctx, town.bob)).guild_settings == [second]
    versioned = await ready.user_ready(town.ctx, town.bob, capabilities=int(Capability.VERSIONED_USER_GUILD_SETTINGS))
    assert msgspec.to_builtins(versioned.guild_settings, enc_hook=int)["version"] == second.version


async def test_a_mute_ends_by_itself(town: Town) -> None:
    config = MuteConfig(end_time=format_timestamp(town.clock.ms + 1000), selected_time_window=1)
    override = EditChannelOverride(muted=True, mute_config=config)
    asked = EditGuildSettings(muted=True, mute_config=config, channel_overrides={town.general: override})
    muted = await edit(town.ctx, town.bob, town.guild_id, asked)
    assert (muted.muted, muted.channel_overrides[0].muted, muted.mute_config) == (True, True, config)
    town.clock.ms += 1000
    (after,) = (await ready.user_ready(town.ctx, town.bob)).guild_settings  # type: ignore[misc]  # a list
    assert (after.muted, after.mute_config, after.channel_overrides[0].muted) == (False, None, False)


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (EditGuildSettings(message_notifications=4), b"3"),
        (EditGuildSettings(notify_highlights=-1), b"0"),
        (EditGuildSettings(flags=2**40), b"flags"),
        (EditGuildSettings(mute_config=MuteConfig(end_time="tomorrow")), b"end_time"),
    ],
)
async def test_what_is_refused(town: Town, request_: EditGuildSettings, said: bytes) -> None:
    with refused(50035, 400) as caught:
        await edit(town.ctx, town.bob, town.guild_id, request_)
    assert said in caught.value.encode()


async def test_who_is_refused(town: Town) -> None:
    ask = EditGuildSettings(muted=True)
    with refused(50001, 403):
        await edit(town.ctx, town.eve, town.guild_id, ask)
    with refused(10004, 404):
        await edit(town.ctx, town.bob, Snowflake(5), ask)
    with refused(20001, 403):
        await edit(town.ctx, Actor(town.bob.user_id, is_bot=True), town.guild_id, ask)
    with refused(10004, 404):
        await guild_settings.edit_many(town.ctx, town.bob, {Snowflake(DIRECT): ask})
    with refused(50035, 400):
        many = {Snowflake(number): ask for number in range(1, 102)}
        await guild_settings.edit_many(town.ctx, town.bob, many)
    with refused(50001, 403):
        await guild_settings.edit_many(town.ctx, town.eve, {town.guild_id: ask})
    (changed,) = await guild_settings.edit_many(town.ctx, town.bob, {town.guild_id: ask})
    assert changed.muted


async def test_suppressed_mentions_do_not_count(town: Town) -> None:
    role = await town.give_role("bob", Permissions(0))
    for name in ("bob", "hush"):
        presence.session_opened(town.ctx, town.people[name], name)
    await edit(town.ctx, town.bob, town.guild_id, EditGuildSettings(suppress_everyone=True, suppress_roles=True))
    for text in ("@everyone", "@here", f"<@&{role}>"):
        await town.say(text)
    assert (await count(town, "bob", town.general), await count(town, "hush", town.general)) == (0, 2)
    first = await town.say(f"<@{town.bob.user_id}>")
    assert await count(town, "bob", town.general) == 1
    await read_states.ack_message(town.ctx, town.bob, town.general, first - 1)
    assert await count(town, "bob", town.general) == 1
    await edit(town.ctx, town.bob, town.guild_id, EditGuildSettings(suppress_everyone=False, suppress_roles=False))
    await read_states.ack_message(town.ctx, town.bob, town.general, 1)
    assert await count(town, "bob", town.general) == 4
    await town.say("@everyone")
    assert await count(town, "bob", town.general) == 5


async def test_whom_one_ignores_mentions_nobody(town: Town) -> None:
    ada = town.ada.user_id
    await relationships.set_ignored(town.ctx, town.bob, ada, is_ignored=True)
    for text in ("@everyone", f"<@{town.bob.user_id}>"):
        await town.say(text)
    assert (await count(town, "bob", town.general), await count(town, "hush", town.general)) == (0, 1)
    await read_states.ack_message(town.ctx, town.bob, town.general, 1)
    assert await count(town, "bob", town.general) == 0


async def test_a_muted_direct_message_counts_for_those_it_names(town: Town) -> None:
    await befriend(town, "ada", "bob")
    channel_id = await open_direct(town, "ada", "bob")

    async def say(text: str) -> None:
        await messages.create_message(town.ctx, town.ada, channel_id, CreateMessageRequest(content=text))

    await say("one")
    muted = EditGuildSettings(channel_overrides={channel_id: EditChannelOverride(muted=True)})
    shown = await edit(town.ctx, town.bob, DIRECT, muted)
    assert shown.guild_id is None
    await say("two")
    assert await count(town, "bob", channel_id) == 1
    await say(f"three <@{town.bob.user_id}>")
    assert await count(town, "bob", channel_id) == 2
    again = await open_context(town.ctx.store, town.ctx.bus, files=town.ctx.files, accounts=town.ctx.accounts)
    assert again.notices.is_muted(town.bob.user_id, channel_id, town.clock.ms)
    unmuted = EditGuildSettings(channel_overrides={channel_id: EditChannelOverride(muted=False)})
    await edit(town.ctx, town.bob, DIRECT, unmuted)
    await read_states.ack_message(town.ctx, town.bob, channel_id, 1)
    assert await count(town, "bob", channel_id) == 3


async def test_all_direct_messages_are_muted_for_a_time(town: Town) -> None:
    channel_id = await open_direct(town, "ada", "bob")
    config = MuteConfig(end_time=format_timestamp(town.clock.ms + 1000))
    await edit(town.ctx, town.bob, DIRECT, EditGuildSettings(muted=True, mute_config=config))
    assert town.ctx.notices.is_muted(town.bob.user_id, channel_id, town.clock.ms)
    assert not town.ctx.notices.is_muted(town.bob.user_id, channel_id, town.clock.ms + 1000)
    await edit(town.ctx, town.bob, DIRECT, EditGuildSettings(muted=False))
    assert not town.ctx.notices.is_muted(town.bob.user_id, channel_id, town.clock.ms)


async def test_suppressions_are_known_after_a_restart(town: Town) -> None:
    await edit(town.ctx, town.bob, town.guild_id, EditGuildSettings(suppress_everyone=True))
    again = await open_context(town.ctx.store, town.ctx.bus, files=town.ctx.files, accounts=town.ctx.accounts)
    assert again.notices.suppresses(town.guild_id, town.bob.user_id, 1)
    assert not again.notices.suppresses(town.guild_id, town.bob.user_id, 2)
