"""Reads a command's arguments out of a line: by position, or by name as in `to=#ci`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tuichat.commands.errors import CommandError
from tuichat.commands.kinds import Kind
from tuichat.commands.parser import Word, next_word, remaining_text
from tuichat.protocol.json import printable
from tuichat.translation import _

_NAMED = re.compile(r"([A-Za-z_]{1,40})=")
_NAME_BEFORE = re.compile(r"(?:^|\s)([A-Za-z_]{1,40})=\Z")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument: its name, its kind, and what a person should write there. `keyword` is its name in the signature.

    An option goes by its name alone.
    """

    name: str
    type: object  # as in the signature
    kind: Kind
    english_help: str
    is_required: bool
    keyword: str
    default: object = None
    is_option: bool = False

    @property
    def help(self) -> str:
        return _(self.english_help)

    @property
    def usage(self) -> str:
        if self.is_option:
            return f"[{self.name}={self.name.upper()}]"
        shown = self.name + ("..." if self.kind.takes_rest else "")
        return shown.upper() if self.is_required else f"[{shown.upper()}]"


@dataclass(frozen=True, slots=True)
class Given:
    """One argument as it stands in the line. `parameter` is None for one too many; `word` None where only its name is there."""

    parameter: Parameter | None
    word: Word | None
    start: int  # of its value


@dataclass(slots=True)
class Reader:
    """Reads one line's arguments; `waiting` are the parameters that have none yet."""

    line: str
    position: int
    waiting: list[Parameter] = field(default_factory=list)
    knows_names: bool = False  # also where a text comes next

    def __post_init__(self) -> None:
        self.knows_names = any(each.is_option for each in self.waiting)

    def read(self) -> Iterator[Given]:
        """Yield each argument. Raises CommandError for a quote that is not closed.

        NAME=VALUE is an argument by name where NAME is one that is still open; not so where a text comes next and nothing
        was named before, which leaves words of data alone that happen to look like it, unless the command has options.
        """
        while (start := _begin(self.line, self.position)) < len(self.line):
            yield self._next(start)

    def _next(self, start: int) -> Given:
        following = next((each for each in self.waiting if not each.is_option), None)
        takes_all = following is not None and following.kind.takes_rest and not self.knows_names
        parameter = None if takes_all else self._named(start)
        if parameter is not None:
            self.knows_names = True
            start = self.line.index("=", start) + 1
            if not parameter.kind.takes_rest and (start == len(self.line) or self.line[start].isspace()):
                return self._take(parameter, None, start)
        else:
            parameter = following
        if parameter is None or parameter.kind.takes_rest:
            return self._take(parameter, remaining_text(self.line, start), start)
        return self._take(parameter, next_word(self.line, start), start)

    def _take(self, parameter: Parameter | None, word: Word | None, start: int) -> Given:
        if parameter is None or parameter.kind.takes_rest:
            self.position = len(self.line)
        else:
            self.position = start if word is None else word.end
        if parameter is not None:
            self.waiting.remove(parameter)
        return Given(parameter, word, start)

    def _named(self, start: int) -> Parameter | None:
        found = _NAMED.match(self.line, start)
        if found is None:
            return None
        name = found[1].lower()
        return next((each for each in self.waiting if each.name == name), None)


def read_words(line: str, start: int, parameters: Sequence[Parameter], usage: str) -> dict[str, Word]:
    """Return the words of a command's arguments by their keywords. Raises CommandError, with the place of what is wrong or missing."""
    reader = Reader(line, start, list(parameters))
    words: dict[str, Word] = {}
    for given in reader.read():
        parameter, word = given.parameter, given.word
        if parameter is None:
            assert word is not None, "what is too many is there"
            raise CommandError(
                _("{text!r} is one argument too many. Usage: {usage}").format(text=printable(word.text), usage=usage),
                (word.start, word.end),
            )
        if word is None:
            raise CommandError(
                _(
                    "{name}= has no value: {help}. A value comes right behind the sign, in quotes where it has blanks."
                ).format(name=parameter.name, help=parameter.help),
                (given.start - len(parameter.name) - 1, given.start),
            )
        words[parameter.keyword] = word
    for parameter in reader.waiting:
        if parameter.is_required:
            end = max((word.end for word in words.values()), default=start)
            raise CommandError(
                _("{argument} is missing: {help}. Usage: {usage}").format(
                    argument=parameter.name.upper(), help=parameter.help, usage=usage
                ),
                (end, end),
            )
    return words


@dataclass(frozen=True, slots=True)
class Writing:
    """The argument that is being written at the end of an unfinished line."""

    parameter: Parameter
    begun: str
    start: int  # where its value begins
    waiting: tuple[Parameter, ...]  # those that could be named here instead
    is_named: bool = False
    given: Mapping[str, str] = field(default_factory=dict)  # what is there already, by name


def being_written(line: str, start: int, parameters: Sequence[Parameter]) -> Writing | None:
    """Return what is being written; the word that the cursor touches is not finished. None where no argument goes there."""
    reader = Reader(line, start, list(parameters))
    waiting, before = tuple(reader.waiting), dict[str, str]()
    try:
        for given in reader.read():
            if given.parameter is None:
                return None
            end = given.start if given.word is None else given.word.end
            begun = "" if given.word is None else given.word.text
            if given.parameter.kind.takes_rest or end >= len(line):
                is_named = line[given.start - 1] == "="
                return Writing(given.parameter, begun, given.start, () if is_named else waiting, is_named, before)
            waiting = tuple(reader.waiting)
            before[given.parameter.name] = begun
    except CommandError as error:  # a quote that is still open
        if error.span is None or not waiting:
            return None
        opened = error.span[0]
        named = _NAME_BEFORE.search(line[:opened])
        by_name = next((each for each in waiting if named is not None and each.name == named[1].lower()), None)
        return Writing(by_name or waiting[0], line[opened + 1 :], opened, (), by_name is not None, before)
    following = next((each for each in waiting if not each.is_option), next(iter(waiting), None))
    if following is None or len(line) == start:
        return None
    return Writing(following, "", len(line), waiting, given=before)


def _begin(line: str, position: int) -> int:
    while position < len(line) and line[position].isspace():
        position += 1
    return position
