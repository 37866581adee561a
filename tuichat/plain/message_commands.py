"""Commands about one message that plain mode has alone: to tell all of it, and to send a file by the word it has for that."""

from functools import partial
from pathlib import Path
from typing import Annotated

from tuichat.commands.command import Registry, Text
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.subjects import message
from tuichat.plain.message_words import MessageWords
from tuichat.plain.named_message import find_numbered, named_message
from tuichat.plain.session import Session


class MessageCommands:
    """One session's. Its methods are the commands of the same names, their docstrings the help."""

    def __init__(self, session: Session, registry: Registry) -> None:
        self._session = session
        session.find_numbered = partial(find_numbered, session)
        for command in (self.show, self.attach):
            registry.command(command)

    async def show(self, context: CommandContext, n: Annotated[str, "the message's number"]) -> Outcome:
        """Tell all of a message, line by line, with what is hidden and where links and files are."""
        named = named_message(self._session, n)
        for line in MessageWords(named.names, self._session.now()).whole(named.entry):
            self._session.printer.message(line)
        return Outcome()

    async def attach(
        self,
        context: CommandContext,
        file: Annotated[Path, "the file's path; in quotes where it has blanks"],
        text: Annotated[Text | None, "words to go with it"] = None,
    ) -> Outcome:
        """Send a file to the open channel, as /upload does."""
        return await message.upload(context, file, text)
