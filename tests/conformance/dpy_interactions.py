"""discord.py's commands, components and modals: `python -m tests.conformance.dpy_interactions`, told by environment.py."""

import asyncio
import contextlib
import sys
import time
from typing import Any

import discord
from discord import app_commands

from tests.conformance.environment import Environment
from tests.conformance.main import run_checks
from tests.conformance.other_account import DISCORD_EPOCH_MS, gateway_url, request
from tests.conformance.redirect import redirect
from tests.conformance.report import Report
from tests.conformance.text_run import TextRun

COMPONENT, AUTOCOMPLETE, MODAL, COMMAND = 3, 4, 5, 2  # types of interactions, as a user's client names them
BUTTON, STRING_SELECT, USER_SELECT = 2, 3, 5  # types of components
SEEN_LIMIT_S = 5.0


class Seen:
    """What the bot's handlers were told, by a name of ours."""

    def __init__(self) -> None:
        self._values: dict[str, asyncio.Future[Any]] = {}

    def note(self, name: str, value: object) -> None:
        self._value(name).set_result(value)

    async def wait(self, name: str) -> Any:
        """Return what was noted, raising TimeoutError after 5 s."""
        return await asyncio.wait_for(self._value(name), SEEN_LIMIT_S)

    def _value(self, name: str) -> "asyncio.Future[Any]":
        return self._values.setdefault(name, asyncio.get_running_loop().create_future())


class NameModal(discord.ui.Modal, title="Who"):
    name: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(label="Name")

    def __init__(self, seen: Seen) -> None:
        super().__init__(custom_id="form")
        self._seen = seen

    async def on_submit(self, interaction: discord.Interaction) -> None:
        self._seen.note("modal", self.name.value)
        await interaction.response.send_message("thank you", ephemeral=True)


class Controls(discord.ui.View):
    def __init__(self, seen: Seen) -> None:
        super().__init__(timeout=None)
        self._seen = seen

    @discord.ui.button(label="Press", custom_id="press")
    async def press(self, interaction: discord.Interaction, _: "discord.ui.Button[Controls]") -> None:
        await interaction.response.edit_message(content="pressed")
        self._seen.note("button", interaction)

    @discord.ui.button(label="Form", custom_id="open")
    async def open(self, interaction: discord.Interaction, _: "discord.ui.Button[Controls]") -> None:
        await interaction.response.send_modal(NameModal(self._seen))
        self._seen.note("modal shown", interaction.id)

    @discord.ui.select(custom_id="choose", options=[discord.SelectOption(label=each, value=each) for each in "ab"])
    async def choose(self, interaction: discord.Interaction, select: "discord.ui.Select[Controls]") -> None:
        await interaction.response.defer()
        await interaction.followup.send("chosen", ephemeral=True)
        self._seen.note("select", select.values)

    @discord.ui.select(cls=discord.ui.UserSelect, custom_id="whom")
    async def whom(self, interaction: discord.Interaction, select: "discord.ui.UserSelect[Controls]") -> None:
        await interaction.response.send_message("whom", ephemeral=True)
        self._seen.note("user select", select.values)


def add_commands(tree: app_commands.CommandTree[discord.Client], guild: discord.abc.Snowflake, seen: Seen) -> None:
    @tree.command(name="slow", description="answers later", guild=guild)
    async def slow(interaction: discord.Interaction, word: str) -> None:
        await interaction.response.defer(ephemeral=True)
        await interaction.followup.send(f"slowly {word}")
        seen.note("deferred", word)

    @slow.autocomplete("word")
    async def complete(_: discord.Interaction, current: str) -> list[app_commands.Choice[str]]:
        seen.note("autocomplete", current)
        return [app_commands.Choice(name="one", value="one")]

    @tree.command(name="typed", description="takes all kinds", guild=guild)
    async def typed(
        interaction: discord.Interaction,
        member: discord.Member,
        number: app_commands.Range[int, 1, 5],
        channel: discord.TextChannel,
        role: discord.Role,
    ) -> None:
        await interaction.response.send_message("typed", silent=True)
        seen.note("typed", (member.id, number, channel.id, role.id))

    group = app_commands.Group(name="group", description="has one below")

    @group.command(name="below", description="stands below")
    async def below(interaction: discord.Interaction) -> None:
        await interaction.response.send_message("below")
        seen.note("sub-command", interaction.command and interaction.command.qualified_name)

    tree.add_command(group, guild=guild)

    @tree.context_menu(name="Who", guild=guild)
    async def who(interaction: discord.Interaction, member: discord.Member) -> None:
        await interaction.response.send_message("who", ephemeral=True)
        seen.note("user command", member.id)

    @tree.context_menu(name="What", guild=guild)
    async def what(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message("what", ephemeral=True)
        seen.note("message command", message.content)


class User:
    """The user account, doing what a user's client does."""

    def __init__(self, run: TextRun, commands: list[app_commands.AppCommand]) -> None:
        self._run = run
        self._commands = {command.name: command for command in commands}

    async def use(self, kind: int, **more: object) -> None:
        environment = self._run.environment
        body = {
            "type": kind,
            "application_id": str(self._run.client.application_id),
            "guild_id": str(environment.guild_id),
            "channel_id": str(environment.channel_id),
            "session_id": "0" * 32,
            "nonce": str(int(time.time() * 1000 - DISCORD_EPOCH_MS) << 22),
            **more,
        }
        await request(environment, "POST", "/interactions", environment.user_token or "", body)

    async def command(self, name: str, *options: dict[str, object], kind: int = COMMAND, **more: object) -> None:
        command = self._commands[name]
        data = {"id": str(command.id), "name": name, "type": command.type.value, "version": str(command.id)}
        guild_id = str(self._run.environment.guild_id)
        await self.use(kind, data={**data, "guild_id": guild_id, "options": list(options), **more})

    async def press(self, message: discord.Message, custom_id: str, kind: int, **more: object) -> None:
        data = {"component_type": kind, "custom_id": custom_id, **more}
        await self.use(COMPONENT, message_id=str(message.id), message_flags=0, data=data)


async def check_commands(run: TextRun, user: User, seen: Seen, owner: int, role: int) -> None:
    report = run.report
    half = {"name": "word", "type": 3, "value": "on", "focused": True}
    await report.did("user types", user.command("slow", half, kind=AUTOCOMPLETE))
    report.check("autocomplete is asked", await report.step("autocomplete", seen.wait("autocomplete")) == "on")
    await report.did("user uses /slow", user.command("slow", {"name": "word", "type": 3, "value": "one"}))
    report.check("deferred answer", await report.step("deferred", seen.wait("deferred")) == "one")
    kinds = {"member": (6, str(owner)), "number": (4, 3), "channel": (7, str(run.channel.id)), "role": (8, str(role))}
    options = [{"name": name, "type": kind, "value": value} for name, (kind, value) in kinds.items()]
    await report.did("user uses /typed", user.command("typed", *options))
    typed = await report.step("options of all types", seen.wait("typed"))
    report.check("options are resolved", typed == (owner, 3, run.channel.id, role), str(typed))
    await report.did("user uses /group below", user.command("group", {"name": "below", "type": 1, "options": []}))
    report.check("sub-command", await report.step("below", seen.wait("sub-command")) == "group below")
    await report.did("user uses a user command", user.command("Who", target_id=str(owner)))
    report.check("user command", await report.step("who", seen.wait("user command")) == owner)
    target = await run.channel.send("what is this")
    await report.did("user uses a message command", user.command("What", target_id=str(target.id)))
    report.check("message command", await report.step("what", seen.wait("message command")) == "what is this")


async def check_components(run: TextRun, user: User, seen: Seen, owner: int) -> None:
    report = run.report
    message = await report.step("send components", run.channel.send("controls", view=Controls(seen)))
    if message is None:
        return
    await report.did("user presses", user.press(message, "press", BUTTON))
    pressed = await report.step("button", seen.wait("button"))
    if pressed is not None:
        original = await report.step("original response", pressed.original_response())
        report.check("the message is changed", original and original.content == "pressed")
        await report.did("follow up", pressed.followup.send("and more", wait=True))
    await report.did("user chooses", user.press(message, "choose", STRING_SELECT, type=3, values=["b"]))
    report.check("chosen", await report.step("select", seen.wait("select")) == ["b"])
    await report.did("user names somebody", user.press(message, "whom", USER_SELECT, type=5, values=[str(owner)]))
    named = await report.step("user select", seen.wait("user select"))
    report.check("somebody is resolved", named and named[0].id == owner)
    await report.did("user asks for the form", user.press(message, "open", BUTTON))
    shown = await report.step("modal is shown", seen.wait("modal shown"))
    row = {"type": 1, "components": [{"type": 4, "custom_id": _input_id(run), "value": "Ada"}]}
    data = {"id": str(shown), "custom_id": "form", "components": [row]}
    await report.did("user fills the form in", user.use(MODAL, data=data))
    report.check("what was filled in", await report.step("modal", seen.wait("modal")) == "Ada")


def _input_id(run: TextRun) -> str:
    """The id of the form's field, which discord.py drew: from the modal that it waits for."""
    modals = run.client._connection._view_store._modals
    (field,) = modals["form"].children
    assert isinstance(field, discord.ui.TextInput)
    return str(field.custom_id)


async def check_all(environment: Environment, report: Report) -> None:
    redirect(environment.api, await gateway_url(environment))
    run, seen = TextRun(environment, report), Seen()
    guild = discord.Object(environment.guild_id)
    add_commands(run.tree, guild, seen)
    await run.client.login(environment.bot_token)
    runner = asyncio.create_task(run.client.connect(reconnect=True))
    try:
        if not await report.did("on_ready", run.ready.wait(), 30):
            return
        commands = await report.step("sync", run.tree.sync(guild=guild))
        role = await report.step("create role", run.guild.create_role(name="named"))
        owner = run.guild.owner_id
        if commands and role is not None and owner is not None:
            user = User(run, commands)
            await check_commands(run, user, seen, owner, role.id)
            await check_components(run, user, seen, owner)
    finally:
        await report.did("close", run.client.close())
        with contextlib.suppress(TimeoutError, discord.DiscordException):
            await asyncio.wait_for(runner, 5)


if __name__ == "__main__":
    sys.exit(run_checks("dpy_interactions", check_all))
