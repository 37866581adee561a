"""Makes a line of the words that a shell passed, so that each stays what it was there."""

import re
from collections.abc import Sequence

from tuichat.commands.arguments import Parameter
from tuichat.commands.command import Registry
from tuichat.commands.errors import CommandError
from tuichat.commands.parser import PREFIX, quoted
from tuichat.translation import _

END_OF_NAMES = "--"
_NAME = re.compile(r"[^\s/]+")
_NAMED = re.compile(r"([A-Za-z_]{1,40})=(.*)", re.DOTALL)


def line_of(words: Sequence[str], commands: Registry) -> str:
    """Return the line of a command: its name, with a slash or without, and its arguments. Raises CommandError.

    What a word holds is data: blanks and quotes part nothing, and no word becomes a command or, behind `--`, an argument by
    name. One word alone that begins with a slash and has blanks is a whole line.
    """
    if not words or not words[0].strip():
        raise CommandError(_("There is no command. `tuichat ctl /help` lists them."))
    first, rest = words[0], list(words[1:])
    if not rest and first.startswith(PREFIX) and any(character.isspace() for character in first):
        return first
    name = first.removeprefix(PREFIX)
    if not _NAME.fullmatch(name):
        raise CommandError(
            _("{word!r} is no command. `tuichat ctl send` sends text, `tuichat ctl /help` lists the commands.").format(
                word=first[:60]
            )
        )
    found = commands.get(name.lower())
    parts = [PREFIX + name, *(_arguments(rest, found.parameters) if found is not None else map(quoted, rest))]
    return " ".join(parts)


def _arguments(words: list[str], parameters: Sequence[Parameter]) -> list[str]:
    waiting = list(parameters)
    parts: list[str] = []
    takes_names = True
    has_named = any(each.is_option for each in waiting)  # the parser looks for names then, also before a text
    while words:
        following = next((each for each in waiting if not each.is_option), None)
        if takes_names and words[0] == END_OF_NAMES:
            takes_names = False
            words.pop(0)
            continue
        is_open = following is None or not following.kind.takes_rest or has_named
        by_name = _named(words[0], waiting) if takes_names and is_open else None
        if by_name is not None:
            parameter, value = by_name
            words.pop(0)
            has_named = True
        elif following is None:
            parts.append(quoted(words.pop(0)))  # one too many: the parser says so
            continue
        else:
            parameter, value = following, ""
        waiting.remove(parameter)
        if parameter.kind.takes_rest:
            text = " ".join([value, *words] if by_name is not None else words)
            parts.append(f"{parameter.name}={text}" if has_named else text)
            return parts
        if by_name is not None:
            parts.append(f"{parameter.name}={quoted(value)}")
        else:
            parts.append(quoted(words.pop(0)))
    return parts


def _named(word: str, waiting: Sequence[Parameter]) -> tuple[Parameter, str] | None:
    found = _NAMED.match(word)
    if found is None:
        return None
    parameter = next((each for each in waiting if each.name == found[1].lower()), None)
    return None if parameter is None else (parameter, found[2])
