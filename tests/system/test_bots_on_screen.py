"""Buttons, menus, forms and polls of a real discord.py bot, used from the screen over a real server."""

from datetime import timedelta
from pathlib import Path

import discord
import pytest

from tests.client.waiting import until
from tests.conformance.conftest import restored_addresses  # noqa: F401  a fixture
from tests.system.bot_on_screen import Bot, stage
from tuichat.client.state import Answer

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("restored_addresses")]


def last(bot: Bot) -> object:
    return bot.seen[-1]


class Incident(discord.ui.Modal, title="Report an incident"):
    what: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(label="What happened", min_length=3)
    more: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(
        label="Details", style=discord.TextStyle.paragraph, required=False
    )

    def __init__(self, bot: Bot) -> None:
        super().__init__(custom_id="incident")
        self._bot = bot

    async def on_submit(self, interaction: discord.Interaction) -> None:
        self._bot.seen.append(("modal", self.what.value, self.more.value))
        await interaction.response.send_message(f"noted: {self.what.value}", ephemeral=True)


class Controls(discord.ui.View):
    def __init__(self, bot: Bot) -> None:
        super().__init__(timeout=None)
        self._bot = bot

    @discord.ui.button(label="Deploy", style=discord.ButtonStyle.success, custom_id="deploy")
    async def deploy(self, interaction: discord.Interaction, _: "discord.ui.Button[Controls]") -> None:
        self._bot.seen.append(("button", interaction.user.name))
        await interaction.response.edit_message(content="deployed by " + interaction.user.name)

    @discord.ui.button(label="Incident", style=discord.ButtonStyle.danger, custom_id="open")
    async def open(self, interaction: discord.Interaction, _: "discord.ui.Button[Controls]") -> None:
        await interaction.response.send_modal(Incident(self._bot))

    @discord.ui.button(label="Sleep", custom_id="sleep")
    async def sleep(self, interaction: discord.Interaction, _: "discord.ui.Button[Controls]") -> None:
        self._bot.seen.append(("asleep",))  # and answers nothing

    @discord.ui.select(
        custom_id="where", placeholder="Where to", options=[discord.SelectOption(label=each) for each in ("one", "two")]
    )
    async def where(self, interaction: discord.Interaction, select: "discord.ui.Select[Controls]") -> None:
        self._bot.seen.append(("select", select.values))
        await interaction.response.defer(ephemeral=True, thinking=True)
        await interaction.followup.send("went to " + select.values[0])

    @discord.ui.select(cls=discord.ui.UserSelect, custom_id="who", placeholder="Who", max_values=2)
    async def who(self, interaction: discord.Interaction, select: "discord.ui.UserSelect[Controls]") -> None:
        self._bot.seen.append(("users", sorted(user.name for user in select.values)))
        await interaction.response.defer()


async def test_buttons_menus_and_forms_of_a_bot_are_used_by_keys(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        bot, shown = on.bot, on.shown
        await bot.channel.send("ready", view=Controls(bot))
        await shown.until("✓ Deploy")
        await shown.press("shift+f6", "up", "1")
        await shown.until("deployed by ada")
        assert bot.seen == [("button", "ada")]

        await shown.press("2")
        await shown.until("Report an incident")
        await shown.press(*"ab", "alt+enter")
        await shown.until("What happened: 3 to")
        await shown.press(*"cd", "enter", *"all", "enter", *"of it", "alt+enter")
        await shown.until("noted: abcd")
        assert last(bot) == ("modal", "abcd", "all\nof it")
        await shown.until("only you can see this")
        await shown.click(" dismiss")
        assert "noted: abcd" not in shown.text

        await shown.press("4")
        await shown.until("enter takes it")
        await shown.press(*"tw", "enter")
        await shown.until("went to two")
        assert last(bot) == ("select", ["two"])
        await shown.click(" dismiss")

        await shown.press("5")
        await shown.until("enter marks")
        await shown.press(*"ada", "enter", "ctrl+u", *"build", "enter", "alt+enter")
        await until(lambda: last(bot) == ("users", ["ada", "buildbot"]))

        await shown.press("3")
        await shown.until("… the bot is told")
        # The server waits for three seconds.
        await until(lambda: any(each.answer is Answer.NONE for each in on.client.state.pending.values()))
        await shown.until("✕ the bot did not answer in time")


async def test_a_poll_of_a_bot_is_voted_in_and_tells_who_voted(tmp_path: Path) -> None:
    async with stage(tmp_path, (80, 24)) as on:
        poll = discord.Poll(question="When?", duration=timedelta(hours=2))
        poll.add_answer(text="now").add_answer(text="later")
        message = await on.bot.channel.send(poll=poll)
        await on.shown.until("○ now")
        await on.shown.press("shift+f6", "up", "2")
        await on.shown.until("● later")
        await on.shown.until("1 vote · 1 hour left")
        await on.shown.press("w")
        await on.shown.until("enter shows a profile")
        await on.shown.until("ada")
        await on.shown.press("escape", "1")
        await on.shown.until("● now")
        await message.end_poll()
        await on.shown.until("ended")
        entry = on.client.state.timeline(on.channel_id).find(message.id)
        assert entry is not None
        await on.shown.until("● now")  # the end of the poll, which is told to all, keeps one's own vote
