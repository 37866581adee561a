"""Commands about guilds: making, joining, inviting, one's name there."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from tuichat.client.change import Change
from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.client.session import invite_code
from tuichat.commands.call import join_channel
from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.names import describe_channel, find_channel
from tuichat.commands.screen import Severity
from tuichat.config.accounts import PersonalAddress
from tuichat.protocol.channel import VOICE_CHANNELS, Channel
from tuichat.protocol.json import printable
from tuichat.protocol.rest.error import ErrorCode
from tuichat.translation import _

ARRIVAL_LIMIT_S = 5.0  # taste: how long a guild that was joined may take to appear
MAX_INVITE_CHARACTERS = 512


@command
async def join(
    context: CommandContext, target: Annotated[str, "an invite (code or link), or a channel as #name"]
) -> Outcome:
    """Join a server with an invite, or open a channel."""
    client = context.require_client()
    if target.startswith(("#", "<#")):
        return _open(context, client, find_channel(target, context))
    code = invite_code(target)
    if not code or len(target) > MAX_INVITE_CHARACTERS or not code.isprintable():
        raise CommandError(_("An invite is a code such as k3Xw9aQ2, or a link that ends with one."))
    try:
        invite = await client.places.accept_invite(code)
    except ClientError as error:
        if error.code == ErrorCode.UNKNOWN_INVITE or error.status == 404:
            raise CommandError(
                _(
                    "{username}'s server knows no invite {code}: it may have run out, or be for another "
                    "server.{or_channel}"
                ).format(
                    username=client.account.username, code=printable(code), or_channel=_or_channel(target, context)
                )
            ) from error
        raise
    name = printable(invite.guild.name)
    if not await _arrived(client, invite.channel.id):
        return Outcome(
            text=_("You joined {name}; it appears as soon as the connection is back.").format(name=name),
            severity=Severity.WARNING,
        )
    if context.screen is not None:
        context.screen.open_channel(client.key, invite.channel.id)
    return Outcome(text=_("You joined {name}.").format(name=name))


@command
async def create(
    context: CommandContext, name: Annotated[Text, "the new server's name, 2 to 100 characters"]
) -> Outcome:
    """Make a new server of your own."""
    client = context.require_client()
    made = await client.places.create_guild(name)
    channel_id = made.system_channel_id
    shown = printable(made.name)
    if channel_id is None or not await _arrived(client, channel_id):
        return Outcome(
            text=_("You made {shown}; it appears as soon as the connection is back.").format(shown=shown),
            severity=Severity.WARNING,
        )
    if context.screen is not None:
        context.screen.open_channel(client.key, channel_id)
    return Outcome(text=_("You made {shown}. /invite makes an invite to it.").format(shown=shown))


@command
async def invite(context: CommandContext) -> Outcome:
    """Make an invite to this server, which somebody else enters with /join."""
    client = context.require_client()
    made = await client.places.create_invite(context.require_channel())
    text = _("Invite to {name}: /join {code}").format(name=printable(made.guild.name), code=printable(made.code))
    if isinstance(client.account.address, PersonalAddress):
        text += _(
            " (your server is reached from this machine only; `tuichat serve --help` tells how to open it to a team)"
        )
    return Outcome(text=text)


@command
async def nick(
    context: CommandContext,
    name: Annotated[Text | None, "your name in this server; nothing goes back to your own"] = None,
) -> Outcome:
    """Change your name in this server; outside of one, your display name."""
    client = context.require_client()
    guild = context.guild()
    if guild is not None:
        await client.own.set_nickname(guild.guild.id, name)
        where = printable(guild.guild.name)
        return Outcome(
            text=_("Your name in {where} is {name}.").format(where=where, name=printable(name))
            if name
            else _("Your name in {where} is your own again.").format(where=where)
        )
    if name is None:
        raise CommandError(_("NAME is missing: outside of a server, /nick NAME changes your display name."))
    await client.own.set_display_name(name)
    return Outcome(text=_("Your display name is {name}.").format(name=printable(name)))


def _open(context: CommandContext, client: Client, channel: Channel) -> Outcome:
    context.require_screen("join #channel").open_channel(client.key, channel.id)
    if channel.type in VOICE_CHANNELS:
        join_channel(context, client, int(channel.id))
    return Outcome()


def _or_channel(target: str, context: CommandContext) -> str:
    try:
        channel = find_channel(target, context)
    except CommandError:
        return ""
    return _(" For the channel, write /join {channel}.").format(
        channel=describe_channel(context.require_client(), channel)
    )


async def _arrived(client: Client, channel_id: int) -> bool:
    """Wait until a channel is known; return whether it came in time."""
    if channel_id in client.state.channels:
        return True
    arrived = asyncio.Event()

    def look(changes: Sequence[Change]) -> None:
        if channel_id in client.state.channels:
            arrived.set()

    unsubscribe = client.subscribe(look)
    try:
        async with asyncio.timeout(ARRIVAL_LIMIT_S):
            await arrived.wait()
    except TimeoutError:
        return False
    finally:
        unsubscribe()
    return True
