"""The settings of a server on the screen: menu, name and description, leaving, deletion."""

from pathlib import Path

import msgspec
import pytest
from textual.widgets import Input

from tests.tui.samples import GUILD, ME, FakeClient, sample_state
from tests.tui.screens import WIDE, Shown, running
from tests.tui.snapshot import compare
from tuichat.client.errors import RefusedError
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import EditGuildRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.tui.screens.chat.screen import ChatScreen
from tuichat.tui.screens.settings.menu import GuildMenu

pytestmark = pytest.mark.slow  # whole screens by their keys


SIZES = {"120x36": WIDE, "60x20": (60, 20)}


def client(*, is_owner: bool = False, may: Permissions | None = None) -> FakeClient:
    state = sample_state()
    guild = state.guilds[GUILD]
    if is_owner:
        guild.guild = msgspec.structs.replace(guild.guild, owner_id=Snowflake(ME))
    if may is not None:
        guild.roles[GUILD] = msgspec.structs.replace(guild.roles[GUILD], permissions=may)
    return FakeClient(state)


async def open_menu(shown: Shown) -> None:
    await shown.chat.run_by_id("chat.guild_settings")
    await shown.settle()


async def submit(shown: Shown, **values: str) -> None:
    for name, value in values.items():
        shown.app.screen.query_one(f"#{name}", Input).value = value
    shown.app.screen.query_one("#submit").scroll_visible(animate=False)
    await shown.settle()
    await shown.pilot.click("#submit")
    await shown.settle()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", ["menu", "overview", "deletion"])
async def test_screen(name: str, size: str) -> None:
    async with running(client(is_owner=True), size=SIZES[size]) as shown:
        await open_menu(shown)
        if name != "menu":
            await shown.press(*["end"] * (name == "deletion"), "enter")
        await shown.pilot.pause(0.05)
        compare(f"guild-{name}-{size}", shown.strips())


async def test_click_on_the_name_opens_the_settings_and_escape_leads_back() -> None:
    async with running(client()) as shown:
        await shown.click("Textual Labs")
        assert isinstance(shown.app.screen, GuildMenu)
        await shown.press("enter", "escape")
        assert isinstance(shown.app.screen, GuildMenu)
        await shown.press("escape")
        assert isinstance(shown.app.screen, ChatScreen)


async def test_leader_opens_the_settings() -> None:
    async with running(client()) as shown:
        await shown.press("ctrl+g", "g", "e")
        assert isinstance(shown.app.screen, GuildMenu)


async def test_only_what_was_changed_is_sent() -> None:
    async with running(client()) as shown:
        await open_menu(shown)
        await shown.press("enter")
        await submit(shown, description="measure first")
        assert shown.client.rest.asked == [("PATCH", f"/guilds/{GUILD}")]
        assert shown.client.rest.bodies == [EditGuildRequest(description="measure first")]
        assert isinstance(shown.app.screen, GuildMenu)


async def test_picture_is_sent_and_taken_away(tmp_path: Path) -> None:
    picture = tmp_path / "labs.gif"
    picture.write_bytes(b"GIF89a")
    async with running(client()) as shown:
        await open_menu(shown)
        await shown.press("enter")
        await submit(shown, icon=str(picture))
        await shown.until("is saved.")
        await shown.press("enter")
        await submit(shown, icon="none")
        edits = [EditGuildRequest(icon="data:image/gif;base64,R0lGODlh"), EditGuildRequest(icon=None)]
        assert shown.client.rest.bodies == edits


async def test_refusal_shows_the_servers_sentence_and_keeps_what_was_typed() -> None:
    async with running(client()) as shown:
        shown.client.rest.fault = RefusedError("Must be between 2 and 100 in length.")
        await open_menu(shown)
        await shown.press("enter")
        await submit(shown, name="x")
        assert "Must be between 2 and 100 in length." in shown.text
        assert shown.app.screen.query_one("#name", Input).value == "x"


async def test_what_is_not_allowed_says_why() -> None:
    async with running(client(may=Permissions.VIEW_CHANNEL)) as shown:
        await open_menu(shown)
        assert "needs “Manage the server”" in shown.text
        await shown.press("home", "enter")
        assert isinstance(shown.app.screen, GuildMenu)
        await shown.until("Your roles do not allow this")


async def test_leaving_asks_first() -> None:
    async with running(client()) as shown:
        await open_menu(shown)
        await shown.press("end", "enter")
        assert "Leave Textual Labs?" in shown.text
        assert shown.client.rest.asked == []
        await shown.pilot.click("#yes")
        await shown.settle()
        assert shown.client.rest.asked == [("DELETE", f"/users/@me/guilds/{GUILD}")]
        assert isinstance(shown.app.screen, ChatScreen)


async def test_deletion_wants_the_name() -> None:
    async with running(client(is_owner=True)) as shown:
        await open_menu(shown)
        await shown.press("end", "enter")
        await submit(shown, name="textual")
        assert shown.client.rest.asked == []
        await submit(shown, name="Textual Labs")
        assert shown.client.rest.asked == [("DELETE", f"/guilds/{GUILD}")]
        assert isinstance(shown.app.screen, ChatScreen)
