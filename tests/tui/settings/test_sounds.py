"""The sounds of a server on the screen."""

from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.widgets import Input

from tests.tui.guild_scenes import choose, guild_sounds, sample_sounds
from tests.tui.samples import GUILD
from tests.tui.screens import running
from tests.tui.settings.test_guild_menu import client, submit
from tuichat.client.change import SoundsChanged
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.soundboard import EditSoundRequest, SoundList
from tuichat.tui.screens.settings.sounds import SoundsPage

pytestmark = pytest.mark.slow  # whole screens by their keys


GRACES, OWN = "=91", "=92"


async def test_each_is_listed_with_its_emoji_its_volume_and_who_made_it() -> None:
    async with running(client(), size=(60, 20)) as shown:
        await guild_sounds(shown)
        assert "📯 · 60 % · by grace" in shown.text


async def test_who_may_make_sounds_changes_their_own_alone() -> None:
    async with running(client(may=Permissions.CREATE_GUILD_EXPRESSIONS)) as shown:
        await guild_sounds(shown)
        await choose(shown, GRACES)
        await shown.until("needs “Manage emoji and sounds”")
        assert isinstance(shown.app.screen, SoundsPage)
        await choose(shown, OWN, "rename")
        shown.app.screen.query_one(Input).value = "trombone"
        await shown.press("enter")
        assert ("PATCH", f"/guilds/{GUILD}/soundboard-sounds/92") in shown.client.rest.asked
        assert EditSoundRequest(name="trombone") in shown.client.rest.bodies


async def test_who_manages_changes_everybodys_and_makes_none() -> None:
    async with running(client(may=Permissions.MANAGE_GUILD_EXPRESSIONS)) as shown:
        await guild_sounds(shown)
        await choose(shown, GRACES, "delete")
        await shown.press("y")
        assert ("DELETE", f"/guilds/{GUILD}/soundboard-sounds/91") in shown.client.rest.asked
        await choose(shown, "new")
        await shown.until("needs “Make emoji and sounds”")


async def test_what_others_change_is_shown_at_once() -> None:
    async with running(client()) as shown:
        await guild_sounds(shown)
        horn = replace(sample_sounds(shown)[0], name="foghorn")
        shown.client.rest.answers["GET /guilds/{}/soundboard-sounds"] = SoundList(items=[horn])
        shown.client.emit(SoundsChanged(GUILD + 1))
        await shown.settle()
        assert "deploy horn" in shown.text
        shown.client.emit(SoundsChanged(GUILD))
        await shown.until("foghorn")
        assert "deploy horn" not in shown.text


async def test_a_name_that_no_sound_may_have_is_refused_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "x.ogg"
    path.write_bytes(b"OggS and so on")
    async with running(client()) as shown:
        await guild_sounds(shown)
        await choose(shown, OWN, "rename")
        shown.app.screen.query_one(Input).value = "x"
        await shown.press("enter")
        await shown.until("The name of a sound has 2 to 32 characters.")
        await choose(shown, "new")
        await submit(shown, path=str(path))
        await shown.until("The name of a sound has 2 to 32 characters.")
        assert not [each for each in shown.client.rest.asked if each[0] in ("PATCH", "POST")]
