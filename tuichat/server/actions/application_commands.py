"""Application commands: what a bot registers, globally or in a guild, and which of them somebody may use."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol.application_command import (
    ApplicationCommand,
    CommandOption,
    CommandRequest,
    CommandType,
    EditCommandRequest,
    InteractionContext,
)
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import command_definitions, errors
from tuichat.server.actions.access import Place
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.store.command_rows import CommandRow
from tuichat.server.store.operations import DeleteCommand, Operation, Put

LIMITS = {CommandType.CHAT_INPUT: 100, CommandType.USER: 15, CommandType.MESSAGE: 15}
MAX_AT_ONCE = sum(LIMITS.values())
_ROLE, _USER, _CHANNEL = 1, 2, 3  # kinds of CommandPermission


async def list_commands(
    ctx: Context, actor: Actor, application_id: int, guild_id: int | None, *, with_localizations: bool
) -> list[ApplicationCommand]:
    """An application's global commands, or those of a guild: the application's own bot."""
    _require_own(ctx, actor, application_id, guild_id)
    return [shown(row, with_localizations=with_localizations) for row in ctx.commands.of(application_id, guild_id)]


async def get_command(
    ctx: Context, actor: Actor, application_id: int, guild_id: int | None, command_id: int
) -> ApplicationCommand:
    _require_own(ctx, actor, application_id, guild_id)
    return shown(_find(ctx, application_id, guild_id, command_id))


async def put_command(
    ctx: Context, actor: Actor, application_id: int, guild_id: int | None, request: CommandRequest
) -> tuple[ApplicationCommand, bool]:
    """Make a command, or change the one of the same name and type; say whether it is new."""
    _require_own(ctx, actor, application_id, guild_id)
    async with ctx.edits.hold(application_id):
        _require_own(ctx, actor, application_id, guild_id)
        wanted = _requested(ctx, application_id, guild_id, request)
        before = ctx.commands.named(application_id, guild_id, wanted.type, wanted.name)
        if before is None:
            alike = sum(1 for row in ctx.commands.of(application_id, guild_id) if row.type == wanted.type)
            _require_room(wanted.type, alike + 1)
        row = _versioned(ctx, before, wanted)
        await _write(ctx, [row], [])
    return shown(row), before is None


async def edit_command(
    ctx: Context, actor: Actor, application_id: int, guild_id: int | None, command_id: int, request: EditCommandRequest
) -> ApplicationCommand:
    _require_own(ctx, actor, application_id, guild_id)
    async with ctx.edits.hold(application_id):
        _require_own(ctx, actor, application_id, guild_id)
        before = _find(ctx, application_id, guild_id, command_id)
        wanted = command_definitions.check(command_definitions.replaced(before, request))
        taken = ctx.commands.named(application_id, guild_id, wanted.type, wanted.name)
        if taken is not None and taken.id != before.id:
            raise errors.invalid_field(
                "name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
            )
        row = _versioned(ctx, before, wanted)
        await _write(ctx, [row], [])
    return shown(row)


async def delete_command(
    ctx: Context, actor: Actor, application_id: int, guild_id: int | None, command_id: int
) -> None:
    _require_own(ctx, actor, application_id, guild_id)
    async with ctx.edits.hold(application_id):
        _require_own(ctx, actor, application_id, guild_id)
        await _write(ctx, [], [_find(ctx, application_id, guild_id, command_id)])


async def replace_commands(
    ctx: Context, actor: Actor, application_id: int, guild_id: int | None, requests: Sequence[CommandRequest]
) -> list[ApplicationCommand]:
    """Replace all commands of the application, globally or in a guild, at once; those of the same name keep their ids."""
    _require_own(ctx, actor, application_id, guild_id)
    if len(requests) > MAX_AT_ONCE:
        raise errors.too_long("body", MAX_AT_ONCE)
    async with ctx.edits.hold(application_id):
        _require_own(ctx, actor, application_id, guild_id)
        rows: list[CommandRow] = []
        seen: dict[tuple[int, str], int] = {}
        for index, request in enumerate(requests):
            try:
                wanted = _requested(ctx, application_id, guild_id, request)
            except errors.ActionError as refusal:
                if refusal.errors is None:
                    raise
                raise errors.invalid_form({str(index): refusal.errors}) from None
            if (wanted.type, wanted.name) in seen:
                raise errors.invalid_field(
                    f"{index}.name", "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique"
                )
            seen[(wanted.type, wanted.name)] = index
            _require_room(wanted.type, sum(1 for kind, _ in seen if kind == wanted.type))
            before = ctx.commands.named(application_id, guild_id, wanted.type, wanted.name)
            if before is None and isinstance(request.id, Snowflake):
                before = ctx.commands.get(application_id, request.id)
                if before is not None and (before.guild_id != guild_id or before.id in {row.id for row in rows}):
                    before = None
            rows.append(_versioned(ctx, before, wanted))
        kept = {row.id for row in rows}
        gone = [row for row in ctx.commands.of(application_id, guild_id) if row.id not in kept]
        await _write(ctx, rows, gone)
    return [shown(row, with_localizations=True) for row in rows]


def usable_commands(ctx: Context, actor: Actor, place: Place) -> list[CommandRow]:
    """The commands that the actor may use in a place, of every application that is there."""
    here = place.channel.recipient_ids if place.guild is None else place.guild.members
    applications = [application_id for application_id in ctx.commands.applications() if application_id in here]
    found = []
    for application_id in applications:
        guild_ids = (None,) if place.guild is None else (place.guild.id, None)
        for guild_id in guild_ids:
            found += [row for row in ctx.commands.of(application_id, guild_id) if may_use(ctx, actor, place, row)]
    return found


def may_use(ctx: Context, actor: Actor, place: Place, row: CommandRow) -> bool:
    """Whether the actor may use a command in a place.

    Order, by Discord's documentation ("Permissions" of application commands): the command's overrides before the
    application's; a channel's before all; then the user's own, then any of its roles', then @everyone's; without any,
    `default_member_permissions`. Administrators pass by all of it.
    """
    state = place.guild
    if state is None:
        where = InteractionContext.BOT_DM if row.application_id in place.channel.recipient_ids else None
        return (
            where is not None
            and row.guild_id is None
            and row.allows_direct
            and (row.contexts is None or where in row.contexts)
        )
    if row.guild_id not in (None, state.id) or not state.has_member(row.application_id):
        return False
    if row.guild_id is None and row.contexts is not None and InteractionContext.GUILD not in row.contexts:
        return False
    if row.is_nsfw and not _is_nsfw(state, place):
        return False
    if not place.granted & Permissions.USE_APPLICATION_COMMANDS:
        return False
    if place.granted & Permissions.ADMINISTRATOR:
        return True
    return _is_allowed(ctx, actor, state, place, row)


def shown(row: CommandRow, *, with_localizations: bool = True) -> ApplicationCommand:
    """A command as the wire has it; without localizations they are absent, at every level."""
    options = list(row.options) if with_localizations else [_without_localizations(option) for option in row.options]
    is_global = row.guild_id is None
    return ApplicationCommand(
        id=row.id,
        application_id=row.application_id,
        version=row.version,
        type=row.type,
        name=row.name,
        description=row.description,
        guild_id=UNSET if row.guild_id is None else row.guild_id,
        name_localizations=row.name_localizations if with_localizations else UNSET,
        description_localizations=row.description_localizations if with_localizations else UNSET,
        options=options or UNSET,
        default_member_permissions=row.default_member_permissions,
        dm_permission=row.allows_direct if is_global else UNSET,
        contexts=UNSET if not is_global else None if row.contexts is None else list(row.contexts),
        integration_types=list(row.integration_types),
        nsfw=row.is_nsfw,
    )


def _is_allowed(ctx: Context, actor: Actor, state: GuildState, place: Place, row: CommandRow) -> bool:
    parent_id = place.channel.parent_id if place.channel.thread is not None else None
    member = state.members[actor.user_id]
    for target_id in (row.id, row.application_id):
        overrides = ctx.commands.permissions(state.id, target_id)
        by_key = {(override.type, int(override.id)): override.permission for override in overrides}
        for channel_id in (place.channel.id, parent_id, state.id - 1):
            if channel_id is not None and (allowed := by_key.get((_CHANNEL, int(channel_id)))) is not None:
                if not allowed:
                    return False
                break
    for target_id in (row.id, row.application_id):
        overrides = ctx.commands.permissions(state.id, target_id)
        by_key = {(override.type, int(override.id)): override.permission for override in overrides}
        own = by_key.get((_USER, int(actor.user_id)))
        if own is not None:
            return own
        of_roles = [by_key[(_ROLE, int(role_id))] for role_id in member.role_ids if (_ROLE, int(role_id)) in by_key]
        if of_roles:
            return any(of_roles)
        everyone = by_key.get((_ROLE, int(state.id)))
        if everyone is not None:
            return everyone
    needed = row.default_member_permissions
    if needed is None:
        return True
    return bool(needed) and place.granted & needed == needed  # 0: for administrators alone


def _is_nsfw(state: GuildState, place: Place) -> bool:
    channel = place.channel
    if channel.thread is not None:
        channel = state.channels.get(channel.parent_id or 0, channel)
    return channel.is_nsfw


def _without_localizations(option: CommandOption) -> CommandOption:
    choices = option.choices
    return msgspec.structs.replace(
        option,
        name_localizations=UNSET,
        description_localizations=UNSET,
        options=[_without_localizations(below) for below in option.parameters] if option.parameters else option.options,
        choices=[msgspec.structs.replace(choice, name_localizations=UNSET) for choice in choices]
        if choices
        else choices,
    )


def _require_own(ctx: Context, actor: Actor, application_id: int, guild_id: int | None) -> None:
    """Refuse everybody but the application's bot, and a guild that it is not in."""
    if not actor.is_bot:
        raise errors.ActionError(403, ErrorCode.ONLY_BOTS_CAN_USE, "Only bots can use this endpoint")
    if actor.user_id != application_id:
        raise errors.ActionError(403, 20012, "You are not authorized to perform this action on this application")
    if guild_id is not None:
        state = ctx.guilds.get(guild_id)
        if state is None:
            raise errors.unknown_guild()
        if not state.has_member(actor.user_id):
            raise errors.missing_access()


def _find(ctx: Context, application_id: int, guild_id: int | None, command_id: int) -> CommandRow:
    row = ctx.commands.get(application_id, command_id)
    if row is None or row.guild_id != guild_id:
        raise unknown_command()
    return row


def unknown_command() -> errors.ActionError:
    return errors.ActionError(404, 10063, "Unknown application command")


def _requested(ctx: Context, application_id: int, guild_id: int | None, request: CommandRequest) -> CommandRow:
    """The command that a request describes, as if it were new. Its first version is its id: some clients know no other."""
    command_id = ctx.next_id()
    blank = CommandRow(
        id=command_id,
        application_id=Snowflake(application_id),
        guild_id=None if guild_id is None else Snowflake(guild_id),
        type=request.type or CommandType.CHAT_INPUT,
        name=request.name,
        version=command_id,
    )
    return command_definitions.check(command_definitions.replaced(blank, request))


def _versioned(ctx: Context, before: CommandRow | None, wanted: CommandRow) -> CommandRow:
    """The row to write: an existing command keeps its id, and its version as long as nothing changes."""
    if before is None:
        return wanted
    same = msgspec.structs.replace(wanted, id=before.id, version=before.version)
    return same if same == before else msgspec.structs.replace(same, version=ctx.next_id())


def _require_room(kind: int, count: int) -> None:
    limit = LIMITS[CommandType(kind)]
    if count > limit:
        raise errors.ActionError(400, 30032, f"Maximum number of application commands reached ({limit})")


async def _write(ctx: Context, rows: Sequence[CommandRow], gone: Sequence[CommandRow]) -> None:
    operations: list[Operation] = [DeleteCommand(row.id) for row in gone]
    operations += [Put(row) for row in rows]

    def remember() -> None:
        for row in gone:
            ctx.commands.remove(row)
        for row in rows:
            ctx.commands.put(row)

    if operations:
        await ctx.store.write(operations, before_publish=remember)
