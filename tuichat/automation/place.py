"""The channel that an address leads to, opened where it is a person."""

from dataclasses import dataclass

from tuichat.automation.site import Site
from tuichat.client.client import Client
from tuichat.commands.errors import UnknownPersonError
from tuichat.commands.naming.address import Recipient, find_address
from tuichat.commands.naming.meeting import meet
from tuichat.commands.naming.private_channel import open_private_channel


@dataclass(frozen=True, slots=True)
class Place:
    client: Client
    channel_id: int


async def find_place(address: str, accounts: Site) -> Place:
    """Raises CommandError for an address that means nothing or several things, ClientError."""
    try:
        found = find_address(address, accounts.clients, accounts.settings.scripts.guild)
    except UnknownPersonError as error:
        if not await meet(error.name, accounts.clients.values()):
            raise
        found = find_address(address, accounts.clients, accounts.settings.scripts.guild)
    return await open_place(found)


async def open_place(found: Recipient) -> Place:
    """Return the channel of what an address meant. Raises CommandError, ClientError."""
    assert found.client is not None
    if found.channel is not None:
        return Place(found.client, int(found.channel.id))
    assert found.user is not None
    for channel_id in found.client.state.private_channel_ids:
        people = found.client.state.channels[channel_id].recipients
        if isinstance(people, list) and [user.id for user in people] == [found.user.id]:
            return Place(found.client, int(channel_id))
    channel = await open_private_channel(found.client, found.user.id)
    return Place(found.client, int(channel.id))
