"""Commands about tuichat itself: help, and the way out."""

from collections.abc import Iterable, Mapping
from typing import Annotated

from tuichat.client.state import Connection
from tuichat.commands.command import Registry, command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.kinds import Offered
from tuichat.commands.offers import Value
from tuichat.commands.suggestion import unknown_command
from tuichat.protocol.json import printable
from tuichat.translation import _


def offered_commands(_begun: str, context: CommandContext) -> Iterable[Value]:
    commands = [Value(each.name, each.summary) for each in registry.all()]
    return [*commands, *(Value(name, printable(line)) for name, line in context.aliases().items())]


@command
async def help_(
    context: CommandContext,
    command: Annotated[
        str | None, Offered(offered_commands), "a command's name"
    ] = None,  # its name is what the help shows
) -> Outcome:
    """List all commands, or tell all about one."""
    if command is None:
        title, text = _("Commands"), _overview(context.aliases())
    else:
        title, text = help_of(command, registry, context.aliases())
    if context.screen is None or context.is_script:
        return Outcome(text=text)
    context.screen.show_text(title, text)
    return Outcome()


@command
async def reconnect(context: CommandContext) -> Outcome:
    """Connect again now, also where tuichat has given up."""
    known = list(context.clients.values()) or [context.require_client()]
    cut_off = [client for client in known if client.state.connection is not Connection.READY]
    if not cut_off:
        return Outcome(text=_("You are connected."))
    for client in cut_off:
        client.reconnect_now()
    names = ", ".join(printable(client.account.username) for client in cut_off)
    return Outcome(text=_("Connecting {names} again...").format(names=names))


@command
async def quit_(context: CommandContext) -> Outcome:
    """Leave tuichat. What is unsent stays and goes out next time."""
    context.require_screen("quit").quit()
    return Outcome()


def help_of(typed: str, commands: Registry, aliases: Mapping[str, str]) -> tuple[str, str]:
    """Return a title and all about a command or an alias. Raises CommandError with the nearest one."""
    name = typed.removeprefix("/").lower()
    wanted = commands.get(name)
    if wanted is not None:
        return f"/{wanted.name}", wanted.help()
    if name in aliases:
        return f"/{name}", _("/{name} stands for {line}").format(name=name, line=printable(aliases[name]))
    raise unknown_command(name, commands, aliases)


def _overview(aliases: Mapping[str, str]) -> str:
    commands = registry.all()
    width = max(len(each.name) for each in commands)
    lines = [f"/{each.name:{width}}  {each.summary}" for each in commands]
    if aliases:
        lines += ["", _("Aliases"), *(f"/{name}  {printable(aliases[name])}" for name in sorted(aliases))]
    return "\n".join(
        [
            *lines,
            "",
            _("/help NAME tells all about one."),
            _("A line without a slash is a message; // at its beginning sends a slash."),
        ]
    )
