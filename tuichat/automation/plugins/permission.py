"""What a plugin may: which events it is told, and which requests are carried out, where."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tuichat.automation.plugins.manifest import ActionWish, EventWish, Manifest
from tuichat.automation.plugins.request import Request
from tuichat.automation.records import AnyRecord, MessageRecord
from tuichat.client.client import Client
from tuichat.commands.command import Command
from tuichat.commands.context import CommandContext, FoundMessage
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.address import Recipient, accounts_named, find_address
from tuichat.errors import TuichatError
from tuichat.protocol.channel import Channel
from tuichat.protocol.json import printable
from tuichat.translation import _

# What may be granted. A command that is not here reads or writes files of the person, shows a secret, is about the screen, has
# tuichat do something else later - upload, download, event, guild, profile, run, alias, set, bind - or nobody has judged it yet.
GRANTABLE = frozenset(
    {
        "accounts", "auditlog", "ban", "bans", "block", "call", "channel", "channels", "create", "deafen",
        "delete", "dnd", "edit", "endpoll", "follow", "forward", "friend", "group", "help", "history", "invite",
        "invites", "join", "kick", "link", "lower", "members", "mentions", "msg", "mute", "nick", "note",
        "notify", "pin", "pins", "poll", "post", "press", "private", "quiet", "raise", "react", "reactions",
        "read", "reconnect", "rename", "reply", "report", "role", "room", "search", "servers", "status",
        "thread", "threads", "timeout", "topics", "unban", "unblock", "undeafen", "unfollow", "unmute", "unpin",
        "unquiet", "unreact", "unread", "untimeout", "voice", "volume", "vote", "voters", "where",
    }
)  # fmt: skip
# Those that are about one channel: the place where they are run, or an address among their arguments.
PLACED = frozenset(
    {
        "delete", "edit", "endpoll", "forward", "history", "link", "msg", "pin", "pins", "poll", "press",
        "react", "reactions", "reply", "thread", "unpin", "unreact", "vote", "voters",
    }
)  # fmt: skip
_MESSAGE = "message"  # the argument that may be a link, which leads anywhere

Clients = Mapping[str, Client]
_Key = tuple[str, str, int]  # the account, "channel" or "person", and the id of that


class NotGranted(TuichatError):
    """A plugin asked for what nobody granted it; the sentence says what is missing."""


class Permission:
    """What the manifest of one plugin asks for, and its person granted."""

    def __init__(self, manifest: Manifest) -> None:
        self._events = manifest.events
        self._actions = {action.command: action for action in manifest.actions}

    def allows_event(self, record: AnyRecord, clients: Clients, default_guild: str) -> bool:
        return any(_fits(wish, record, clients, default_guild) for wish in self._events)

    def check(
        self, request: Request, command: Command | None, context: CommandContext
    ) -> tuple[CommandContext, Recipient | None]:
        """Return with what a request is carried out, the granted accounts and no screen, and the place that it names.

        Raises NotGranted; CommandError for an address that means nothing, or several things.
        """
        wish = self._actions.get(request.action)
        if wish is None or command is None:
            raise NotGranted(_("/{command} was not granted.").format(command=printable(request.action)))
        clients = _named_accounts(wish.accounts, context.clients)
        if not clients:
            raise NotGranted(
                _("/{command} was granted as {names} alone.").format(
                    command=wish.command, names=", ".join(wish.accounts or ())
                )
            )
        context = replace(context, clients=clients, screen=None)
        place = None if request.place is None else find_address(request.place, clients, context.default_guild)
        if wish.channels is not None:
            self._check_places(wish, command, request, place, context)
        return context, place

    def _check_places(
        self, wish: ActionWish, command: Command, request: Request, place: Recipient | None, context: CommandContext
    ) -> None:
        """Raise NotGranted unless each place that a request names is among those that were granted, and it names one."""
        clients, default = context.clients, context.default_guild
        named = [] if place is None else [place]
        for parameter in command.parameters:
            if parameter.type in (Recipient, Channel) and parameter.name in request.arguments:
                named.append(find_address(str(request.arguments[parameter.name]), clients, default))
            elif (parameter.type is FoundMessage or parameter.name == _MESSAGE) and "/" in str(
                request.arguments.get(parameter.name, "")
            ):
                raise NotGranted(_("A link may lead elsewhere: name a message by its id, and its channel."))
        granted = _keys(wish.channels or (), clients, default)
        if not named or not all(_key(each) in granted for each in named):
            raise NotGranted(
                _("/{command} was granted in {names} alone.").format(
                    command=wish.command, names=", ".join(wish.channels or ())
                )
            )


def _fits(wish: EventWish, record: AnyRecord, clients: Clients, default_guild: str) -> bool:
    if record.__struct_config__.tag != wish.type:
        return False
    if wish.mentions and not (isinstance(record, MessageRecord) and record.is_mention and not record.is_own):
        return False
    if wish.accounts is None and wish.channels is None:
        return True
    known = _named_accounts(wish.accounts, clients)
    label = getattr(record, "account", None)
    account = next((key for key in known if accounts_named(str(label), clients) == [known[key]]), None)
    if account is None:
        return False
    if wish.channels is None:
        return True
    channel = getattr(record, "channel", None)
    if channel is None:
        return False
    there = known[account].state.channels.get(int(channel.id))
    if there is None:
        return False
    return _key(Recipient(there, client=known[account])) in _keys(wish.channels, known, default_guild)


def _named_accounts(names: Sequence[str] | None, clients: Clients) -> Clients:
    """Return the accounts of these names; a name that means several means none of them."""
    if names is None:
        return clients
    found = [accounts_named(name, clients) for name in names]
    return {each.key: each for accounts in found if len(accounts) == 1 for each in accounts}


def _keys(addresses: Sequence[str], clients: Clients, default_guild: str) -> set[_Key]:
    """Return what these addresses mean now; one that means nothing, or several things, allows nothing."""
    keys = set()
    for address in addresses:
        try:
            keys.add(_key(find_address(address, clients, default_guild)))
        except CommandError:
            continue
    return keys


def _key(recipient: Recipient) -> _Key:
    """Return one key for one place: a conversation of two is the other person."""
    assert recipient.client is not None
    key = recipient.client.key
    if recipient.channel is None:
        assert recipient.user is not None
        return key, "person", int(recipient.user.id)
    people = recipient.channel.recipients if isinstance(recipient.channel.recipients, list) else []
    if len(people) == 1 and recipient.client.state.guild_of(recipient.channel.id) is None:
        return key, "person", int(people[0].id)
    return key, "channel", int(recipient.channel.id)
