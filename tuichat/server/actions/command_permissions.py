"""Who may use which commands in a guild: overrides that the guild's managers set."""

from collections.abc import Sequence

import msgspec

from tuichat.protocol.application_command import CommandPermission, GuildCommandPermissions
from tuichat.protocol.audit_log import AuditAction, AuditChange
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import audit, errors
from tuichat.server.actions.access import require_guild, require_in_guild, require_still
from tuichat.server.actions.application_commands import unknown_command
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.bus import event
from tuichat.server.store.command_rows import CommandPermissionsRow
from tuichat.server.store.operations import Put

MAX_OVERRIDES = 100
ROLE, USER, CHANNEL = 1, 2, 3


async def list_permissions(
    ctx: Context, actor: Actor, application_id: int, guild_id: int
) -> list[GuildCommandPermissions]:
    """All overrides of an application in a guild: its members, the bot among them."""
    state = require_guild(ctx, actor, guild_id)
    return [_shown(row) for row in ctx.commands.permissions_of(state.id, application_id)]


async def get_permissions(
    ctx: Context, actor: Actor, application_id: int, guild_id: int, target_id: int
) -> GuildCommandPermissions:
    """The overrides of one command, or with the application's id, of all its commands. 10066 where there are none."""
    state = require_guild(ctx, actor, guild_id)
    _require_target(ctx, application_id, state, target_id)
    found = next(
        (row for row in ctx.commands.permissions_of(state.id, application_id) if row.target_id == target_id), None
    )
    if found is None:
        raise errors.ActionError(404, 10066, "Unknown application command permissions")
    return _shown(found)


async def edit_permissions(
    ctx: Context,
    actor: Actor,
    application_id: int,
    guild_id: int,
    target_id: int,
    overrides: Sequence[CommandPermission],
) -> GuildCommandPermissions:
    """Replace the overrides of a command, or of all: people with MANAGE_GUILD and MANAGE_ROLES, as bots may not."""
    if actor.is_bot:
        raise errors.bots_cannot()
    needed = (Permissions.MANAGE_GUILD, Permissions.MANAGE_ROLES)
    state = require_in_guild(ctx, actor, guild_id, *needed)
    if len(overrides) > MAX_OVERRIDES:
        raise errors.too_long("permissions", MAX_OVERRIDES)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, *needed)
        _require_target(ctx, application_id, state, target_id)
        kept: dict[tuple[int, int], CommandPermission] = {}
        for index, override in enumerate(overrides):
            _require_known(state, index, override)
            kept[(override.type, int(override.id))] = override
        before = ctx.commands.permissions(state.id, target_id)
        row = CommandPermissionsRow(
            guild_id=state.id,
            target_id=Snowflake(target_id),
            application_id=Snowflake(application_id),
            permissions=tuple(kept.values()),
        )
        told = event(
            "APPLICATION_COMMAND_PERMISSIONS_UPDATE", _shown(row), guild_id=state.id, user_ids=[application_id]
        )
        entry, entered = audit.entry(
            ctx,
            actor,
            state,
            AuditAction.APPLICATION_COMMAND_PERMISSION_UPDATE,
            target_id,
            changes=_changes(before, row.permissions),
            options={"application_id": str(int(application_id))},
        )
        await ctx.store.write(
            [Put(row), entry], [told, entered], before_publish=lambda: ctx.commands.put_permissions(row)
        )
    return _shown(row)


def _require_target(ctx: Context, application_id: int, state: GuildState, target_id: int) -> None:
    """Refuse an application that is not in the guild, and a command that is not its."""
    if not state.has_member(application_id):
        raise errors.unknown_application()
    if target_id == application_id:
        return
    row = ctx.commands.get(application_id, target_id)
    if row is None or row.guild_id not in (None, state.id):
        raise unknown_command()


def _require_known(state: GuildState, index: int, override: CommandPermission) -> None:
    field = f"permissions.{index}"
    if override.type == ROLE:
        is_known = override.id in state.roles
    elif override.type == USER:
        is_known = override.id in state.members
    elif override.type == CHANNEL:
        is_known = override.id in state.channels or override.id == state.id - 1  # less one: all channels
    else:
        raise errors.invalid_field(f"{field}.type", "BASE_TYPE_CHOICES", "Value must be one of (1, 2, 3).")
    if not is_known:
        raise errors.invalid_field(f"{field}.id", "BASE_TYPE_BAD_VALUE", "No such role, member or channel here")


def _changes(before: Sequence[CommandPermission], after: Sequence[CommandPermission]) -> list[AuditChange]:
    """One change for each target whose override is another now; keys are the targets' ids, as Discord has it."""
    old, new = ({(found.type, int(found.id)): found for found in side} for side in (before, after))
    return [
        AuditChange(
            key=str(key[1]),
            old_value=old.get(key, msgspec.UNSET),
            new_value=new.get(key, msgspec.UNSET),
        )
        for key in sorted(old.keys() | new.keys())
        if old.get(key) != new.get(key)
    ]


def _shown(row: CommandPermissionsRow) -> GuildCommandPermissions:
    return GuildCommandPermissions(
        id=row.target_id,
        application_id=row.application_id,
        guild_id=row.guild_id,
        permissions=list(row.permissions),
    )
