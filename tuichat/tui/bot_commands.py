"""Lines that use a bot's command: "/deploy where:staging count:3", read into what the bot is told, and completed."""

import re
from collections.abc import Iterator, Sequence

from tuichat.client.state import State
from tuichat.protocol.application_command import ApplicationCommand, CommandOption, CommandType, OptionType
from tuichat.protocol.interaction import CommandIndex, InteractionOption
from tuichat.translation import _
from tuichat.tui.choices import Choice, channels, people, roles
from tuichat.tui.completion import Asked, Offer, rank
from tuichat.tui.safe_text import safe_line, safe_name

_MENTION = re.compile(r"<(?:@[!&]?|#)(\d{1,20})>")
YES, NO = ("true", "yes", "on"), ("false", "no", "off")


class LineError(Exception):
    """A line that a bot's command cannot be made of; the sentence is safe to show."""


def find(line: str, index: CommandIndex | None) -> ApplicationCommand | None:
    """Return the bot's command that a line uses; None where it uses none."""
    name = line[1:].split(None, 1)[0] if line.startswith("/") and line[1:].strip() else ""
    for command in index.application_commands if index is not None else ():
        if command.type == CommandType.CHAT_INPUT and command.name == name:
            return command
    return None


def read(command: ApplicationCommand, line: str, state: State, channel_id: int) -> list[InteractionOption]:
    """Return the options that a line gives a command. Raises LineError."""
    rest = line[1 + len(command.name) :].strip()
    return _read(command.options or [], rest, state, channel_id)


def _read(options: Sequence[CommandOption], rest: str, state: State, channel_id: int) -> list[InteractionOption]:
    groups = {option.name: option for option in options if option.is_group}
    if groups:
        word, _blank, rest = rest.partition(" ")
        if word not in groups:
            raise LineError(_("One of these is to follow: {names}.").format(names=", ".join(map(safe_name, groups))))
        inner = _read(groups[word].parameters, rest.strip(), state, channel_id)
        return [InteractionOption(type=groups[word].type, name=word, options=inner)]
    given = _values(options, rest)
    missing = [option.name for option in options if option.required is True and option.name not in given]
    if missing:
        raise LineError(_("It needs {names}: type the name, a colon and the value.").format(names=", ".join(missing)))
    by_name = {option.name: option for option in options}
    return [
        InteractionOption(type=by_name[name].type, name=name, value=_value(by_name[name], text, state, channel_id))
        for name, text in given.items()
    ]


def _values(options: Sequence[CommandOption], rest: str) -> dict[str, str]:
    """Return the values by option: each goes on to the next `name:`; what has no name is the first option's."""
    if not rest:
        return {}
    names = "|".join(re.escape(option.name) for option in sorted(options, key=lambda each: -len(each.name)))
    marks = list(re.finditer(rf"(?:^|(?<=\s))({names}):", rest)) if names else []
    found: dict[str, str] = {}
    first = rest[: marks[0].start()].strip() if marks else rest
    if first:
        if not options:
            raise LineError(_("This command takes nothing after its name."))
        found[options[0].name] = first
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        found[mark[1]] = rest[mark.end() : following.start() if following else len(rest)].strip()
    return {name: text for name, text in found.items() if text}


def _value(option: CommandOption, text: str, state: State, channel_id: int) -> str | int | float | bool:
    choices = option.choices or []
    if choices:
        found = next(
            (choice for choice in choices if text.casefold() in (choice.name.casefold(), str(choice.value))), None
        )
        if found is None:
            raise LineError(_("{name} is one of those that are offered.").format(name=safe_name(option.name)))
        return found.value
    match option.type:
        case OptionType.INTEGER | OptionType.NUMBER:
            try:
                return int(text) if option.type == OptionType.INTEGER else float(text)
            except ValueError:
                raise LineError(_("{name} is a number.").format(name=safe_name(option.name))) from None
        case OptionType.BOOLEAN:
            if text.casefold() in (*YES, *NO):
                return text.casefold() in YES
            raise LineError(_("{name} is true or false.").format(name=safe_name(option.name)))
        case OptionType.USER | OptionType.CHANNEL | OptionType.ROLE | OptionType.MENTIONABLE:
            return _id(option, text, state, channel_id)
        case OptionType.ATTACHMENT:
            raise LineError(_("Files cannot be given to a bot's command from here."))
    return text


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


def offers(about: Asked, index: CommandIndex | None) -> Iterator[Offer]:
    """Offer bots' commands by their names, then what a command's next word may be."""
    if about.sign != "/" or index is None:
        return
    command = find(about.before, index)
    if command is None or " " not in about.before:
        bots = {application.id: safe_name(application.name) for application in index.applications}
        for each in index.application_commands:
            if each.type == CommandType.CHAT_INPUT and each.name.startswith(about.letters) and " " not in about.before:
                detail = f"{safe_line(each.description)} · {bots.get(each.application_id, '')}"
                yield Offer(len(about.before), f"/{each.name} ", f"/{safe_name(each.name)}", detail, "▸")
        return
    options = list(command.options or [])
    words = about.before.split(" ")[1:]
    while words[:-1] and any(option.is_group and option.name == words[0] for option in options):
        options = next(option for option in options if option.name == words[0]).parameters
        words = words[1:]
    last = words[-1]
    name, colon, letters = last.partition(":")
    option = next((each for each in options if each.name == name), None)
    if colon and option is not None:
        yield from _value_offers(option, letters, about)
        return
    given = {word.partition(":")[0] for word in words[:-1]}
    for parameter in options:
        if parameter.name not in given and parameter.name.startswith(last):
            text = f"{parameter.name} " if parameter.is_group else f"{parameter.name}:"
            needed = _("needed") if parameter.required is True else ""
            detail = " · ".join(part for part in (safe_line(parameter.description), needed) if part)
            yield Offer(len(last), text, safe_name(parameter.name), detail, "▸")


def _value_offers(option: CommandOption, letters: str, about: Asked) -> Iterator[Offer]:
    names = [(choice.name, "") for choice in option.choices or []]
    names += [(choice.label, choice.sign) for choice in things(option, about.state, about.channel_id)]
    if option.type == OptionType.BOOLEAN:
        names += [("true", ""), ("false", "")]
    for name, sign in names:
        if rank(letters, name) is not None:
            yield Offer(len(letters), f"{name} ", safe_line(name), "", sign)
