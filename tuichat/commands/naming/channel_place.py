"""The channel of a server that a command is about: the one that is named first, else the one that is open."""

from dataclasses import replace

from tuichat.client.client import Client
from tuichat.client.errors import RefusedError
from tuichat.commands.action import split_word
from tuichat.commands.context import CommandContext
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.guild_place import GuildPlace, not_allowed
from tuichat.commands.naming.names import describe_channel, find_account_channel, named
from tuichat.protocol.channel import Channel, ChannelType
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.text.permission_words import needs
from tuichat.translation import _


class ChannelPlace:
    """A channel as one account has it; `details` is what was written behind its name."""

    def __init__(self, client: Client, channel: Channel, details: str, context: CommandContext) -> None:
        self.client = client
        self.channel = channel
        self.details = details
        self.context = replace(context, client=client, channel_id=int(channel.id))

    @property
    def id(self) -> int:
        return int(self.channel.id)

    @property
    def name(self) -> str:
        return describe_channel(self.client, self.channel)

    def guild(self) -> GuildPlace:
        """Return the guild that it is in. Raises CommandError for a private channel."""
        found = self.client.state.guild_of(self.id)
        if found is None:
            raise CommandError(_("{channel} is in no server.").format(channel=self.name))
        return GuildPlace(self.client, found, self.context)

    def require(self, permission: Permissions) -> None:
        """Raise RefusedError, with whom to ask, where the user's roles do not allow something here."""
        self.guild()
        if not self.client.state.permissions(self.id) & permission:
            raise RefusedError(not_allowed(needs(permission)))


def channel_place(context: CommandContext, text: str | None) -> ChannelPlace:
    """Return the channel that a text begins with, else the open one. Raises CommandError."""
    first, rest = split_word(text or "")
    if "/#" in first or first.startswith(("#", "<#")):
        client, found = find_account_channel(first, context)
        return ChannelPlace(client, found, rest, context)
    client, channel_id = context.require_client(), context.require_channel()
    channel = client.state.channels.get(channel_id)
    if channel is None:
        raise CommandError(_("The channel that was open is gone, or closed to you. /channels lists the others."))
    return ChannelPlace(client, channel, (text or "").strip(), context)


def find_category(name: str, place: GuildPlace) -> Channel:
    """Return a category of a guild by its name. Raises CommandError."""
    state = place.client.state
    known = [state.channels[each] for each in place.guild.channel_ids if each in state.channels]
    categories = [each for each in known if each.type == ChannelType.CATEGORY]
    found = named(name, categories, lambda each: [each.name, str(int(each.id))])
    if len(found) == 1:
        return found[0]
    names = ", ".join(printable(str(each.name)) for each in categories) or "-"
    raise CommandError(
        _("No one category is called {name}. There are: {names}.").format(name=printable(name), names=names)
    )
