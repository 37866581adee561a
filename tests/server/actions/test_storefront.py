"""A guild's welcome screen and widget, and the status of its voice channels."""

from typing import Any

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol.guild import WelcomeChannel, WelcomeScreen
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import OverwriteRequest
from tuichat.protocol.rest.guild import WelcomeScreenRequest, WidgetRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channels, guilds, overwrites, storefront, voice_status


async def welcome(town: Town, **fields: Any) -> WelcomeScreen:
    return await storefront.edit_welcome_screen(town.ctx, town.ada, town.guild_id, WelcomeScreenRequest(**fields))


async def test_a_welcome_screen_is_shown_once_it_is_switched_on(town: Town) -> None:
    with refused(10069, 404):
        await storefront.get_welcome_screen(town.ctx, town.bob, town.guild_id)
    shown = [WelcomeChannel(channel_id=town.general, description="say hello", emoji_name="👋")]
    await welcome(town, description="Come in", welcome_channels=shown)
    with refused(10069, 404):
        await storefront.get_welcome_screen(town.ctx, town.bob, town.guild_id)
    assert (await storefront.get_welcome_screen(town.ctx, town.ada, town.guild_id)).description == "Come in"
    await welcome(town, enabled=True)
    found = await storefront.get_welcome_screen(town.ctx, town.bob, town.guild_id)
    assert (found.description, found.welcome_channels) == ("Come in", shown)
    assert "WELCOME_SCREEN_ENABLED" in (await guilds.get_guild(town.ctx, town.bob, town.guild_id)).features
    (stored,) = (row for row in (await town.ctx.store.load()).guilds if row.id == town.guild_id)
    assert stored == town.state.row
    await channels.delete_channel(town.ctx, town.ada, town.general)
    assert (await storefront.get_welcome_screen(town.ctx, town.bob, town.guild_id)).welcome_channels == []


async def test_a_welcome_screen_has_limits(town: Town) -> None:
    one = WelcomeChannel(channel_id=town.general, description="d")
    for wrong in (
        {"description": "x" * 141},
        {"welcome_channels": [one] * 6},
        {"welcome_channels": [msgspec.structs.replace(one, description="")]},
        {"welcome_channels": [msgspec.structs.replace(one, description="x" * 51)]},
        {"welcome_channels": [msgspec.structs.replace(one, channel_id=Snowflake(5))]},
        {"welcome_channels": [msgspec.structs.replace(one, emoji_id=Snowflake(5))]},
    ):
        with refused(50035, 400):
            await welcome(town, **wrong)


async def test_a_widget_shows_what_everybody_sees_and_nobodys_id(town: Town) -> None:
    with refused(50004, 403):
        await storefront.get_widget(town.ctx, town.guild_id, base_url="http://here")
    wanted = WidgetRequest(enabled=True, channel_id=town.general)
    changed = await storefront.edit_widget_settings(town.ctx, town.ada, town.guild_id, wanted)
    assert (changed.enabled, changed.channel_id) == (True, town.general)
    town.ctx.presences.set(town.bob.user_id, "one", "idle", [])
    town.ctx.presences.set(town.people["hush"].user_id, "two", "invisible", [])
    town.ctx.presences.set(town.eve.user_id, "three", "online", [])
    widget = await storefront.get_widget(town.ctx, town.guild_id, base_url="http://here")
    assert [(member.id, member.username, member.status) for member in widget.members] == [("0", "bob", "idle")]
    assert (widget.presence_count, [channel.name for channel in widget.channels]) == (1, ["General"])
    hide = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, town.channel("General"), town.guild_id, hide)
    assert (await storefront.get_widget(town.ctx, town.guild_id, base_url="http://here")).channels == []
    with refused(50035, 400):
        wrong = WidgetRequest(channel_id=Snowflake(4))
        await storefront.edit_widget_settings(town.ctx, town.ada, town.guild_id, wrong)


@pytest.mark.parametrize(
    ("who", "code"), [("ada", None), ("mod", None), ("bob", 50013), ("hush", 50013), ("eve", 50001)]
)
async def test_who_may_dress_the_storefront(town: Town, who: str, code: int | None) -> None:
    actor = town.people[who]
    for deed in (
        storefront.edit_welcome_screen(town.ctx, actor, town.guild_id, WelcomeScreenRequest(enabled=True)),
        storefront.edit_widget_settings(town.ctx, actor, town.guild_id, WidgetRequest(enabled=True)),
        storefront.get_widget_settings(town.ctx, actor, town.guild_id),
    ):
        answer = await outcome(deed)
        assert (answer if isinstance(answer, int) else None) == code


async def test_a_voice_channel_has_a_status_that_is_told(town: Town) -> None:
    voice = town.channel("General")
    for _ in range(2):
        await voice_status.set_status(town.ctx, town.ada, voice, "chess")
    (told,) = town.told("VOICE_CHANNEL_STATUS_UPDATE")
    assert (told.channel_id, msgspec.json.decode(told.body)["status"]) == (voice, "chess")
    assert (await channels.get_channel(town.ctx, town.bob, voice)).status == "chess"
    with refused(50013, 403):
        await voice_status.set_status(town.ctx, town.bob, voice, "mine")
    with refused(50035, 400):
        await voice_status.set_status(town.ctx, town.ada, voice, "x" * 501)
    with refused(50024, 400):
        await voice_status.set_status(town.ctx, town.ada, town.general, "text")
    await voice_status.set_status(town.ctx, town.ada, voice, None)
    assert (await channels.get_channel(town.ctx, town.bob, voice)).status is msgspec.UNSET
    noted = [msgspec.json.decode(event.body) for event in town.told("GUILD_AUDIT_LOG_ENTRY_CREATE")]
    assert [(entry["action_type"], entry.get("options"), entry["target_id"]) for entry in noted] == [
        (192, {"status": "chess"}, str(int(voice))),
        (193, None, str(int(voice))),
    ]
