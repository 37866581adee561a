"""What an alias stands for: its line, with the words behind its name in their places.

`$1` to `$9` are these words, `$*` all of them, `$$` is a dollar sign; a line without them has what was typed put behind it.
Words stay what they are: one that is put where a word goes is one word there and no name of an argument, one in a text is
text, and the command is the one that the alias says.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tuichat.commands.arguments import Parameter, Reader
from tuichat.commands.errors import CommandError
from tuichat.commands.parser import PREFIX, Call, PlainText, Word, next_word, parse_line, quoted
from tuichat.protocol.json import printable
from tuichat.translation import _, ngettext

MAX_CHAIN = 8  # aliases that may stand for each other in a row (taste)
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_PLACE = re.compile(r"\$([1-9*$])")

ParametersOf = Callable[[str], Sequence[Parameter] | None]  # of a command's name; None where there is no such command


def expand(call: Call, aliases: Mapping[str, str], parameters_of: ParametersOf) -> PlainText | str:
    """Return the line of a command that a call of an alias stands for, or the message. Raises CommandError."""
    line, name, seen = call.line, call.name, list[str]()
    while True:
        if name in seen or len(seen) >= MAX_CHAIN:
            circle = " → ".join(f"/{each}" for each in (*seen, name))
            raise CommandError(_("These aliases stand for each other without end: {names}.").format(names=circle))
        seen.append(name)
        arguments = _Arguments(name, line[len(PREFIX) + len(name) :].strip())
        inner = parse_line(aliases[name])
        if isinstance(inner, PlainText):
            return PlainText(arguments.in_text(_with_rest(inner.text, arguments)))
        line = _filled(inner, arguments, parameters_of(inner.name))
        if parameters_of(inner.name) is not None or inner.name not in aliases:
            return line
        name = inner.name
        line = f"{PREFIX}{name}{line[inner.name_end :]}"


@dataclass(slots=True)
class _Arguments:
    """What was typed behind an alias."""

    name: str
    rest: str

    def check(self, template: str) -> None:
        """Raise CommandError where there are too few words, or more than the line has places for."""
        places = {match[1] for match in _PLACE.finditer(template)} - {"$"}
        most = max((int(each) for each in places - {"*"}), default=0)
        if not most:
            return
        count = len(self.words())
        if count < most or (count > most and "*" not in places):
            words = ngettext(
                "/{name} takes {most} word, not {count}: it stands for {line}",
                "/{name} takes {most} words, not {count}: it stands for {line}",
                most,
            )
            raise CommandError(words.format(name=self.name, most=most, count=count, line=printable(template)))

    def words(self) -> list[Word]:
        found: list[Word] = []
        position = 0
        while (word := next_word(self.rest, position)) is not None:
            found.append(word)
            position = word.end
        return found

    def in_text(self, template: str) -> str:
        """Return a text with the words in their places, as they were meant: without their quotes."""
        return _PLACE.sub(lambda match: self._value(match[1]), template)

    def as_words(self, template: str) -> str:
        """Return a word of a line with the words in their places, which is one word again."""
        if template == "$*":
            return " ".join(quoted(word.text) for word in self.words())
        return quoted(self.in_text(template))

    def _value(self, place: str) -> str:
        if place == "$":
            return "$"
        return self.rest if place == "*" else self.words()[int(place) - 1].text


def _with_rest(template: str, arguments: _Arguments) -> str:
    """Return a template that has a place for all words, behind it where it has none of its own."""
    if any(match[1] != "$" for match in _PLACE.finditer(template)):
        arguments.check(template)
        return template
    return f"{template} $*" if arguments.rest else template


def _filled(call: Call, arguments: _Arguments, parameters: Sequence[Parameter] | None) -> str:
    template = _with_rest(call.line, arguments)
    if template.endswith(" $*"):  # what was typed goes on just there
        head = template.removesuffix("$*")
        if not any(match[1] != "$" for match in _PLACE.finditer(head)):
            return _PLACE.sub("$", head) + arguments.rest
    reader = Reader(template, call.name_end, list(parameters or ()))
    filled, position = [template[: call.name_end]], call.name_end
    for word, text_name in _parts(reader, template, call.name_end, has_parameters=parameters is not None):
        filled.append(template[position : word.start])
        if text_name is None:
            filled.append(arguments.as_words(word.text) if "$" in word.text else template[word.start : word.end])
        else:
            # Where names count, a text says its own: what it begins with is none.
            is_named = template[word.start - 1] == "="
            text = arguments.in_text(word.text)
            filled.append(f"{text_name}={text}" if text_name and reader.knows_names and not is_named else text)
        position = word.end
    return "".join(filled)


def _parts(reader: Reader, template: str, start: int, *, has_parameters: bool) -> list[tuple[Word, str | None]]:
    """Return the words of a template, each with the name of its argument where that is a text, else None."""
    parts: list[tuple[Word, str | None]] = []
    if not has_parameters:
        position = start
        while (word := next_word(template, position)) is not None:
            parts.append((word, None))
            position = word.end
        return parts
    for given in reader.read():
        if given.word is None:
            continue
        is_text = given.parameter is None or given.parameter.kind.takes_rest
        name = given.parameter.name if given.parameter is not None else ""
        parts.append((given.word, name if is_text else None))
    return parts
