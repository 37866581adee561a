"""A slash command of a real discord.py bot, completed and sent from the composer over a real server."""

from pathlib import Path

import discord
import pytest
from discord import app_commands

from tests.conformance.conftest import restored_addresses  # noqa: F401  a fixture
from tests.system.bot_on_screen import stage

pytestmark = pytest.mark.usefixtures("restored_addresses")


@app_commands.command(description="Brings it up")
async def deploy(interaction: discord.Interaction, where: str, count: int = 1) -> None:
    await interaction.response.send_message(f"{where} times {count}")


async def test_a_command_is_completed_sent_and_answered(tmp_path: Path) -> None:
    async with stage(tmp_path, commands=[deploy]) as on:
        shown = on.shown
        await shown.type("/depl")
        await shown.until("Brings it up")
        await shown.press("tab", *(sign if sign != " " else "space" for sign in "the lab count:many"), "enter")
        await shown.until("count is a number.")
        assert "/deploy the lab count:many" in shown.text  # nothing is lost
        await shown.press("ctrl+u")
        await shown.type("/deploy the lab count:3\n")
        await shown.until("the lab times 3")
        await shown.until("ada used /deploy")
