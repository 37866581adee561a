"""The commands of aliases: short names of one's own for lines."""

from collections.abc import Iterable
from typing import Annotated

from tuichat.commands.aliases import NAME
from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.kinds import Length, Offered
from tuichat.commands.offers import Value
from tuichat.commands.parser import PREFIX, Call, parse_line
from tuichat.commands.subjects.setting import choose
from tuichat.commands.subjects.telling import told
from tuichat.protocol.json import printable
from tuichat.translation import _

TABLE = "aliases"
MAX_ALIASES = 500
MAX_LINE_CHARACTERS = 4000


def offered(_begun: str, context: CommandContext) -> Iterable[Value]:
    return [Value(name, printable(line)) for name, line in context.aliases().items()]


@command
async def alias(
    context: CommandContext,
    name: Annotated[str | None, Offered(offered), "the short name"] = None,
    line: Annotated[
        Text | None,
        Length(MAX_LINE_CHARACTERS),
        "what it stands for, as in /msg #ci $*; $1 to $9 are the words behind the name",
    ] = None,
) -> Outcome:
    """Give a line a short name of your own. Alone: list these."""
    known = context.aliases()
    if name is None:
        lines = [f"/{each}  {printable(known[each])}" for each in sorted(known)]
        return told(context, _("Aliases"), lines, _("There are no aliases. /alias ci /msg #ci makes one."))
    short = name.removeprefix(PREFIX).lower()
    if line is None:
        if short not in known:
            raise CommandError(_("There is no alias /{name}.").format(name=printable(short)))
        return Outcome(text=f"/{short}  {printable(known[short])}")
    _check(context, short, line)
    await choose(context.require_chooser(), TABLE, short, line)
    return Outcome(text=_("/{name} stands for {line}").format(name=short, line=printable(line)))


@command
async def unalias(context: CommandContext, name: Annotated[str, Offered(offered), "the short name"]) -> Outcome:
    """Take a short name of your own away."""
    short = name.removeprefix(PREFIX).lower()
    if short not in context.aliases():
        raise CommandError(_("There is no alias /{name}.").format(name=printable(short)))
    chooser = context.require_chooser()
    await choose(chooser, TABLE, short, None)
    if short in chooser.settings.aliases:
        raise CommandError(_("/{name} stands in config.toml, under [aliases]: take it out there.").format(name=short))
    return Outcome(text=_("/{name} is gone.").format(name=short))


def _check(context: CommandContext, name: str, line: str) -> None:
    if not NAME.fullmatch(name):
        raise CommandError(
            _("NAME: {name} is none; it has small letters, digits, - and _, at most 32.").format(name=printable(name))
        )
    engine = context.require_engine()
    if engine.has_command(name):
        raise CommandError(_("NAME: /{name} is a command, which an alias cannot take the place of.").format(name=name))
    known = {**context.aliases(), name: line}
    if len(known) > MAX_ALIASES:
        raise CommandError(_("There are {count} aliases, which is the most.").format(count=MAX_ALIASES))
    parsed = parse_line(line)
    if not isinstance(parsed, Call):
        return
    if not engine.has_command(parsed.name) and parsed.name not in known:
        raise CommandError(_("LINE: there is no command /{name}.").format(name=printable(parsed.name)))
    _check_circle(name, known)


def _check_circle(name: str, known: dict[str, str]) -> None:
    seen: list[str] = []
    while name in known:
        if name in seen:
            circle = " → ".join(f"/{each}" for each in (*seen, name))
            raise CommandError(_("These aliases stand for each other without end: {names}.").format(names=circle))
        seen.append(name)
        parsed = parse_line(known[name])
        if not isinstance(parsed, Call):
            return
        name = parsed.name
