"""What may have been meant: names of commands close to what was typed, and those that begin with it."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass, replace

from tuichat.commands.arguments import Parameter, Writing, being_written
from tuichat.commands.command import Command, Registry
from tuichat.commands.context import CommandContext
from tuichat.commands.errors import CommandError
from tuichat.commands.offers import Value
from tuichat.commands.parser import PREFIX, Call, parse_line, quoted
from tuichat.protocol.json import printable
from tuichat.translation import _

MAX_NAME_CHARACTERS = 40
MAX_VALUES = 20  # that are offered at once


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion: what the line becomes, what that is, and the part of it that is to be shown.

    One that `is_free` is no more likely than the line as it stands: anything may be written there, or nothing.
    """

    text: str
    description: str
    label: str
    is_free: bool = False


def complete(line: str, registry: Registry, context: CommandContext) -> list[Suggestion]:
    """Return what an unfinished line may become: commands, and behind one's name the values of its arguments."""
    if not line.startswith(PREFIX) or line.startswith(PREFIX * 2):
        return []
    begun = line[1:].lower()
    if not any(character.isspace() for character in begun):
        own = [
            Suggestion(f"/{name} ", printable(stands_for), f"/{name}")
            for name, stands_for in sorted(context.aliases().items())
            if name.startswith(begun) and registry.get(name) is None
        ]
        return own + [
            Suggestion(
                f"/{command.name} " if command.parameters else f"/{command.name}",
                f"{command.usage}  {command.summary}",
                f"/{command.name}",
            )
            for command in registry.all()
            if command.name.startswith(begun)
        ]
    command, writing = _argument(line, registry)
    if command is None or writing is None:
        return []
    before = line[: writing.start]
    if command.english_actions and writing.parameter is command.parameters[0]:
        found = _actions(command, writing)
    else:
        parameter = writing.parameter
        values, is_one = _values(writing, context)
        is_free = is_one or parameter.kind.takes_rest or not (writing.begun or parameter.is_required)
        found = [Suggestion(before + text + end, detail, text, is_free) for text, end, detail in values]
    named = [
        Suggestion(f"{before}{each.name}=", each.help, f"{each.name}=", is_free=not writing.begun)
        for each in writing.waiting
        if each.name.startswith(writing.begun.lower()) and _may_be_named(each, writing)
    ]
    return found + named


def _may_be_named(parameter: Parameter, writing: Writing) -> bool:
    """Whether it is any use to offer a name where another argument comes next by position."""
    following = writing.parameter
    if not writing.begun and (parameter.is_required or (parameter is following and not parameter.is_option)):
        return False
    return parameter.is_option or not (parameter.kind.takes_rest or following.kind.takes_rest)


def _argument(line: str, registry: Registry) -> tuple[Command | None, Writing | None]:
    """Return whose argument is being written at the end of a line, and which one."""
    try:
        call = parse_line(line)
    except CommandError:
        return None, None
    command = registry.get(call.name) if isinstance(call, Call) else None
    if command is None or not isinstance(call, Call):
        return None, None
    return command, being_written(line, call.name_end, command.parameters)


def _actions(command: Command, writing: Writing) -> list[Suggestion]:
    """Return what a command's first argument may become."""
    return [
        Suggestion(f"/{command.name} {action} ", f"/{command.name} {_(words)}", f"/{command.name} {action}")
        for action, words in command.english_actions.items()
        if action.startswith(writing.begun.lower()) and action != writing.begun
    ]


def _values(writing: Writing, context: CommandContext) -> tuple[list[tuple[str, str, str]], bool]:
    """Return the values that fit, each with what comes behind it and a word on it: those that begin so before those that hold it.

    The second says whether what is written is a value as it stands: it is as likely as any that hold it.
    """
    wanted = writing.begun.casefold().lstrip("@#:")
    is_one = False
    begin: list[Value] = []
    hold: list[Value] = []
    for value in writing.parameter.kind.offer(writing.begun, replace(context, given=writing.given)):
        name = value.text.casefold().lstrip("@#:")
        if value.text == writing.begun:
            is_one = True
            continue
        if not value.text.isprintable():
            continue
        if name.startswith(wanted):
            begin.append(value)
        elif wanted in name or wanted in value.detail.casefold():
            hold.append(value)
        if len(begin) >= MAX_VALUES:
            break
    takes_rest = writing.parameter.kind.takes_rest
    found = []
    for value in (begin + hold)[:MAX_VALUES]:
        text = value.text if takes_rest else quoted(value.text)
        found.append((text.removesuffix('"'), "", value.detail) if value.goes_on else (text, " ", value.detail))
    return found, is_one


def argument_hint(line: str, registry: Registry) -> str:
    """Return which argument of a command is written at the end of an unfinished line, and what to write there.

    Empty where no command takes one there.
    """
    if not line.startswith(PREFIX) or line.startswith(PREFIX * 2):
        return ""
    _command, writing = _argument(line, registry)
    return "" if writing is None else f"{writing.parameter.usage}: {writing.parameter.help}"


def unknown_command(name: str, registry: Registry, aliases: Iterable[str] = ()) -> CommandError:
    """Return the error for a command that does not exist, with the nearest that does."""
    known = [*(command.name for command in registry.all()), *aliases]
    close = difflib.get_close_matches(name[:MAX_NAME_CHARACTERS].lower(), known, n=1, cutoff=0.5)
    hint = _("Did you mean /{close}?").format(close=close[0]) if close else _("/help lists them.")
    shown = printable(name[:MAX_NAME_CHARACTERS])
    return CommandError(
        _("There is no command /{shown}. {hint} To send the line as text, begin it with //.").format(
            shown=shown, hint=hint
        ),
        (0, len(name) + 1),
    )
