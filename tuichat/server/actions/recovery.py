"""Recovery codes: what lets somebody in again who forgot the password, where no mail is sent."""

import hashlib
import hmac
import secrets

from tuichat.protocol.profile import RecoverRequest, RecoveryCodes, RecoveryCodesRequest, RecoveryState
from tuichat.protocol.rest.account import LoginResponse
from tuichat.protocol.rest.error import ErrorCode, FieldError
from tuichat.server import names
from tuichat.server.accounts import peer_key
from tuichat.server.actions import errors
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.users import TOO_MANY_TRIES, require_own_password, require_password
from tuichat.server.store.operations import DeleteRecoveryCodes, Operation, Put, Remove
from tuichat.server.store.social_rows import RecoveryCodeRow

CODES = 8
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # without what looks alike
_GROUPS, _SIGNS = 4, 4  # 79 bits, so that a fast hash is enough
MAX_CODE_CHARACTERS = 100


async def state_of(ctx: Context, actor: Actor) -> RecoveryState:
    """How many of the actor's codes are left."""
    if actor.is_bot:
        raise errors.bots_cannot()
    codes = await ctx.store.read_recovery_codes(actor.user_id)
    return RecoveryState(left=len(codes), has_password=await ctx.store.read_password_hash(actor.user_id) is not None)


async def make_codes(ctx: Context, actor: Actor, request: RecoveryCodesRequest) -> RecoveryCodes:
    """Give the actor 8 new codes in place of those before. Needs the password where there is one.

    Only the caller ever has their text. Raises ActionError 50035, 429; HashingBusy.
    """
    if actor.is_bot:
        raise errors.bots_cannot()
    await require_own_password(ctx, actor, request.password or None)
    codes = [_new_code() for _ in range(CODES)]
    rows = [RecoveryCodeRow(user_id=actor.user_id, code_hash=_hash(actor.user_id, code)) for code in codes]
    operations: list[Operation] = [DeleteRecoveryCodes(actor.user_id), *map(Put, rows)]
    async with ctx.edits.hold(actor.user_id):
        await ctx.store.write(operations)
    return RecoveryCodes(codes=codes)


async def recover(ctx: Context, request: RecoverRequest, *, peer: str) -> LoginResponse:
    """Set a new password by a recovery code, which is used up by it, and sign in; all other sign-ins end.

    An unknown name and a wrong code are answered alike. Tries count with those to sign in, for the account and for the
    address `peer`. Raises ActionError 50035, 429; HashingBusy.
    """
    password = require_password(request.password)
    key, address, now_ms = names.name_key(request.login[:200]), peer_key(peer), ctx.now_ms()
    by_account, by_peer = ctx.accounts.login_tries_by_account, ctx.accounts.login_tries_by_peer
    if wait_ms := by_peer.take(address, now_ms):
        raise errors.slow_down(ErrorCode.GENERAL, TOO_MANY_TRIES, wait_ms / 1000)
    if wait_ms := by_account.take(key, now_ms):
        by_peer.give_back(address)
        raise errors.slow_down(ErrorCode.GENERAL, TOO_MANY_TRIES, wait_ms / 1000)
    password_hash = await ctx.accounts.hash_password(password)  # for a wrong code too: both take as long
    row = ctx.users.find(key)
    user_id = row.id if row is not None and row.is_person else 0  # nobody has the id 0
    async with ctx.edits.hold(user_id):
        wanted = _hash(user_id, request.code[:MAX_CODE_CHARACTERS])
        codes = await ctx.store.read_recovery_codes(user_id)
        found = [code for code in codes if hmac.compare_digest(code, wanted)]
        if not found or row is None:
            fault = [FieldError("INVALID_RECOVERY_CODE", "Login or recovery code is invalid, or the code was used.")]
            raise errors.invalid_form({"login": fault, "code": fault})
        used = Remove(RecoveryCodeRow(user_id=row.id, code_hash=wanted))
        token = await ctx.accounts.change_password(row.id, password_hash, used)
    by_peer.give_back(address)
    by_account.give_back(key)
    return LoginResponse(user_id=row.id, token=token)


def _new_code() -> str:
    groups = ["".join(secrets.choice(_ALPHABET) for _ in range(_SIGNS)) for _ in range(_GROUPS)]
    return "-".join(groups)


def _hash(user_id: int, code: str) -> bytes:
    """Hash a code as it is kept; blanks, dashes and capitals make no difference."""
    signs = "".join(sign for sign in code.lower() if sign in _ALPHABET)
    return hashlib.sha256(b"recovery code %d " % int(user_id) + signs.encode()).digest()
