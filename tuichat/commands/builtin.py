"""Commands about tuichat itself: help, and the way out."""

from typing import Annotated

from tuichat.client.state import Connection
from tuichat.commands.command import command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.suggestion import unknown_command
from tuichat.protocol.json import printable
from tuichat.translation import _


@command
async def help_(
    context: CommandContext,
    command: Annotated[str | None, "a command's name"] = None,  # its name is what the help shows
) -> Outcome:
    """List all commands, or tell all about one."""
    if command is None:
        title, text = _("Commands"), _overview()
    else:
        wanted = registry.get(command.removeprefix("/").lower())
        if wanted is None:
            raise unknown_command(command.removeprefix("/"), registry)
        title, text = f"/{wanted.name}", wanted.help()
    if context.screen is None:
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


def _overview() -> str:
    commands = registry.all()
    width = max(len(each.usage) for each in commands)
    lines = [f"{each.usage:{width}}  {each.summary}" for each in commands]
    return "\n".join([*lines, "", _("A line without a slash is a message; // at its beginning sends a slash.")])
