"""A real discord.py bot used from plain mode over a real server: its buttons, menus, forms and commands."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import discord
import pytest
from discord import app_commands

from tests.client.running import make_client, running
from tests.client.waiting import until
from tests.conformance.conftest import restored_addresses  # noqa: F401  a fixture
from tests.plain.talking import Talk
from tests.system.bot_on_screen import Bot, Commands, bot_at_work
from tests.system.test_bots_on_screen import Controls
from tests.tui.samples import FakeClient
from tuichat.client.endpoint import parse_url

pytestmark = pytest.mark.usefixtures("restored_addresses")


@contextlib.asynccontextmanager
async def talking(folder: Path, commands: Commands = ()) -> AsyncIterator[tuple[Bot, Talk]]:
    async with (
        bot_at_work(commands) as (site, bot, ada, channel_id),
        running(make_client(parse_url(site.base_url), ada, folder)) as client,
    ):
        talk = Talk(cast(FakeClient, client))
        await talk.open(channel_id)
        yield bot, talk
        await talk.session.close()


async def heard(talk: Talk, words: str) -> list[str]:
    """Return what was printed, once it holds these words."""
    lines: list[str] = []

    def holds() -> bool:
        lines.extend(talk.new())
        return any(words in line for line in lines)

    await until(holds)
    return lines


async def test_buttons_menus_and_forms_are_used_by_number_and_label(tmp_path: Path) -> None:
    async with talking(tmp_path) as (bot, talk):
        await bot.channel.send("What now?", view=Controls(bot))
        lines = await heard(talk, "to press:")
        assert lines[-1] == "to press: 1 Deploy, 2 Incident, 3 Sleep, 4 menu Where to, 5 menu Who"
        assert "(bot): What now?" in lines[-2]

        await talk.session.submit("/press last deploy")
        await heard(talk, "of buildbot now says: deployed by ada")
        number = int(lines[-2].partition(".")[0])
        assert (await talk.type(f"/press {number} nothing"))[0].startswith("What can be pressed: 1 Deploy, ")

        await talk.session.submit(f"/press {number} 4 two")
        await heard(talk, "went to two")
        said = await talk.type(f"/press {number} who", ["nobody", "1, 2"])
        await until(lambda: bot.seen[-1] == ("users", ["ada", "buildbot"]))
        assert "1: ada" in said
        assert "Choose 0 to 2 of these." in said

        # discord.py knows its form once the server has answered that it shows: nobody types faster than that.
        talk.answers.thought = lambda: until(lambda: "incident" in bot._connection._view_store._modals)
        said = await talk.type(f"/press {number} incident", ["ab", "it broke", ""])
        assert bot.seen[-1] == ("modal", "it broke", "")
        assert said[0] == "A form of buildbot: Report an incident. /leave in any field leaves it."
        assert "What happened: 3 to 4000 characters, these are 2." in said
        assert "The form is sent." in said
        said = await talk.type(f"/press {number} incident", ["/leave"])
        assert said[-1] == "The form was left, and nothing was sent."


async def test_lines_use_the_commands_of_bots(tmp_path: Path) -> None:
    @app_commands.command(description="Put something somewhere")
    async def deploy(interaction: discord.Interaction, what: str, count: int = 1) -> None:
        await interaction.response.send_message(f"deployed {what} {count} times")

    async with talking(tmp_path, [deploy]) as (_bot, talk):
        assert await talk.type("/bots") == ["/deploy what:… [count:…]: Put something somewhere (buildbot)"]
        await talk.session.submit("/deploy what:the mixer count:3")
        await heard(talk, "deployed the mixer 3 times")
        assert await talk.type("/deploy") == ["It needs what: type the name, a colon and the value."]
        assert await talk.type("/deploy what:x count:many") == ["count is a whole number."]
        assert "no command /deplox" in (await talk.type("/deplox"))[0]
