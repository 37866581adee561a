"""Takes every line that is typed or scripted, and says what became of it."""

import logging
from collections.abc import Coroutine
from typing import Any

from tuichat.client.errors import ClientError
from tuichat.commands import (
    account,
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
    marking,
    message,
    message_editing,
    message_reading,
    moderation,
    notice,
    people,
    report,
    role,
    room,
    threads,
    voice,
    webhook,
)
from tuichat.commands.command import Registry, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.parser import PlainText, parse_line
from tuichat.commands.screen import Severity
from tuichat.commands.substitution import parse_substitution
from tuichat.commands.suggestion import Suggestion, argument_hint, complete, unknown_command
from tuichat.translation import _

logger = logging.getLogger(__name__)

# Importing them registers their commands.
SUBJECTS = (
    account,
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
    marking,
    message,
    message_editing,
    message_reading,
    moderation,
    notice,
    people,
    report,
    role,
    room,
    threads,
    voice,
    webhook,
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
            return Outcome(False, str(error), Severity.ERROR)
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

    async def _carry_out(self, line: str, context: CommandContext) -> Outcome:
        substitution = parse_substitution(line)
        if substitution is not None:
            return await chat.correct(context, substitution)
        parsed = parse_line(line)
        if isinstance(parsed, PlainText):
            return await chat.say(context, parsed.text)
        wanted = self._commands.get(parsed.name)
        if wanted is None:
            raise unknown_command(parsed.name, self._commands)
        return await wanted.run(parsed, context)
