"""Bots' commands on the main screen: completed in the composer, and sent from it."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from tuichat.client.errors import ClientError, RefusedError
from tuichat.protocol.interaction import CommandIndex
from tuichat.tui import bot_commands, completion
from tuichat.tui.bot_commands import LineError
from tuichat.tui.screens.chat.people import People

if TYPE_CHECKING:
    from tuichat.config.schema import Settings


class BotCommands(People):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self.completion_sources.append(self._offered_bot_commands)

    @property
    def _command_index(self) -> CommandIndex | None:
        client, channel_id = self.client, self.chosen.channel_id
        return None if client is None or channel_id is None else client.interactions.known_commands(channel_id)

    def _offered_bot_commands(self, about: completion.Asked) -> Iterator[completion.Offer]:
        if about.sign == "/":
            self.run_worker(self._learn_commands(), group="commands", exclusive=True)
        return bot_commands.offers(about, self._command_index)

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

    async def _submit(self, text: str) -> None:
        """Send a line to a bot where it uses its command and none of ours; else as any other."""
        from tuichat.commands.command import registry

        client, state, channel_id = self.client, self.state, self.chosen.channel_id
        if client is None or state is None or channel_id is None or not text.startswith("/") or text.startswith("//"):
            await super()._submit(text)
            return
        await self._learn_commands()
        command = bot_commands.find(text, self._command_index)
        if command is None or any(ours.name == command.name for ours in registry.all()):
            await super()._submit(text)
            return
        try:
            options = bot_commands.read(command, text, state, channel_id)
            await client.interactions.run(command, channel_id, options)
        except LineError as error:
            self.show_error(RefusedError(str(error)))
            self._give_back(text)
        except ClientError as error:
            self.show_error(error)
            self._give_back(text)
