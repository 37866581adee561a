"""Uses bots' application commands by lines: `/deploy where:lab count:3`, or `/bot:deploy` where a name means several."""

import asyncio
import contextlib
from collections.abc import Sequence

import msgspec

from tuichat.client.change import Change, MessageArrived, MessageEdited
from tuichat.client.client import Client
from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.interactions import Told, application_of
from tuichat.commands.context import CommandContext, FoundMessage, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.screen import Severity
from tuichat.protocol import codec
from tuichat.protocol.application_command import ApplicationCommand, CommandType
from tuichat.protocol.interaction import CommandIndex, InteractionSuccess, ModalCreate
from tuichat.protocol.message import Message, MessageFlag
from tuichat.protocol.snowflake import Snowflake
from tuichat.text import bot_commands
from tuichat.text.bot_commands import LineError
from tuichat.text.safe_text import safe_name
from tuichat.translation import _

ANSWER_LIMIT_S = 60.0  # taste: how long a script waits for what a bot said it would answer later


class _Metadata(msgspec.Struct, frozen=True):
    """What a message tells of the interaction that it answers."""

    id: Snowflake


async def known_commands(client: Client, channel_id: int) -> CommandIndex | None:
    """Return bots' commands in a channel, None on a server that knows no such commands."""
    try:
        return await client.interactions.commands(channel_id)
    except ClientError:
        return None


async def names(context: CommandContext) -> list[str]:
    """Return the names of the commands that bots offer where a line was typed."""
    if context.client is None or context.channel_id is None:
        return []
    index = await known_commands(context.client, context.channel_id)
    commands = [] if index is None else index.application_commands
    return [safe_name(each.name) for each in commands if each.type == CommandType.CHAT_INPUT]


async def run_line(client: Client, channel_id: int, command: ApplicationCommand, line: str) -> Told:
    """Use a command as a line says, and return what became of it. Raises CommandError, ClientError."""
    try:
        given = bot_commands.read(command, line, client.state, channel_id, client.interactions.learned)
    except LineError as error:
        raise CommandError(str(error)) from error
    return await client.interactions.run(command, channel_id, given.options, files=given.files)


async def use(line: str, context: CommandContext) -> Outcome | None:
    """Use the bot's command that a line is; None where it is none. In a script the bot's answer is what is found.

    Raises CommandError, ClientError.
    """
    client, channel_id = context.client, context.channel_id
    if client is None or channel_id is None:
        return None
    command = bot_commands.find(line, await known_commands(client, channel_id))
    if command is None:
        return None
    answers = _Answers(channel_id, command)
    unsubscribe = client.subscribe(answers.take)
    try:
        told = await run_line(client, channel_id, command, line)
        if not context.is_script or context.screen is not None:
            return Outcome()  # it is seen, and a form that comes is filled in
        if isinstance(told, ModalCreate):
            words = _(
                "/{name} asks for a form, which a script cannot fill in: use it in the screen or in `tuichat --plain`."
            )
            raise RefusedError(words.format(name=safe_name(command.name)))
        answer = await answers.wait(told) if isinstance(told, InteractionSuccess) else None
    finally:
        unsubscribe()
    if answer is None:
        words = _("/{name} was taken, and the bot answered nothing within {seconds} s.")
        text = words.format(name=safe_name(command.name), seconds=int(ANSWER_LIMIT_S))
        return Outcome(False, text, Severity.ERROR, is_late=True)
    return Outcome(found=(FoundMessage(client, channel_id, answer),))


class _Answers:
    """What one bot writes in a channel while its command is used."""

    def __init__(self, channel_id: int, command: ApplicationCommand) -> None:
        self._channel_id = channel_id
        self._application_id = command.application_id
        self._messages: dict[int, Message] = {}
        self._moved = asyncio.Event()

    def take(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if not isinstance(change, MessageArrived | MessageEdited) or change.channel_id != self._channel_id:
                continue
            if application_of(change.message) == self._application_id:
                self._messages[change.message.id] = change.message
                self._moved.set()

    async def wait(self, told: InteractionSuccess) -> Message | None:
        """Return the answer, once it is more than that the bot thinks; None where none comes in time."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_LIMIT_S):
                while (found := self._find(told.id)) is None:
                    self._moved.clear()
                    await self._moved.wait()
                return found
        return None

    def _find(self, interaction_id: int) -> Message | None:
        for message in self._messages.values():
            if _answered(message) == interaction_id and not (message.flags or 0) & MessageFlag.LOADING:
                return message
        return None


def _answered(message: Message) -> int:
    """Return the id of the interaction that a message answers, 0 for none."""
    if not isinstance(message.interaction_metadata, msgspec.Raw):
        return 0
    try:
        return int(codec.decode(message.interaction_metadata, _Metadata).id)
    except msgspec.MsgspecError:
        return 0
