"""Commands about accounts: which there are in the profile, and where the one in view is signed in."""

from tuichat.client.state import Connection
from tuichat.commands.command import command
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.naming.places import account_name
from tuichat.commands.subjects.telling import told
from tuichat.text.safe_text import safe_line
from tuichat.translation import _


@command
async def accounts(context: CommandContext) -> Outcome:
    """List the accounts of this profile."""
    lines = []
    for client in context.known_clients().values():
        connection = client.state.connection
        words = _("connected") if connection is Connection.READY else safe_line(client.state.connection_note)
        lines.append(f"{account_name(client)}: {words or connection.value}")
    return told(context, _("Accounts"), lines, _("There is none. /signin signs in to one."))


@command
async def sessions(context: CommandContext) -> Outcome:
    """List where your account is signed in. The screen's page of your account ends sign-ins."""
    client = context.require_client()
    lines = []
    for each in await client.own.sessions():
        info = each.client_info
        where = ", ".join(safe_line(part) for part in (info.platform, info.os, info.location) if part)
        lines.append(f"{safe_line(each.approx_last_used_time)}{f' ({where})' if where else ''}")
    return told(context, _("Sign-ins"), lines)
