"""Bots in plain mode: lines that use their commands, their buttons and menus by number or label, their forms as questions."""

from typing import Annotated

from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.client.state import Answer
from tuichat.commands.bot_command import known_commands, run_line
from tuichat.commands.command import Registry, Text
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.parser import PREFIX
from tuichat.commands.subjects.pressing import find_component
from tuichat.plain.form import Form
from tuichat.plain.named_message import named_message
from tuichat.plain.questions import Questions, QuestionsLeft
from tuichat.plain.session import Session
from tuichat.protocol.application_command import ApplicationCommand, CommandType
from tuichat.text import bot_commands, components
from tuichat.text.choices import choices_of, chosen, limits
from tuichat.text.component_words import component_words
from tuichat.text.components import Component
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _


class BotLines:
    """One session's."""

    def __init__(self, session: Session, registry: Registry) -> None:
        self._session = session
        self._registry = registry
        self._questions = Questions(session.source, session.printer)
        session.use_bot = self.use
        for command in (self.press, self.bots):
            registry.command(command)

    # Their commands.

    async def use(self, line: str) -> bool:
        """Send a line to a bot where it uses its command and none of ours; return whether it does. What fails is told."""
        room = self._session.room
        words = line[1:].split(None, 1)
        if room is None or not line.startswith(PREFIX) or line.startswith(PREFIX * 2) or not words:
            return False
        if self._registry.get(words[0].lower()) is not None:
            return False
        client, channel_id = room.client, room.place.channel_id
        command = bot_commands.find(line, await known_commands(client, channel_id))
        if command is None:
            return False
        try:
            await run_line(client, channel_id, command, line)
        except (CommandError, ClientError) as error:
            self._session.has_failed = True
            self._session.say(str(error))
        await self._fill_forms()
        return True

    async def bots(self, context: CommandContext) -> Outcome:
        """List the commands of bots in the open channel."""
        client, channel_id = context.require_client(), context.require_channel()
        index = await known_commands(client, channel_id)
        names = {each.id: safe_name(each.name) for each in index.applications} if index is not None else {}
        found = [
            each
            for each in (index.application_commands if index is not None else [])
            if each.type == CommandType.CHAT_INPUT
        ]
        for each in found:
            line = f"{_usage(each)}: {safe_line(each.description)} ({names.get(each.application_id, '?')})"
            self._session.printer.message(line)
        return Outcome(text="" if found else _("No bot here has commands."))

    # Their buttons and menus.

    async def press(
        self,
        context: CommandContext,
        n: Annotated[str, "the message's number"],
        what: Annotated[Text, "the number or the words of its button or menu"],
    ) -> Outcome:
        """Press a button of a bot's message, or choose from its menu."""
        named = named_message(self._session, n)
        component, rest = find_component(components.pressed(components.read(named.message.components)), what)
        if component.disabled:
            raise CommandError(_("{label} cannot be pressed now.").format(label=component_words(component)))
        values = None
        client = named.client
        if component.is_select:
            values = await self._values(client, component, named.channel_id, rest)
        assert component.custom_id is not None
        await client.interactions.press(named.message, component.custom_id, component.type, values)
        pending = client.state.pending_at(named.message.id)
        await self._fill_forms()
        if pending is not None and pending.answer is Answer.NONE:
            return Outcome(text=_("The bot did not answer."))
        return Outcome()

    async def _values(self, client: Client, component: Component, channel_id: int, typed: str) -> list[str]:
        choices = choices_of(component, client.state, channel_id)
        low, high = limits(component, len(choices))
        found = chosen(typed, choices) if typed else None
        if found is not None and low <= len(found) <= high:
            return found
        try:
            return await self._questions.choose(component, client.state, channel_id, component_words(component))
        except QuestionsLeft:
            raise CommandError(_("Nothing was chosen.")) from None

    async def _fill_forms(self) -> None:
        while self._session.forms:
            client, modal = self._session.forms.pop(0)
            await Form(client, modal, self._questions).fill_in()


def _usage(command: ApplicationCommand) -> str:
    words = [f"/{safe_name(command.name)}"]
    for option in command.options or []:
        name = safe_name(option.name)
        if not option.is_group:
            name = f"{name}:…"
        words.append(name if option.required is True or option.is_group else f"[{name}]")
    return " ".join(words)
