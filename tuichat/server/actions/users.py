"""Users: oneself and others."""

import re
from collections.abc import Mapping

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.dispatch.user import UserUpdate
from tuichat.protocol.profile import EditedUser, EditProfileRequest, ProfileMetadata
from tuichat.protocol.rest.account import EditUserRequest
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.user import OwnUser, User
from tuichat.server import names
from tuichat.server.actions import errors, fields, presence
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.images import ImageKind, keep_image, put_image
from tuichat.server.actions.members import member_updated
from tuichat.server.actions.relationships import knows
from tuichat.server.actions.user_cache import own_user
from tuichat.server.bus import event
from tuichat.server.store.errors import Conflict
from tuichat.server.store.operations import Operation, Put
from tuichat.server.store.rows import UserRow
from tuichat.server.store.social_rows import ProfileRow

PASSWORD_CHARACTERS = (8, 72)  # Discord's, as are the next ones
MAX_BIO_CHARACTERS = 190
MAX_PRONOUNS_CHARACTERS = 40
MAX_EMAIL_CHARACTERS = 254  # RFC 5321, 4.5.3.1, less its angle brackets
MAX_COLOR = 0xFFFFFF
TOO_MANY_TRIES = "Too many tries. Wait a little, then try again."
PEOPLES_OWN = ("bio", "pronouns", "accent_color", "email", "password", "new_password")  # what a bot has not
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


async def get_me(ctx: Context, actor: Actor) -> OwnUser:
    return own_user(_own_row(ctx, actor), await ctx.store.read_profile(actor.user_id))


def get_user(ctx: Context, actor: Actor, user_id: int) -> User:
    """Another user that the actor has something to do with (`relationships.knows`); 10013 for all others."""
    if not knows(ctx, actor.user_id, user_id):
        raise errors.unknown_user()
    return ctx.users.wire(user_id)


async def edit_me(ctx: Context, actor: Actor, request: EditUserRequest) -> EditedUser:
    """Change one's names, pictures, profile, email or password, and tell one's sessions and every guild.

    Another email and a new password need the password in use, where there is one; an account without gets its first so. A
    new password makes every token useless: the answer has a new one. Raises ActionError 50035, 429 for too many tries;
    HashingBusy.
    """
    if actor.is_bot and any(getattr(request, name) is not UNSET for name in PEOPLES_OWN):
        raise errors.bots_cannot()
    password_hash = await _new_password(ctx, actor, request)
    pictures = await _pictures(ctx, request)
    async with ctx.edits.hold(actor.user_id):
        profile = await ctx.store.read_profile(actor.user_id)
        row = _own_row(ctx, actor)
        changed = _changed(ctx, row, request)
        if "avatar" in pictures:
            changed = msgspec.structs.replace(changed, avatar=pictures["avatar"])
        after = changed_profile(
            profile or ProfileRow(user_id=row.id),
            EditProfileRequest(bio=request.bio, pronouns=request.pronouns, accent_color=request.accent_color),
            pictures,
        )
        if request.email is not UNSET:
            after = msgspec.structs.replace(after, email=clean_email(request.email))
        await _write_user(ctx, row, changed, profile, after)
        token = UNSET if password_hash is None else await ctx.accounts.change_password(row.id, password_hash)
    own = own_user(changed, after)
    return EditedUser(**{field: getattr(own, field) for field in own.__struct_fields__}, token=token)


async def edit_profile(ctx: Context, actor: Actor, request: EditProfileRequest) -> ProfileMetadata:
    """Change what one's profile shows."""
    asked = EditUserRequest(
        bio=request.bio, pronouns=request.pronouns, banner=request.banner, accent_color=request.accent_color
    )
    own = await edit_me(ctx, actor, asked)
    return ProfileMetadata(bio=own.bio, pronouns=own.pronouns, banner=own.banner, accent_color=own.accent_color)


def changed_profile(profile: ProfileRow, request: EditProfileRequest, pictures: Mapping[str, str | None]) -> ProfileRow:
    """Apply the plain fields of an edit, each within its limits; null takes one away."""
    changes: dict[str, object] = {}
    if request.bio is not UNSET:
        changes["bio"] = fields.require_length("bio", request.bio or "", 0, MAX_BIO_CHARACTERS)
    if request.pronouns is not UNSET:
        changes["pronouns"] = fields.require_length("pronouns", request.pronouns or "", 0, MAX_PRONOUNS_CHARACTERS)
    if request.accent_color is not UNSET:
        color = request.accent_color
        changes["accent_color"] = None if color is None else fields.require_range("accent_color", color, 0, MAX_COLOR)
    if "banner" in pictures:
        changes["banner"] = pictures["banner"]
    return msgspec.structs.replace(profile, **changes)


async def _pictures(ctx: Context, request: EditUserRequest) -> dict[str, str | None]:
    """Store the pictures of a request; their hashes by field, None for one that is taken away."""
    hashes: dict[str, str | None] = {}
    for field, picture in (("avatar", request.avatar), ("banner", request.banner)):
        if picture is not UNSET:
            hashes[field] = None if not picture else await keep_image(ctx, field, picture)
    return hashes


async def _new_password(ctx: Context, actor: Actor, request: EditUserRequest) -> str | None:
    """Check the password in use where something needs it; return the hash of the new one, None for none."""
    if request.new_password is UNSET and request.email is UNSET and request.password is UNSET:
        return None
    wanted = request.new_password or None
    given = request.password or None
    if await ctx.store.read_password_hash(actor.user_id) is None:
        first = wanted or given
        return None if first is None else await ctx.accounts.hash_password(require_password(first, "password"))
    if wanted is None and request.email is UNSET:
        return None
    await require_own_password(ctx, actor, given)
    return None if wanted is None else await ctx.accounts.hash_password(require_password(wanted, "new_password"))


async def require_own_password(ctx: Context, actor: Actor, password: str | None) -> None:
    """Refuse a wrong password of the actor's own account; one without a password has nothing to say.

    Tries count with those to sign in. Raises ActionError 50035, 429; HashingBusy.
    """
    if await ctx.store.read_password_hash(actor.user_id) is None:
        return
    key = _own_row(ctx, actor).name_key
    tries = ctx.accounts.login_tries_by_account
    wait_ms = tries.take(key, ctx.now_ms())
    if wait_ms:
        raise errors.slow_down(ErrorCode.GENERAL, TOO_MANY_TRIES, wait_ms / 1000)
    if password is None or not await ctx.accounts.verify_password(actor.user_id, password[:1000]):
        raise errors.invalid_field("password", "PASSWORD_DOES_NOT_MATCH", "Password does not match.")
    tries.give_back(key)


def clean_email(email: str | UnsetType | None) -> str | None:
    """An email address as it is kept; nothing for none. Raises ActionError 50035."""
    if not isinstance(email, str) or not email:
        return None
    cleaned = fields.require_length("email", email, 3, MAX_EMAIL_CHARACTERS)
    if not _EMAIL.fullmatch(cleaned):
        raise errors.invalid_field("email", "EMAIL_TYPE_INVALID_EMAIL", "Not a well formed email address.")
    return cleaned


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


async def _write_user(
    ctx: Context, before: UserRow, row: UserRow, profile: ProfileRow | None, after: ProfileRow
) -> None:
    """Write what changed of an account. Others hear of names and avatar alone."""
    operations: list[Operation] = []
    if row != before:
        operations.append(Put(row))
    if row.avatar != before.avatar:
        operations.append(put_image(ImageKind.AVATAR, row.id, row.avatar))
    if after != (profile or ProfileRow(user_id=row.id)):
        operations.append(Put(after))
        if after.banner != (profile.banner if profile else None):
            operations.append(put_image(ImageKind.BANNER, row.id, after.banner))
    if not operations:
        return
    own = own_user(row, after)
    payload = UserUpdate(**{field: getattr(own, field) for field in own.__struct_fields__})

    def remember() -> None:
        if row == before:
            return
        ctx.users.put(row)
        for state in ctx.guilds.of_user(row.id):
            ctx.bus.publish(member_updated(ctx, state, state.members[row.id]))
        presence.tell_user(ctx, row.id)

    try:
        await ctx.store.write(operations, [event("USER_UPDATE", payload, user_ids=[row.id])], before_publish=remember)
    except Conflict as conflict:
        raise username_taken() from conflict


def require_password(password: object, field: str = "password") -> str:
    """Return a password of 8 to 72 characters of any kind."""
    if not isinstance(password, str) or not password:
        raise errors.invalid_field(field, "BASE_TYPE_REQUIRED", "This field is required")
    fields.require_text(field, password)
    low, high = PASSWORD_CHARACTERS
    if not low <= len(password) <= high:
        raise errors.invalid_field(field, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
    return password


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
