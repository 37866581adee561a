"""Commands about guilds: making, joining, inviting, one's name there."""

from datetime import datetime
from typing import Annotated

from tuichat.client.arrival import arrived
from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.client.invite_link import read_link
from tuichat.client.planned_events import is_on
from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.names import describe_channel, find_account_channel, find_channel, is_channel
from tuichat.commands.screen import Severity
from tuichat.commands.subjects.call import join_channel
from tuichat.config.accounts import PersonalAddress
from tuichat.protocol.channel import VOICE_CHANNELS, Channel
from tuichat.protocol.guild import Invite
from tuichat.protocol.json import printable
from tuichat.protocol.rest.error import ErrorCode
from tuichat.text.event_words import when_words
from tuichat.text.message_time import Clock
from tuichat.text.safe_text import safe_line
from tuichat.translation import _

MAX_INVITE_CHARACTERS = 512


@command
async def join(
    context: CommandContext, target: Annotated[str, "an invite (code or link), or a channel as #name"]
) -> Outcome:
    """Join a server with an invite, or open a channel."""
    if is_channel(target, context):
        return _open(context, *find_account_channel(target, context))
    client = context.require_client()
    code, event_id = read_link(target)
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
    if not await arrived(client, invite.channel.id):
        return Outcome(
            text=_("You joined {name}; it appears as soon as the connection is back.").format(name=name),
            severity=Severity.WARNING,
        )
    return await _land(context, client, invite, event_id, name)


@command
async def create(
    context: CommandContext, name: Annotated[Text, "the new server's name, 2 to 100 characters"]
) -> Outcome:
    """Make a new server of your own."""
    client = context.require_client()
    made = await client.places.create_guild(name)
    channel_id = made.system_channel_id
    shown = printable(made.name)
    if channel_id is None or not await arrived(client, channel_id):
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


async def _land(context: CommandContext, client: Client, invite: Invite, event_id: int | None, name: str) -> Outcome:
    """Go to where an invite leads: to its event, or its channel; into the audience of a room that is live there."""
    state, channel_id = client.state, invite.channel.id
    guild = state.guild_of(channel_id)
    event = guild.events.get(event_id) if guild is not None and event_id is not None else None
    if event is not None and event.channel_id in state.channels and is_on(event):
        channel_id = event.channel_id or channel_id
    if context.screen is not None:
        context.screen.open_channel(client.key, channel_id)
    if state.room(channel_id) is not None:
        join_channel(context, client, channel_id)
        return Outcome(text=_("You joined {name}, and listen to what is live.").format(name=name))
    if event is not None and guild is not None:
        if context.screen is not None:
            context.screen.show_event(client.key, guild.guild.id, event.id)
        told = Clock(_now().date())
        return Outcome(
            text=_("You joined {name}. {event}: {when}.").format(
                name=name, event=safe_line(event.name), when=when_words(event, told)
            )
        )
    if state.voice_states_of(channel_id):
        words = _("You joined {name}. People talk here: /call join joins them.")
        return Outcome(text=words.format(name=name))
    return Outcome(text=_("You joined {name}.").format(name=name))


def _now() -> datetime:
    return datetime.now().astimezone()


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
