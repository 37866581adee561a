"""Takes every line that is typed or scripted, and says what became of it."""

import logging
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.message_arrival import arrived
from tuichat.commands import bot_command
from tuichat.commands.aliases import expand
from tuichat.commands.arguments import Parameter
from tuichat.commands.command import Registry, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.guild_place import refusal_words
from tuichat.commands.parser import PREFIX, Call, PlainText, parse_line
from tuichat.commands.screen import Severity
from tuichat.commands.subjects import (
    account,
    alias,
    awaiting,
    builtin,
    call,
    channel_running,
    chat,
    download,
    event,
    expression,
    follow,
    going,
    guild,
    guild_running,
    invite,
    line,
    macro,
    marking,
    message,
    message_editing,
    message_reading,
    moderation,
    notice,
    people,
    pressing,
    report,
    role,
    room,
    script,
    setting,
    threads,
    voice,
    webhook,
)
from tuichat.commands.substitution import parse_substitution
from tuichat.commands.suggestion import Suggestion, argument_hint, complete, unknown_command
from tuichat.protocol.json import printable
from tuichat.text import mention_text
from tuichat.translation import _

logger = logging.getLogger(__name__)

MAX_DEPTH = 8  # of lines that run lines: a script that runs itself ends (taste)

# Importing them registers their commands.
SUBJECTS = (
    account,
    alias,
    awaiting,
    builtin,
    call,
    channel_running,
    chat,
    download,
    event,
    expression,
    follow,
    going,
    guild,
    guild_running,
    invite,
    line,
    macro,
    marking,
    message,
    message_editing,
    message_reading,
    moderation,
    notice,
    people,
    pressing,
    report,
    role,
    room,
    threads,
    voice,
    webhook,
    script,
    setting,
)


class Engine:
    """Carries out lines. One engine serves any number of accounts; the context says which is meant."""

    def __init__(self, commands: Registry = registry) -> None:
        """`commands` are those of a program that has some of its own."""
        self._commands = commands

    async def submit(self, line: str, context: CommandContext) -> Outcome:
        """Send a message or run a command. Never raises: what is wrong is told in the outcome, and the line is kept."""
        return await self._told(self._carry_out(line, context))

    async def say(self, text: str, context: CommandContext) -> Outcome:
        """Send a message, whatever it looks like: no command is read out of it. Never raises, as `submit`."""
        return await self._told(chat.say(context, text))

    async def _told(self, work: Coroutine[Any, Any, Outcome]) -> Outcome:
        try:
            return await work
        except CommandError as error:
            return Outcome(False, str(error), Severity.ERROR, argument=error.span, is_mistake=True)
        except ClientError as error:
            return Outcome(False, refusal_words(error), Severity.ERROR)
        except Exception:
            logger.exception("a command failed")
            return Outcome(
                False, _("Something in tuichat failed; `tuichat logs` has it. The line was kept."), Severity.ERROR
            )

    def suggest(self, line: str, context: CommandContext) -> list[Suggestion]:
        """Return what an unfinished line may become, typed where `context` says."""
        return complete(line, self._commands, context)

    def hint(self, line: str) -> str:
        """Return what to write at the end of an unfinished line, empty where it is no command's argument."""
        return argument_hint(line, self._commands)

    async def carry_out(self, line: str, context: CommandContext) -> Outcome:
        """Carry out a line that another one stands for, as if it was typed. Never raises, as `submit`.

        Returns when the message that it sends has arrived.
        """
        if context.depth >= MAX_DEPTH:
            words = _("Lines that run other lines do so {limit} deep at most.").format(limit=MAX_DEPTH)
            return Outcome(False, words, Severity.ERROR, is_mistake=True)
        if not line.startswith(PREFIX) and context.client is not None and context.channel_id is not None:
            line = mention_text.encode(line, context.client.state, context.channel_id)
        outcome = await self.submit(line, replace(context, depth=context.depth + 1))
        if outcome.entry_key is None:
            return outcome
        try:
            for client in context.known_clients().values():
                if await arrived(client, outcome.entry_key):
                    break
        except RefusedError as error:
            return Outcome(False, str(error), Severity.ERROR)
        return outcome

    def has_command(self, name: str) -> bool:
        return self._commands.get(name) is not None

    def parameters_of(self, name: str) -> Sequence[Parameter] | None:
        """Return what a command takes, None where there is no command of this name."""
        found = self._commands.get(name)
        return None if found is None else found.parameters

    async def _carry_out(self, line: str, context: CommandContext) -> Outcome:
        substitution = parse_substitution(line)
        if substitution is not None:
            return await chat.correct(context, substitution)
        parsed = parse_line(line)
        if isinstance(parsed, PlainText):
            return await chat.say(context, parsed.text if context.fill is None else context.fill(parsed.text))
        wanted = self._commands.get(parsed.name)
        if wanted is not None:
            return await wanted.run(parsed, replace(context, engine=self))
        if parsed.name not in context.aliases():
            used = await bot_command.use(line, context)
            if used is not None:
                return used
            raise unknown_command(parsed.name, self._commands, [*context.aliases(), *await bot_command.names(context)])
        return await self._carry_out_alias(parsed, context)

    async def _carry_out_alias(self, called: Call, context: CommandContext) -> Outcome:
        """Carry out what an alias stands for; what is wrong there is told with that line, which is not the one that was typed."""
        line = expand(called, context.aliases(), self.parameters_of)
        if isinstance(line, PlainText):
            text = line.text
            if context.client is not None and context.channel_id is not None:
                text = mention_text.encode(text, context.client.state, context.channel_id)
            return await chat.say(context, text if context.fill is None else context.fill(text))
        inner = parse_line(line)
        wanted = None if isinstance(inner, PlainText) else self._commands.get(inner.name)
        if wanted is None or isinstance(inner, PlainText):
            raise CommandError(
                _("/{name} stands for {line}, and there is no such command.").format(
                    name=called.name, line=printable(line)
                ),
                (0, called.name_end),
            )
        try:
            return await wanted.run(inner, replace(context, engine=self))
        except CommandError as error:
            raise CommandError(f"{error} ({printable(line)})") from error
