"""The audit log: entries that are written together with what they tell of, and who reads them."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from tuichat.protocol import codec
from tuichat.protocol.audit_log import AuditAction, AuditChange, AuditEntry, AuditEntryCreate, AuditLog
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.scheduled_event import GUILD_ONLY
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.protocol.webhook import Webhook
from tuichat.server.actions import fields, scheduled_event_access, scheduled_event_objects, wire
from tuichat.server.actions.access import require_in_guild
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.bus import Event, event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.operations import Put
from tuichat.server.store.rows import AuditRow, EmojiRow, MemberRow, RoleRow, SoundRow, WebhookRow

MAX_PAGE = 100
MAX_PAGES_LOOKED_THROUGH = 20  # of entries that the asker may not know of, before the answer is a short one
_CHANNEL_ACTIONS = frozenset(
    {
        AuditAction.CHANNEL_CREATE,
        AuditAction.CHANNEL_UPDATE,
        AuditAction.CHANNEL_DELETE,
        AuditAction.OVERWRITE_CREATE,
        AuditAction.OVERWRITE_UPDATE,
        AuditAction.OVERWRITE_DELETE,
        AuditAction.THREAD_CREATE,
        AuditAction.THREAD_UPDATE,
        AuditAction.THREAD_DELETE,
        AuditAction.MESSAGE_BULK_DELETE,
        AuditAction.VOICE_CHANNEL_STATUS_CREATE,
        AuditAction.VOICE_CHANNEL_STATUS_DELETE,
    }
)  # their target is the channel or thread
_WEBHOOK_ACTIONS = frozenset({AuditAction.WEBHOOK_CREATE, AuditAction.WEBHOOK_UPDATE, AuditAction.WEBHOOK_DELETE})
_EVENT_ACTIONS = frozenset(
    {
        AuditAction.SCHEDULED_EVENT_CREATE,
        AuditAction.SCHEDULED_EVENT_UPDATE,
        AuditAction.SCHEDULED_EVENT_DELETE,
        AuditAction.EVENT_EXCEPTION_CREATE,
        AuditAction.EVENT_EXCEPTION_UPDATE,
        AuditAction.EVENT_EXCEPTION_DELETE,
    }
)
_THREAD_ACTIONS = frozenset({AuditAction.THREAD_CREATE, AuditAction.THREAD_UPDATE})

Keys = Sequence[tuple[str, Callable[[Any], object]]]  # Discord's name of a key, and its value in a row

ROLE_KEYS: Keys = (
    ("name", lambda row: row.name),
    ("permissions", lambda row: str(int(row.permissions))),
    ("position", lambda row: row.position),
    ("color", lambda row: row.color),
    ("secondary_color", lambda row: row.secondary_color),
    ("tertiary_color", lambda row: row.tertiary_color),
    ("icon_hash", lambda row: row.icon),
    ("unicode_emoji", lambda row: row.unicode_emoji),
    ("hoist", lambda row: row.is_hoisted),
    ("mentionable", lambda row: row.is_mentionable),
)
MEMBER_KEYS: Keys = (
    ("nick", lambda row: row.nick),
    ("flags", lambda row: row.flags),
    ("mute", lambda row: row.is_mute),
    ("deaf", lambda row: row.is_deaf),
    ("communication_disabled_until", lambda row: _time(row.timeout_until_ms)),
)
INVITE_KEYS: Keys = (
    ("code", lambda row: row.code),
    ("channel_id", lambda row: row.channel_id),
    ("inviter_id", lambda row: row.inviter_id),
    ("max_age", lambda row: row.max_age_s),
    ("max_uses", lambda row: row.max_uses),
    ("uses", lambda row: row.uses),
    ("temporary", lambda row: row.is_temporary),
)

STAGE_KEYS: Keys = (
    ("topic", lambda stage: stage.topic),
    ("privacy_level", lambda stage: stage.privacy_level),
)
SCHEDULED_EVENT_KEYS: Keys = (
    ("name", lambda row: row.name),
    ("description", lambda row: row.description),
    ("channel_id", lambda row: row.channel_id),
    ("location", lambda row: row.location),
    ("entity_type", lambda row: row.entity_type),
    ("privacy_level", lambda row: GUILD_ONLY),
    ("status", lambda row: row.status),
    ("image_hash", lambda row: row.image),
    ("scheduled_start_time", lambda row: format_timestamp(row.start_ms)),
    ("scheduled_end_time", lambda row: _time(row.end_ms)),
)
EVENT_EXCEPTION_KEYS: Keys = (
    ("is_canceled", lambda row: row.is_canceled),
    ("scheduled_start_time", lambda row: _time(row.start_ms)),
    ("scheduled_end_time", lambda row: _time(row.end_ms)),
)
SOUND_KEYS: Keys = (
    ("name", lambda row: row.name),
    ("volume", lambda row: row.volume),
    ("emoji_id", lambda row: row.emoji_id),
    ("emoji_name", lambda row: row.emoji_name),
)
EMOJI_KEYS: Keys = (
    ("name", lambda row: row.name),
    ("roles", lambda row: list(row.role_ids) or None),
)


async def list_entries(
    ctx: Context,
    actor: Actor,
    guild_id: int,
    *,
    user_id: int | None = None,
    action_type: int | None = None,
    target_id: int | None = None,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> AuditLog:
    """Read 1 to 100 entries, newest first, with `after` oldest first: VIEW_AUDIT_LOG.

    Entries that tell of a channel are shown to those who may see it; once it is gone, to all who could if @everyone could,
    else to administrators and to whoever did it.
    """
    fields.require_range("limit", limit, 1, MAX_PAGE)
    require_in_guild(ctx, actor, guild_id, Permissions.VIEW_AUDIT_LOG)
    found: list[AuditRow] = []
    for _ in range(MAX_PAGES_LOOKED_THROUGH):
        page = await ctx.store.read_audit_log(
            guild_id,
            user_id=user_id,
            action_type=action_type,
            target_id=target_id,
            before=before,
            after=after,
            limit=limit,
        )
        state = require_in_guild(ctx, actor, guild_id, Permissions.VIEW_AUDIT_LOG)
        found += [row for row in page if _may_know(ctx, actor, state, row)]
        if len(page) < limit or len(found) >= limit:
            break
        before, after = (page[-1].id, None) if after is None else (before, page[-1].id)
    hook_ids = {row.target_id for row in found if row.action_type in _WEBHOOK_ACTIONS}
    hooks = [row for row in await ctx.store.read_webhooks(guild_id=guild_id) if row.id in hook_ids] if hook_ids else []
    state = require_in_guild(ctx, actor, guild_id, Permissions.VIEW_AUDIT_LOG)
    shown = [row for row in found[:limit] if _may_know(ctx, actor, state, row)]
    named_events = {row.target_id for row in shown if row.action_type in _EVENT_ACTIONS}
    return AuditLog(
        audit_log_entries=[audit_entry(row) for row in shown],
        users=[
            ctx.users.wire(named_id)
            for named_id in sorted({row.user_id for row in shown} | {row.target_id for row in shown if row.target_id})
            if ctx.users.get(named_id) is not None
        ],
        threads=[
            wire.channel(state, state.threads[thread_id])
            for thread_id in sorted({int(row.target_id or 0) for row in shown if row.action_type in _THREAD_ACTIONS})
            if thread_id in state.threads
        ],
        webhooks=[_webhook(row) for row in hooks if state.can_view(actor.user_id, row.channel_id)],
        guild_scheduled_events=[
            scheduled_event_objects.shown(ctx, planned)
            for planned in ctx.scheduled_events.of(state.id)
            if planned.id in named_events and scheduled_event_access.sees(state, actor.user_id, planned)
        ],
    )


def entry(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    action: AuditAction,
    target_id: int | None = None,
    *,
    changes: Sequence[AuditChange] = (),
    options: Mapping[str, str] | None = None,
    channel: ChannelRow | None = None,
) -> tuple[Put, Event]:
    """Return what a write takes along: the entry's row, and its dispatch to those who may view the audit log.

    The reason is the actor's. `channel` is the channel or thread that the entry tells of; without it, that is the target of
    an action on channels, else the one that `options` name. One that is just being made is passed by its maker, or else its
    entry is for administrators once it is gone.
    """
    if channel is not None:
        channel_id: int | None = channel.id
    else:
        channel_id = target_id if action in _CHANNEL_ACTIONS else int((options or {}).get("channel_id", 0)) or None
        channel = state.find_channel(channel_id or 0)
    row = AuditRow(
        id=ctx.next_id(),
        guild_id=state.id,
        user_id=actor.user_id,
        action_type=action,
        target_id=None if target_id is None else Snowflake(target_id),
        changes=codec.encode(list(changes)),
        options=None if options is None else codec.encode(dict(options)),
        reason=actor.reason,
        channel_id=None if channel_id is None else Snowflake(channel_id),
        is_hidden=channel_id is not None and (channel is None or not is_public(state, channel)),
    )
    shown = audit_entry(row)
    payload = AuditEntryCreate(**{field: getattr(shown, field) for field in shown.__struct_fields__}, guild_id=state.id)
    told = event(
        "GUILD_AUDIT_LOG_ENTRY_CREATE",
        payload,
        guild_id=state.id,
        channel_id=row.channel_id,
        needs=Permissions.VIEW_AUDIT_LOG,
    )
    return Put(row), told


def change_entry(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    action: AuditAction,
    keys: Keys,
    before: RoleRow | EmojiRow | SoundRow | None,
    after: RoleRow | EmojiRow | SoundRow | None,
) -> tuple[Put, Event]:
    """Return what `entry` does for a row that is made (`before` None), changed, or deleted (`after` None), with what differs."""
    row = after or before
    assert row is not None
    return entry(ctx, actor, state, action, row.id, changes=changes(keys, before, after))


def changes(keys: Keys, before: msgspec.Struct | None, after: msgspec.Struct | None) -> list[AuditChange]:
    """What differs between two rows of a kind. One that is not there has no values, and None is no value."""
    found = []
    for key, value_in in keys:
        old = None if before is None else value_in(before)
        new = None if after is None else value_in(after)
        if old != new:
            found.append(
                AuditChange(key=key, old_value=UNSET if old is None else old, new_value=UNSET if new is None else new)
            )
    return found


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


def _webhook(row: WebhookRow) -> Webhook:
    """A webhook without its token, and without what it follows."""
    return Webhook(
        id=row.id,
        type=row.type,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        name=row.name,
        avatar=row.avatar,
        application_id=row.application_id,
    )


def _may_know(ctx: Context, actor: Actor, state: GuildState, row: AuditRow) -> bool:
    if row.channel_id is None:
        return True
    if state.find_channel(row.channel_id) is not None:
        return state.shows(actor.user_id, row.channel_id)
    if not row.is_hidden or row.user_id == actor.user_id:
        return True
    return bool(state.permissions(actor.user_id, ctx.now_ms()) & Permissions.ADMINISTRATOR)


def is_public(state: GuildState, channel: ChannelRow) -> bool:
    """Whether a member without any role sees the channel."""
    anybody = MemberRow(guild_id=state.id, user_id=Snowflake(0), joined_ms=0)
    return bool(state.compute(anybody, channel, None) & Permissions.VIEW_CHANNEL)


def _time(unix_ms: int | None) -> str | None:
    return None if unix_ms is None else format_timestamp(unix_ms)
