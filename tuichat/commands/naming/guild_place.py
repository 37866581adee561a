"""The server that a command is about, and whether the user may do there what is wanted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from tuichat.client.client import Client
from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.role_rank import Obstacle, member_obstacle
from tuichat.client.state import GuildState
from tuichat.commands.context import CommandContext
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.address import account_label
from tuichat.commands.naming.names import find_user, named
from tuichat.protocol.json import printable
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User
from tuichat.text import obstacle_words
from tuichat.text.safe_text import safe_name
from tuichat.translation import _, ngettext

MAX_LISTED = 10  # candidates in a sentence (taste)
MAX_ID_DIGITS = 19
UNSAID = "Missing Permissions"  # Discord's words for it


@dataclass(frozen=True, slots=True)
class GuildPlace:
    """A guild as one account has it, and the context with that account."""

    client: Client
    guild: GuildState
    context: CommandContext

    @property
    def id(self) -> int:
        return int(self.guild.guild.id)

    @property
    def name(self) -> str:
        return safe_name(self.guild.guild.name)

    def may(self, permission: Permissions) -> bool:
        """Say whether the user has one of these permissions in the guild as a whole."""
        return bool(self.client.state.guild_permissions(self.id) & permission)

    def require(self, permission: Permissions) -> None:
        """Raise RefusedError, with whom to ask, where the user's roles do not allow something."""
        if not self.may(permission):
            raise RefusedError(not_allowed(obstacle_words.told(Obstacle.MISSING_PERMISSION, permission)))

    def require_over(self, user: User, permission: Permissions) -> None:
        """Raise RefusedError where the user may not do to somebody what needs a permission."""
        obstacle = member_obstacle(self.client.state, self.guild, int(user.id), permission)
        if obstacle is Obstacle.MISSING_PERMISSION:
            self.require(permission)
        if obstacle is not None:
            words = _("That cannot be done with @{name}: {reason}.")
            raise RefusedError(words.format(name=printable(user.username), reason=obstacle_words.told(obstacle)))

    async def find_user(self, text: str) -> User:
        """Return a person by @name, or by an id also one whom nobody here knows; who is not known yet is asked for.

        Raises CommandError, ClientError.
        """
        try:
            return find_user(text, self.context)
        except CommandError:
            name = text.removeprefix("<").removesuffix(">").removeprefix("@").removeprefix("!")
            if name.isascii() and name.isdigit() and len(name) <= MAX_ID_DIGITS:
                return User(id=Snowflake(int(name)), username=name)
            if not name or not self.client.state.lists_lazily(self.id):
                raise
            await self.client.guild_people.search(self.id, name)
            return find_user(text, self.context)


def not_allowed(reason: str) -> str:
    """Return that the user's roles do not allow something, and what to do about it; `reason` says what is missing."""
    words = _("Your roles do not allow that here: it {reason}. Ask somebody who runs the server for it.")
    return words.format(reason=reason)


def refusal_words(error: ClientError) -> str:
    """Return what a server's no means: a bare "Missing Permissions" says neither whose nor what to do about it."""
    if error.code == ErrorCode.MISSING_PERMISSIONS and str(error).rstrip(".") == UNSAID:
        return _("Your roles do not allow that here. Ask somebody who runs the server for it.")
    return str(error)


def guild_place(context: CommandContext, name: str | None = None) -> GuildPlace:
    """Return the guild of a name or id; without one that of the open channel, else the default of scripts, else the only one.

    Raises CommandError with the candidates.
    """
    here = context.guild()
    if name is None and here is not None and context.client is not None:
        return GuildPlace(context.client, here, context)
    clients = context.known_clients()
    known = [(client, guild) for client in clients.values() for guild in client.state.guilds.values()]
    wanted = context.default_guild if name is None and context.is_script else name
    if wanted:
        if here is not None and context.client is not None:  # of equal names that of the account in view
            known.sort(key=lambda each: each[0] is not context.client)
        found = [each for each in known if str(int(each[1].guild.id)) == wanted.strip()] or named(
            wanted.strip(), known, lambda each: [each[1].guild.name]
        )
        if not found:
            words = _("There is no server {name} here. There are: {names}.")
            raise CommandError(words.format(name=printable(wanted), names=_names(clients) or "-"))
        known = found
        if len({int(guild.guild.id) for _client, guild in found}) == 1:
            known = found[:1]
    if not known:
        raise CommandError(_("You are in no server yet. /join and an invite's code lets you in; /create makes one."))
    if len(known) > 1:
        words = _(
            "In which server? Open a channel of it first, name one with server=, or give a script --in. There are: {names}."
        )
        raise CommandError(words.format(names=_names(clients)))
    client, guild = known[0]
    return GuildPlace(client, guild, replace(context, client=client))


def _names(clients: Mapping[str, Client]) -> str:
    names = [
        f"{account_label(client, clients)}: {safe_name(guild.guild.name)}"
        if len(clients) > 1
        else safe_name(guild.guild.name)
        for client in clients.values()
        for guild in client.state.guilds.values()
    ]
    text = ", ".join(names[:MAX_LISTED])
    rest = len(names) - MAX_LISTED
    return text if rest <= 0 else text + " " + ngettext("and {count} more", "and {count} more", rest).format(count=rest)
