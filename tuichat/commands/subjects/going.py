"""Commands that say what there is and go there: servers, channels, private conversations, what is new."""

from typing import Annotated

from tuichat.client.client import Client
from tuichat.client.state import GuildState
from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.guild_place import guild_place
from tuichat.commands.naming.names import find_user
from tuichat.commands.naming.places import (
    Place,
    account_name,
    all_places,
    find_guild,
    find_place,
    news_of,
    place_name,
    short_name,
    unread_places,
)
from tuichat.commands.subjects.telling import told
from tuichat.protocol.channel import ChannelType
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _, ngettext


@command
async def open_(
    context: CommandContext, place: Annotated[Text, "a channel's name, as general or general, Team; or @ada"]
) -> Outcome:
    """Open a channel, a thread or a private conversation: its messages are told, and lines go there."""
    clients = context.known_clients()
    try:
        found = find_place(place, clients, _here(context))
    except CommandError:
        if not place.startswith("@"):
            raise
        client = context.require_client()
        user = find_user(place, context)
        channel = await client.places.open_private_channel(user.id)
        found = Place(client.key, channel.id)
    context.require_screen("open").open_channel(found.account_key, found.channel_id)
    return Outcome()


@command
async def next_(context: CommandContext) -> Outcome:
    """Open the next channel with something new; those where you are mentioned come first."""
    found = [place for place in unread_places(context.known_clients()) if place != _here(context)]
    if not found:
        return Outcome(text=_("Nothing is new anywhere."))
    context.require_screen("next").open_channel(found[0].account_key, found[0].channel_id)
    return Outcome()


@command
async def where(context: CommandContext) -> Outcome:
    """Say which channel is open, and what it is about."""
    here = _here(context)
    if here is None:
        return Outcome(text=_("No channel is open. /open and a name opens one; /channels lists them."))
    clients = context.known_clients()
    words = [place_name(clients, here)]
    channel = clients[here.account_key].state.channels.get(here.channel_id)
    if channel is not None and isinstance(channel.topic, str) and channel.topic:
        words.append(safe_line(channel.topic))
    return Outcome(text=". ".join(words))


@command
async def servers(context: CommandContext) -> Outcome:
    """List the servers that you are in."""
    lines = []
    clients = context.known_clients()
    for client in clients.values():
        for guild in client.state.guilds.values():
            lines.append(_server_line(client, guild, has_account=len(clients) > 1))
    return told(
        context,
        _("Servers"),
        lines,
        _("You are in no server yet. /join and an invite's code lets you in; /create makes one."),
    )


@command
async def channels(
    context: CommandContext, server: Annotated[Text | None, "a server's name; the open one without"] = None
) -> Outcome:
    """List the channels of a server."""
    clients = context.known_clients()
    if server is not None:
        client, guild_id = find_guild(server, clients)
    else:
        home = guild_place(context)
        client, guild_id = home.client, home.id
    lines: list[str] = []
    heading: int | None = None
    for place in all_places({client.key: client}):
        channel = client.state.channels[place.channel_id]
        if channel.guild_id != guild_id:
            continue
        parent = client.state.channels.get(channel.parent_id) if isinstance(channel.parent_id, int) else None
        if parent is not None and parent.type == ChannelType.CATEGORY and parent.id != heading:
            heading = parent.id
            lines.append(_("Category {name}:").format(name=safe_name(str(parent.name or ""))))
        lines.append(_channel_line(client, place, _here(context)))
    lines += _rooms(client, guild_id)
    return told(context, _("Channels"), lines, _("This server has no channel that you may read."))


@command
async def private(context: CommandContext) -> Outcome:
    """List the private conversations."""
    clients = context.known_clients()
    lines = []
    for place in all_places(clients):
        state = clients[place.account_key].state
        if place.channel_id in state.private_channel_ids:
            news = news_of(state, place.channel_id)
            name = place_name(clients, place)
            lines.append(f"{name}: {news}" if news else name)
    return told(context, _("Private conversations"), lines, _("There is none yet. /open @NAME begins one."))


def _server_line(client: Client, guild: GuildState, *, has_account: bool) -> str:
    state = client.state
    count = max(guild.member_count, len(guild.members))
    words = [
        safe_name(guild.guild.name),
        ngettext("{count} member", "{count} members", count).format(count=count),
    ]
    ids = [*guild.channel_ids, *guild.thread_ids]
    unread = sum(bool(news_of(state, channel_id)) for channel_id in ids if channel_id in state.channels)
    if unread:
        words.append(ngettext("{count} unread channel", "{count} unread channels", unread).format(count=unread))
    if mentions := sum(map(state.mention_count, ids)):
        words.append(ngettext("{count} mention", "{count} mentions", mentions).format(count=mentions))
    if not guild.is_available:
        words.append(_("cannot be reached now"))
    if has_account:
        words.append(_("as {account}").format(account=account_name(client)))
    return ", ".join(words)


def _channel_line(client: Client, place: Place, here: Place | None) -> str:
    words = [short_name(client.state, place.channel_id)]
    if place == here:
        words.append(_("open"))
    if news := news_of(client.state, place.channel_id):
        words.append(news)
    return ", ".join(words)


def _rooms(client: Client, guild_id: int) -> list[str]:
    """Return which rooms are live in a server, a sentence each: stages are no places with messages in plain mode."""
    words = _("#{channel}: the room “{topic}” is live. /room join #{channel} comes in.")
    views = (client.live_rooms.view(channel_id) for channel_id in client.state.guilds[guild_id].channel_ids)
    return [words.format(channel=safe_name(each.title), topic=safe_line(each.topic)) for each in views if each.is_live]


def _here(context: CommandContext) -> Place | None:
    if context.client is None or context.channel_id is None:
        return None
    return Place(context.client.key, context.channel_id)
