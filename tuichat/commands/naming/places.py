"""Channels, threads and private conversations of all accounts: how they are called, and which one a typed name means."""

import difflib
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from tuichat.client import notice_levels
from tuichat.client.client import Client
from tuichat.client.state import State
from tuichat.commands.errors import CommandError
from tuichat.protocol.channel import MESSAGE_CHANNELS, THREADS, VOICE_CHANNELS, ChannelType
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.text.channel_names import channel_name
from tuichat.text.safe_text import safe_name
from tuichat.translation import _, ngettext

MAX_CANDIDATES = 5  # told at once (taste)
MAX_TYPED_CHARACTERS = 200

Clients = Mapping[str, Client]


class Place(msgspec.Struct, frozen=True):
    """A channel of an account."""

    account_key: str
    channel_id: int


def all_places(clients: Clients) -> list[Place]:
    """Return every place with messages that its account may read: private ones first, then channels as lists show them."""
    found: list[Place] = []
    for key, client in clients.items():
        state = client.state
        ids = list(state.private_channel_ids)
        for guild in state.guilds.values():
            for channel_id in guild.channel_ids:
                ids.append(channel_id)
                ids += sorted(each for each in guild.thread_ids if _parent(state, each) == channel_id)
        found += [Place(key, channel_id) for channel_id in ids if _is_readable(state, channel_id)]
    return found


def _parent(state: State, channel_id: int) -> int | None:
    channel = state.channels.get(channel_id)
    return channel.parent_id if channel is not None and isinstance(channel.parent_id, int) else None


def _is_readable(state: State, channel_id: int) -> bool:
    channel = state.channels.get(channel_id)
    if channel is None or channel.type not in MESSAGE_CHANNELS or channel.type in VOICE_CHANNELS:
        return False
    return bool(state.permissions(channel_id) & Permissions.VIEW_CHANNEL)


def _voice_places(clients: Clients) -> list[Place]:
    return [
        Place(key, int(channel.id))
        for key, client in clients.items()
        for channel in client.state.channels.values()
        if channel.type in VOICE_CHANNELS and client.state.permissions(int(channel.id)) & Permissions.VIEW_CHANNEL
    ]


def short_name(state: State, channel_id: int) -> str:
    """Return a place's name with its sign: "#general", "@ada", "thread plans"."""
    channel = state.channels.get(channel_id)
    if channel is None:
        return _("a channel that is gone")
    name = channel_name(channel)
    if channel.type in (ChannelType.DM, ChannelType.GROUP_DM):
        return f"@{name}"
    return _("thread {name}").format(name=name) if channel.type in THREADS else f"#{name}"


def place_name(clients: Clients, place: Place) -> str:
    """Return a place's name with its server, and with the account where there are several."""
    client = clients.get(place.account_key)
    if client is None:
        return _("a channel that is gone")
    parts = [short_name(client.state, place.channel_id)]
    guild = client.state.guild_of(place.channel_id)
    parent = _parent(client.state, place.channel_id)
    if guild is not None and place.channel_id in guild.thread_ids and parent is not None:
        parts.append(short_name(client.state, parent))
    if guild is not None:
        parts.append(safe_name(guild.guild.name))
    if len(clients) > 1:
        parts.append(_("as {account}").format(account=account_name(client)))
    return ", ".join(parts)


def account_name(client: Client) -> str:
    """Return who is signed in where."""
    where: str = getattr(client.account.address, "url", "") or _("this computer")
    return _("{name} on {server}").format(
        name=safe_name(client.account.username), server=safe_name(where.removeprefix("https://"))
    )


def news_of(state: State, channel_id: int) -> str:
    """Return what is new in a place, in words that are empty where nothing is."""
    words = [_("unread")] if notice_levels.shows_unread(state, channel_id) else []
    if mentions := state.mention_count(channel_id):
        words.append(ngettext("{count} mention", "{count} mentions", mentions).format(count=mentions))
    return ", ".join(words)


def unread_places(clients: Clients) -> list[Place]:
    """Return where something is new: first where somebody mentions the user."""
    news = [place for place in all_places(clients) if news_of(clients[place.account_key].state, place.channel_id)]
    return sorted(news, key=lambda place: clients[place.account_key].state.mention_count(place.channel_id) == 0)


def find_place(typed: str, clients: Clients, here: Place | None) -> Place:
    """Return the place of "#general", "general", "@ada", or "general, Team" with the server's name. Raises CommandError.

    Of equal names the one of the current server counts, then that of the current account.
    """
    name = typed.strip()[:MAX_TYPED_CHARACTERS]
    if not name.strip("#@ "):
        raise CommandError(_("A name is missing: /open #general, or /open @ada."))
    known = all_places(clients)
    for found in (_named(name, known, clients), _with_server(name, known, clients)):
        nearest = _nearest(found, clients, here)
        if len(nearest) == 1:
            return nearest[0]
        if nearest:
            several = "; ".join(place_name(clients, each) for each in nearest[:MAX_CANDIDATES])
            raise CommandError(
                _(
                    "{name} is the name of {count} places: {list}. Write it with its server, as in general, Team."
                ).format(name=printable(name), count=len(nearest), list=several)
            )
    if _named(name, _voice_places(clients), clients):
        raise CommandError(_("{name} is a voice channel: /call join {name} joins it.").format(name=printable(name)))
    raise CommandError(
        _("There is no place called {name}. {hint}").format(
            name=printable(name), hint=_hint(name, _names(known, clients))
        )
    )


def find_guild(typed: str, clients: Clients) -> tuple[Client, int]:
    """Return the server of a name, and the account that is in it. Raises CommandError."""
    wanted = typed.strip().casefold()
    guilds = [
        (client, guild_id, safe_name(guild.guild.name))
        for client in clients.values()
        for guild_id, guild in client.state.guilds.items()
    ]
    for client, guild_id, name in guilds:
        if name.casefold() == wanted:
            return client, guild_id
    raise CommandError(
        _("There is no server called {name}. {hint}").format(
            name=printable(typed.strip()[:MAX_TYPED_CHARACTERS]), hint=_hint(typed, [name for *_others, name in guilds])
        )
    )


def _hint(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name.lstrip("#@")[:100].casefold(), list(known)[:2000], n=3, cutoff=0.6)
    if close:
        return _("Did you mean {names}?").format(names=_(" or ").join(close))
    return _("/servers and /channels list what there is.")


def _names(places: Iterable[Place], clients: Clients) -> list[str]:
    return [_bare(clients[place.account_key].state, place.channel_id) for place in places]


def _bare(state: State, channel_id: int) -> str:
    return channel_name(state.channels[channel_id])


def _called(state: State, channel_id: int) -> list[str]:
    """Return the names that a place answers to, without its sign."""
    channel = state.channels[channel_id]
    people = channel.recipients if isinstance(channel.recipients, list) else []
    user_names = [safe_name(people[0].username)] if len(people) == 1 else []
    return [channel_name(channel), *user_names, str(int(channel.id))]


def _named(name: str, places: Sequence[Place], clients: Clients) -> list[Place]:
    """Return the places of a name, those of exactly these letters where there are any."""
    sign, bare = (name[0], name[1:].strip()) if name[0] in "#@" else ("", name)
    of_kind = [
        place
        for place in places
        if not sign or (sign == "@") == (place.channel_id in clients[place.account_key].state.private_channel_ids)
    ]
    exact = [place for place in of_kind if bare in _called(clients[place.account_key].state, place.channel_id)]
    if exact:
        return exact
    folded = bare.casefold()
    return [
        place
        for place in of_kind
        if any(folded == each.casefold() for each in _called(clients[place.account_key].state, place.channel_id))
    ]


def _with_server(name: str, places: Sequence[Place], clients: Clients) -> list[Place]:
    """Return the places of "channel, server"."""
    bare, comma, server = name.rpartition(",")
    if not comma or not bare.strip("#@ "):
        return []
    wanted = server.strip().casefold()
    there = []
    for place in places:
        guild = clients[place.account_key].state.guild_of(place.channel_id)
        if guild is not None and safe_name(guild.guild.name).casefold() == wanted:
            there.append(place)
    return _named(bare.strip(), there, clients)


def _nearest(found: list[Place], clients: Clients, here: Place | None) -> list[Place]:
    if here is None or here.account_key not in clients:
        return found
    guild = clients[here.account_key].state.guild_of(here.channel_id)
    own = [place for place in found if place.account_key == here.account_key]
    in_guild = [
        place
        for place in own
        if guild is not None and clients[place.account_key].state.guild_of(place.channel_id) is guild
    ]
    return in_guild or own or found
