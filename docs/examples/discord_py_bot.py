"""A bot in discord.py for a tuichat server: a slash command, a button, and a file.

    pip install discord.py
    TUICHAT_SERVER=http://127.0.0.1:8765 TUICHAT_BOT_TOKEN=... python discord_py_bot.py

`tuichat bot create NAME` prints the token, once; `tuichat server status` names the address of a personal server. Only the
lines under "the server" know of tuichat.
"""

import io
import os

import discord
import discord.asset
import discord.gateway
import discord.http
import yarl
from discord import app_commands

# The server: set before login.
server = os.environ["TUICHAT_SERVER"].rstrip("/")
discord.http.Route.BASE = f"{server}/api/v10"
discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.replace("http", "ws", 1))
discord.asset.Asset.BASE = server


class Deploy(discord.ui.View):
    """A button; whoever presses it is told so alone."""

    @discord.ui.button(label="Deploy", style=discord.ButtonStyle.primary, custom_id="deploy")
    async def pressed(self, interaction: discord.Interaction, _: discord.ui.Button["Deploy"]) -> None:
        await interaction.response.send_message(f"{interaction.user.name} deploys", ephemeral=True)


class Helper(discord.Client):
    """Answers /report with a button and a file, and "ping" with "pong"."""

    def __init__(self) -> None:
        intents = discord.Intents.default()
        intents.message_content = True
        super().__init__(intents=intents)
        self.commands = app_commands.CommandTree(self)
        self.commands.add_command(report)

    async def setup_hook(self) -> None:
        self.add_view(Deploy(timeout=None))  # buttons of earlier runs work, too
        await self.commands.sync()

    async def on_message(self, message: discord.Message) -> None:
        if message.content == "ping" and message.author != self.user:
            await message.reply("pong")


@app_commands.command(description="How the last build went")
async def report(interaction: discord.Interaction, branch: str = "main") -> None:
    log = discord.File(io.BytesIO(b"102 of 102 passed\n"), filename="build.log")
    await interaction.response.send_message(f"{branch} is green", file=log, view=Deploy(timeout=None))


if __name__ == "__main__":
    Helper().run(os.environ["TUICHAT_BOT_TOKEN"])
