"""Finds the message that a word names: an id, a link, the word last, or the number that was printed before it."""

import re

from tuichat.client.client import Client
from tuichat.client.state import Delivery
from tuichat.commands.context import CommandContext, FoundMessage
from tuichat.commands.errors import CommandError
from tuichat.config.accounts import UrlAddress
from tuichat.protocol.json import printable
from tuichat.translation import N_, _

HELP = N_("the message: its id or link, or the word last")
LAST = "last"
MAX_LINK_CHARACTERS = 300
_ID = re.compile(r"\d{15,19}")
_LINK = re.compile(r"https?://[^\s/]+/channels/(?:\d{1,19}|@me)/(\d{1,19})/(\d{1,19})")


async def find_message(context: CommandContext, text: str) -> FoundMessage:
    """Return the message of a name. Raises CommandError for a name that means none, ClientError."""
    if context.find_numbered is not None and (numbered := context.find_numbered(text)) is not None:
        return numbered
    link = _LINK.fullmatch(text) if len(text) <= MAX_LINK_CHARACTERS else None
    if link is not None:
        channel_id = int(link[1])
        client = next((each for each in _clients(context) if channel_id in each.state.channels), None)
        if client is None:
            raise CommandError(_("That link leads to a channel that none of your accounts is in."))
        return await _of_id(client, channel_id, int(link[2]))
    client, channel_id = context.require_client(), context.require_channel()
    if text.lower() in (LAST, _(LAST)):
        return await _newest(client, channel_id)
    if text.isascii() and _ID.fullmatch(text):
        return await _of_id(client, channel_id, int(text))
    raise CommandError(_("MESSAGE is a message's id or link, or the word last."))


def message_link(client: Client, channel_id: int, message_id: int) -> str:
    """Return the address of a message, in the form that Discord's have."""
    address = client.account.address
    base = address.url.rstrip("/") if isinstance(address, UrlAddress) else "https://localhost"
    guild = client.state.guild_of(channel_id)
    place = "@me" if guild is None else str(int(guild.guild.id))
    return f"{base}/channels/{place}/{int(channel_id)}/{int(message_id)}"


def _clients(context: CommandContext) -> list[Client]:
    """Return the accounts, that of the channel in view first."""
    known = list(context.known_clients().values())
    return known if context.client is None else [context.client, *known]


async def _of_id(client: Client, channel_id: int, message_id: int) -> FoundMessage:
    message = await client.history.find(channel_id, message_id)
    if message is None:
        raise CommandError(
            _("There is no message {id} in {channel}.").format(id=message_id, channel=_place(client, channel_id))
        )
    return FoundMessage(client, channel_id, message)


async def _newest(client: Client, channel_id: int) -> FoundMessage:
    await client.open_channel(channel_id)
    confirmed = [entry for entry in client.state.timeline(channel_id) if entry.delivery is Delivery.CONFIRMED]
    if not confirmed:
        raise CommandError(_("There is no message here yet."))
    return FoundMessage(client, channel_id, confirmed[-1].message)


def _place(client: Client, channel_id: int) -> str:
    channel = client.state.channels.get(channel_id)
    return (
        f"#{printable(channel.name)}"
        if channel is not None and isinstance(channel.name, str)
        else _("this conversation")
    )
