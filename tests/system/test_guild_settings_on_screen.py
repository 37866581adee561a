"""A server is run from the screen alone, by keys, over a real server: channels, permissions, invites, emoji, webhooks, audit log."""

import base64
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from textual.widgets import Input

from tests.client.running import make_client
from tests.client.running import running as running_client
from tests.client.test_guild_emojis import PIXEL
from tests.client.waiting import until
from tests.server.running import running_server
from tests.system.screen_on_server import screen_of
from tests.tui.guild_scenes import choose, open_page
from tests.tui.screens import Shown
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.protocol.channel import Channel, ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.tui.widgets.choice_rows import ChoiceRows
from tuichat.tui.widgets.stance_rows import StanceRows

pytestmark = pytest.mark.slow  # whole screens by their keys


Stage = tuple[Shown, Client, Client, int]


@contextlib.asynccontextmanager
async def stage(folder: Path, size: tuple[int, int] = (60, 20)) -> AsyncIterator[Stage]:
    """The screen of a guild's owner, its client, that of a member, and the guild's id."""
    async with running_server() as site:
        ada, grace = await site.register("ada"), await site.register("grace")
        guild, channel_id = await site.befriend(ada, grace)
        async with (
            running_client(make_client(parse_url(site.base_url), grace, folder)) as member,
            screen_of(site, ada, int(channel_id), folder, size) as (shown, owner),
        ):
            yield shown, owner, member, int(guild.id)


async def until_listed(shown: Shown, row_id: str) -> None:
    """Wait until a row with this id is there: what a server answers comes in its own time."""

    def is_listed() -> bool:
        rows = shown.app.screen.query(ChoiceRows)
        return bool(rows) and row_id in [row.id for row in rows.first().rows]

    await until(is_listed)
    await shown.settle()


def named(client: Client, name: str) -> Channel | None:
    return next((each for each in client.state.channels.values() if each.name == name), None)


async def test_channel_is_made_and_closed_to_everyone(tmp_path: Path) -> None:
    async with stage(tmp_path) as (shown, owner, member, guild_id):
        await open_page(shown, "channels", "new")
        await shown.type("plans\n")
        await until(lambda: named(member, "plans") is not None)
        plans = named(member, "plans")
        assert plans is not None
        assert plans.type == ChannelType.TEXT
        await until_listed(shown, str(int(plans.id)))
        await choose(shown, str(int(plans.id)), "slow", "30")
        await until(lambda: member.state.channels[plans.id].rate_limit_per_user == 30)
        await choose(shown, "overwrites", f"0-{guild_id}")
        rows = shown.app.screen.query_one(StanceRows)
        rows.move_cursor_to(str(int(Permissions.VIEW_CHANNEL)))
        await shown.press("enter", "enter", "home", "enter")
        await until(lambda: plans.id not in member.state.channels)
        await until_listed(shown, f"0-{guild_id}")
        await shown.press("escape")
        await until_listed(shown, "delete")
        await choose(shown, "delete")
        await shown.press("y")
        await until(lambda: plans.id not in owner.state.channels)
        await until_listed(shown, "new")


async def test_invite_brings_somebody_in_and_is_revoked(tmp_path: Path) -> None:
    async with stage(tmp_path) as (shown, owner, _member, guild_id):
        await open_page(shown, "invites", "new")
        await choose(shown, "uses", "5", "make")
        await until(lambda: bool(shown.app.clipboard))
        code = shown.app.clipboard.rpartition("/invite/")[2]
        await until_listed(shown, f"={code}")
        assert "used 0 of 5 times" in shown.text
        await choose(shown, f"={code}", "revoke")
        await shown.press("y")
        await shown.until("is good for nothing now")
        assert code not in [invite.code for invite in await owner.guild_settings.invites.of_guild(guild_id)]


async def test_emoji_comes_from_a_file(tmp_path: Path) -> None:
    picture = tmp_path / "dot.png"
    picture.write_bytes(base64.b64decode(PIXEL))
    async with stage(tmp_path) as (shown, _owner, member, guild_id):
        await open_page(shown, "emojis", "new")
        shown.app.screen.query_one("#path", Input).value = str(picture)
        await shown.press("enter", "enter")
        await until(lambda: [emoji.name for emoji in member.state.guilds[guild_id].guild.emojis] == ["dot"])
        await shown.until(":dot:")


async def test_webhook_that_was_copied_writes(tmp_path: Path) -> None:
    async with stage(tmp_path) as (shown, owner, _member, guild_id):
        channel_id = next(each for each in owner.state.guilds[guild_id].channel_ids if _is_text(owner, each))
        await open_page(shown, "webhooks", "new", str(int(channel_id)))
        await shown.type("builds\n")
        await until(lambda: "/api/webhooks/" in shown.app.clipboard)
        async with aiohttp.ClientSession() as http, http.post(shown.app.clipboard, json={"content": "green"}) as answer:
            assert answer.status == 204
        await until(lambda: any(each.message.content == "green" for each in owner.state.timeline(channel_id)))


async def test_audit_log_tells_what_was_done(tmp_path: Path) -> None:
    async with stage(tmp_path, (100, 30)) as (shown, _owner, member, _guild_id):
        await open_page(shown, "channels", "new")
        await shown.type("plans\n")
        await until(lambda: named(member, "plans") is not None)
        await shown.until("plans")
        await shown.press("escape")
        await choose(shown, "audit_log")
        await shown.until("ada made the channel #plans")
        assert "kind: text" in shown.text


@pytest.mark.parametrize("row_id", ["channels", "invites", "emojis", "webhooks", "audit_log"])
async def test_member_without_roles_is_told_why_it_cannot(tmp_path: Path, row_id: str) -> None:
    async with running_server() as site:
        ada, grace = await site.register("ada"), await site.register("grace")
        _, channel_id = await site.befriend(ada, grace)
        async with screen_of(site, grace, int(channel_id), tmp_path) as (shown, _client):
            await open_page(shown, row_id)
            await shown.until("Your roles do not allow this (needs “")


def _is_text(client: Client, channel_id: int) -> bool:
    return client.state.channels[channel_id].type == ChannelType.TEXT
