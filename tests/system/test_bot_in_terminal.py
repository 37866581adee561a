"""A bot in unmodified discord.py on a real server, used by keys from the screen in a real terminal, and from scripts."""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import discord
import msgspec
import pytest
from discord import app_commands

from tests.conformance.conftest import restored_addresses  # noqa: F401  a fixture
from tests.conformance.redirect import redirect
from tests.system.bot_on_screen import Bot
from tests.system.fresh_home import TUICHAT
from tests.system.script_site import ScriptSite, script_site
from tests.system.terminal import Terminal, Terminals

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.usefixtures("restored_addresses"),
]

PLACES = [app_commands.Choice(name="The lab", value="lab"), app_commands.Choice(name="The field", value="field")]
VERSIONS = {"1.4.2 (stable)": "v1.4.2", "2.0.0 (risky)": "v2.0.0"}


class Why(discord.ui.Modal, title="Why this release"):
    reason: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(label="Reason", min_length=5)
    notes: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(
        label="Notes", style=discord.TextStyle.paragraph, required=False
    )

    async def on_submit(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_message(f"noted {self.reason.value} / {self.notes.value}", ephemeral=True)


class Controls(discord.ui.View):
    def __init__(self) -> None:
        super().__init__(timeout=None)

    @discord.ui.button(label="Explain", custom_id="explain")
    async def explain(self, interaction: discord.Interaction, _: "discord.ui.Button[Controls]") -> None:
        await interaction.response.send_modal(Why())

    @discord.ui.button(label="Confirm", style=discord.ButtonStyle.success, custom_id="confirm")
    async def confirm(self, interaction: discord.Interaction, _: "discord.ui.Button[Controls]") -> None:
        await interaction.response.edit_message(content=f"confirmed by {interaction.user.name}")

    @discord.ui.select(
        custom_id="speed",
        placeholder="How fast",
        options=[discord.SelectOption(label=each) for each in ("slow", "quick")],
    )
    async def speed(self, interaction: discord.Interaction, select: "discord.ui.Select[Controls]") -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send(f"goes {select.values[0]}")


class Release(app_commands.Group, name="release", description="Releases"):
    @app_commands.command(description="Starts one")
    @app_commands.choices(where=PLACES)
    async def start(
        self,
        interaction: discord.Interaction,
        where: app_commands.Choice[str],
        version: str,
        count: app_commands.Range[int, 1, 9] = 1,
        fast: bool = False,
        by: discord.Member | None = None,
    ) -> None:
        words = f"release {version} to {where.value} x{count} fast={fast} by {by and by.name}"
        await interaction.response.send_message(words, view=Controls())

    @start.autocomplete("version")
    async def versions(self, _: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        found = [(name, value) for name, value in VERSIONS.items() if name.startswith(typed)]
        return [app_commands.Choice(name=name, value=value) for name, value in found]

    @app_commands.command(description="Looks at a file")
    async def check(self, interaction: discord.Interaction, file: discord.Attachment, note: str = "none") -> None:
        digest = hashlib.sha256(await file.read()).hexdigest()
        await interaction.response.send_message(f"{file.filename} {file.size} {digest} {note}")

    @app_commands.command(description="Takes its time")
    async def status(self, interaction: discord.Interaction) -> None:
        await interaction.response.defer(thinking=True)
        await interaction.followup.send("all is released")

    @app_commands.command(description="Asks back")
    async def ask(self, interaction: discord.Interaction) -> None:
        await interaction.response.send_modal(Why())


@app_commands.command(name="ban", description="Bans nobody")
async def ban(interaction: discord.Interaction, whom: str) -> None:
    await interaction.response.send_message(f"would ban {whom}", ephemeral=True)


@contextlib.asynccontextmanager
async def working_bot(site: ScriptSite) -> AsyncIterator[None]:
    """Run a bot that `tuichat bot create` made, until left."""
    made = await site.tuichat("bot", "create", "buildbot", "--guild", "dev", "--data", str(site.server.data))
    assert made.returncode == 0, made.stderr
    redirect(site.server.api_url, site.server.base_url.replace("http", "ws", 1))
    bot = Bot()
    bot.tree.add_command(Release())
    bot.tree.add_command(ban)
    await bot.login(made.stdout.strip())
    connection = asyncio.create_task(bot.connect())
    try:
        await asyncio.wait_for(bot.ready.wait(), 30)
        await bot.tree.sync()
        yield
    finally:
        await bot.close()
        with contextlib.suppress(TimeoutError, discord.DiscordException):
            await asyncio.wait_for(connection, 10)


async def test_a_bot_is_used_by_keys_in_a_real_terminal() -> None:
    async with script_site("--no-rate-limits") as site, working_bot(site):
        with Terminals(site.home.folder, site.home.environment) as terminals:
            terminal = terminals.open("ada", TUICHAT, columns=120, rows=36)
            await asyncio.to_thread(_use_by_keys, terminal)


def _use_by_keys(terminal: Terminal) -> None:
    terminal.wait_for("Message #general")
    _use_command(terminal)
    _answer_form(terminal)
    _choose_and_confirm(terminal)


def _use_command(terminal: Terminal) -> None:
    terminal.type("/rele")
    terminal.wait_for("Releases · buildbot")
    terminal.press("Tab")
    terminal.type("sta")
    terminal.wait_for("Starts one")
    terminal.press("Tab")
    terminal.type("where:")
    terminal.wait_for("The lab", "The field")
    terminal.type("lab")
    terminal.wait_until(lambda screen: "The field" not in screen, "the lab alone")
    terminal.press("Tab")
    terminal.type("version:2")
    terminal.wait_for("2.0.0 (risky)")
    terminal.press("Tab")
    terminal.type("by:@ada fast:yes count:20")
    terminal.wait_for("count:20")
    terminal.press("Enter")
    terminal.wait_for("count is a whole number from 1 to 9.", "count:20")  # nothing is lost
    terminal.press("BSpace", "BSpace")
    terminal.type("2")
    terminal.wait_until(lambda screen: "count:20" not in screen, "count:2")
    terminal.press("Enter")
    terminal.wait_for("release v2.0.0 to lab x2 fast=True by ada", "ada used /release", "Explain", "How fast")


def _answer_form(terminal: Terminal) -> None:
    terminal.press("S-F6")
    terminal.wait_for("r reply")  # the messages have the keys
    terminal.press("Up", "1")
    terminal.wait_for("Why this release")
    terminal.type("why")
    terminal.wait_for("why")
    terminal.press("M-Enter")
    terminal.wait_for("Reason: 5 to")
    terminal.type(" not")
    terminal.wait_for("why not")
    terminal.press("Tab")
    terminal.type("because")
    terminal.wait_for("because")
    terminal.press("M-Enter")
    terminal.wait_for("noted why not / because", "only you can see this")


def _choose_and_confirm(terminal: Terminal) -> None:
    terminal.press("3")
    terminal.wait_for("enter takes it")
    terminal.type("qui")
    terminal.wait_until(lambda screen: "slow" not in screen, "quick alone")
    terminal.press("Enter")
    terminal.wait_for("goes quick")
    terminal.press("2")
    terminal.wait_for("confirmed by ada")


async def test_scripts_use_a_bot_s_commands_and_get_its_answers(tmp_path: Path) -> None:
    log = tmp_path / "build of today.log"
    log.write_bytes(bytes(range(256)) * 5000)
    digest = hashlib.sha256(log.read_bytes()).hexdigest()
    async with script_site("--no-rate-limits") as site, working_bot(site):
        for line, answer in (
            ("/release start where:The lab version:v1 count:3", "release v1 to lab x3 fast=False by None"),
            ("/release start where=field version=v1 by=@bob", "release v1 to field x1 fast=False by bob"),
            ("/release status", "all is released"),
            (f'/release check file:"{log}" note:red', f"build_of_today.log 1280000 {digest} red"),
            ("/buildbot:ban ada", "would ban ada"),
        ):
            done = await site.tuichat("run", "--in", "#general", "--json", "-c", line)
            assert (done.returncode, done.stderr) == (0, "")
            results = [msgspec.json.decode(each) for each in done.stdout.splitlines()]
            (result,) = [each for each in results if each["type"] == "result"]
            assert [each["content"] for each in result["messages"]] == [answer]
        told = await site.tuichat("run", "--in", "#general", "-c", "/release status")
        assert told.stdout.endswith("buildbot: all is released\n")
        for line, code, sentence in (
            ("/release start where:moon version:1", 2, "where is one of The lab, The field."),
            ("/release start where:lab version:1 count:10", 2, "count is a whole number from 1 to 9."),
            ("/release start where:lab", 2, "It needs version"),
            ("/release", 2, "One of these is to follow: start, check, status, ask."),
            ("/release ask", 1, "a form, which a script cannot fill in"),
            ("/releas status", 2, "Did you mean /release?"),
            ("/ban ada", 2, "A person is written @name"),  # ours comes first
        ):
            failed = await site.tuichat("run", "--in", "#general", "-c", line)
            assert failed.returncode == code, failed.stderr
            assert failed.stdout == ""
            assert sentence in failed.stderr
