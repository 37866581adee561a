"""The accounts of a profile: signing in and out, and all of them connected at once."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from tuichat.client import account_routes, directory, routes
from tuichat.client.change import Change
from tuichat.client.client import Client
from tuichat.client.endpoint import Endpoint, check_token_allowed, parse_url, personal_endpoint
from tuichat.client.errors import CertificateError, ClientError, RefusedError
from tuichat.client.invite_link import read_link
from tuichat.client.locator import Locator, PersonalLocator, UrlLocator, find_personal, foreign_server_id, server_info
from tuichat.client.message_cache import MessageCache, wipe_all
from tuichat.client.outbox import Outbox
from tuichat.client.rest import Rest
from tuichat.config.accounts import AccountBook, AccountRecord, Address, PersonalAddress, UrlAddress
from tuichat.config.credentials import CredentialStore
from tuichat.config.keyring import find_quiet_keyring
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings
from tuichat.config.secret import Token, remember_secret
from tuichat.errors import TuichatError
from tuichat.protocol.guild import Invite
from tuichat.protocol.rest.account import LocalSignInResponse, RegisterResponse
from tuichat.protocol.user import OwnUser
from tuichat.translation import _

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServerProbe:
    """What a server says to a stranger. With a `certificate_problem` it was asked nothing: `fingerprint` is what it showed."""

    url: str
    server_id: str | None = None
    version: str = ""
    features: frozenset[str] = frozenset()
    registration: str = "closed"  # open, invite or closed
    certificate_problem: str | None = None
    fingerprint: str | None = None


class _LoginAnswer(msgspec.Struct, frozen=True):
    token: str | None = None
    mfa: bool = False


def _say_nothing(_sentence: str) -> None:
    pass


class Accounts:
    """The signed-in accounts of one profile. Owns their tasks: whoever makes it calls `close` in the end."""

    def __init__(self, profile: Profile, settings: Settings, *, is_unattended: bool = False) -> None:
        """`is_unattended` is for programs: beside a screen of the same profile they are not seen, and touch nothing of it."""
        self.profile = profile
        self.settings = settings
        self._is_unattended = is_unattended
        self.clients: dict[str, Client] = {}
        self._book = AccountBook(profile)
        self._credentials: CredentialStore | None = None
        self._opening = asyncio.Lock()
        self._runs: dict[str, asyncio.Task[None]] = {}
        self._listeners: list[Callable[[], None]] = []

    @property
    def has_accounts(self) -> bool:
        """Whether anybody has signed in with this profile. Raises ClientError for a file that cannot be read."""
        try:
            return bool(self._book.list())
        except TuichatError as error:
            raise RefusedError(str(error)) from error

    def subscribe_accounts(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have `listener` called when a client came or went; call what is returned to end that."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def listen(self, listener: Callable[[Client, Sequence[Change]], None]) -> Callable[[], None]:
        """Have `listener` called with what changes at any account, of those that come later too; call what is returned to
        end that."""
        heard: dict[str, tuple[Client, Callable[[], None]]] = {}

        def follow() -> None:
            for key in [key for key, (client, _end) in heard.items() if self.clients.get(key) is not client]:
                heard.pop(key)[1]()
            for key, client in self.clients.items():
                if key not in heard:
                    heard[key] = client, client.subscribe(partial(listener, client))

        unsubscribe = self.subscribe_accounts(follow)
        follow()

        def end() -> None:
            unsubscribe()
            for _client, end_one in heard.values():
                end_one()
            heard.clear()

        return end

    async def start_all(self) -> None:
        """Have every account of the profile connect at once. What hinders one shows in its own state."""
        try:
            records = await asyncio.to_thread(self._book.list)
        except TuichatError as error:
            raise RefusedError(str(error)) from error
        if not (self.settings.cache.messages or self._is_unattended):
            await asyncio.to_thread(wipe_all, self.profile.state_dir)
        tokens = await asyncio.gather(*(self._stored_token(record) for record in records))
        for record, token in zip(records, tokens, strict=True):
            if _key(record) not in self.clients:
                self._add(record, token)

    async def sign_in_personal(
        self, display_name: str | None = None, progress: Callable[[str], None] = _say_nothing
    ) -> Client:
        """Sign in to the personal server, as this profile's account there, or as a new one named `display_name`.

        `progress` is told sentences for the screen while the server starts.
        """
        address = await find_personal(progress)
        rest = Rest(personal_endpoint(address.socket_path))
        async with contextlib.aclosing(rest):
            record = await self._personal_record(address.server_id)
            user_id = record.user_id if record else None
            name = None if record else display_name
            token = await _sign_in_locally(rest, name, user_id)
            return await self._admit(rest, address.server_id, PersonalAddress(), token)

    async def probe(self, url: str, fingerprint: str | None = None) -> ServerProbe:
        """Ask who a server is and whether it takes new people; a bad certificate is told, not raised."""
        endpoint = parse_url(url, fingerprint)
        try:
            info = await server_info(endpoint)
        except CertificateError as error:
            return ServerProbe(endpoint.url, certificate_problem=error.problem, fingerprint=error.fingerprint or None)
        if info is None:
            return ServerProbe(endpoint.url, foreign_server_id(endpoint))
        return ServerProbe(endpoint.url, info.server_id, info.version, frozenset(info.features), info.registration)

    async def sign_in(self, url: str, login: str, password: str, fingerprint: str | None = None) -> Client:
        """Sign in with a name and a password."""
        remember_secret(password)
        endpoint = parse_url(url, fingerprint)
        check_token_allowed(endpoint, None)
        rest = Rest(endpoint)
        async with contextlib.aclosing(rest):
            answer = await rest.get(routes.login(login, password), _LoginAnswer)
            if answer.token is None:
                raise RefusedError(
                    _("{host} asks for a second factor, which tuichat cannot give yet.").format(host=endpoint.host)
                    if answer.mfa
                    else _("{host} accepted the password and gave no token.").format(host=endpoint.host)
                )
            return await self._admit_at(rest, Token(answer.token))

    async def register(
        self,
        url: str,
        username: str,
        password: str,
        invite: str | None = None,
        fingerprint: str | None = None,
        display_name: str | None = None,
    ) -> Client:
        """Make an account, with an invite where the server wants one."""
        remember_secret(password)
        endpoint = parse_url(url, fingerprint)
        check_token_allowed(endpoint, None)
        rest = Rest(endpoint)
        async with contextlib.aclosing(rest):
            code = read_link(invite).code if invite else None
            answer = await rest.get(routes.register(username, password, code, display_name), RegisterResponse)
            return await self._admit_at(rest, Token(answer.token))

    async def invited_to(self, url: str, invite: str, fingerprint: str | None = None) -> int | None:
        """Return the channel into which an invite leads that is still good; None where the server tells of none."""
        try:
            rest = Rest(parse_url(url, fingerprint))
            async with contextlib.aclosing(rest):
                found = await rest.get(routes.get_invite(read_link(invite).code), Invite)
        except ClientError as error:
            logger.info("the invite cannot be looked at: %s", error)
            return None
        return int(found.channel.id)

    async def recover(self, url: str, login: str, code: str, password: str, fingerprint: str | None = None) -> Client:
        """Sign in with a recovery code, which is used up by it, and a new password."""
        remember_secret(password)
        remember_secret(code)
        endpoint = parse_url(url, fingerprint)
        check_token_allowed(endpoint, None)
        rest = Rest(endpoint)
        async with contextlib.aclosing(rest):
            answer = await rest.get(account_routes.recover(login, code, password), RegisterResponse)
            return await self._admit_at(rest, Token(answer.token))

    async def change_password(self, key: str, current: str, new: str) -> None:
        """Give an account another password, and stay signed in here."""
        client = self.clients[key]
        token = await client.own.change_password(current, new)
        client.replace_token(token)
        client.reconnect_now()
        await self._store(client.account, token)

    async def remove(self, key: str) -> None:
        """Sign an account out and forget it."""
        client = self.clients.pop(key, None)
        if client is None:
            return
        await client.sign_out()
        await self._finish(key)
        await asyncio.to_thread(MessageCache(self.profile.state_dir, key).wipe)
        credentials = await self._open_credentials()
        try:
            await asyncio.to_thread(credentials.delete, client.account.server_id, client.account.user_id)
            await asyncio.to_thread(self._book.remove, client.account.server_id, client.account.user_id)
        except TuichatError as error:
            raise RefusedError(str(error)) from error
        finally:
            self._tell()

    async def close(self) -> None:
        """Close every account. What is unsent stays on disk."""
        await asyncio.gather(*(client.close() for client in self.clients.values()))
        await asyncio.gather(*(self._finish(key) for key in list(self._runs)))
        self.clients.clear()

    # Making clients

    async def _admit_at(self, rest: Rest, token: Token) -> Client:
        endpoint = rest.endpoint
        check_token_allowed(endpoint, token.reveal())
        info = await server_info(endpoint)
        server_id = info.server_id if info else foreign_server_id(endpoint)
        return await self._admit(rest, server_id, UrlAddress(endpoint.url, endpoint.pinned_sha256), token)

    async def _admit(self, rest: Rest, server_id: str, address: Address, token: Token) -> Client:
        """Keep a token that was just given, and run its account."""
        rest.token = token
        me = await rest.get(routes.get_me(), OwnUser)
        user = directory.plain_user(me)
        record = AccountRecord(server_id, str(int(user.id)), user.username, user.display_name, address)
        await self._store(record, token)
        key = _key(record)
        known = self.clients.get(key)
        if known is not None:
            await known.close()
            await self._finish(key)
        return self._add(record, token)

    def _add(self, record: AccountRecord, token: Token | None) -> Client:
        key = _key(record)
        client: Client

        async def renew() -> bool:
            if not isinstance(record.address, PersonalAddress):
                return False
            client.replace_token(await self._renew_personal(record))
            return True

        def progress(sentence: str) -> None:
            client.tell_progress(sentence)

        endpoint, locator = self._way_to(record, progress)
        outbox = Outbox(self.profile.state_dir, key)
        keeps_messages = self.settings.cache.messages and not self._is_unattended
        client = Client(
            record,
            token=token,
            rest=Rest(endpoint, token, renew),
            locator=locator,
            outbox=outbox,
            renew_token=renew,
            cache=MessageCache(self.profile.state_dir, key) if keeps_messages else None,
            is_unattended=self._is_unattended,
        )
        self.clients[key] = client
        self._runs[key] = asyncio.create_task(client.run(), name=f"account {key}")
        self._tell()
        return client

    def _way_to(self, record: AccountRecord, progress: Callable[[str], None]) -> tuple[Endpoint, Locator]:
        if isinstance(record.address, PersonalAddress):
            # The locator says where the socket is as soon as the server has been found.
            nowhere_yet = personal_endpoint(self.profile.state_dir / "no-server-yet")
            return nowhere_yet, PersonalLocator(record.server_id, progress)
        endpoint = Endpoint(record.address.url, None, record.address.pinned_sha256)
        return endpoint, UrlLocator(endpoint, record.server_id)

    async def _renew_personal(self, record: AccountRecord) -> Token:
        """Sign in to an existing account of the personal server again: a lost token loses nobody."""
        address = await find_personal(_say_nothing, unless_stopped=True)
        if address.server_id != record.server_id:
            raise RefusedError(_("Your server's data is not the one that this account is on."))
        async with contextlib.aclosing(Rest(personal_endpoint(address.socket_path))) as rest:
            token = await _sign_in_locally(rest, None, record.user_id)
        await self._store(record, token)
        return token

    async def _personal_record(self, server_id: str) -> AccountRecord | None:
        records = await asyncio.to_thread(self._book.list)
        for record in records:
            if isinstance(record.address, PersonalAddress) and record.server_id == server_id:
                return record
        return None

    async def _finish(self, key: str) -> None:
        run = self._runs.pop(key, None)
        if run is None:
            return
        if not run.done():
            run.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            try:
                await run
            except Exception:
                logger.exception("the account %s ended badly", key)

    # Tokens and records on disk

    async def _open_credentials(self) -> CredentialStore:
        if self._credentials is None:
            async with self._opening:
                if self._credentials is None:
                    keyring = await asyncio.to_thread(find_quiet_keyring)
                    self._credentials = CredentialStore(self.profile, keyring=keyring)
        return self._credentials

    async def _stored_token(self, record: AccountRecord) -> Token | None:
        """Return a record's token, None where it is lost; the file is asked first, since a keyring takes its time."""
        try:
            in_file = await asyncio.to_thread(CredentialStore(self.profile).get, record.server_id, record.user_id)
            if in_file is not None:
                return in_file
            credentials = await self._open_credentials()
            return await asyncio.to_thread(credentials.get, record.server_id, record.user_id)
        except TuichatError as error:
            logger.warning("the token of %s: %s", _key(record), error)
            return None

    async def _store(self, record: AccountRecord, token: Token) -> None:
        credentials = await self._open_credentials()
        try:
            await asyncio.to_thread(credentials.put, record.server_id, record.user_id, token)
            await asyncio.to_thread(self._book.put, record)
        except TuichatError as error:
            raise RefusedError(str(error)) from error

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()


async def _sign_in_locally(rest: Rest, display_name: str | None, user_id: str | None) -> Token:
    answer = await rest.get(routes.local_sign_in(display_name, user_id), LocalSignInResponse)
    return Token(answer.token)


def _key(record: AccountRecord) -> str:
    return f"{record.server_id}/{record.user_id}"
