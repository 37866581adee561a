"""Commands about the accounts of a profile: one more, one less, another one."""

from typing import Annotated

from tuichat.commands.command import Registry, Text
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.places import account_name, all_places
from tuichat.plain.session import Session
from tuichat.plain.sign_in import SignIn
from tuichat.translation import _


class AccountCommands:
    """One session's. Its methods are the commands of the same names, their docstrings the help."""

    def __init__(self, session: Session, registry: Registry) -> None:
        self._session = session
        for command in (self.account, self.signin, self.signout):
            registry.command(command)

    async def account(
        self, context: CommandContext, name: Annotated[Text, "the account's user name, as /accounts tells it"]
    ) -> Outcome:
        """Go to another account: its first channel is opened."""
        clients = self._session.accounts.clients
        wanted = name.strip().casefold()
        found = [
            client
            for client in clients.values()
            if wanted in (client.account.username.casefold(), account_name(client).casefold())
        ]
        if len(found) != 1:
            raise CommandError(_("The name fits {count} accounts; /accounts lists them.").format(count=len(found)))
        (client,) = found
        places = all_places({client.key: client})
        in_guilds = [each for each in places if client.state.guild_of(each.channel_id) is not None]
        first = next(iter([*in_guilds, *places]), None)
        if first is None:
            raise CommandError(_("{account} is in no server yet.").format(account=account_name(client)))
        self._session.open_channel(first.account_key, first.channel_id)
        return Outcome()

    async def signin(self, context: CommandContext) -> Outcome:
        """Sign in to one more account, or make one."""
        session = self._session
        client = await SignIn(session.accounts, session.source, session.printer).add()
        if client is None:
            return Outcome()
        return Outcome(text=_("{account} is signed in.").format(account=account_name(client)))

    async def signout(self, context: CommandContext) -> Outcome:
        """Sign out of the open channel's account, and have it no more in this profile."""
        session = self._session
        client = context.require_client()
        name = account_name(client)
        question = _("Sign out of {account}? Type yes: ").format(account=name)
        answer = await session.source.read(question)
        if answer is None or answer.strip().lower() not in ("y", "yes", _("yes")):
            return Outcome(text=_("It stays signed in."))
        await session.accounts.remove(client.key)
        return Outcome(text=_("{account} is signed out.").format(account=name))
