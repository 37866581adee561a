"""Users: oneself and others."""

import msgspec
from msgspec import UNSET

from tuichat.protocol.dispatch import UserUpdate
from tuichat.protocol.rest import EditUserRequest
from tuichat.protocol.user import OwnUser, User
from tuichat.server import names
from tuichat.server.actions import errors, fields
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.members import member_updated
from tuichat.server.actions.relationships import knows
from tuichat.server.actions.user_cache import own_user
from tuichat.server.bus import event
from tuichat.server.store.errors import Conflict
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import UserRow


def get_me(ctx: Context, actor: Actor) -> OwnUser:
    return own_user(_own_row(ctx, actor))


def get_user(ctx: Context, actor: Actor, user_id: int) -> User:
    """Another user that the actor has something to do with (`relationships.knows`); 10013 for all others."""
    if not knows(ctx, actor.user_id, user_id):
        raise errors.unknown_user()
    return ctx.users.wire(user_id)


async def edit_me(ctx: Context, actor: Actor, request: EditUserRequest) -> OwnUser:
    """Change one's user name or display name, and tell every guild."""
    async with ctx.edits.hold(actor.user_id):
        row = _own_row(ctx, actor)
        changed = _changed(ctx, row, request)
        if changed != row:
            await _write_user(ctx, changed)
    return own_user(changed)


def _changed(ctx: Context, row: UserRow, request: EditUserRequest) -> UserRow:
    if request.username is not UNSET:
        username = require_username(request.username)
        row = msgspec.structs.replace(row, username=username, name_key=names.name_key(username))
        require_free(ctx, row)
    if request.global_name is not UNSET:
        display_name = request.global_name
        if display_name is not None:
            display_name = fields.require_display_name("global_name", display_name)
        row = msgspec.structs.replace(row, display_name=display_name)
    return row


async def _write_user(ctx: Context, row: UserRow) -> None:
    own = own_user(row)
    payload = UserUpdate(**{field: getattr(own, field) for field in own.__struct_fields__})

    def remember() -> None:
        ctx.users.put(row)
        for state in ctx.guilds.of_user(row.id):
            ctx.bus.publish(member_updated(ctx, state, state.members[row.id]))

    try:
        await ctx.store.write([Put(row)], [event("USER_UPDATE", payload, user_ids=[row.id])], before_publish=remember)
    except Conflict as conflict:
        raise username_taken() from conflict


def require_username(username: str, field: str = "username") -> str:
    """Return a user name in its normal form, or refuse it with the reason."""
    fields.require_text(field, username)
    try:
        return names.clean_username(username)
    except names.NameRefused as refusal:
        raise errors.invalid_field(field, "USERNAME_INVALID", str(refusal)) from None


def require_free(ctx: Context, row: UserRow) -> None:
    """Refuse a user name that is another's, or looks like it."""
    holder = ctx.users.find(row.name_key)
    if holder is not None and holder.id != row.id:
        raise username_taken()


def username_taken() -> errors.ActionError:
    return errors.invalid_field(
        "username", "USERNAME_ALREADY_TAKEN", "Username is unavailable: somebody has it, or one that looks like it."
    )


def _own_row(ctx: Context, actor: Actor) -> UserRow:
    row = ctx.users.get(actor.user_id)
    if row is None:
        raise errors.unauthorized()
    return row
