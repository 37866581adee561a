"""Members: showing, searching, changing and removing them."""

import asyncio
from collections.abc import Iterator, Sequence

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.audit_log import AuditAction, AuditChange
from tuichat.protocol.dispatch.member import MembersChunk, MemberUpdate
from tuichat.protocol.guild import Member
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.member import EditMemberRequest, EditOwnMemberRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import parse_timestamp
from tuichat.server.actions import audit, errors, fields, joining, voice_moderation, wire
from tuichat.server.actions.access import is_above_role, outranks, require_guild, require_in_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.images import ImageKind, keep_image, put_image
from tuichat.server.actions.presence import guild_presences
from tuichat.server.actions.visibility import telling_visibility
from tuichat.server.bus import Event, event
from tuichat.server.store.operations import Operation, Put
from tuichat.server.store.rows import MemberRow

MAX_PAGE = 1000
MAX_TIMEOUT_MS = 28 * 86_400_000
CHUNK_SIZE = 1000
SEARCHED_AT_ONCE = 500  # members in one turn of the loop
MAX_QUERY_LIMIT = 100
MAX_QUERIED_USERS = 100
LISTED_TO_ALL = 250  # members; of a larger guild an account asks for all only with one of the permissions below
_LISTING = Permissions.MANAGE_ROLES | Permissions.KICK_MEMBERS | Permissions.BAN_MEMBERS | Permissions.ADMINISTRATOR
MAX_BIO_CHARACTERS = 190
BYPASSES_VERIFICATION = 1 << 2  # Discord's documentation, "Guild Member Flags"
_MODERATION = Permissions.MODERATE_MEMBERS | Permissions.KICK_MEMBERS | Permissions.BAN_MEMBERS
GUILD_MEMBERS_FLAGS = 1 << 14 | 1 << 15  # an application's, for the GUILD_MEMBERS intent


async def list_members(ctx: Context, actor: Actor, guild_id: int, *, after: int = 0, limit: int = 1) -> list[Member]:
    """A page of members by id. Bots need the GUILD_MEMBERS intent."""
    fields.require_range("limit", limit, 1, MAX_PAGE)
    state = require_guild(ctx, actor, guild_id)
    if actor.is_bot and not actor.application_flags & GUILD_MEMBERS_FLAGS:
        raise errors.missing_access()
    return [wire.member(ctx, row) for row in state.page_of_members(after, limit)]


async def search_members(ctx: Context, actor: Actor, guild_id: int, query: str, limit: int = 1) -> list[Member]:
    """The members whose nickname, display name or user name begins with `query`, whatever its case."""
    fields.require_range("limit", limit, 1, MAX_PAGE)
    state = require_guild(ctx, actor, guild_id)
    found = await _begin_with(ctx, state, query, limit)
    require_guild(ctx, actor, guild_id)
    return [wire.member(ctx, row) for row in found]


async def get_member(ctx: Context, actor: Actor, guild_id: int, user_id: int) -> Member:
    state = require_guild(ctx, actor, guild_id)
    row = state.members.get(user_id)
    if row is None:
        raise errors.unknown_member()
    return wire.member(ctx, row)


async def edit_member(ctx: Context, actor: Actor, guild_id: int, user_id: int, request: EditMemberRequest) -> Member:
    """Change a member's nickname (MANAGE_NICKNAMES), roles (MANAGE_ROLES), timeout (MODERATE_MEMBERS) or flags.

    Nicknames and timeouts only of members below oneself; roles only below one's own highest. Who is in voice can be muted
    (MUTE_MEMBERS), deafened (DEAFEN_MEMBERS), moved and disconnected (MOVE_MEMBERS), anybody else is answered with 40032.
    """
    state = require_guild(ctx, actor, guild_id)
    async with state.lock:
        require_still(ctx, state)
        require_guild(ctx, actor, guild_id)
        row = state.members.get(user_id)
        if row is None:
            raise errors.unknown_member()
        granted = state.permissions(actor.user_id, ctx.now_ms())
        changed = row
        if request.nick is not UNSET:
            _require_may_nickname(actor, state, user_id, granted)
            changed = msgspec.structs.replace(changed, nick=_nick(request.nick))
        if request.roles is not UNSET:
            changed = msgspec.structs.replace(changed, role_ids=_roles(actor, state, row, granted, request.roles or []))
        if request.communication_disabled_until is not UNSET:
            changed = _timed_out(ctx, actor, state, changed, granted, request.communication_disabled_until)
        if request.flags not in (UNSET, None):
            changed = msgspec.structs.replace(changed, flags=_flags(row.flags, granted, request.flags))
        changed = voice_moderation.muted(ctx, actor, state, changed, request)
        target = voice_moderation.find_target(ctx, actor, state, user_id, request)
        if changed != row:
            await write_member(ctx, actor, state, changed)
            voice_moderation.follow(ctx, state, user_id)
        if target is not None:
            await voice_moderation.move_member(ctx, actor, state, user_id, target)
    return wire.member(ctx, changed)


async def edit_own_member(ctx: Context, actor: Actor, guild_id: int, request: EditOwnMemberRequest) -> Member:
    """Change what one shows in this guild: nickname (CHANGE_NICKNAME or MANAGE_NICKNAMES), avatar, banner, bio."""
    state = require_guild(ctx, actor, guild_id)
    kept = {
        key: None if data_uri is None else await keep_image(ctx, key, data_uri)
        for key, data_uri in (("avatar", request.avatar), ("banner", request.banner))
        if not isinstance(data_uri, UnsetType)
    }
    async with state.lock:
        require_still(ctx, state)
        require_guild(ctx, actor, guild_id)
        row = state.members[actor.user_id]
        changed = msgspec.structs.replace(row, **kept)
        if request.nick is not UNSET:
            _require_may_nickname(actor, state, actor.user_id, state.permissions(actor.user_id, ctx.now_ms()))
            changed = msgspec.structs.replace(changed, nick=_nick(request.nick))
        if request.bio is not UNSET:
            bio = fields.require_length("bio", request.bio or "", 0, MAX_BIO_CHARACTERS)
            changed = msgspec.structs.replace(changed, bio=bio or None)
        if changed != row:
            pictures = [
                put_image(kind, actor.user_id, kept[key], guild_id=state.id)
                for key, kind in (("avatar", ImageKind.MEMBER_AVATAR), ("banner", ImageKind.MEMBER_BANNER))
                if key in kept
            ]
            await write_member(ctx, actor, state, changed, pictures)
    return wire.member(ctx, changed)


async def kick_member(ctx: Context, actor: Actor, guild_id: int, user_id: int) -> None:
    """Remove a member below oneself: KICK_MEMBERS."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.KICK_MEMBERS)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.KICK_MEMBERS)
        if user_id not in state.members:
            raise errors.unknown_member()
        if not outranks(state, actor.user_id, user_id):
            raise errors.missing_permissions()
        put, told = audit.entry(ctx, actor, state, AuditAction.MEMBER_KICK, user_id)
        await joining.write(ctx, joining.leave(ctx, state, user_id), joining.Step([put], [told], lambda: None))


async def query_members(
    ctx: Context,
    actor: Actor,
    guild_id: int,
    *,
    query: str | None = None,
    limit: int = 0,
    user_ids: Sequence[int] | None = None,
    with_presences: bool = False,
    nonce: str | None = None,
    may_list_all: bool = True,
) -> Iterator[MembersChunk]:
    """Answer a gateway session's request for members (op 8) with GUILD_MEMBERS_CHUNKs of up to 1000.

    `user_ids` (up to 100 of them count) or a `query`, of which an empty one with limit 0 means everybody, for sessions
    that `may_list_all` (the GUILD_MEMBERS intent); an account lists a large guild with a permission to manage members only.
    Raises ActionError before the first chunk.
    """
    state = require_guild(ctx, actor, guild_id)
    missing: list[Snowflake] | None = None
    if user_ids is not None:
        wanted = list(dict.fromkeys(user_ids))[:MAX_QUERIED_USERS]
        found = [state.members[user_id] for user_id in wanted if user_id in state.members]
        missing = [Snowflake(user_id) for user_id in wanted if user_id not in state.members]
    elif not query and limit <= 0:
        if not may_list_all:
            raise errors.missing_access()
        is_large = len(state.members) > LISTED_TO_ALL
        if is_large and not actor.is_bot and not state.permissions(actor.user_id, ctx.now_ms()) & _LISTING:
            raise errors.missing_permissions()
        found = list(state.members.values())
    else:
        limit = min(limit, MAX_QUERY_LIMIT) if limit > 0 else MAX_QUERY_LIMIT
        found = await _begin_with(ctx, state, query or "", limit)
        require_guild(ctx, actor, guild_id)
    return _chunks(ctx, state, found, missing, with_presences=with_presences, nonce=nonce)


def _chunks(
    ctx: Context,
    state: GuildState,
    found: list[MemberRow],
    missing: list[Snowflake] | None,
    *,
    with_presences: bool,
    nonce: str | None,
) -> Iterator[MembersChunk]:
    count = max(1, -(-len(found) // CHUNK_SIZE))
    for index in range(count):
        rows = found[index * CHUNK_SIZE : (index + 1) * CHUNK_SIZE]
        yield MembersChunk(
            guild_id=state.id,
            members=[wire.member(ctx, row) for row in rows],
            chunk_index=index,
            chunk_count=count,
            not_found=UNSET if missing is None else missing,
            presences=guild_presences(ctx, state, [row.user_id for row in rows]) if with_presences else UNSET,
            nonce=UNSET if nonce is None else nonce,
        )


def member_updated(ctx: Context, state: GuildState, row: MemberRow) -> Event:
    """GUILD_MEMBER_UPDATE; the member itself gets it whatever its intents, so it stands as the author."""
    shown = wire.member(ctx, row)
    payload = MemberUpdate(**{field: getattr(shown, field) for field in shown.__struct_fields__}, guild_id=state.id)
    told = event("GUILD_MEMBER_UPDATE", payload, guild_id=state.id)
    return msgspec.structs.replace(told, author_id=int(row.user_id))


async def write_member(
    ctx: Context, actor: Actor, state: GuildState, row: MemberRow, more: Sequence[Operation] = ()
) -> None:
    """Write a member that the actor changed, tell everybody, and note it in the audit log. The caller holds the guild's lock."""
    if row.role_ids and row.is_temporary:
        row = msgspec.structs.replace(row, is_temporary=False)
    before = state.members[row.user_id]
    change = lambda: ctx.guilds.put_member(state, row)  # noqa: E731  # wrapped below
    apply = (
        change if before.role_ids == row.role_ids else telling_visibility(ctx, state, change, user_ids=[row.user_id])
    )
    entries = [
        audit.entry(ctx, actor, state, action, row.user_id, changes=changes)
        for action, changes in (
            (AuditAction.MEMBER_UPDATE, audit.changes(audit.MEMBER_KEYS, before, row)),
            (AuditAction.MEMBER_ROLE_UPDATE, _role_changes(state, before, row)),
        )
        if changes
    ]
    await ctx.store.write(
        [Put(row), *more, *(put for put, _ in entries)],
        [member_updated(ctx, state, row), *(told for _, told in entries)],
        before_publish=apply,
    )


def _role_changes(state: GuildState, before: MemberRow, after: MemberRow) -> list[AuditChange]:
    """The roles that a member got and lost, as the audit log tells it."""
    found = []
    for key, role_ids in (
        ("$add", [role_id for role_id in after.role_ids if role_id not in before.role_ids]),
        ("$remove", [role_id for role_id in before.role_ids if role_id not in after.role_ids]),
    ):
        named = [
            {"id": str(int(role_id)), "name": state.roles[role_id].name}
            for role_id in role_ids
            if role_id in state.roles
        ]
        if named:
            found.append(AuditChange(key=key, new_value=named))
    return found


async def _begin_with(ctx: Context, state: GuildState, query: str, limit: int) -> list[MemberRow]:
    """Up to `limit` members with a name that begins with `query`, looked for some at a time."""
    folded = query.casefold()
    members = list(state.members.values())
    found: list[MemberRow] = []
    for start in range(0, len(members), SEARCHED_AT_ONCE):
        page = members[start : start + SEARCHED_AT_ONCE]
        found += [row for row in page if _is_named(ctx, row, folded)]
        if len(found) >= limit:
            break
        await asyncio.sleep(0)
    return found[:limit]


def _is_named(ctx: Context, row: MemberRow, folded: str) -> bool:
    user = ctx.users.wire(row.user_id)
    return any(
        name is not None and name.casefold().startswith(folded) for name in (row.nick, user.global_name, user.username)
    )


def _require_may_nickname(actor: Actor, state: GuildState, user_id: int, granted: Permissions) -> None:
    if user_id == actor.user_id:
        may = bool(granted & (Permissions.CHANGE_NICKNAME | Permissions.MANAGE_NICKNAMES))
    else:
        may = bool(granted & Permissions.MANAGE_NICKNAMES) and outranks(state, actor.user_id, user_id)
    if not may:
        raise errors.missing_permissions()


def _nick(nick: str | None) -> str | None:
    if nick is None or not nick.strip():
        return None
    return fields.require_display_name("nick", nick)


def _roles(
    actor: Actor, state: GuildState, row: MemberRow, granted: Permissions, wanted: Sequence[Snowflake]
) -> tuple[Snowflake, ...]:
    if not granted & Permissions.MANAGE_ROLES:
        raise errors.missing_permissions()
    unique = tuple(dict.fromkeys(role_id for role_id in wanted if role_id != state.id))
    for role_id in unique:
        if role_id not in state.roles:
            raise errors.unknown_role()
    for role_id in set(unique) ^ set(row.role_ids):
        if role_id in state.roles and state.roles[role_id].is_managed:
            raise errors.invalid_role()
        if role_id in state.roles and not is_above_role(state, actor.user_id, role_id):
            raise errors.missing_permissions()
    return unique


def _timed_out(
    ctx: Context, actor: Actor, state: GuildState, row: MemberRow, granted: Permissions, until: str | None
) -> MemberRow:
    """Apply a timeout of up to 28 days, or end one. Administrators take none."""
    if not granted & Permissions.MODERATE_MEMBERS or not outranks(state, actor.user_id, row.user_id):
        raise errors.missing_permissions()
    if until is None:
        return msgspec.structs.replace(row, timeout_until_ms=None)
    if state.permissions(row.user_id, 0) & Permissions.ADMINISTRATOR:
        raise errors.missing_permissions()
    field = "communication_disabled_until"
    try:
        until_ms = parse_timestamp(until)
    except ValueError as error:
        raise errors.invalid_field(field, "DATE_TIME_TYPE_PARSE", f"Could not parse {until[:40]}: {error}.") from None
    now_ms = ctx.now_ms()
    if until_ms > now_ms + MAX_TIMEOUT_MS:
        raise errors.invalid_field(field, "COMMUNICATION_DISABLED_UNTIL_TOO_LONG", "A timeout lasts at most 28 days.")
    return msgspec.structs.replace(row, timeout_until_ms=until_ms if until_ms > now_ms else None)


def _flags(flags: int, granted: Permissions, wanted: int) -> int:
    """Change the one flag that others may set."""
    if not granted & (Permissions.MANAGE_GUILD | Permissions.MANAGE_ROLES) and granted & _MODERATION != _MODERATION:
        raise errors.missing_permissions()
    return flags & ~BYPASSES_VERIFICATION | wanted & BYPASSES_VERIFICATION
