"""What may have been meant: names of commands close to what was typed, and those that begin with it."""

import difflib
from dataclasses import dataclass

from tuichat.commands.command import Command, Registry, Text
from tuichat.commands.errors import CommandError
from tuichat.commands.parser import PREFIX, Call, next_word, parse_line
from tuichat.protocol.json import printable
from tuichat.translation import _

MAX_NAME_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion: what the line becomes, and what that is."""

    text: str
    description: str


def complete(line: str, registry: Registry) -> list[Suggestion]:
    """Return the commands that the line may become, then what a command's first argument may; nothing once that is left."""
    if not line.startswith(PREFIX) or line.startswith(PREFIX * 2):
        return []
    begun, blank, rest = line[1:].lower().partition(" ")
    if any(character.isspace() for character in begun + rest):
        return []
    if blank:
        return _actions(registry.get(begun), rest)
    return [
        Suggestion(
            f"/{command.name} " if command.parameters else f"/{command.name}", f"{command.usage}  {command.summary}"
        )
        for command in registry.all()
        if command.name.startswith(begun)
    ]


def _actions(command: Command | None, begun: str) -> list[Suggestion]:
    """Return what a command's first argument may become."""
    if command is None:
        return []
    return [
        Suggestion(f"/{command.name} {action} ", f"/{command.name} {_(words)}")
        for action, words in command.english_actions.items()
        if action.startswith(begun) and action != begun
    ]


def argument_hint(line: str, registry: Registry) -> str:
    """Return which argument of a command is written at the end of an unfinished line, and what to write there.

    Empty where no command takes one there.
    """
    if not line.startswith(PREFIX) or line.startswith(PREFIX * 2):
        return ""
    try:
        call = parse_line(line)
        command = registry.get(call.name) if isinstance(call, Call) else None
        if not isinstance(call, Call) or command is None or len(line) <= call.name_end:
            return ""
        position, last = call.name_end, len(command.parameters) - 1
        for number, parameter in enumerate(command.parameters):
            word = None if parameter.kind is Text else next_word(line, position)
            # The word that the cursor touches is still being written.
            if word is None or word.end >= len(line):
                return f"{parameter.usage}: {parameter.help}"
            position = word.end
            if number == last:
                return ""
    except CommandError:  # a quote that is still open: the error is told once the line is sent
        return ""
    return ""


def unknown_command(name: str, registry: Registry) -> CommandError:
    """Return the error for a command that does not exist, with the nearest that does."""
    known = [command.name for command in registry.all()]
    close = difflib.get_close_matches(name[:MAX_NAME_CHARACTERS].lower(), known, n=1, cutoff=0.5)
    hint = _("Did you mean /{close}?").format(close=close[0]) if close else _("/help lists them.")
    shown = printable(name[:MAX_NAME_CHARACTERS])
    return CommandError(
        _("There is no command /{shown}. {hint} To send the line as text, begin it with //.").format(
            shown=shown, hint=hint
        ),
        (0, len(name) + 1),
    )
