"""Making accounts, signing in and out."""

import base64
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tuichat.protocol.profile import AuthSession, AuthSessions, LogoutSessionsRequest
from tuichat.protocol.rest.account import (
    LocalSignInResponse,
    LoginRequest,
    LoginResponse,
    RegisterRequest,
    RegisterResponse,
)
from tuichat.protocol.rest.error import ErrorCode, FieldError
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server import names
from tuichat.server.accounts import peer_key
from tuichat.server.actions import errors, fields, invites, joining
from tuichat.server.actions.access import require_still
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.home import ensure_home
from tuichat.server.actions.users import (
    TOO_MANY_TRIES,
    clean_email,
    require_free,
    require_own_password,
    require_password,
    require_username,
    username_taken,
)
from tuichat.server.options import Registration
from tuichat.server.store.errors import Conflict
from tuichat.server.store.operations import Operation, Put
from tuichat.server.store.rows import PasswordRow, UserRow
from tuichat.server.store.social_rows import ProfileRow

MAX_SHOWN_SESSIONS = 50  # Discord's
MAX_LOGGED_OUT = 64


async def register(ctx: Context, request: RegisterRequest, *, peer: str) -> RegisterResponse:
    """Make an account with a password; with an invite it joins that guild at once.

    `peer` is the network address that asks. Raises ActionError: 40001 where registration is closed, 50035 for a wrong field,
    429 for too many tries from one address; HashingBusy.
    """
    if ctx.registration is Registration.CLOSED:
        raise errors.ActionError(
            403, ErrorCode.UNAUTHORIZED, "Registration is closed on this server. Ask whoever runs it for an account."
        )
    _take(ctx.accounts.registrations_by_peer.take(peer_key(peer), ctx.now_ms()))
    display_name = fields.require_display_name("global_name", request.global_name) if request.global_name else None
    wanted = request.username or (names.derive_username(display_name) if display_name else "")
    username = require_username(wanted)
    password = require_password(request.password)
    if ctx.registration is Registration.INVITE and not request.invite:
        raise errors.invalid_field("invite", "BASE_TYPE_REQUIRED", "This server takes new accounts by invite only.")
    email = clean_email(request.email)
    invite = None
    if request.invite:
        try:
            invite = await invites.find_invite(ctx, request.invite)
        except errors.ActionError as refusal:
            _take(ctx.accounts.login_tries_by_peer.take(peer_key(peer), ctx.now_ms()))  # codes are not to be guessed
            raise errors.invalid_field(
                "invite", "INVITE_INVALID", "This invite is unknown, used up or expired."
            ) from refusal
    row = UserRow(id=ctx.next_id(), username=username, name_key=names.name_key(username), display_name=display_name)
    require_free(ctx, row)
    password_hash = await ctx.accounts.hash_password(password)
    token, write_token = ctx.accounts.new_token(row.id)
    account: tuple[Operation, ...] = (
        Put(row),
        *([Put(ProfileRow(user_id=row.id, email=email))] if email else []),
        Put(PasswordRow(user_id=row.id, password_hash=password_hash)),
        write_token,
    )
    async with reserved(ctx, row):
        if invite is None:
            await ctx.store.write(account)
        else:
            state, found = invite
            async with state.lock:
                require_still(ctx, state)
                _, found = await invites.find_invite(ctx, found.code)
                use = invites.use_invite(ctx, state, found)
                step = joining.join(ctx, state, row.id, is_temporary=found.is_temporary)
                await joining.write(ctx, step, use, more=account)
    return RegisterResponse(token=token)


async def login(ctx: Context, request: LoginRequest, *, peer: str) -> LoginResponse:
    """Sign in with user name and password.

    An unknown name and a wrong password are answered alike and after the same time. Tries are counted for the account and
    for the address before they are judged; the right password gives them back.
    """
    key = names.name_key(request.login[:200])
    address = peer_key(peer)
    now_ms = ctx.now_ms()
    by_account, by_peer = ctx.accounts.login_tries_by_account, ctx.accounts.login_tries_by_peer
    _take(by_peer.take(address, now_ms))
    wait_ms = by_account.take(key, now_ms)
    if wait_ms:
        by_peer.give_back(address)
        _take(wait_ms)
    row = ctx.users.find(key)
    candidate = row.id if row is not None and row.is_person else None
    if not await ctx.accounts.verify_password(candidate, request.password[:1000]) or row is None:
        fault = [FieldError("INVALID_LOGIN", "Login or password is invalid.")]
        raise errors.invalid_form({"login": fault, "password": fault})
    by_peer.give_back(address)
    by_account.give_back(key)
    return LoginResponse(user_id=row.id, token=await ctx.accounts.issue_token(row.id))


def session_hash(token_id: int) -> str:
    """What names a sign-in to its own account: nothing that a token could be made from."""
    digest = hashlib.sha256(b"auth session %d" % int(token_id)).digest()
    return base64.b64encode(digest).decode()


async def list_sessions(ctx: Context, actor: Actor) -> AuthSessions:
    """The actor's sign-ins, the latest 50."""
    if actor.is_bot:
        raise errors.bots_cannot()
    token_ids = (await ctx.store.read_token_ids(actor.user_id))[:MAX_SHOWN_SESSIONS]
    return AuthSessions(
        user_sessions=[
            AuthSession(id_hash=session_hash(token_id), approx_last_used_time=format_timestamp(token_id.timestamp_ms))
            for token_id in token_ids
        ]
    )


async def logout_sessions(ctx: Context, actor: Actor, request: LogoutSessionsRequest) -> None:
    """End 1 to 64 of the actor's sign-ins: their tokens are of no use any more. Needs the password where there is one."""
    if actor.is_bot:
        raise errors.bots_cannot()
    if not 1 <= len(request.session_id_hashes) <= MAX_LOGGED_OUT:
        raise errors.invalid_field(
            "session_id_hashes", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_LOGGED_OUT} in length."
        )
    await require_own_password(ctx, actor, request.password or None)
    wanted = set(request.session_id_hashes)
    for token_id in await ctx.store.read_token_ids(actor.user_id):
        if session_hash(token_id) in wanted:
            await ctx.accounts.revoke(Actor(actor.user_id, token_id=token_id))


async def logout(ctx: Context, actor: Actor) -> None:
    """Make the token useless that this request came with."""
    await ctx.accounts.revoke(actor)


async def sign_in_local(
    ctx: Context, *, display_name: str | None = None, user_id: int | None = None
) -> LocalSignInResponse:
    """Sign in without a password, for the user who runs this server: the caller has checked the peer of the Unix socket.

    With `user_id`, to that account again; else to a new one, which joins Home. A display name that somebody has, or that
    looks like one, gets a number.
    """
    if user_id is not None:
        known = ctx.users.get(user_id)
        if known is None or not known.is_person:
            raise errors.unknown_user()
        return LocalSignInResponse(user_id=known.id, token=await ctx.accounts.issue_token(known.id))
    row = new_local_user(ctx, fields.require_display_name("display_name", display_name or "user"))
    token, write_token = ctx.accounts.new_token(row.id)
    async with reserved(ctx, row):
        await ctx.store.write([Put(row), write_token])
    state = await ensure_home(ctx, row.id)
    async with state.lock:
        if ctx.guilds.get(state.id) is state and not state.has_member(row.id):
            await joining.write(ctx, joining.join(ctx, state, row.id))
    return LocalSignInResponse(user_id=row.id, token=token)


def new_local_user(ctx: Context, display_name: str) -> UserRow:
    """A new account's row: names that are taken, or imitate others, get the lowest number that is free."""
    shown = {names.name_key(row.display_name or row.username) for row in ctx.users.all()}
    name, number = display_name, 1
    while names.name_key(name) in shown:
        number += 1
        name = names.with_suffix(display_name, number, names.DISPLAY_NAME_CHARACTERS[1], " ")
    base = names.derive_username(name)
    username, number = base, 1
    while ctx.users.find(names.name_key(username)) is not None:
        number += 1
        username = names.with_suffix(base, number, names.USERNAME_CHARACTERS[1])
    return UserRow(id=ctx.next_id(), username=username, name_key=names.name_key(username), display_name=name)


@asynccontextmanager
async def reserved(ctx: Context, row: UserRow) -> AsyncIterator[None]:
    """Hold a new user's name while its account is written, and let it go when that fails."""
    require_free(ctx, row)
    ctx.users.put(row)
    try:
        yield
    except BaseException as error:
        ctx.users.remove(row.id)
        if isinstance(error, Conflict):
            raise username_taken() from error
        raise


def _take(wait_ms: int) -> None:
    if wait_ms:
        raise errors.slow_down(ErrorCode.GENERAL, TOO_MANY_TRIES, wait_ms / 1000)
