"""A server's channels on the screen: made, changed, put in order and deleted."""

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from tests.tui.guild_scenes import PLANS, channel_settings, choose, guild_channels, guild_new_channel
from tests.tui.samples import GENERAL, GUILD, ME, STANDUP, VOICE_ENGINE, channel
from tests.tui.screens import running
from tests.tui.settings.test_guild_menu import client, submit
from tests.tui.voice_scenes import go_to_voice
from tuichat.client.change import ChannelsChanged, GuildsChanged
from tuichat.client.errors import RefusedError
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import ChannelPosition, CreateChannelRequest, EditChannelRequest, OverwriteRequest
from tuichat.protocol.rest.guild import EditGuildRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.tui.screens.chat.screen import ChatScreen
from tuichat.tui.screens.settings.channel import ChannelPage
from tuichat.tui.screens.settings.channels import ChannelsPage
from tuichat.tui.widgets.choice_rows import ChoiceRows

pytestmark = pytest.mark.slow  # whole screens by their keys


MADE = channel(2200, ChannelType.FORUM, "ideas")


async def test_channels_stand_below_their_categories() -> None:
    async with running(client()) as shown:
        await guild_channels(shown)
        labels = [row.label for row in shown.app.screen.query_one(ChoiceRows).rows]
        assert labels[-3:] == ["▾ general plans", "  # general", "  # voice-engine"]


async def test_channel_is_made_by_its_name_alone() -> None:
    async with running(client()) as shown:
        shown.client.rest.answers["POST /guilds/{}/channels"] = MADE
        await guild_new_channel(shown)
        await shown.type("plans\n")
        assert shown.client.rest.asked == [("POST", f"/guilds/{GUILD}/channels")]
        assert shown.client.rest.bodies == [CreateChannelRequest(name="plans", type=0)]
        assert isinstance(shown.app.screen, ChannelsPage)


async def test_kind_category_and_secrecy_are_chosen_by_keys() -> None:
    async with running(client(), size=(60, 20)) as shown:
        shown.client.rest.answers["POST /guilds/{}/channels"] = MADE
        await guild_new_channel(shown)
        await shown.type("ideas")
        await shown.press("tab")
        await choose(shown, "kind", str(int(ChannelType.FORUM)), "category", str(PLANS), "private")
        await submit(shown)
        hidden = [
            OverwriteRequest(id=Snowflake(GUILD), type=0, deny=Permissions.VIEW_CHANNEL),
            OverwriteRequest(id=Snowflake(ME), type=1, allow=Permissions.VIEW_CHANNEL),
        ]
        made = CreateChannelRequest(name="ideas", type=15, parent_id=Snowflake(PLANS), permission_overwrites=hidden)
        assert shown.client.rest.bodies == [made]


async def test_channel_in_view_is_changed_by_a_key_and_by_a_click_on_its_name() -> None:
    async with running(client()) as shown:
        await channel_settings(shown)
        assert isinstance(shown.app.screen, ChannelPage)
        await shown.press("escape")
        assert isinstance(shown.app.screen, ChatScreen)
        await shown.click("general  │")
        assert isinstance(shown.app.screen, ChannelPage)


async def test_only_what_was_changed_is_sent() -> None:
    async with running(client()) as shown:
        await channel_settings(shown)
        await choose(shown, "name")
        await submit(shown, topic="ship small")
        assert shown.client.rest.asked == [("PATCH", f"/channels/{GENERAL}")]
        assert shown.client.rest.bodies == [EditChannelRequest(topic="ship small")]
        assert isinstance(shown.app.screen, ChannelPage)


async def test_slow_mode_age_and_category_hold_at_once() -> None:
    async with running(client(), size=(60, 20)) as shown:
        await channel_settings(shown)
        await choose(shown, "slow", "30", "nsfw", "category", "0")
        assert shown.client.rest.bodies == [
            EditChannelRequest(rate_limit_per_user=30),
            EditChannelRequest(nsfw=True),
            EditChannelRequest(parent_id=None),
        ]


async def test_a_voice_channels_limit_sound_and_idle_people_hold_at_once() -> None:
    async with running(client(), size=(80, 24)) as shown:
        await go_to_voice(shown)
        await channel_settings(shown)
        await choose(shown, "limit", "5", "bitrate", "96000", "afk", "900")
        assert shown.client.rest.bodies == [
            EditChannelRequest(user_limit=5),
            EditChannelRequest(bitrate=96_000),
            EditGuildRequest(afk_channel_id=Snowflake(STANDUP), afk_timeout=900),
        ]
        guild = shown.client.state.guilds[GUILD]
        guild.guild = replace(guild.guild, afk_channel_id=Snowflake(STANDUP), afk_timeout=900)
        shown.client.emit(GuildsChanged())
        await shown.until("after 15 minutes")
        await choose(shown, "afk", "0")
        assert shown.client.rest.bodies[-1] == EditGuildRequest(afk_channel_id=None)


async def test_moving_changes_places_with_the_one_beside_it() -> None:
    async with running(client()) as shown:
        for place, channel_id in enumerate(shown.client.state.guilds[GUILD].channel_ids):
            known = shown.client.state.channels[channel_id]
            shown.client.state.channels[channel_id] = replace(known, position=10 + place)
        await channel_settings(shown)
        await choose(shown, "down")
        assert shown.client.rest.asked == [("PATCH", f"/guilds/{GUILD}/channels")]
        assert shown.client.rest.bodies == [
            [
                ChannelPosition(id=Snowflake(GENERAL), position=1),
                ChannelPosition(id=Snowflake(VOICE_ENGINE), position=0),
            ]
        ]
        await choose(shown, "up")
        await shown.until("It is the first already.")


async def test_deletion_asks_and_leaves_the_page_once_it_is_gone() -> None:
    async with running(client()) as shown:
        await channel_settings(shown)
        await choose(shown, "delete")
        assert "All that was written there is deleted" in shown.text
        assert shown.client.rest.asked == []
        await shown.press("y")
        assert shown.client.rest.asked == [("DELETE", f"/channels/{GENERAL}")]
        del shown.client.state.channels[GENERAL]
        shown.client.emit(ChannelsChanged(GUILD))
        await shown.settle()
        assert isinstance(shown.app.screen, ChatScreen)


async def test_refusal_shows_the_servers_sentence() -> None:
    async with running(client()) as shown:
        await channel_settings(shown)
        shown.client.rest.fault = RefusedError("Must be between 0 and 21600.")
        await choose(shown, "slow", "30")
        await shown.until("Must be between 0 and 21600.")
        assert isinstance(shown.app.screen, ChannelPage)


async def test_who_may_not_is_told_why() -> None:
    async with running(client(may=Permissions.VIEW_CHANNEL)) as shown:
        await channel_settings(shown)
        await choose(shown, "name")
        await shown.until("needs “Manage channels”")
        assert not shown.app.screen.query(Input)
