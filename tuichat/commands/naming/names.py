"""Finds the channel or person that a typed name means: exactly one, or a sentence with the candidates."""

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from tuichat.client.client import Client
from tuichat.client.state import GuildState, State
from tuichat.commands.context import CommandContext
from tuichat.commands.errors import CommandError, UnknownPersonError
from tuichat.commands.naming.address import Recipient, find_address, is_address
from tuichat.commands.naming.meeting import meet
from tuichat.protocol.channel import MESSAGE_CHANNELS, POST_CHANNELS, Channel, ChannelType
from tuichat.protocol.guild import Role
from tuichat.protocol.json import printable
from tuichat.protocol.message import ReactionEmoji
from tuichat.protocol.user import User
from tuichat.text import emoji_names
from tuichat.translation import _

ADDRESSED = MESSAGE_CHANNELS | POST_CHANNELS
MAX_CANDIDATES = 5  # taste: what a notice can hold

T = TypeVar("T")


def is_channel(text: str, context: CommandContext) -> bool:
    """Whether a word is written as a channel is."""
    return text.startswith(("#", "<#")) or ("#" in text and is_address(text, context.known_clients()))


def find_account_channel(text: str, context: CommandContext) -> tuple[Client, Channel]:
    """Return the account and the channel of "#name", "<#id>" or "#id": of the current guild, else of any.

    In a script it is an address, which means the same whatever is open. Raises CommandError.
    """
    clients = context.known_clients()
    is_near = text.startswith(("#", "<#")) or "#" not in text
    if not context.is_script and (is_near or not is_address(text, clients)):
        return context.require_client(), _near_channel(text, context)
    address = text.removeprefix("<#").removesuffix(">") if text.startswith("<#") else text
    found = find_address(address, clients, context.default_guild, ADDRESSED)
    if found.channel is None or found.client is None:
        raise CommandError(_("A channel is written #name."))
    return found.client, found.channel


def find_channel(text: str, context: CommandContext) -> Channel:
    """Return the channel of `find_account_channel`, of the account that the context has. Raises CommandError."""
    client = context.client
    return find_account_channel(text, context if client is None else replace(context, clients={client.key: client}))[1]


def _near_channel(text: str, context: CommandContext) -> Channel:
    """Return the channel nearest to where one is; a thread where no channel is called so. Raises CommandError."""
    client = context.require_client()
    state = client.state
    name = text.removeprefix("<").removesuffix(">").removeprefix("#")
    if not name:
        raise CommandError(_("A channel is written #name."))
    by_id = _by_id(name, state.channels)
    if by_id is not None:
        return by_id
    here = context.guild()
    everywhere = list(state.guilds.values())
    for guilds, of_guild in (
        ([here] if here else [], _channels_of),
        ([here] if here else [], _threads_of),
        (everywhere, _channels_of),
        (everywhere, _threads_of),
    ):
        channels = [channel for guild in guilds for channel in of_guild(state, guild)]
        found = named(name, channels, lambda channel: [channel.name])
        if len(found) == 1:
            return found[0]
        if found:
            raise CommandError(
                _("#{name} is the name of {list}.").format(
                    name=printable(name), list=_list(_place(state, each) for each in found)
                )
            )
    known = [channel.name for guild in everywhere for channel in _channels_of(state, guild)]
    raise CommandError(
        _("There is no channel #{name}{did_you_mean}").format(
            name=printable(name), did_you_mean=_did_you_mean(name, known, "#")
        )
    )


async def find_person(text: str, context: CommandContext) -> User:
    """Return the user of `find_user`, also a member of a large server who is not known yet. Raises CommandError."""
    try:
        return find_user(text, context)
    except UnknownPersonError as error:
        if not await meet(error.name, [context.require_client()]):
            raise
    return find_user(text, context)


def find_user(text: str, context: CommandContext) -> User:
    """Return the user of "@name" or "<@id>": a user name first, since display names may be alike. Raises CommandError."""
    client = context.require_client()
    if context.is_script and not (text.startswith(("@", "<@")) or text.isdigit()):
        raise CommandError(_("A person is written @name."))
    name = text.removeprefix("<").removesuffix(">").removeprefix("@").removeprefix("!")
    if not name:
        raise CommandError(_("A person is written @name."))
    by_id = _by_id(name, client.state.users)
    if by_id is not None:
        return by_id
    users = list(client.state.users.values())

    def user_name(user: User) -> list[str]:
        return [user.username]

    def shown_names(user: User) -> list[str]:
        return _shown_names(client.state, user)

    for names_of in (user_name, shown_names):
        found = named(name, users, names_of)
        if len(found) == 1:
            return found[0]
        if found:
            people = _list(f"@{printable(user.username)} ({printable(user.display_name)})" for user in found)
            raise CommandError(
                _("@{name} is the name of {people}. Write the user name.").format(name=printable(name), people=people)
            )
    known = [known_name for user in users for known_name in (user.username, *_shown_names(client.state, user))]
    raise UnknownPersonError(
        _("There is nobody named @{name}{did_you_mean}").format(
            name=printable(name), did_you_mean=_did_you_mean(name, known, "@")
        ),
        name,
    )


def find_recipient(text: str, context: CommandContext) -> Recipient:
    """Return where "#channel", "@name" or another address is. Raises CommandError."""
    clients = context.known_clients()
    if context.is_script or is_address(text, clients):
        return find_address(text, clients, context.default_guild)
    if text.startswith(("#", "<#")):
        return Recipient(channel=find_channel(text, context))
    if text.startswith(("@", "<@")):
        return Recipient(user=find_user(text, context))
    shown = printable(text)
    if _is_channel(text, context):
        raise CommandError(_("A channel's name begins with #: write #{shown}.").format(shown=shown))
    if _is_user(text, context):
        raise CommandError(_("A person's name begins with @: write @{shown}.").format(shown=shown))
    raise CommandError(
        _("Neither a channel nor a person is called {shown}. A channel is written #name.").format(shown=shown)
    )


def find_emoji(text: str, state: State, channel_id: int) -> ReactionEmoji:
    """Return what is meant: an emoji of a channel's guild by its name, one of Unicode by name or as it is. Raises CommandError."""
    name = text.strip().strip(":")
    guild = state.guild_of(channel_id)
    for own in guild.guild.emojis if guild is not None else []:
        if own.id is not None and own.name == name:
            return ReactionEmoji(id=own.id, name=own.name, animated=bool(own.animated))
    known = emoji_names.by_name().get(name.casefold().replace(" ", "_"))
    if known is None and (name.isascii() or len(name) > 16):
        near = ", ".join(each for each, _sign in emoji_names.matching(name, 5))
        raise CommandError(
            _("No emoji is called {name}.").format(name=printable(name))
            + (" " + _("There are: {names}.").format(names=near) if near else "")
        )
    return ReactionEmoji(name=known or name)


def find_role(text: str, guild: GuildState) -> Role:
    """Return the role of "@name" or "<@&id>" in a guild. Raises CommandError."""
    name = text.strip().removeprefix("<").removesuffix(">").removeprefix("@").removeprefix("&")
    by_id = _by_id(name, guild.roles)
    if by_id is not None:
        return by_id
    found = named(name, guild.roles.values(), lambda role: [role.name.removeprefix("@")])
    if len(found) == 1:
        return found[0]
    if found:
        raise CommandError(
            _("@{name} is the name of {count} roles: write the id of one.").format(
                name=printable(name), count=len(found)
            )
        )
    known = [role.name.removeprefix("@") for role in guild.roles.values()]
    raise CommandError(
        _("There is no role @{name}{did_you_mean}").format(
            name=printable(name), did_you_mean=_did_you_mean(name, known, "@")
        )
    )


def _is_channel(name: str, context: CommandContext) -> bool:
    try:
        find_channel(name, context)
    except CommandError:
        return False
    return True


def _is_user(name: str, context: CommandContext) -> bool:
    try:
        find_user(name, context)
    except CommandError:
        return False
    return True


def describe_channel(client: Client, channel: Channel) -> str:
    """Return a channel's name for a sentence."""
    if isinstance(channel.name, str):
        return f"#{printable(channel.name)}"
    people = channel.recipients if isinstance(channel.recipients, list) else []
    return "@" + ", @".join(printable(user.username) for user in people) if people else _("this conversation")


def named(name: str, candidates: Iterable[T], names_of: Callable[[T], Sequence[object]]) -> list[T]:
    """Return the candidates of exactly this name; where there are none, those whose letters differ in case alone."""
    everyone = list(candidates)
    exact = [candidate for candidate in everyone if name in names_of(candidate)]
    if exact:
        return exact
    folded = name.casefold()
    return [
        candidate
        for candidate in everyone
        if any(isinstance(known, str) and known.casefold() == folded for known in names_of(candidate))
    ]


def _by_id(text: str, known: Mapping[int, T]) -> T | None:
    return known.get(int(text)) if text.isascii() and text.isdigit() and len(text) <= 19 else None


def _channels_of(state: State, guild: GuildState) -> list[Channel]:
    channels = [state.channels[channel_id] for channel_id in guild.channel_ids if channel_id in state.channels]
    return [channel for channel in channels if channel.type != ChannelType.CATEGORY]


def _threads_of(state: State, guild: GuildState) -> list[Channel]:
    return [state.channels[thread_id] for thread_id in sorted(guild.thread_ids) if thread_id in state.channels]


def _shown_names(state: State, user: User) -> list[str]:
    nicks = (guild.members[user.id].nick for guild in state.guilds.values() if user.id in guild.members)
    return [user.display_name, *(nick for nick in nicks if nick)]


def _place(state: State, channel: Channel) -> str:
    guild = state.guild_of(channel.id)
    parent = state.channels.get(channel.parent_id) if isinstance(channel.parent_id, int) else None
    places = [parent.name if parent else None, guild.guild.name if guild else None]
    where = ", ".join(printable(place) for place in places if isinstance(place, str))
    return f"#{int(channel.id)} ({where})" if where else f"#{int(channel.id)}"


def _list(candidates: Iterable[str]) -> str:
    shown = list(candidates)
    more = _(" and {count} more").format(count=len(shown) - MAX_CANDIDATES) if len(shown) > MAX_CANDIDATES else ""
    return f"{len(shown)}: {', '.join(shown[:MAX_CANDIDATES])}{more}"


def _did_you_mean(name: str, known: Iterable[object], sign: str) -> str:
    names = sorted({each for each in known if isinstance(each, str)})
    close = difflib.get_close_matches(name[:100], [each[:100] for each in names[:2000]], n=3, cutoff=0.6)
    return (
        _(". Did you mean {names}?").format(names=_(" or ").join(sign + printable(each) for each in close))
        if close
        else "."
    )
