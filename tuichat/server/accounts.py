"""Accounts: passwords, tokens, and who stands behind a token."""

import asyncio
import base64
import binascii
import hashlib
import hmac
import ipaddress
import secrets
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import argon2
import msgspec
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.low_level import ARGON2_VERSION

from tuichat.errors import TuichatError
from tuichat.protocol.snowflake import MAX_SNOWFLAKE, Snowflake
from tuichat.server.login_throttle import Throttle
from tuichat.server.store.operations import DeleteToken, DeleteTokensOf, Operation, Put, TrimTokens
from tuichat.server.store.rows import PasswordRow, TokenRow
from tuichat.server.store.store import Store

T = TypeVar("T")

SECRET_BYTES = 32
MAX_TOKEN_CHARACTERS = 200  # ours have some 90
MAX_TOKENS = 100  # of one account: as many as it may have sessions
MAX_CACHED_ACTORS = 10_000
MAX_WAITING_HASHES = 64  # each takes 64 MiB and some 100 ms while it runs; two run at a time
LOGIN_BURST, LOGIN_REFILL_MS = 10, 30_000  # taste: wrong passwords an account, and a peer, then one every 30 s
REGISTER_BURST, REGISTER_REFILL_MS = 50, 10_000  # taste: new accounts a peer
UNLIMITED_BURST = 1_000_000_000


class Actor(msgspec.Struct, frozen=True):
    """Who asks. `token_id` is None for this machine's administrator, who acts as an account without its token.

    `reason` is what the request gives for the audit log.
    """

    user_id: Snowflake
    is_bot: bool = False
    token_id: Snowflake | None = None
    application_flags: int = 0
    reason: str | None = None


class HashingBusy(TuichatError):
    """Too many passwords wait to be checked already."""


Revoked = Callable[[int, int | None], None]  # user id; token id, None for all of the user's


class Accounts:
    """Passwords and tokens of one server. Hashing never runs on the loop."""

    def __init__(
        self,
        store: Store,
        *,
        now_ms: Callable[[], int],
        hasher: argon2.PasswordHasher | None = None,
        register_burst: int = REGISTER_BURST,
    ) -> None:
        self._store = store
        self._now_ms = now_ms
        self._hasher = hasher or argon2.PasswordHasher()  # argon2id, RFC 9106's low-memory parameters
        self._pool = ThreadPoolExecutor(2, thread_name_prefix="password")
        self._waiting = 0
        self._decoy = _decoy(self._hasher)
        self._actors: OrderedDict[bytes, Actor] = OrderedDict()
        self._revocations = 0
        self._revoked: list[Revoked] = []
        self.login_tries_by_account = Throttle(burst=LOGIN_BURST, refill_ms=LOGIN_REFILL_MS)
        self.login_tries_by_peer = Throttle(burst=LOGIN_BURST * 3, refill_ms=LOGIN_REFILL_MS // 3)
        self.registrations_by_peer = Throttle(burst=register_burst, refill_ms=REGISTER_REFILL_MS)

    async def hash_password(self, password: str) -> str:
        """Hash a password with argon2id. Raises HashingBusy."""
        return await self._run(lambda: self._hasher.hash(password))

    async def verify_password(self, user_id: int | None, password: str) -> bool:
        """Check an account's password; None, an account without one and a wrong one take the same time.

        Raises HashingBusy.
        """
        stored = await self._store.read_password_hash(0 if user_id is None else user_id)  # nobody has the id 0
        is_right = await self._run(lambda: self._verify(stored, password))
        return is_right and stored is not None

    async def issue_token(self, user_id: Snowflake, *others: Operation) -> str:
        """Make a token and write it, in one transaction with `others`; of more than 100 the oldest is revoked.

        Only the caller ever has its text.
        """
        token, operation = self.new_token(user_id)
        trim = TrimTokens(user_id, MAX_TOKENS)
        await self._store.write([*others, operation, trim], before_publish=lambda: self.forget_actors(user_id))
        return token

    def new_token(self, user_id: Snowflake) -> tuple[str, Put]:
        """Make a token, and the operation that makes it good."""
        token_id = self._store.next_id(self._now_ms())
        secret = secrets.token_urlsafe(SECRET_BYTES)
        row = TokenRow(id=token_id, user_id=user_id, secret_hash=_hash_secret(secret))
        return f"{_encode_id(user_id)}.{_encode_id(token_id)}.{secret}", Put(row)

    async def authenticate(self, token: str) -> Actor | None:
        """Say who stands behind a token, None when it is not good. `Bot ` before it is allowed, for bots alone."""
        is_for_bot = token[:4].lower() == "bot "
        if is_for_bot:
            token = token[4:]
        if len(token) > MAX_TOKEN_CHARACTERS or not token.isascii():
            return None
        key = hashlib.sha256(token.encode()).digest()
        actor = self._actors.get(key)
        while actor is None:
            revocations = self._revocations
            actor = await self._look_up(token)
            if actor is None:
                return None
            if revocations != self._revocations:
                actor = None  # a token was revoked while we read: it may have been this one
                continue
            self._actors[key] = actor
            if len(self._actors) > MAX_CACHED_ACTORS:
                self._actors.popitem(last=False)
        return None if is_for_bot and not actor.is_bot else actor

    async def authenticate_header(self, authorization: str) -> Actor | None:
        """Read an `Authorization` header: `Bot TOKEN` for bots, the token alone for people."""
        actor = await self.authenticate(authorization)
        is_for_bot = authorization[:4].lower() == "bot "
        return actor if actor is not None and actor.is_bot == is_for_bot else None

    async def revoke(self, actor: Actor) -> None:
        """Make the token useless that the actor came with."""
        if actor.token_id is None:
            return
        token_id = actor.token_id
        await self._store.write([DeleteToken(token_id)], before_publish=lambda: self._forget(actor.user_id, token_id))

    async def revoke_all(self, user_id: int, *others: Operation) -> None:
        """Make every token of a user useless, in one transaction with `others`."""
        await self._store.write([DeleteTokensOf(user_id), *others], before_publish=lambda: self._forget(user_id, None))

    async def set_password(self, user_id: Snowflake, password: str) -> None:
        """Give an account a password, and sign it out everywhere. Raises HashingBusy."""
        row = PasswordRow(user_id=user_id, password_hash=await self.hash_password(password))
        await self.revoke_all(user_id, Put(row))

    async def change_password(self, user_id: Snowflake, password_hash: str, *others: Operation) -> str:
        """Give an account another password, sign it out everywhere, and return a new token; in one transaction with `others`."""
        token, write_token = self.new_token(user_id)
        password = Put(PasswordRow(user_id=user_id, password_hash=password_hash))
        await self.revoke_all(user_id, password, write_token, *others)
        return token

    def on_revoked(self, callback: Revoked) -> None:
        """Call back with (user id, token id or None for all) when tokens are revoked, to close their sessions."""
        self._revoked.append(callback)

    def forget_actors(self, user_id: int) -> None:
        """Read a user's tokens anew: what its application may do has changed."""
        self._revocations += 1
        self._actors = OrderedDict((key, actor) for key, actor in self._actors.items() if actor.user_id != user_id)

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _look_up(self, token: str) -> Actor | None:
        parts = token.split(".")
        if len(parts) != 3:
            return None
        user_id, token_id = _decode_id(parts[0]), _decode_id(parts[1])
        if user_id is None or token_id is None:
            return None
        row = await self._store.read_token(token_id)
        secret_hash = _hash_secret(parts[2])
        if row is None or not hmac.compare_digest(row.secret_hash, secret_hash) or row.user_id != user_id:
            return None
        application = await self._store.read_application(user_id)
        return Actor(
            row.user_id,
            is_bot=application is not None,
            token_id=row.id,
            application_flags=application.flags if application else 0,
        )

    def _forget(self, user_id: int, token_id: int | None) -> None:
        self._revocations += 1
        self._actors = OrderedDict(
            (key, actor)
            for key, actor in self._actors.items()
            if actor.user_id != user_id or (token_id is not None and actor.token_id != token_id)
        )
        for callback in self._revoked:
            callback(user_id, token_id)

    def _verify(self, stored: str | None, password: str) -> bool:
        try:
            return self._hasher.verify(self._decoy if stored is None else stored, password)
        except (VerifyMismatchError, VerificationError, InvalidHashError):
            return False

    async def _run(self, function: Callable[[], T]) -> T:
        if self._waiting >= MAX_WAITING_HASHES:
            raise HashingBusy("Too many people sign in at this moment; try again in a few seconds.")
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, function)
        finally:
            self._waiting -= 1


def peer_key(address: str) -> str:
    """What counts as one peer for throttling: an IPv4 address, an IPv6 network of 64 bits."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _decoy(hasher: argon2.PasswordHasher) -> str:
    """A hash of no known password, which takes as long to check as any of `hasher`.

    It is written, not computed: no first login waits for it, and no start spends a hash's 64 MiB on it.
    """
    salt, digest = (
        base64.b64encode(secrets.token_bytes(count)).decode().rstrip("=")
        for count in (hasher.salt_len, hasher.hash_len)
    )
    cost = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2{hasher.type.name.lower()}$v={ARGON2_VERSION}${cost}${salt}${digest}"


def _hash_secret(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()  # of 256 random bits, so nothing slower is needed


def _encode_id(value: int) -> str:
    return base64.b64encode(str(int(value)).encode()).decode().rstrip("=")


def _decode_id(text: str) -> int | None:
    try:
        digits = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        value = int(digits) if digits.isdigit() and len(digits) <= 19 else -1
    except (binascii.Error, ValueError):
        return None
    return value if 0 <= value <= MAX_SNOWFLAKE else None
