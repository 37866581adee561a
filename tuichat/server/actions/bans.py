"""Bans: keeping users out of a guild, and letting them in again."""

from msgspec import UNSET

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.ban import Ban, BanRequest, BulkBan, BulkBanRequest
from tuichat.protocol.dispatch.guild import BanAdd, BanRemove
from tuichat.protocol.message import UNDELETABLE_TYPES
from tuichat.protocol.permissions import ALL, Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT, Snowflake
from tuichat.server.actions import audit, erasing, errors, fields, joining
from tuichat.server.actions.access import Place, outranks, require_in_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.bus import event
from tuichat.server.store.errors import Conflict
from tuichat.server.store.operations import DeleteBan, Put
from tuichat.server.store.rows import BanRow

MAX_PAGE = 1000
MAX_DELETE_S = 604_800  # seven days
MAX_DELETE_DAYS = 7
MAX_BULK = 200
DELETED_AT_ONCE = 100  # messages in one MESSAGE_DELETE_BULK
_DAY_S = 86_400


async def list_bans(
    ctx: Context,
    actor: Actor,
    guild_id: int,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = MAX_PAGE,
) -> list[Ban]:
    """Read 1 to 1000 bans by user id: BAN_MEMBERS. `before` wins over `after`."""
    fields.require_range("limit", limit, 1, MAX_PAGE)
    require_in_guild(ctx, actor, guild_id, Permissions.BAN_MEMBERS)
    rows = await ctx.store.read_bans(guild_id, before=before, after=after, limit=limit)
    require_in_guild(ctx, actor, guild_id, Permissions.BAN_MEMBERS)
    return [_shown(ctx, row) for row in rows]


async def get_ban(ctx: Context, actor: Actor, guild_id: int, user_id: int) -> Ban:
    """Read one ban: BAN_MEMBERS; 10026 when there is none."""
    require_in_guild(ctx, actor, guild_id, Permissions.BAN_MEMBERS)
    row = await ctx.store.read_ban(guild_id, user_id)
    require_in_guild(ctx, actor, guild_id, Permissions.BAN_MEMBERS)
    if row is None:
        raise errors.unknown_ban()
    return _shown(ctx, row)


async def ban_user(ctx: Context, actor: Actor, guild_id: int, user_id: int, request: BanRequest) -> None:
    """Ban a user, member or not, and remove what it wrote in the last while: BAN_MEMBERS, and members below oneself only."""
    seconds = _seconds(request)
    state = require_in_guild(ctx, actor, guild_id, Permissions.BAN_MEMBERS)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.BAN_MEMBERS)
        await _ban(ctx, actor, state, user_id)
    await _delete_messages(ctx, state, user_id, seconds)


async def bulk_ban(ctx: Context, actor: Actor, guild_id: int, request: BulkBanRequest) -> BulkBan:
    """Ban up to 200 users: BAN_MEMBERS and MANAGE_GUILD. Who cannot be banned is named; 500000 when that is everybody."""
    user_ids = list(dict.fromkeys(request.user_ids))
    if not 1 <= len(user_ids) <= MAX_BULK:
        raise errors.invalid_field("user_ids", "BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_BULK} in length.")
    seconds = _seconds(BanRequest(delete_message_seconds=request.delete_message_seconds))
    needed = (Permissions.BAN_MEMBERS, Permissions.MANAGE_GUILD)
    state = require_in_guild(ctx, actor, guild_id, *needed)
    banned: list[Snowflake] = []
    failed: list[Snowflake] = []
    for user_id in user_ids:
        async with state.lock:
            require_still(ctx, state)
            require_in_guild(ctx, actor, guild_id, *needed)
            try:
                is_new = await _ban(ctx, actor, state, user_id)
            except errors.ActionError:
                is_new = False
        (banned if is_new else failed).append(user_id)
    if not banned:
        raise errors.bad_request(ErrorCode.FAILED_TO_BAN, "Failed to ban users")
    for user_id in banned:
        await _delete_messages(ctx, state, user_id, seconds)
    return BulkBan(banned_users=banned, failed_users=failed)


async def unban_user(ctx: Context, actor: Actor, guild_id: int, user_id: int) -> None:
    """Lift a ban: BAN_MEMBERS; 10026 when there is none."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.BAN_MEMBERS)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.BAN_MEMBERS)
        if ctx.users.get(user_id) is None:
            raise errors.unknown_ban()
        noted, told = audit.entry(ctx, actor, state, AuditAction.MEMBER_BAN_REMOVE, user_id)
        lifted = event(
            "GUILD_BAN_REMOVE",
            BanRemove(guild_id=state.id, user=ctx.users.wire(user_id)),
            guild_id=state.id,
            needs=Permissions.BAN_MEMBERS,
        )
        try:
            await ctx.store.write([DeleteBan(state.id, user_id), noted], [lifted, told])
        except Conflict as conflict:
            raise errors.unknown_ban() from conflict


async def require_not_banned(ctx: Context, state: GuildState, user_id: int) -> None:
    """Refuse who may not come in: 40007. The caller holds the guild's lock, and joins the user before it lets go."""
    if await ctx.store.read_ban(state.id, user_id) is not None:
        raise errors.ActionError(403, ErrorCode.BANNED, "The user is banned from this guild.")


async def _ban(ctx: Context, actor: Actor, state: GuildState, user_id: int) -> bool:
    """Write a ban, and say whether it is a new one. The caller holds the guild's lock, and has checked the permission."""
    if ctx.users.get(user_id) is None:
        raise errors.unknown_user()
    is_member = state.has_member(user_id)
    if user_id == actor.user_id or (is_member and not outranks(state, actor.user_id, user_id)):
        raise errors.missing_permissions()
    if await ctx.store.read_ban(state.id, user_id) is not None:
        return False
    row = BanRow(guild_id=state.id, user_id=Snowflake(user_id), reason=actor.reason)
    noted, told = audit.entry(ctx, actor, state, AuditAction.MEMBER_BAN_ADD, user_id)
    added = event(
        "GUILD_BAN_ADD",
        BanAdd(guild_id=state.id, user=ctx.users.wire(user_id)),
        guild_id=state.id,
        needs=Permissions.BAN_MEMBERS,
    )
    # Libraries look the member up once more when they hear of the ban, so that it is gone comes after.
    leaving = [joining.leave(ctx, state, user_id)] if is_member else []
    banning = joining.Step([Put(row)], [added], lambda: None)
    await joining.write(ctx, banning, *leaving, joining.Step([noted], [told], lambda: None))
    return True


async def _delete_messages(ctx: Context, state: GuildState, user_id: int, seconds: int) -> None:
    """Remove what a user wrote in the guild in the last seconds, some messages of a channel at a time."""
    if not seconds:
        return
    since = max(ctx.now_ms() - seconds * 1000 - EPOCH_MS, 0) << TIMESTAMP_SHIFT
    for channel_id in (*state.channels, *state.threads):
        after = since - 1
        while ctx.guilds.of_channel(channel_id) is state:
            ids = await ctx.store.read_message_ids_of(channel_id, user_id, after=after, limit=DELETED_AT_ONCE)
            if not ids:
                break
            rows = await ctx.store.read_messages_by_id(ids)
            channel = state.find_channel(channel_id)
            if channel is None:
                break
            place = Place(channel=channel, guild=state, granted=ALL)
            await erasing.erase_many(ctx, place, [row for row in rows if row.type not in UNDELETABLE_TYPES])
            after = ids[-1]


def _seconds(request: BanRequest) -> int:
    if request.delete_message_seconds not in (UNSET, None):
        return fields.require_range("delete_message_seconds", request.delete_message_seconds, 0, MAX_DELETE_S)
    if request.delete_message_days not in (UNSET, None):
        return _DAY_S * fields.require_range("delete_message_days", request.delete_message_days, 0, MAX_DELETE_DAYS)
    return 0


def _shown(ctx: Context, row: BanRow) -> Ban:
    return Ban(user=ctx.users.wire(row.user_id), reason=row.reason)
