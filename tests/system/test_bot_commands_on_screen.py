"""Commands of a real discord.py bot, used from the composer and the menus over a real server."""

from pathlib import Path

import discord
import pytest
from discord import app_commands

from tests.conformance.conftest import restored_addresses  # noqa: F401  a fixture
from tests.system.bot_on_screen import stage

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("restored_addresses")]


@app_commands.command(description="Brings it up")
async def deploy(interaction: discord.Interaction, where: str, count: int = 1) -> None:
    await interaction.response.send_message(f"{where} times {count}")


@app_commands.command(description="Looks it up")
async def look(interaction: discord.Interaction, page: str, loud: bool = False) -> None:
    await interaction.response.send_message(f"page {page}, loud {loud}")


@look.autocomplete("page")
async def pages(interaction: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
    found = [app_commands.Choice(name=f"{typed} and {number}", value=f"p{number}") for number in (1, 2)]
    return found if interaction.namespace.loud else found[:1]


@app_commands.context_menu(name="Quote")
async def quote(interaction: discord.Interaction, message: discord.Message) -> None:
    await interaction.response.send_message(f"quoted: {message.content}", ephemeral=True)


@app_commands.context_menu(name="Greet")
async def greet(interaction: discord.Interaction, member: discord.Member) -> None:
    await interaction.response.send_message(f"hello {member.name}")


async def test_a_bot_offers_values_and_its_commands_stand_in_the_menus(tmp_path: Path) -> None:
    async with stage(tmp_path, commands=[look, quote, greet]) as on:
        shown = on.shown
        await shown.type("/look loud:true page:two w")
        await shown.until("two w and 2")
        await shown.press("down", "enter", "enter")
        await shown.until("page p2, loud True")
        await on.bot.channel.send("words to keep")
        await shown.until("words to keep")
        await shown.press("shift+f6", "up", "full_stop")
        await shown.until("Quote · buildbot")
        await shown.click("Quote · buildbot")
        await shown.until("quoted: words to keep")
        await shown.press("n")
        await shown.until("Greet · buildbot")
        await shown.click("Greet · buildbot")
        await shown.until("hello buildbot")


async def test_a_command_is_completed_sent_and_answered(tmp_path: Path) -> None:
    async with stage(tmp_path, commands=[deploy]) as on:
        shown = on.shown
        await shown.type("/depl")
        await shown.until("Brings it up")
        await shown.press("tab", *(sign if sign != " " else "space" for sign in "the lab count:many"), "enter")
        await shown.until("count is a whole number.")
        assert "/deploy the lab count:many" in shown.text  # nothing is lost
        await shown.press("ctrl+u")
        await shown.type("/deploy the lab count:3\n")
        await shown.until("the lab times 3")
        await shown.until("ada used /deploy")
