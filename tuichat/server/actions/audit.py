"""Entries of the audit log, written together with what they tell of."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol import codec
from tuichat.protocol.audit_log import AuditAction, AuditChange, AuditEntry, AuditEntryCreate
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.bus import Event, event
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import AuditRow


def entry(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    action: AuditAction,
    target_id: int | None = None,
    *,
    changes: Sequence[AuditChange] = (),
    options: Mapping[str, str] | None = None,
) -> tuple[Put, Event]:
    """Return what a write takes along: the entry's row, and its dispatch to those who may view the audit log.

    The reason is the actor's.
    """
    row = AuditRow(
        id=ctx.next_id(),
        guild_id=state.id,
        user_id=actor.user_id,
        action_type=action,
        target_id=None if target_id is None else Snowflake(target_id),
        changes=codec.encode(list(changes)),
        options=None if options is None else codec.encode(dict(options)),
        reason=actor.reason,
    )
    shown = audit_entry(row)
    payload = AuditEntryCreate(**{field: getattr(shown, field) for field in shown.__struct_fields__}, guild_id=state.id)
    told = event("GUILD_AUDIT_LOG_ENTRY_CREATE", payload, guild_id=state.id, needs=Permissions.VIEW_AUDIT_LOG)
    return Put(row), told


def audit_entry(row: AuditRow) -> AuditEntry:
    """An entry as the wire shows it."""
    return AuditEntry(
        id=row.id,
        user_id=row.user_id,
        target_id=None if row.target_id is None else str(int(row.target_id)),
        action_type=row.action_type,
        changes=UNSET if row.changes == b"[]" else msgspec.Raw(row.changes),
        options=UNSET if row.options is None else msgspec.Raw(row.options),
        reason=UNSET if row.reason is None else row.reason,
    )
