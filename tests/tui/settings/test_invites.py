"""The invites of a server on the screen."""

import pytest

from tests.tui.guild_scenes import choose, guild_invites, guild_new_invite, sample_invites
from tests.tui.samples import GENERAL, GUILD, NEWS
from tests.tui.screens import running
from tests.tui.settings.test_guild_menu import client
from tuichat.client.errors import RefusedError
from tuichat.protocol.rest.guild import CreateInviteRequest
from tuichat.tui.screens.settings.invites import InvitesPage

pytestmark = pytest.mark.slow  # whole screens by their keys


async def test_each_invite_says_who_made_it_how_it_was_used_and_when_it_ends() -> None:
    async with running(client(), size=(60, 20)) as shown:
        await guild_invites(shown)
        assert "by grace · used 3 of 10 times · ends in 5 hours" in shown.text
        assert "by margaret · used 1 time · never ends" in shown.text


async def test_link_is_copied() -> None:
    async with running(client()) as shown:
        await guild_invites(shown)
        await choose(shown, "=kT9mPq2x", "copy")
        assert shown.app.clipboard == "kT9mPq2x"


async def test_revoking_asks_and_lists_them_anew() -> None:
    async with running(client()) as shown:
        await guild_invites(shown)
        await choose(shown, "=kT9mPq2x", "revoke")
        assert ("DELETE", "/invites/kT9mPq2x") not in shown.client.rest.asked
        shown.client.rest.answers["GET /guilds/{}/invites"] = sample_invites(shown)[1:]
        await shown.press("y")
        assert ("DELETE", "/invites/kT9mPq2x") in shown.client.rest.asked
        assert "kT9mPq2x" not in shown.app.screen.query_one("#choices").rows[1].label  # type: ignore[attr-defined]


async def test_a_click_opens_what_can_be_done_with_one() -> None:
    async with running(client()) as shown:
        await guild_invites(shown)
        await shown.click("b7Wd3nZa")
        assert "Copy its link" in shown.text


async def test_new_one_is_made_as_chosen_and_copied() -> None:
    async with running(client(), size=(60, 20)) as shown:
        await guild_new_invite(shown)
        shown.client.rest.answers["POST /channels/{}/invites"] = sample_invites(shown)[0]
        await choose(shown, "channel", str(GENERAL))
        await choose(shown, "age", "0", "uses", "25", "temporary")
        assert "it never ends" in shown.text
        assert "25 people" in shown.text
        await choose(shown, "make")
        assert ("POST", f"/channels/{GENERAL}/invites") in shown.client.rest.asked
        assert CreateInviteRequest(max_age=0, max_uses=25, temporary=True, unique=True) in shown.client.rest.bodies
        assert shown.app.clipboard == "kT9mPq2x"
        assert isinstance(shown.app.screen, InvitesPage)


async def test_refusal_is_told_and_what_was_chosen_stays() -> None:
    async with running(client()) as shown:
        await guild_new_invite(shown)
        await choose(shown, "uses", "5")
        shown.client.rest.fault = RefusedError("Maximum number of invites reached (1000)")
        await choose(shown, "make")
        await shown.until("Maximum number of invites reached")
        assert "5 people" in shown.text


async def test_first_channel_is_proposed() -> None:
    async with running(client()) as shown:
        await guild_new_invite(shown)
        shown.client.rest.answers["POST /channels/{}/invites"] = sample_invites(shown)[0]
        await choose(shown, "make")
        assert shown.client.rest.asked[-2:] == [
            ("POST", f"/channels/{NEWS}/invites"),
            ("GET", f"/guilds/{GUILD}/invites"),
        ]
