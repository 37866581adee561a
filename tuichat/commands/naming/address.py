"""Addresses as scripts write them: `[account:][guild/]#channel`, `@name` or an id; exactly one place each, or its candidates."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from tuichat.client.client import Client
from tuichat.client.state import GuildState
from tuichat.commands.errors import CommandError, UnknownPersonError
from tuichat.config.accounts import UrlAddress
from tuichat.protocol.channel import MESSAGE_CHANNELS, Channel
from tuichat.protocol.json import printable
from tuichat.protocol.user import User
from tuichat.translation import _, ngettext

Clients = Mapping[str, Client]
T = TypeVar("T")

MAX_CANDIDATES = 10  # taste: what one reads in a terminal
MAX_ADDRESS_CHARACTERS = 300  # the longest names of guild and channel, an account and its server
MAX_ID_DIGITS = 20
LOCAL = "local"  # where the personal server's accounts are
_WITH_ACCOUNT = re.compile(r"([^/#@\s:]+(?:@[^/#\s]+)?):(?=[#@0-9]|[^/]*/#)")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a message goes: a channel, or a person in private; `client` is the account that it goes from."""

    channel: Channel | None = None
    user: User | None = None
    client: Client | None = None


@dataclass(frozen=True, slots=True)
class _Home:
    """A guild as one account has it."""

    client: Client
    guild: GuildState

    @property
    def name(self) -> str:
        return self.guild.guild.name


def is_address(text: str, clients: Clients) -> bool:
    """Whether a name says of itself in which guild or account it is."""
    return "/#" in text or _split_account(text, clients)[1] != text


def find_address(
    text: str, clients: Clients, default_guild: str = "", kinds: Collection[int] = MESSAGE_CHANNELS
) -> Recipient:
    """Return the one place that an address means, a person or a channel of these kinds; names are whole, and upper and lower
    case count only to tell two apart.

    Raises CommandError with the candidates where there are several, and with what there is where there is none.
    """
    if len(text) > MAX_ADDRESS_CHARACTERS:
        raise CommandError(
            _("An address has at most {limit} characters, this one has {count}.").format(
                limit=MAX_ADDRESS_CHARACTERS, count=len(text)
            )
        )
    accounts, rest = _split_account(text, clients)
    if rest.isascii() and rest.isdigit():
        return _of_id(rest, accounts, kinds)
    if rest.startswith("@") and len(rest) > 1:
        return _person(rest[1:], accounts)
    guild, slash, name = rest.partition("/#")
    if not slash and rest.startswith("#"):
        guild, name = "", rest[1:]
    if not name or (slash and not guild):
        raise CommandError(
            _(
                "{text} is no address: one is written #channel, server/#channel, @name or an id, after account: if need be."
            ).format(text=printable(text) or '""')
        )
    return _channel(name, _homes(guild, accounts, default_guild, name, kinds), kinds)


def describe(recipient: Recipient, clients: Clients) -> str:
    """Return the address of a place as short as it can be and still mean nothing else."""
    client, channel = recipient.client, recipient.channel
    if client is None or (channel is None and recipient.user is None):
        return _("nowhere")
    before = f"{account_label(client, clients)}:" if len(clients) > 1 else ""
    if channel is None:
        assert recipient.user is not None
        return f"{before}@{printable(recipient.user.username)}"
    guild = client.state.guild_of(channel.id)
    if guild is None or not isinstance(channel.name, str):
        people = channel.recipients if isinstance(channel.recipients, list) else []
        return f"{before}@{printable(people[0].username)}" if len(people) == 1 else f"{before}{int(channel.id)}"
    return f"{before}{printable(guild.guild.name)}/#{printable(channel.name)}"


def account_label(client: Client, clients: Clients) -> str:
    """Return the name of an account, with its server where two have the name."""
    name = client.account.username
    if sum(each.account.username == name for each in clients.values()) < 2:
        return name
    return f"{name}@{_server(client)}"


def accounts_named(label: str, clients: Clients) -> list[Client]:
    """Return the accounts of a user name, or of one with its server."""
    folded = label.casefold()
    return [
        client
        for client in clients.values()
        if folded in (client.account.username.casefold(), f"{client.account.username}@{_server(client)}".casefold())
    ]


def _server(client: Client) -> str:
    address = client.account.address
    return address.url.rpartition("//")[2] if isinstance(address, UrlAddress) else LOCAL


def _split_account(text: str, clients: Clients) -> tuple[list[Client], str]:
    """Return the accounts that an address may be of, and what follows the account in it. Raises CommandError."""
    everyone = list(clients.values())
    labels: dict[str, list[Client]] = {}
    for client in everyone:
        for label in (client.account.username, f"{client.account.username}@{_server(client)}"):
            labels.setdefault(label.casefold(), []).append(client)
    for label in sorted(labels, key=len, reverse=True):
        if text[: len(label) + 1].casefold() == f"{label}:":
            return labels[label], text[len(label) + 1 :]
    named = _WITH_ACCOUNT.match(text)
    if named is not None and not any(
        guild.guild.name.casefold().startswith(named[0].casefold())
        for client in everyone
        for guild in client.state.guilds.values()
    ):
        raise CommandError(
            _("No account of this profile is called {name}. There are: {names}.").format(
                name=printable(named[1]), names=_list(account_label(client, clients) for client in everyone)
            )
        )
    return everyone, text


def _of_id(digits: str, accounts: Sequence[Client], kinds: Collection[int]) -> Recipient:
    number = int(digits) if len(digits) <= MAX_ID_DIGITS else 0
    found = [
        Recipient(channel=client.state.channels[number], client=client)
        for client in accounts
        if number in client.state.channels and client.state.channels[number].type in kinds
    ]
    return _only(
        found, _("{name} is in several accounts: {candidates}. Write the account before it."), digits
    ) or _none(_("No channel that is known here has the id {name}.").format(name=digits))


def _person(name: str, accounts: Sequence[Client]) -> Recipient:
    """Return a person of a user name, else of a display name, else of an id."""
    known = [Recipient(user=user, client=client) for client in accounts for user in client.state.users.values()]
    for names_of in (_user_name, _display_name, _user_id):
        found = _named(name, known, names_of)
        only = _only(found, _("@{name} is the name of several: {candidates}. Write one of these."), name)
        if only is not None:
            return only
    raise UnknownPersonError(_("There is nobody called @{name} here.").format(name=printable(name)), name)


def _user_name(recipient: Recipient) -> str:
    return recipient.user.username if recipient.user is not None else ""


def _display_name(recipient: Recipient) -> str:
    return recipient.user.display_name if recipient.user is not None else ""


def _user_id(recipient: Recipient) -> str:
    return str(int(recipient.user.id)) if recipient.user is not None else ""


def _homes(
    guild: str, accounts: Sequence[Client], default_guild: str, channel: str, kinds: Collection[int]
) -> list[_Home]:
    """Return the guilds in which a channel is looked for: the one of a name, else the default, else the only one."""
    known = [_Home(client, home) for client in accounts for home in client.state.guilds.values()]
    if guild or default_guild:
        wanted = guild or default_guild
        found = [home for home in known if wanted == str(int(home.guild.guild.id))] or _named(
            wanted, known, lambda home: home.name
        )
        if found:
            return found
        names = _list(printable(home.name) for home in known)
        raise CommandError(
            _("There is no server {name} here. There are: {names}.").format(name=printable(wanted), names=names)
            if guild
            else _("There is no server {name} here, which the setting scripts.guild names. There are: {names}.").format(
                name=printable(wanted), names=names
            )
        )
    if not known:
        raise CommandError(_("You are in no server, so there is no #{name}.").format(name=printable(channel)))
    if len({(home.client.account.server_id, home.guild.guild.id) for home in known}) == 1:
        return known
    there = [each for home in known for each in _channels(channel, home, kinds)]
    clients = {home.client.key: home.client for home in known}
    raise CommandError(
        _("#{name} can be in any of {count} servers. Write {candidates}, or set scripts.guild.").format(
            name=printable(channel),
            count=len(known),
            candidates=_candidates(there, clients)
            or _list(f"{printable(home.name)}/#{printable(channel)}" for home in known),
        )
    )


def _channel(name: str, homes: Sequence[_Home], kinds: Collection[int]) -> Recipient:
    found = [each for home in homes for each in _channels(name, home, kinds)]
    exact = [each for each in found if each.channel is not None and each.channel.name == name]
    only = _only(exact or found, _("#{name} is the name of several: {candidates}. Write one of these."), name)
    if only is not None:
        return only
    names = [
        printable(channel.name)
        for home in homes
        for channel in _channels_of(home, kinds)
        if isinstance(channel.name, str)
    ]
    return _none(
        _("There is no channel #{name} in {guild}. There are: {names}.").format(
            name=printable(name), guild=printable(homes[0].name), names=_list(f"#{each}" for each in names) or "-"
        )
    )


def _channels(name: str, home: _Home, kinds: Collection[int]) -> list[Recipient]:
    named = _named(
        name, _channels_of(home, kinds), lambda channel: channel.name if isinstance(channel.name, str) else ""
    )
    return [Recipient(channel=channel, client=home.client) for channel in named]


def _channels_of(home: _Home, kinds: Collection[int]) -> list[Channel]:
    state = home.client.state
    ids = [*home.guild.channel_ids, *sorted(home.guild.thread_ids)]
    found = [state.channels[each] for each in ids if each in state.channels]
    return [channel for channel in found if channel.type in kinds]


def _named(name: str, candidates: Iterable[T], name_of: Callable[[T], str]) -> list[T]:
    """Return those of exactly this name; where there are none, those whose letters differ in case alone."""
    everyone = list(candidates)
    folded = name.casefold()
    return [each for each in everyone if name_of(each) == name] or [
        each for each in everyone if name_of(each).casefold() == folded
    ]


def _only(found: Sequence[Recipient], several: str, name: str) -> Recipient | None:
    """Return the only one, None where there is none. Raises CommandError where there are several."""
    if len(found) > 1:
        clients = {each.client.key: each.client for each in found if each.client is not None}
        raise CommandError(several.format(name=printable(name), candidates=_candidates(found, clients)))
    return found[0] if found else None


def _none(sentence: str) -> Recipient:
    raise CommandError(sentence)


def _candidates(found: Sequence[Recipient], clients: Clients) -> str:
    """Return the addresses of several places, each with its id where another has the same."""
    addresses = [describe(each, clients) for each in found]
    told = []
    for recipient, address in zip(found, addresses, strict=True):
        noun = recipient.channel or recipient.user
        assert noun is not None
        told.append(address if addresses.count(address) == 1 else f"{int(noun.id)} ({address})")
    return _list(told)


def _list(candidates: Iterable[str]) -> str:
    shown = list(dict.fromkeys(candidates))
    text = ", ".join(shown[:MAX_CANDIDATES])
    if len(shown) > MAX_CANDIDATES:
        rest = len(shown) - MAX_CANDIDATES
        text += " " + ngettext("and {count} more", "and {count} more", rest).format(count=rest)
    return text
