"""Bots' commands on the main screen: completed in the composer, and sent from it."""

import asyncio
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from tuichat.client.errors import ClientError, RefusedError
from tuichat.protocol.application_command import ApplicationCommand, CommandType, OptionChoice
from tuichat.protocol.interaction import CommandIndex, InteractionOption
from tuichat.text import bot_commands
from tuichat.text.bot_commands import LineError
from tuichat.text.safe_text import safe_name
from tuichat.tui import bot_offers, completion
from tuichat.tui.screens.chat.people import People

if TYPE_CHECKING:
    from tuichat.config.schema import Settings
    from tuichat.tui.screens.action_menu import MenuRow


ASK_AFTER_S = 0.25  # taste: a pause in typing, after which a bot is asked
MAX_LEARNED, MAX_CHOICES = 100, 25
COMMAND = "command:"  # begins the ids of rows that use one


class BotCommands(People):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self.completion_sources.append(self._offered_bot_commands)
        self._choices: dict[str, list[OptionChoice]] = {}  # by the text before the cursor

    @property
    def _command_index(self) -> CommandIndex | None:
        client, channel_id = self.client, self.chosen.channel_id
        return None if client is None or channel_id is None else client.interactions.known_commands(channel_id)

    def _offered_bot_commands(self, about: completion.Asked) -> Iterator[completion.Offer]:
        if about.sign == "/":
            self.run_worker(self._learn_commands(), group="commands", exclusive=True)
            self._ask_bot(about.before)
        return bot_offers.offers(about, self._command_index, _our_names(), self._choices.get(about.before, ()))

    async def _learn_commands(self) -> None:
        """Ask for the bots' commands of the channel where they are not known, and offer them."""
        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None:
            return
        before = self._command_index
        try:
            index = await client.interactions.commands(channel_id)
        except ClientError:
            return  # a server that knows no such commands
        if index is not before and self.composer.text.startswith("/"):
            self.composer.look_for_offers()

    # What a bot offers for what is being typed.

    def _ask_bot(self, before: str) -> None:
        state, channel_id, command = self.state, self.chosen.channel_id, bot_commands.find(before, self._command_index)
        if state is None or channel_id is None or command is None or before in self._choices:
            return
        options = bot_commands.asked_of_bot(command, before, state, channel_id)
        if options is not None:
            work = self._learn_choices(before, command, channel_id, options)
            self.run_worker(work, group="choices", exclusive=True)

    async def _learn_choices(
        self, before: str, command: ApplicationCommand, channel_id: int, options: list[InteractionOption]
    ) -> None:
        await asyncio.sleep(ASK_AFTER_S)  # another letter starts this anew
        client = self.client
        if client is None:
            return
        try:
            found = await client.interactions.complete(command, channel_id, options)
        except ClientError:
            return  # what is typed can be sent as it is
        if len(self._choices) >= MAX_LEARNED:
            self._choices.clear()
        self._choices[before] = found[:MAX_CHOICES]
        if found and self.composer.text.startswith(before):
            self.composer.look_for_offers()

    # Sending.

    async def _submit(self, text: str) -> None:
        """Send a line to a bot where it uses its command and none of ours; else as any other."""
        client, state, channel_id = self.client, self.state, self.chosen.channel_id
        if client is None or state is None or channel_id is None or not text.startswith("/") or text.startswith("//"):
            await super()._submit(text)
            return
        await self._learn_commands()
        command = bot_commands.find(text, self._command_index)
        if command is None or text[1:].split(None, 1)[0] in _our_names():
            await super()._submit(text)
            return
        try:
            given = bot_commands.read(command, text, state, channel_id, client.interactions.learned)
            await client.interactions.run(command, channel_id, given.options, files=given.files)
            self.keep_line(text)
            self.leave_out_of_macro()
        except LineError as error:
            self.show_error(RefusedError(str(error)))
            self._give_back(text)
        except ClientError as error:
            self.show_error(error)
            self._give_back(text)

    # Commands of the menus of messages and people.

    async def listed_commands(self, kind: CommandType) -> "list[MenuRow]":
        from tuichat.tui.screens.action_menu import MenuRow

        await self._learn_commands()
        index = self._command_index
        if index is None:
            return []
        bots = {each.id: safe_name(each.name) for each in index.applications}
        return [
            MenuRow(f"{COMMAND}{int(each.id)}", f"{safe_name(each.name)} · {bots.get(each.application_id, '')}", "")
            for each in index.application_commands
            if each.type == kind
        ]

    def use_command(self, row_id: str, target_id: int) -> bool:
        client, channel_id, index = self.client, self.chosen.channel_id, self._command_index
        if not row_id.startswith(COMMAND) or client is None or channel_id is None or index is None:
            return False
        wanted = int(row_id.removeprefix(COMMAND))
        command = next((each for each in index.application_commands if each.id == wanted), None)
        if command is not None:
            self.attempt(client.interactions.run(command, channel_id, target_id=target_id))
        return True


def _our_names() -> set[str]:
    from tuichat.commands.command import registry

    return {command.name for command in registry.all()}
