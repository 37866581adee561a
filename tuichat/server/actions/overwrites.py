"""Overwrites: what a channel allows and denies to roles and members."""

from collections.abc import Sequence

import msgspec

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.rest.channel import OverwriteRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import audit, channel_steps, errors
from tuichat.server.actions.access import require_channel, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.step import Step, write
from tuichat.server.store.channel_rows import ChannelRow, OverwriteRow

MAX_OVERWRITES = 500  # taste
_KEYS: audit.Keys = (
    ("id", lambda row: str(int(row.id))),
    ("type", lambda row: str(row.type)),
    ("allow", lambda row: str(int(row.allow))),
    ("deny", lambda row: str(int(row.deny))),
)


async def set_overwrite(ctx: Context, actor: Actor, channel_id: int, target_id: int, request: OverwriteRequest) -> None:
    """Set a role's or member's overwrite in a channel: MANAGE_ROLES in it, and only bits that the actor has.

    Channels of a category that have its overwrites follow it.
    """
    state, _, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_ROLES)
    async with state.lock:
        require_still(ctx, state)
        _, row, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_ROLES)
        wanted = msgspec.structs.replace(request, id=Snowflake(target_id))
        others = [_as_request(overwrite) for overwrite in row.overwrites if overwrite.id != target_id]
        await _write(ctx, actor, state, row, checked(ctx, actor, state, [*others, wanted], row.overwrites))


async def delete_overwrite(ctx: Context, actor: Actor, channel_id: int, target_id: int) -> None:
    """Remove an overwrite: MANAGE_ROLES in the channel, and only bits that the actor has."""
    state, _, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_ROLES)
    async with state.lock:
        require_still(ctx, state)
        _, row, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_ROLES)
        kept = [_as_request(overwrite) for overwrite in row.overwrites if overwrite.id != target_id]
        if len(kept) == len(row.overwrites):
            raise errors.unknown_overwrite()
        await _write(ctx, actor, state, row, checked(ctx, actor, state, kept, row.overwrites))


def checked(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    requests: Sequence[OverwriteRequest],
    earlier: tuple[OverwriteRow, ...],
) -> tuple[OverwriteRow, ...]:
    """Check a channel's new overwrites: known targets, and no bit changed that the actor lacks."""
    if len(requests) > MAX_OVERWRITES:
        raise errors.too_long("permission_overwrites", MAX_OVERWRITES)
    known: dict[int, OverwriteRow] = {overwrite.id: overwrite for overwrite in earlier}
    wanted: dict[int, OverwriteRow] = {}
    for index, request in enumerate(requests):
        if request.type not in (0, 1):
            raise errors.invalid_field(
                f"permission_overwrites.{index}.type", "BASE_TYPE_CHOICES", "Value must be one of (0, 1)."
            )
        if request.id not in known:
            if request.type == 0 and request.id not in state.roles:
                raise errors.unknown_role()
            if request.type == 1 and request.id not in state.members:
                raise errors.unknown_member()
        allow, deny = request.allow or NONE, request.deny or NONE
        wanted[request.id] = OverwriteRow(
            id=request.id, type=request.type, allow=Permissions(allow & ~deny), deny=Permissions(deny)
        )
    require_own_bits(ctx, actor, state, earlier, tuple(wanted.values()))
    return tuple(wanted.values())


def require_own_bits(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    before: tuple[OverwriteRow, ...],
    after: tuple[OverwriteRow, ...],
) -> None:
    """Refuse a change of bits that the actor does not have in the guild."""
    old = {(overwrite.type, overwrite.id): overwrite for overwrite in before}
    new = {(overwrite.type, overwrite.id): overwrite for overwrite in after}
    own = state.permissions(actor.user_id, ctx.now_ms())
    for target in old.keys() | new.keys():
        was, becomes = old.get(target), new.get(target)
        changed = (was.allow if was else 0) ^ (becomes.allow if becomes else 0)
        changed |= (was.deny if was else 0) ^ (becomes.deny if becomes else 0)
        if changed & ~own and not own & Permissions.ADMINISTRATOR:
            raise errors.missing_permissions()


def entries(ctx: Context, actor: Actor, state: GuildState, before: ChannelRow, after: ChannelRow) -> Step:
    """What the audit log tells of overwrites that differ between two states of a channel."""
    old = {overwrite.id: overwrite for overwrite in before.overwrites}
    new = {overwrite.id: overwrite for overwrite in after.overwrites}
    step = Step([], [])
    for target_id in sorted(old.keys() | new.keys()):
        was, becomes = old.get(target_id), new.get(target_id)
        if was == becomes:
            continue
        action = (
            AuditAction.OVERWRITE_CREATE
            if was is None
            else AuditAction.OVERWRITE_DELETE
            if becomes is None
            else AuditAction.OVERWRITE_UPDATE
        )
        shown = becomes or was
        assert shown is not None
        options = {"id": str(int(target_id)), "type": str(shown.type)}
        if shown.type == 0 and target_id in state.roles:
            options["role_name"] = state.roles[target_id].name
        put, told = audit.entry(
            ctx, actor, state, action, after.id, changes=audit.changes(_KEYS, was, becomes), options=options
        )
        step.operations.append(put)
        step.events.append(told)
    return step


async def _write(
    ctx: Context, actor: Actor, state: GuildState, row: ChannelRow, overwrites: tuple[OverwriteRow, ...]
) -> None:
    if overwrites == row.overwrites:
        return
    changed = msgspec.structs.replace(row, overwrites=overwrites)
    await write(
        ctx,
        channel_steps.change(ctx, state, *channel_steps.with_synced(state, changed)),
        entries(ctx, actor, state, row, changed),
    )


def _as_request(row: OverwriteRow) -> OverwriteRequest:
    return OverwriteRequest(id=row.id, type=row.type, allow=row.allow, deny=row.deny)
