"""Signing in by questions: to a server of one's own on this computer, or to one elsewhere, as somebody known or new."""

import getpass
import logging

from tuichat.client.certificate import format_fingerprint
from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.client.session import Accounts, ServerProbe
from tuichat.config.accounts import PersonalAddress
from tuichat.config.paths import DEFAULT_PROFILE
from tuichat.errors import TuichatError
from tuichat.plain.line_source import LineSource
from tuichat.plain.printer import Printer
from tuichat.text.safe_text import safe_line
from tuichat.translation import _

logger = logging.getLogger(__name__)

OWN, KNOWN, NEW = "1", "2", "3"


class GivenUp(TuichatError):
    """The questions were not answered to their end."""


class SignIn:
    """Asks until somebody is signed in, or no more is typed."""

    def __init__(self, accounts: Accounts, source: LineSource, printer: Printer) -> None:
        self._accounts = accounts
        self._source = source
        self._printer = printer

    def say(self, sentence: str) -> None:
        self._printer.say(safe_line(sentence))

    async def welcome(self) -> Client | None:
        """Sign somebody in who has no account yet; None where the questions were left."""
        self.say(_("Welcome to tuichat. There is no account in this profile yet."))
        return await self._until_signed_in()

    async def add(self) -> Client | None:
        """Sign in to one more account, or again to one that was signed out."""
        self.say(_("An empty line leaves these questions."))
        return await self._until_signed_in()

    async def _until_signed_in(self) -> Client | None:
        while True:
            try:
                return await self._sign_in()
            except GivenUp:
                self.say(_("Nobody was signed in."))
                return None
            except TuichatError as error:
                self.say(_("{reason} Once more, or an empty line to leave.").format(reason=str(error)))

    async def _sign_in(self) -> Client:
        has_own = any(isinstance(each.account.address, PersonalAddress) for each in self._accounts.clients.values())
        if not has_own:
            self.say(_("1: a server of your own, on this computer, which nobody else can reach."))
        self.say(_("2: sign in to a server, with a name and a password."))
        self.say(_("3: make an account on a server."))
        match (await self._ask(_("Type the number: "))).strip():
            case choice if choice == OWN and not has_own:
                return await self._own_server()
            case choice if choice == KNOWN:
                return await self._elsewhere(is_new=False)
            case choice if choice == NEW:
                return await self._elsewhere(is_new=True)
            case _other:
                raise TuichatError(_("That is none of the numbers."))

    async def _own_server(self) -> Client:
        suggested = self._suggested_name()
        question = _("What shall others see as your name? An empty line takes {name}: ").format(name=suggested)
        name = safe_line(await self._ask(question, otherwise=suggested))
        return await self._accounts.sign_in_personal(name, self.say)

    def _suggested_name(self) -> str:
        if self._accounts.profile.name != DEFAULT_PROFILE:
            return self._accounts.profile.name
        try:
            return getpass.getuser()
        except (OSError, KeyError):  # a user id without a name
            return "me"

    async def _elsewhere(self, *, is_new: bool) -> Client:
        url = (await self._ask(_("The server's address, as in chat.example.org: "))).strip()
        found, pinned = await self._probe(url)
        if is_new and found.registration == "closed":
            raise TuichatError(_("This server takes nobody new."))
        login = (await self._ask(_("Your user name there: "))).strip()
        password = await self._ask(_("Password, which is not shown: "), is_secret=True)
        if not is_new:
            return await self._accounts.sign_in(url, login, password, pinned)
        again = await self._ask(_("The password once more: "), is_secret=True)
        if again != password:
            raise TuichatError(_("The two passwords differ."))
        invite = None
        if found.registration == "invite":
            invite = (await self._ask(_("The invite, as a code or a link: "))).strip()
        return await self._accounts.register(url, login, password, invite, pinned)

    async def _probe(self, url: str) -> tuple[ServerProbe, str | None]:
        """Return what a server says of itself, and the certificate that the user trusts in spite of what is wrong with it."""
        found = await self._accounts.probe(url)
        if not found.certificate_problem:
            return found, None
        self.say(found.certificate_problem)
        if not found.fingerprint:
            raise TuichatError(_("The server was asked nothing."))
        words = _(
            "Its SHA-256 fingerprint is {fingerprint}. Trust it only if who runs the server told you the same one."
        )
        self.say(words.format(fingerprint=format_fingerprint(found.fingerprint)))
        answer = await self._ask(_("Type trust to trust it: "), otherwise="no")
        if answer.strip().lower() not in ("trust", _("trust")):
            raise TuichatError(_("It was not trusted."))
        pinned = found.fingerprint
        found = await self._accounts.probe(url, pinned)
        if found.certificate_problem:
            raise ClientError(found.certificate_problem)
        return found, pinned

    async def _ask(self, question: str, *, otherwise: str = "", is_secret: bool = False) -> str:
        """Return the answer. Raises GivenUp for an empty one that stands for nothing."""
        answer = await self._source.read(question, is_secret=is_secret)
        if answer is None or not (answer.strip() or otherwise):
            raise GivenUp
        return answer if answer.strip() else otherwise
