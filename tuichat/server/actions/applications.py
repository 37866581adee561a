"""Applications and their bots: making them, their tokens, and adding them to guilds."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.dispatch.guild import RoleCreate
from tuichat.protocol.permissions import ALL_BITS, Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User
from tuichat.server import names
from tuichat.server.actions import audit, errors, fields, joining, wire
from tuichat.server.actions.access import require_in_guild, require_still
from tuichat.server.actions.auth import reserved
from tuichat.server.actions.bans import require_not_banned
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.guilds import require_room
from tuichat.server.actions.images import ImageKind, keep_image, put_image
from tuichat.server.actions.interaction_delivery import check_endpoint
from tuichat.server.actions.roles import MAX_ROLES
from tuichat.server.bus import event
from tuichat.server.store.operations import Operation, Put
from tuichat.server.store.rows import ApplicationRow, RoleRow, UserRow

NAME_CHARACTERS = (2, 32)
MAX_DESCRIPTION_CHARACTERS = 400
MAX_URL_CHARACTERS = 2048
MAX_APPLICATIONS = 50  # taste: a person's
# Discord's application flags for privileged intents: presence, guild members and message content, each full and limited.
PRIVILEGED_FLAGS = 1 << 12 | 1 << 13 | 1 << 14 | 1 << 15 | 1 << 18 | 1 << 19
DEFAULT_FLAGS = PRIVILEGED_FLAGS  # on a server of one's own nobody reviews bots; the owner takes intents away by PATCH


class CreateApplicationRequest(msgspec.Struct, frozen=True, kw_only=True):
    name: str


class EditApplicationRequest(msgspec.Struct, frozen=True, kw_only=True):
    """`flags`: only the bits of privileged intents change. `icon` is a data URI; null and "" take something away."""

    name: str | UnsetType = UNSET
    flags: int | UnsetType = UNSET
    bot_public: bool | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    icon: str | UnsetType | None = UNSET
    interactions_endpoint_url: str | UnsetType | None = UNSET


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """An application as discord.py, hikari and discord.js read it."""

    id: Snowflake
    name: str
    flags: int
    bot_public: bool
    owner: User | UnsetType = UNSET
    bot: User | UnsetType = UNSET
    icon: str | None = None
    description: str = ""
    bot_require_code_grant: bool = False
    verify_key: str
    team: None = None
    summary: str = ""
    rpc_origins: list[str] = []
    tags: list[str] = []
    redirect_uris: list[str] = []
    interactions_endpoint_url: str | None = None
    approximate_guild_count: int = 0
    approximate_user_install_count: int = 0


class BotToken(msgspec.Struct, frozen=True, kw_only=True):
    """A bot's token, told once."""

    token: str


async def create_application(ctx: Context, actor: Actor, request: CreateApplicationRequest) -> Application:
    """Make an application with its bot; the actor owns it. Its token comes with `create_bot`."""
    if actor.is_bot:
        raise errors.bots_cannot()
    async with ctx.edits.hold(actor.user_id):  # one at a time, or many at once would all be below the limit
        if len(await ctx.store.read_applications(actor.user_id)) >= MAX_APPLICATIONS:
            raise errors.limit_reached(ErrorCode.GENERAL, "applications", MAX_APPLICATIONS)
        row, _ = await make_application(ctx, request.name, actor.user_id)
    return _shown(ctx, row)


async def list_applications(ctx: Context, actor: Actor) -> list[Application]:
    """The actor's own applications."""
    return [_shown(ctx, row) for row in await ctx.store.read_applications(actor.user_id)]


async def get_my_application(ctx: Context, actor: Actor) -> Application:
    """The application behind a bot's token."""
    if not actor.is_bot:
        raise errors.ActionError(403, ErrorCode.ONLY_BOTS_CAN_USE, "Only bots can use this endpoint")
    row = await ctx.store.read_application(actor.user_id)
    if row is None:
        raise errors.unknown_application()
    return _shown(ctx, row)


async def edit_application(
    ctx: Context, actor: Actor, application_id: int, request: EditApplicationRequest
) -> Application:
    """Change an application: its owner, or its own bot, which changes no name and no intents.

    A new interactions endpoint is asked first whether it answers and checks signatures (50035 otherwise).
    """
    row = await _changeable(ctx, actor, application_id, request)
    icon: str | UnsetType | None = UNSET
    if request.icon is not UNSET:
        icon = await keep_image(ctx, "icon", request.icon) if request.icon else None
    endpoint_url: str | UnsetType | None = UNSET
    if request.interactions_endpoint_url is not UNSET:
        endpoint_url = request.interactions_endpoint_url or None
        if endpoint_url is not None and endpoint_url != row.endpoint_url:
            await check_endpoint(ctx, row, _checked_url(endpoint_url))
    async with ctx.edits.hold(application_id):
        row = await _changeable(ctx, actor, application_id, request)
        changed = row
        operations: list[Operation] = []
        if request.name is not UNSET:
            changed = msgspec.structs.replace(changed, name=_name(request.name))
        if request.flags is not UNSET:
            flags = changed.flags & ~PRIVILEGED_FLAGS | request.flags & PRIVILEGED_FLAGS
            changed = msgspec.structs.replace(changed, flags=flags)
        if request.bot_public is not UNSET:
            changed = msgspec.structs.replace(changed, is_public=request.bot_public)
        if request.description is not UNSET:
            description = fields.require_length("description", request.description or "", 0, MAX_DESCRIPTION_CHARACTERS)
            changed = msgspec.structs.replace(changed, description=description)
        if icon is not UNSET:
            changed = msgspec.structs.replace(changed, icon=icon)
            operations.append(put_image(ImageKind.APPLICATION_ICON, row.id, changed.icon))
        if endpoint_url is not UNSET:
            changed = msgspec.structs.replace(changed, endpoint_url=endpoint_url)
        if changed != row:
            await ctx.store.write(
                [Put(changed), *operations], before_publish=lambda: ctx.accounts.forget_actors(row.id)
            )
    return _shown(ctx, changed)


async def _changeable(
    ctx: Context, actor: Actor, application_id: int, request: EditApplicationRequest
) -> ApplicationRow:
    row = await ctx.store.read_application(application_id)
    if row is not None and actor.user_id == row.id:
        if request.name is not UNSET or request.bot_public is not UNSET:
            raise errors.bots_cannot()
        if request.flags is not UNSET and request.flags & PRIVILEGED_FLAGS & ~row.flags:
            raise errors.bots_cannot()  # a bot gives intents up by itself, its owner allows them
        return row
    return await _own(ctx, actor, application_id)


def _checked_url(url: str) -> str:
    fields.require_text("interactions_endpoint_url", url)
    if len(url) > MAX_URL_CHARACTERS or not url.startswith(("https://", "http://")):
        raise errors.invalid_field(
            "interactions_endpoint_url",
            "URL_TYPE_INVALID_URL",
            f"Must be an http or https URL of at most {MAX_URL_CHARACTERS} characters.",
        )
    return url


async def create_bot(ctx: Context, actor: Actor, application_id: int) -> BotToken:
    """Give the bot a new token, and make those before useless: the application's owner alone."""
    row = await _own(ctx, actor, application_id)
    token, write_token = ctx.accounts.new_token(row.id)
    await ctx.accounts.revoke_all(row.id, write_token)
    return BotToken(token=token)


async def authorize_bot(ctx: Context, actor: Actor, application_id: int, guild_id: int, permissions: int = 0) -> None:
    """Add a bot to a guild: MANAGE_GUILD, and only permissions that the actor has itself, which make the bot's own role.

    A bot that is not public is added by its owner alone.
    """
    application = await ctx.store.read_application(application_id)
    if application is None or (not application.is_public and application.owner_id != actor.user_id):
        raise errors.unknown_application()
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    async with state.lock:
        require_still(ctx, state)
        granted = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD).permissions(
            actor.user_id, ctx.now_ms()
        )
        wanted = Permissions(permissions & ALL_BITS)
        if wanted & ~granted and not granted & Permissions.ADMINISTRATOR:
            raise errors.missing_permissions()
        await add_bot(ctx, state, application, wanted, actor)


async def add_bot(
    ctx: Context,
    state: GuildState,
    application: ApplicationRow,
    permissions: Permissions,
    actor: Actor | None = None,
) -> None:
    """Make a bot a member. The caller holds the guild's lock, and has checked that it may.

    The audit log names the actor, where a member adds it.
    """
    if state.has_member(application.id):
        return
    await require_not_banned(ctx, state, application.id)
    require_room(ctx, application.id)
    notes: list[joining.Step] = []
    if actor is not None:
        put, noted = audit.entry(ctx, actor, state, AuditAction.BOT_ADD, application.id)
        notes.append(joining.Step([put], [noted], lambda: None))
    if not permissions:
        await joining.write(ctx, joining.join(ctx, state, application.id), *notes)
        return
    if len(state.roles) >= MAX_ROLES:
        raise errors.limit_reached(ErrorCode.MAX_ROLES, "guild roles", MAX_ROLES)
    role = RoleRow(
        id=ctx.next_id(),
        guild_id=state.id,
        name=application.name,
        permissions=permissions,
        position=1,
        is_managed=True,
        bot_id=application.id,
    )
    told = event("GUILD_ROLE_CREATE", RoleCreate(guild_id=state.id, role=wire.role(role)), guild_id=state.id)
    # The role stands in memory first, so that the newcomer's GUILD_CREATE has it; nobody holds it before the commit.
    state.put_role(role)
    try:
        step = joining.join(ctx, state, application.id, role_ids=(role.id,))
        await joining.write(ctx, joining.Step([Put(role)], [told], lambda: None), step, *notes)
    except BaseException:
        if not state.has_member(application.id):
            state.remove_role(role.id)
        raise


async def make_application(
    ctx: Context, name: str, owner_id: Snowflake | None, *, with_token: bool = False
) -> tuple[ApplicationRow, str | None]:
    """Write a new application and its bot's user, whose user name is free by a number where needed."""
    cleaned = _name(name)
    base = names.derive_username(cleaned)
    username, number = base, 1
    while ctx.users.find(names.name_key(username)) is not None:
        number += 1
        username = names.with_suffix(base, number, names.USERNAME_CHARACTERS[1])
    user = UserRow(
        id=ctx.next_id(),
        username=username,
        name_key=names.name_key(username),
        display_name=None if cleaned == username else cleaned,
        is_bot=True,
    )
    row = ApplicationRow(id=user.id, owner_id=owner_id, name=cleaned, flags=DEFAULT_FLAGS)
    token, write_token = ctx.accounts.new_token(user.id) if with_token else (None, None)
    async with reserved(ctx, user):
        await ctx.store.write([Put(user), Put(row), *([write_token] if write_token else [])])
    return row, token


async def _own(ctx: Context, actor: Actor, application_id: int) -> ApplicationRow:
    row = await ctx.store.read_application(application_id)
    if row is None or row.owner_id != actor.user_id:
        raise errors.unknown_application()
    return row


def _name(name: str) -> str:
    fields.require_length("name", name, *NAME_CHARACTERS)
    return fields.require_display_name("name", name)


def _shown(ctx: Context, row: ApplicationRow) -> Application:
    return Application(
        id=row.id,
        name=row.name,
        flags=row.flags,
        bot_public=row.is_public,
        owner=UNSET if row.owner_id is None else ctx.users.wire(row.owner_id),
        bot=ctx.users.wire(row.id),
        verify_key=ctx.signer.verify_key(row.id),
        description=row.description,
        icon=row.icon,
        interactions_endpoint_url=row.endpoint_url,
        approximate_guild_count=len(ctx.guilds.of_user(row.id)),
    )
