"""The webhooks of a server on the screen; their addresses are secrets."""

import logging

import pytest
from textual.widgets import Input

from tests.tui.guild_scenes import choose, guild_webhooks, sample_webhooks
from tests.tui.samples import GENERAL, RANDOM
from tests.tui.screens import running
from tests.tui.settings.test_guild_menu import client
from tuichat.protocol.rest.webhook import CreateWebhookRequest, EditWebhookRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.tui.widgets.choice_rows import ChoiceRows

pytestmark = pytest.mark.slow  # whole screens by their keys


URL = "https://chat.example.org/api/webhooks/801/not-to-be-shown"


async def test_address_is_copied_and_neither_shown_nor_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with running(client()) as shown:
        await guild_webhooks(shown)
        await choose(shown, "=801", "copy")
        await shown.until("Its address is copied")
        assert shown.app.clipboard == URL
        assert "not-to-be-shown" not in shown.text
        assert "not-to-be-shown" not in caplog.text


async def test_webhook_without_an_address_offers_none() -> None:
    async with running(client()) as shown:
        await guild_webhooks(shown)
        assert "follows another channel" in shown.text
        await choose(shown, "=802")
        assert "copy" not in [row.id for row in shown.app.screen.query_one(ChoiceRows).rows]


async def test_one_without_a_name_says_what_is_missing() -> None:
    async with running(client()) as shown:
        await guild_webhooks(shown)
        await choose(shown, "new", str(GENERAL))
        await shown.press("enter")
        await shown.until("A webhook needs a name.")


async def test_new_one_is_made_in_a_channel_and_its_address_copied() -> None:
    async with running(client(), size=(60, 20)) as shown:
        await guild_webhooks(shown)
        shown.client.rest.answers["POST /channels/{}/webhooks"] = sample_webhooks(shown)[0]
        await choose(shown, "new", str(GENERAL))
        await shown.type("builds\n")
        assert ("POST", f"/channels/{GENERAL}/webhooks") in shown.client.rest.asked
        assert CreateWebhookRequest(name="builds") in shown.client.rest.bodies
        await shown.until("Its address is copied")
        assert shown.app.clipboard == URL


async def test_rename_move_and_delete() -> None:
    async with running(client()) as shown:
        await guild_webhooks(shown)
        await choose(shown, "=801", "rename")
        shown.app.screen.query_one(Input).value = "nightly"
        await shown.press("enter")
        assert EditWebhookRequest(name="nightly") in shown.client.rest.bodies
        await choose(shown, "=801", "move", str(RANDOM))
        assert EditWebhookRequest(channel_id=Snowflake(RANDOM)) in shown.client.rest.bodies
        await choose(shown, "=801", "delete")
        assert ("DELETE", "/webhooks/801") not in shown.client.rest.asked
        await shown.press("y")
        assert ("DELETE", "/webhooks/801") in shown.client.rest.asked
