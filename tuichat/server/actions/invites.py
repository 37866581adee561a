"""Invites: making, showing, accepting and revoking them."""

import secrets
import string

import msgspec
from msgspec import UNSET

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.dispatch.guild import InviteCreate, InviteDelete
from tuichat.protocol.guild import Invite
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.guild import CreateInviteRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import audit, errors, fields, joining, scheduled_event_objects, vanity, wire
from tuichat.server.actions.access import require_channel, require_in_guild, require_still
from tuichat.server.actions.bans import require_not_banned
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.guild_editing import INVITES_DISABLED
from tuichat.server.actions.guilds import require_room
from tuichat.server.actions.step import Step
from tuichat.server.bus import Event, event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.errors import Conflict
from tuichat.server.store.operations import DeleteInvite, Operation, Put
from tuichat.server.store.rows import InviteRow

MAX_INVITES = 1000
MAX_AGE_S = 604_800
MAX_USES = 100
CODE_CHARACTERS = 10
_ALPHABET = string.ascii_letters + string.digits


async def create_invite(ctx: Context, actor: Actor, channel_id: int, request: CreateInviteRequest) -> Invite:
    """Make an invite: CREATE_INSTANT_INVITE in the channel. Unless `unique`, an alike one of one's own is answered again."""
    for field in ("target_type", "target_user_id", "target_application_id"):
        if getattr(request, field) not in (UNSET, None):
            raise errors.invalid_field(
                field, "BASE_TYPE_BAD_VALUE", "Must be absent: this server has no streams or activities to invite to."
            )
    fields.require_range("max_age", request.max_age, 0, MAX_AGE_S)
    fields.require_range("max_uses", request.max_uses, 0, MAX_USES)
    state, channel, _ = require_channel(ctx, actor, channel_id, Permissions.CREATE_INSTANT_INVITE)
    async with state.lock:
        require_channel(ctx, actor, channel_id, Permissions.CREATE_INSTANT_INVITE)
        wanted = InviteRow(
            code=new_code(),
            guild_id=state.id,
            channel_id=channel.id,
            inviter_id=actor.user_id,
            created_ms=ctx.now_ms(),
            max_age_s=request.max_age,
            max_uses=request.max_uses,
            is_temporary=request.temporary,
        )
        row = await write_invite(ctx, state, channel, wanted, may_reuse=not request.unique, actor=actor)
    return wire.invite(ctx, state, row, with_counts=False, with_uses=True)


async def get_invite(
    ctx: Context, actor: Actor | None, code: str, *, with_counts: bool = False, event_id: int | None = None
) -> Invite:
    """Show an invite to whoever has its code, signed in or not; with a scheduled event of the guild, where `event_id` names
    one that is elsewhere, in the invite's channel, or in one that everybody there sees."""
    state, row = await find_invite(ctx, code)
    shown = wire.invite(ctx, state, row, with_counts=with_counts, with_uses=False)
    planned = ctx.scheduled_events.get(event_id or 0)
    if planned is None or planned.guild_id != state.id or planned.is_finished:
        return shown
    channel = state.channels.get(planned.channel_id or 0)
    if channel is not None and channel.id != row.channel_id and not audit.is_public(state, channel):
        return shown
    counts = await ctx.store.count_event_users([planned.id])
    event = scheduled_event_objects.shown(ctx, planned, user_count=counts.get(planned.id, 0))
    return msgspec.structs.replace(shown, guild_scheduled_event=event)


async def accept_invite(ctx: Context, actor: Actor, code: str) -> Invite:
    """Join a guild. A member who comes again uses nothing up. Not for bots."""
    if actor.is_bot:
        raise errors.bots_cannot()
    state, _ = await find_invite(ctx, code)
    async with ctx.edits.hold(actor.user_id), state.lock:  # many guilds at once would all find room
        require_still(ctx, state)
        _, row = await find_invite(ctx, code)
        is_new = not state.has_member(actor.user_id)
        if is_new:
            await require_not_banned(ctx, state, actor.user_id)
            require_room(ctx, actor.user_id)
            use = use_invite(ctx, state, row)
            step = joining.join(ctx, state, actor.user_id, is_temporary=row.is_temporary)
            await joining.write(ctx, step, use)
    shown = wire.invite(ctx, state, row, with_counts=False, with_uses=False)
    return msgspec.structs.replace(shown, new_member=is_new, show_verification_form=False)


async def delete_invite(ctx: Context, actor: Actor, code: str) -> Invite:
    """Revoke an invite: MANAGE_CHANNELS in its channel, or MANAGE_GUILD."""
    state, row = await find_invite(ctx, code)
    async with state.lock:
        require_still(ctx, state)
        now_ms = ctx.now_ms()
        if not state.has_member(actor.user_id):
            raise errors.missing_access()
        granted = state.permissions_in(actor.user_id, row.channel_id, now_ms) & Permissions.MANAGE_CHANNELS
        if not granted and not state.permissions(actor.user_id, now_ms) & Permissions.MANAGE_GUILD:
            raise errors.missing_permissions()
        shown = wire.invite(ctx, state, row, with_counts=False, with_uses=True)
        await revoke_invite(ctx, state, row, actor)
    return shown


async def list_guild_invites(ctx: Context, actor: Actor, guild_id: int) -> list[Invite]:
    """The good invites of a guild: MANAGE_GUILD, and of those the ones into channels that the actor sees."""
    require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    rows = await ctx.store.read_invites(guild_id)
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    return _shown(ctx, state, [row for row in rows if state.can_view(actor.user_id, row.channel_id)])


async def list_channel_invites(ctx: Context, actor: Actor, channel_id: int) -> list[Invite]:
    """The good invites of a channel: MANAGE_CHANNELS in it."""
    state, _, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_CHANNELS)
    rows = await ctx.store.read_invites(state.id)
    require_channel(ctx, actor, channel_id, Permissions.MANAGE_CHANNELS)
    return _shown(ctx, state, [row for row in rows if row.channel_id == channel_id])


async def find_invite(ctx: Context, code: str) -> tuple[GuildState, InviteRow]:
    """Find a good invite, or the guild that has this code of its own: else 10006."""
    if not code.isascii() or len(code) > 64:
        raise errors.unknown_invite()
    row = await ctx.store.read_invite(code)
    if row is None and (found := vanity.find(ctx, code)) is not None:
        return found
    if row is None or not row.is_valid(ctx.now_ms()):
        raise errors.unknown_invite()
    state = ctx.guilds.get(row.guild_id)
    if state is None or row.channel_id not in state.channels:
        raise errors.unknown_invite()
    return state, row


def use_invite(ctx: Context, state: GuildState, row: InviteRow) -> Step:
    """Count one use; the last one allowed removes the invite. The caller holds the guild's lock.

    Raises ActionError 403 where the guild lets nobody in for now.
    """
    if INVITES_DISABLED in state.row.settings.features:
        raise errors.ActionError(403, ErrorCode.MISSING_ACCESS, "Invites to this guild are paused")
    if vanity.is_vanity(state, row):
        return vanity.use(ctx, state)
    used = msgspec.structs.replace(row, uses=row.uses + 1)
    if used.max_uses and used.uses >= used.max_uses:
        return Step([DeleteInvite(row.code)], [_deleted(state, row)])
    return Step([Put(used)], [])


async def write_invite(
    ctx: Context,
    state: GuildState,
    channel: ChannelRow,
    wanted: InviteRow,
    *,
    may_reuse: bool,
    actor: Actor | None = None,
) -> InviteRow:
    """Write an invite, or return an alike one. Stale ones go. The caller holds the guild's lock.

    The audit log names the actor, where a member makes it.
    """
    now_ms = ctx.now_ms()
    known = await ctx.store.read_invites(state.id)
    good = [row for row in known if row.is_valid(now_ms)]
    if may_reuse:
        for row in good:
            if row.uses == 0 and _likeness(row) == _likeness(wanted):
                return row
    if len(good) >= MAX_INVITES:
        raise errors.limit_reached(ErrorCode.MAX_INVITES, "invites", MAX_INVITES)
    stale: list[Operation] = [DeleteInvite(row.code) for row in known if not row.is_valid(now_ms)]
    payload = InviteCreate(
        channel_id=channel.id,
        code=wanted.code,
        created_at=format_timestamp(wanted.created_ms),
        guild_id=state.id,
        inviter=UNSET if wanted.inviter_id is None else ctx.users.wire(wanted.inviter_id),
        max_age=wanted.max_age_s,
        max_uses=wanted.max_uses,
        temporary=wanted.is_temporary,
    )
    created = _told("INVITE_CREATE", payload, state, channel.id)
    noted, told = _noted(ctx, actor, state, AuditAction.INVITE_CREATE, None, wanted)
    await ctx.store.write([*stale, Put(wanted), *noted], [created, *told])
    return wanted


async def revoke_invite(ctx: Context, state: GuildState, row: InviteRow, actor: Actor | None = None) -> None:
    """Remove an invite. The caller holds the guild's lock, and has checked that it may."""
    noted, told = _noted(ctx, actor, state, AuditAction.INVITE_DELETE, row, None)
    try:
        await ctx.store.write([DeleteInvite(row.code), *noted], [_deleted(state, row), *told])
    except Conflict as conflict:
        raise errors.unknown_invite() from conflict


def new_code() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(CODE_CHARACTERS))


def _shown(ctx: Context, state: GuildState, rows: list[InviteRow]) -> list[Invite]:
    now_ms = ctx.now_ms()
    return [
        wire.invite(ctx, state, row, with_counts=False, with_uses=True)
        for row in rows
        if row.is_valid(now_ms) and row.channel_id in state.channels
    ]


def _likeness(row: InviteRow) -> tuple[Snowflake, Snowflake | None, int, int, bool]:
    return (row.channel_id, row.inviter_id, row.max_age_s, row.max_uses, row.is_temporary)


def _noted(
    ctx: Context,
    actor: Actor | None,
    state: GuildState,
    action: AuditAction,
    before: InviteRow | None,
    after: InviteRow | None,
) -> tuple[list[Put], list[Event]]:
    """The entry of the audit log, where somebody in the guild did it."""
    row = after or before
    if actor is None or row is None:
        return [], []
    changes = audit.changes(audit.INVITE_KEYS, before, after)
    channel = state.channels.get(row.channel_id)
    put, told = audit.entry(ctx, actor, state, action, changes=changes, channel=channel)
    return [put], [told]


def _deleted(state: GuildState, row: InviteRow) -> Event:
    payload = InviteDelete(channel_id=row.channel_id, code=row.code, guild_id=state.id)
    return _told("INVITE_DELETE", payload, state, row.channel_id)


def _told(name: str, payload: msgspec.Struct, state: GuildState, channel_id: Snowflake) -> Event:
    """A code lets anybody in, so only those are told who could list it with the channel."""
    return event(name, payload, guild_id=state.id, channel_id=channel_id, needs=Permissions.MANAGE_CHANNELS)
