"""What may complete a line that uses a bot's command: its name, then its options and their values."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from tuichat.commands.context import CommandContext
from tuichat.commands.offers import paths
from tuichat.protocol.application_command import CommandOption, CommandType, OptionChoice, OptionType
from tuichat.protocol.interaction import CommandIndex
from tuichat.text.bot_commands import bots_of, find, option_marks, rest_of, things
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui.completion import Asked, Offer, rank


def offers(
    about: Asked, index: CommandIndex | None, ours: Collection[str] = (), choices: Sequence[OptionChoice] = ()
) -> Iterator[Offer]:
    """Offer bots' commands by their names, then what a command's next word may be.

    `ours` are the names that mean commands of ours; `choices` is what the bot has answered to what stands there.
    """
    if about.sign != "/" or index is None:
        return
    if " " not in about.before:
        yield from _command_offers(about, index, ours)
        return
    command = find(about.before, index)
    if command is None:
        return
    options, rest = list(command.options or []), rest_of(about.before)
    while (
        group := next((each for each in options if each.is_group and rest.startswith(f"{each.name} ")), None)
    ) is not None:
        options, rest = group.parameters, rest[len(group.name) + 1 :]
    marks = option_marks(options, rest)
    last = rest.rpartition(" ")[2]
    if marks:
        option = next(each for each in options if each.name == marks[-1][1])
        yield from _value_offers(option, rest[marks[-1].end() :], about, choices)
        if marks[-1].end() > len(rest) - len(last):
            return  # the word is a value
    given = {mark[1] for mark in marks}
    for parameter in options:
        if parameter.name not in given and parameter.name.startswith(last):
            text = f"{parameter.name} " if parameter.is_group else f"{parameter.name}:"
            needed = _("needed") if parameter.required is True else ""
            detail = " · ".join(part for part in (safe_line(parameter.description), needed) if part)
            yield Offer(len(last), text, safe_name(parameter.name), detail, "▸")


def _command_offers(about: Asked, index: CommandIndex, ours: Collection[str]) -> Iterator[Offer]:
    bots, commands = (
        bots_of(index),
        [each for each in index.application_commands if each.type == CommandType.CHAT_INPUT],
    )
    names = Counter(command.name for command in commands)
    for command in commands:
        bot = bots.get(command.application_id, "")
        is_taken = command.name in ours or names[command.name] > 1
        name = f"{bot}:{command.name}" if is_taken else command.name
        if name.startswith(about.letters) or command.name.startswith(about.letters):
            detail = f"{safe_line(command.description)} · {bot}"
            yield Offer(len(about.before), f"/{name} ", f"/{safe_name(name)}", detail, "▸")


def _value_offers(
    option: CommandOption, letters: str, about: Asked, choices: Sequence[OptionChoice]
) -> Iterator[Offer]:
    if option.autocomplete is True:
        for choice in choices:  # the bot has chosen them for what is typed
            yield Offer(len(letters), f"{choice.name} ", safe_line(choice.name))
        return
    if option.type == OptionType.ATTACHMENT:
        for value in paths(letters, CommandContext()):
            yield Offer(len(letters), value.text if value.goes_on else f"{value.text} ", safe_line(value.text))
        return
    names = [(choice.name, "") for choice in option.choices or []]
    names += [(choice.label, choice.sign) for choice in things(option, about.state, about.channel_id)]
    if option.type == OptionType.BOOLEAN:
        names += [("true", ""), ("false", "")]
    for name, sign in names:
        if rank(letters, name) is not None:
            yield Offer(len(letters), f"{name} ", safe_line(name), "", sign)
