"""The emoji of a server on the screen."""

from pathlib import Path

import pytest
from textual.widgets import Input

from tests.tui.guild_scenes import choose, guild_emojis, guild_new_emoji
from tests.tui.samples import GUILD
from tests.tui.screens import running
from tests.tui.settings.test_guild_menu import client, submit
from tuichat.protocol.emoji import CreateEmojiRequest, EditEmojiRequest
from tuichat.protocol.permissions import Permissions
from tuichat.tui.screens.settings.emojis import EmojisPage, NewEmojiForm

pytestmark = pytest.mark.slow  # whole screens by their keys


GIF = "data:image/gif;base64,R0lGODlh"


async def test_each_is_listed_with_who_made_it() -> None:
    async with running(client(), size=(60, 20)) as shown:
        await guild_emojis(shown)
        assert ":party_parrot:" in shown.text
        assert "by grace · it moves" in shown.text


async def test_picture_is_sent_under_the_name_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "party parrot!.gif"
    path.write_bytes(b"GIF89a")
    async with running(client()) as shown:
        await guild_new_emoji(shown)
        await submit(shown, path=str(path))
        await shown.until("is made.")
        assert ("POST", f"/guilds/{GUILD}/emojis") in shown.client.rest.asked
        assert CreateEmojiRequest(name="party_parrot", image=GIF) in shown.client.rest.bodies
        assert isinstance(shown.app.screen, EmojisPage)


async def test_what_is_wrong_with_a_picture_or_a_name_is_said_in_the_form(tmp_path: Path) -> None:
    async with running(client()) as shown:
        await guild_new_emoji(shown)
        await submit(shown)
        assert "Say which picture" in shown.text
        await submit(shown, path=str(tmp_path / "nothing.png"))
        await shown.until("The picture cannot be read: No such file or directory.")
        large = tmp_path / "large.png"
        large.write_bytes(b"\x89PNG" + bytes(256 * 1024))
        await submit(shown, path=str(large))
        await shown.until("The picture has more than 256 KiB")
        small = tmp_path / "small.gif"
        small.write_bytes(b"GIF89a")
        await submit(shown, path=str(small), name="ö")
        await shown.until("2 to 32 letters, digits and _")
        assert isinstance(shown.app.screen, NewEmojiForm)
        assert ("POST", f"/guilds/{GUILD}/emojis") not in shown.client.rest.asked


async def test_rename_and_delete() -> None:
    async with running(client()) as shown:
        await guild_emojis(shown)
        await choose(shown, "=77", "rename")
        shown.app.screen.query_one(Input).value = "parrot"
        await shown.press("enter")
        assert ("PATCH", f"/guilds/{GUILD}/emojis/77") in shown.client.rest.asked
        assert EditEmojiRequest(name="parrot") in shown.client.rest.bodies
        await choose(shown, "=77", "delete")
        await shown.press("y")
        assert ("DELETE", f"/guilds/{GUILD}/emojis/77") in shown.client.rest.asked


async def test_who_may_only_manage_cannot_make_one() -> None:
    async with running(client(may=Permissions.MANAGE_GUILD_EXPRESSIONS)) as shown:
        await guild_emojis(shown)
        await choose(shown, "new")
        await shown.until("needs “Make emoji and sounds”")
