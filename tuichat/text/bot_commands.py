"""Lines that use a bot's command: "/deploy where:staging count:3", read into what the bot is told."""

import contextlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from tuichat.client.errors import RefusedError
from tuichat.client.state import State
from tuichat.client.uploads import OutgoingFile, choose
from tuichat.protocol.application_command import (
    ApplicationCommand,
    CommandOption,
    CommandType,
    OptionType,
)
from tuichat.protocol.interaction import CommandIndex, InteractionOption
from tuichat.text.choices import Choice, channels, people, roles
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _

_MENTION = re.compile(r"<(?:@[!&]?|#)(\d{1,20})>")
_WHOLE, _DECIMAL = re.compile(r"[+-]?[0-9]{1,19}"), re.compile(r"[+-]?(?:[0-9]{1,19}(?:\.[0-9]{0,19})?|\.[0-9]{1,19})")
MAX_LISTED = 25  # choices that a refusal names: as many as an option may have
YES, NO = ("true", "yes", "on"), ("false", "no", "off")


class LineError(Exception):
    """A line that a bot's command cannot be made of; the sentence is safe to show."""


# What bots have answered while one typed: values by the command's id, the option's name, and the name of the choice.
Learned = Mapping[tuple[int, str, str], str | int | float]


def find(line: str, index: CommandIndex | None) -> ApplicationCommand | None:
    """Return the bot's command that a line uses, by its name or as `/bot:name`; None where it uses none."""
    if index is None or not line.startswith("/") or not line[1:].strip():
        return None
    bot, colon, name = line[1:].split(None, 1)[0].rpartition(":")
    bots = bots_of(index)
    for command in index.application_commands:
        is_meant = not colon or bots.get(command.application_id) == bot
        if command.type == CommandType.CHAT_INPUT and command.name == name and is_meant:
            return command
    return None


def bots_of(index: CommandIndex) -> dict[int, str]:
    """Return how bots are named in a line, by their ids."""
    return {each.id: "-".join(safe_name(each.name).casefold().split()) for each in index.applications}


def rest_of(line: str) -> str:
    """Return what stands after a command's name."""
    return line.partition(" ")[2]


class Given(NamedTuple):
    """What a line gives a command; a file's option has its number among the files as its value."""

    options: list[InteractionOption]
    files: list[OutgoingFile]


def read(
    command: ApplicationCommand, line: str, state: State, channel_id: int, learned: Learned | None = None
) -> Given:
    """Return what a line gives a command. Files are looked at on the disk. Raises LineError."""
    reader = _Reader(command, state, channel_id, learned or {})
    return Given(reader.read(command.options or [], rest_of(line).strip()), reader.files)


def asked_of_bot(
    command: ApplicationCommand, before: str, state: State, channel_id: int
) -> list[InteractionOption] | None:
    """Return what to ask a bot for what may stand in the option that is being typed; None where it is not to be asked."""
    return _Reader(command, state, channel_id, {}).focused(command.options or [], rest_of(before))


class _Reader:
    """Reads what follows one command's name."""

    def __init__(self, command: ApplicationCommand, state: State, channel_id: int, learned: Learned) -> None:
        self._command = command
        self._state = state
        self._channel_id = channel_id
        self._learned = learned
        self.files: list[OutgoingFile] = []

    def read(self, options: Sequence[CommandOption], rest: str) -> list[InteractionOption]:
        groups = {option.name: option for option in options if option.is_group}
        if groups:
            word, _blank, rest = rest.partition(" ")
            if word not in groups:
                names = ", ".join(map(safe_name, groups))
                raise LineError(_("One of these is to follow: {names}.").format(names=names))
            inner = self.read(groups[word].parameters, rest.strip())
            return [InteractionOption(type=groups[word].type, name=word, options=inner)]
        given = _values(options, rest)
        missing = [option.name for option in options if option.required is True and option.name not in given]
        if missing:
            words = _("It needs {names}: type the name, a colon and the value.")
            raise LineError(words.format(names=", ".join(map(safe_name, missing))))
        by_name = {option.name: option for option in options}
        return [self._given(by_name[name], text) for name, text in given.items()]

    def focused(self, options: Sequence[CommandOption], rest: str) -> list[InteractionOption] | None:
        word, blank, after = rest.partition(" ")
        group = next((option for option in options if option.is_group and option.name == word), None)
        if group is not None:
            inner = self.focused(group.parameters, after) if blank else None
            return None if inner is None else [InteractionOption(type=group.type, name=group.name, options=inner)]
        marks = option_marks(options, rest)
        option = next((each for each in options if marks and each.name == marks[-1][1]), None)
        if option is None or option.autocomplete is not True:
            return None
        before = _values(options, rest[: marks[-1].start()].strip())
        others = []
        for each in options:
            if each.name in before and each is not option and each.type != OptionType.ATTACHMENT:
                with contextlib.suppress(LineError):
                    others.append(self._given(each, before[each.name]))
        typed = rest[marks[-1].end() :]
        return [*others, InteractionOption(type=option.type, name=option.name, value=typed, focused=True)]

    def _given(self, option: CommandOption, text: str) -> InteractionOption:
        if option.type == OptionType.ATTACHMENT:
            self.files.append(_file(text))
            return InteractionOption(type=option.type, name=option.name, value=str(len(self.files) - 1))
        known = self._learned.get((self._command.id, option.name, text.casefold()))
        value = _value(option, text, self._state, self._channel_id) if known is None else known
        return InteractionOption(type=option.type, name=option.name, value=value)


def option_marks(options: Sequence[CommandOption], rest: str) -> list[re.Match[str]]:
    """Return where names of options stand with their colons, or as scripts write them with their equals signs."""
    names = "|".join(re.escape(option.name) for option in sorted(options, key=lambda each: -len(each.name)))
    return list(re.finditer(rf"(?:^|(?<=\s))({names})[:=]", rest)) if names else []


def _values(options: Sequence[CommandOption], rest: str) -> dict[str, str]:
    """Return the values by option: each goes on to the next `name:`; what has no name is the first option's."""
    if not rest:
        return {}
    marks = option_marks(options, rest)
    found: dict[str, str] = {}
    first = rest[: marks[0].start()].strip() if marks else rest
    if first:
        if not options:
            raise LineError(_("This command takes nothing after its name."))
        found[options[0].name] = first
    ends = [*(mark.start() for mark in marks[1:]), len(rest)]
    for mark, end in zip(marks, ends, strict=False):
        found[mark[1]] = rest[mark.end() : end].strip()
    return {name: text for name, text in found.items() if text}


def _value(option: CommandOption, text: str, state: State, channel_id: int) -> str | int | float | bool:
    choices = option.choices or []
    if choices:
        found = next(
            (choice for choice in choices if text.casefold() in (choice.name.casefold(), str(choice.value))), None
        )
        if found is None:
            names = ", ".join(safe_line(choice.name) for choice in choices[:MAX_LISTED])
            more = ", …" if len(choices) > MAX_LISTED else ""
            words = _("{name} is one of {names}.")
            raise LineError(words.format(name=safe_name(option.name), names=f"{names}{more}"))
        return found.value
    match option.type:
        case OptionType.INTEGER | OptionType.NUMBER:
            return _number(option, text)
        case OptionType.BOOLEAN:
            if text.casefold() in (*YES, *NO):
                return text.casefold() in YES
            raise LineError(_("{name} is true or false.").format(name=safe_name(option.name)))
        case OptionType.USER | OptionType.CHANNEL | OptionType.ROLE | OptionType.MENTIONABLE:
            return _id(option, text, state, channel_id)
    _check_length(option, text)
    return text


def _file(text: str) -> OutgoingFile:
    """Return the file of a path, which may stand in quotes."""
    path = text[1:-1] if len(text) > 1 and text[0] == text[-1] == '"' else text
    try:
        return choose(Path(path).expanduser())
    except (
        RefusedError,
        RuntimeError,
    ) as error:  # the latter: the home folder of somebody whom the system does not know
        raise LineError(safe_line(str(error))) from error


def _number(option: CommandOption, text: str) -> int | float:
    low, high = _limit(option.min_value), _limit(option.max_value)
    is_whole = option.type == OptionType.INTEGER
    if _WHOLE.fullmatch(text) or (not is_whole and _DECIMAL.fullmatch(text)):
        number = int(text) if is_whole else float(text)
        if (low is None or number >= low) and (high is None or number <= high):
            return number
    name = safe_name(option.name)
    if low is None and high is None:
        raise LineError((_("{name} is a whole number.") if is_whole else _("{name} is a number.")).format(name=name))
    if high is None:
        words = (
            _("{name} is a whole number of at least {low}.") if is_whole else _("{name} is a number of at least {low}.")
        )
    elif low is None:
        words = (
            _("{name} is a whole number of at most {high}.") if is_whole else _("{name} is a number of at most {high}.")
        )
    else:
        words = (
            _("{name} is a whole number from {low} to {high}.")
            if is_whole
            else _("{name} is a number from {low} to {high}.")
        )
    raise LineError(words.format(name=name, low=low, high=high))


def _check_length(option: CommandOption, text: str) -> None:
    low, high = _limit(option.min_length), _limit(option.max_length)
    if low is not None and len(text) < low:
        words = _("{name} takes at least {low} characters, and this has {count}.")
        raise LineError(words.format(name=safe_name(option.name), low=low, count=len(text)))
    if high is not None and len(text) > high:
        words = _("{name} takes at most {high} characters, and this has {count}.")
        raise LineError(words.format(name=safe_name(option.name), high=high, count=len(text)))


def _limit(value: float | UnsetType | None) -> float | None:
    return None if value is UNSET else value


def _id(option: CommandOption, text: str, state: State, channel_id: int) -> str:
    """Return the id of whom or what a value names: a mention, an id, or a name."""
    mention = _MENTION.fullmatch(text)
    if mention is not None or text.isdecimal():
        return mention[1] if mention is not None else text
    wanted = text.lstrip("@#").casefold()
    for choice in things(option, state, channel_id):
        if wanted in (choice.label.casefold(), choice.detail.casefold()):
            return choice.value
    raise LineError(_("{name}: nobody and nothing here has this name.").format(name=safe_name(option.name)))


def things(option: CommandOption, state: State, channel_id: int) -> list[Choice]:
    """Return the people, roles or channels that an option takes."""
    found: list[Choice] = []
    if option.type in (OptionType.USER, OptionType.MENTIONABLE):
        found += people(state, channel_id)
    if option.type in (OptionType.ROLE, OptionType.MENTIONABLE):
        found += roles(state, channel_id)
    if option.type == OptionType.CHANNEL:
        found += channels(state, channel_id, option.channel_types or ())
    return found
