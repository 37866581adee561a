"""Roles: making, changing and deleting them, and giving them to members."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.dispatch.guild import RoleCreate, RoleUpdate
from tuichat.protocol.guild import Role, RoleColors
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.guild import RolePosition, RoleRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import audit, errors, fields, wire
from tuichat.server.actions.access import is_above_role, require_guild, require_in_guild, require_still
from tuichat.server.actions.channel_steps import channel_updated
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.images import ImageKind, keep_image, put_image
from tuichat.server.actions.joining import role_deleted
from tuichat.server.actions.members import member_updated, write_member
from tuichat.server.actions.step import Step
from tuichat.server.actions.visibility import telling_visibility
from tuichat.server.bus import Event, event
from tuichat.server.store.operations import DeleteRole, Operation, Put
from tuichat.server.store.rows import RoleRow

NAME_CHARACTERS = (1, 100)
MAX_ROLES = 250
MAX_COLOR = 0xFFFFFF
MAX_ICON_BYTES = 256 * 1024  # Discord's, as for an emoji
MAX_EMOJI_CHARACTERS = 16  # taste: the longest sequences of Unicode have 10
HOLOGRAPHIC = (11127295, 16759788, 16761760)  # Discord's documentation, "Role Colors Object"
FREED_AT_ONCE = 50  # members who lose a deleted role in one write
COUNTED_AT_ONCE = 1000  # members in one turn of the loop
_SEEING = Permissions.VIEW_CHANNEL | Permissions.ADMINISTRATOR


async def list_roles(ctx: Context, actor: Actor, guild_id: int) -> list[Role]:
    return wire.roles(require_guild(ctx, actor, guild_id))


async def get_role(ctx: Context, actor: Actor, guild_id: int, role_id: int) -> Role:
    return wire.role(_find(require_guild(ctx, actor, guild_id), role_id))


async def count_members(ctx: Context, actor: Actor, guild_id: int) -> dict[str, int]:
    """How many members have each role, @everyone left out."""
    state = require_guild(ctx, actor, guild_id)
    members = list(state.members.values())
    counts: Counter[Snowflake] = Counter()
    for start in range(0, len(members), COUNTED_AT_ONCE):
        for member in members[start : start + COUNTED_AT_ONCE]:
            counts.update(member.role_ids)
        await asyncio.sleep(0)
    state = require_guild(ctx, actor, guild_id)
    return {str(int(role_id)): counts[role_id] for role_id in map(Snowflake, state.roles) if role_id != state.id}


async def create_role(ctx: Context, actor: Actor, guild_id: int, request: RoleRequest) -> Role:
    """Make a role at the bottom: MANAGE_ROLES, with permissions that the actor has itself."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_ROLES)
    icon = await _keep_icon(ctx, request)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_ROLES)
        if len(state.roles) >= MAX_ROLES:
            raise errors.limit_reached(ErrorCode.MAX_ROLES, "guild roles", MAX_ROLES)
        blank = RoleRow(
            id=ctx.next_id(),
            guild_id=state.id,
            name="new role",
            permissions=state.roles[state.id].permissions,
            position=1,
        )
        row = _changed(blank, request, icon)
        if request.permissions not in (UNSET, None):
            _require_own(ctx, actor, state, row.permissions)
        created = event("GUILD_ROLE_CREATE", RoleCreate(guild_id=state.id, role=wire.role(row)), guild_id=state.id)
        noted, told = audit.change_entry(ctx, actor, state, AuditAction.ROLE_CREATE, audit.ROLE_KEYS, None, row)
        await ctx.store.write(
            [Put(row), *_put_icon(blank, row), noted], [created, told], before_publish=lambda: state.put_role(row)
        )
    return wire.role(row)


async def edit_role(ctx: Context, actor: Actor, guild_id: int, role_id: int, request: RoleRequest) -> Role:
    """Change a role below one's own: MANAGE_ROLES, and only permissions that the actor has itself."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_ROLES)
    icon = await _keep_icon(ctx, request)
    async with state.lock:
        require_still(ctx, state)
        row = _require_manageable(ctx, actor, state, role_id)
        changed = _changed(row, request, icon)
        _require_own(ctx, actor, state, row.permissions ^ changed.permissions)
        if changed != row:
            await _write_role(ctx, actor, state, row, changed)
    return wire.role(changed)


async def move_roles(ctx: Context, actor: Actor, guild_id: int, moves: list[RolePosition]) -> list[Role]:
    """Put roles at other positions: MANAGE_ROLES. What stands at or above the actor's highest role keeps its order.

    Every role gets a position of its own, from 1 on; those that are not named close up around those that are.
    """
    if len(moves) > MAX_ROLES:
        raise errors.too_long("body", MAX_ROLES)
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_ROLES)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_ROLES)
        wanted: dict[int, int] = {}
        for index, move in enumerate(moves):
            row = _find(state, move.id)
            if move.position is not None and row.id != state.id:
                wanted[row.id] = fields.require_range(f"{index}.position", move.position, 1, MAX_ROLES)
        before = _in_order(state)
        after = _reordered(before, wanted)
        above = [row.id for row in before if not is_above_role(state, actor.user_id, row.id)]
        if [row.id for row in after[len(after) - len(above) :]] != above:
            raise errors.missing_permissions()
        changed = [
            msgspec.structs.replace(row, position=position)
            for position, row in enumerate(after, 1)
            if wanted and row.position != position
        ]

        def remember() -> None:
            for row in changed:
                state.put_role(row)

        if changed:
            entries = [
                audit.change_entry(
                    ctx, actor, state, AuditAction.ROLE_UPDATE, audit.ROLE_KEYS, state.roles[row.id], row
                )
                for row in changed
                if row.id in wanted
            ]
            await ctx.store.write(
                [*map(Put, changed), *(put for put, _ in entries)],
                [*(_updated(state, row) for row in changed), *(told for _, told in entries)],
                before_publish=remember,
            )
    return wire.roles(state)


async def delete_role(ctx: Context, actor: Actor, guild_id: int, role_id: int) -> None:
    """Delete a role below one's own, from its members and from the channels' overwrites too: MANAGE_ROLES.

    Where more than some hundred have it, most lose it before it is gone, some at a time.
    """
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_ROLES)
    async with state.lock:
        require_still(ctx, state)
        row = _require_manageable(ctx, actor, state, role_id)
        if row.id == state.id or row.is_managed:
            raise errors.invalid_role()
        holders = await _holders(state, row.id)
        while len(holders) > FREED_AT_ONCE:
            page = holders[-FREED_AT_ONCE:]
            del holders[-FREED_AT_ONCE:]
            freeing = _without_role(ctx, state, row.id, page)
            apply = telling_visibility(ctx, state, freeing.before_publish, user_ids=page)
            await ctx.store.write(freeing.operations, freeing.events, before_publish=apply)
        noted, told = audit.change_entry(ctx, actor, state, AuditAction.ROLE_DELETE, audit.ROLE_KEYS, row, None)
        last = _without_role(ctx, state, row.id, holders)
        operations: list[Operation] = [DeleteRole(row.id), noted, *last.operations]
        events: list[Event] = list(last.events)
        changes: list[Callable[[], None]] = [last.before_publish]
        for channel in state.channels.values():
            kept = tuple(overwrite for overwrite in channel.overwrites if overwrite.id != row.id)
            if len(kept) != len(channel.overwrites):
                freed = msgspec.structs.replace(channel, overwrites=kept)
                operations.append(Put(freed))
                events.append(channel_updated(state, freed))
                changes.append(lambda freed=freed: ctx.guilds.put_channel(state, freed))  # type: ignore[misc]  # likewise

        def forget() -> None:
            for change in changes:
                change()
            state.remove_role(row.id)

        apply = telling_visibility(ctx, state, forget, user_ids=holders)
        await ctx.store.write(operations, [role_deleted(state, row.id), *events, told], before_publish=apply)


async def _holders(state: GuildState, role_id: int) -> list[int]:
    """Who has a role. The caller holds the guild's lock, so nobody gets it, loses it or leaves meanwhile."""
    members = list(state.members.values())
    found: list[int] = []
    for start in range(0, len(members), COUNTED_AT_ONCE):
        page = members[start : start + COUNTED_AT_ONCE]
        found += [int(member.user_id) for member in page if role_id in member.role_ids]
        await asyncio.sleep(0)
    return [
        user_id for user_id in found if user_id in state.members
    ]  # leaving needs the lock, a deletion of all does not


def _without_role(ctx: Context, state: GuildState, role_id: int, user_ids: Sequence[int]) -> Step:
    """Take a role from members."""
    rows = [
        msgspec.structs.replace(member, role_ids=tuple(held for held in member.role_ids if held != role_id))
        for member in (state.members[user_id] for user_id in user_ids)
    ]

    def remember() -> None:
        for row in rows:
            ctx.guilds.put_member(state, row)

    return Step([Put(row) for row in rows], [member_updated(ctx, state, row) for row in rows], remember)


async def add_member_role(ctx: Context, actor: Actor, guild_id: int, user_id: int, role_id: int) -> None:
    """Give a member a role below one's own: MANAGE_ROLES."""
    await _set_member_role(ctx, actor, guild_id, user_id, role_id, has_it=True)


async def remove_member_role(ctx: Context, actor: Actor, guild_id: int, user_id: int, role_id: int) -> None:
    """Take a role below one's own from a member: MANAGE_ROLES."""
    await _set_member_role(ctx, actor, guild_id, user_id, role_id, has_it=False)


async def _set_member_role(
    ctx: Context, actor: Actor, guild_id: int, user_id: int, role_id: int, *, has_it: bool
) -> None:
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_ROLES)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_ROLES)
        member = state.members.get(user_id)
        if member is None:
            raise errors.unknown_member()
        row = _require_manageable(ctx, actor, state, role_id)
        if row.id == state.id or row.is_managed:
            raise errors.invalid_role()
        others = tuple(held for held in member.role_ids if held != row.id)
        changed = msgspec.structs.replace(member, role_ids=(*others, row.id) if has_it else others)
        if set(changed.role_ids) != set(member.role_ids):
            await write_member(ctx, actor, state, changed)


async def _write_role(ctx: Context, actor: Actor, state: GuildState, before: RoleRow, after: RoleRow) -> None:
    apply: Callable[[], None] = lambda: state.put_role(after)  # noqa: E731  # wrapped below
    if (before.permissions ^ after.permissions) & _SEEING:
        apply = telling_visibility(ctx, state, apply, role_id=None if after.id == state.id else after.id)
    noted, told = audit.change_entry(ctx, actor, state, AuditAction.ROLE_UPDATE, audit.ROLE_KEYS, before, after)
    await ctx.store.write(
        [Put(after), *_put_icon(before, after), noted], [_updated(state, after), told], before_publish=apply
    )


def _updated(state: GuildState, row: RoleRow) -> Event:
    return event("GUILD_ROLE_UPDATE", RoleUpdate(guild_id=state.id, role=wire.role(row)), guild_id=state.id)


def _find(state: GuildState, role_id: int) -> RoleRow:
    row = state.roles.get(role_id)
    if row is None:
        raise errors.unknown_role()
    return row


def _require_manageable(ctx: Context, actor: Actor, state: GuildState, role_id: int) -> RoleRow:
    require_in_guild(ctx, actor, state.id, Permissions.MANAGE_ROLES)
    row = _find(state, role_id)
    if not is_above_role(state, actor.user_id, role_id):
        raise errors.missing_permissions()
    return row


def _require_own(ctx: Context, actor: Actor, state: GuildState, bits: int) -> None:
    """Refuse bits that the actor lacks."""
    own = state.permissions(actor.user_id, ctx.now_ms())
    if bits & ~own and not own & Permissions.ADMINISTRATOR:
        raise errors.missing_permissions()


def _in_order(state: GuildState) -> list[RoleRow]:
    """The roles but @everyone, lowest first; at the same position the one with the higher id is lower."""
    return sorted(
        (row for row in state.roles.values() if row.id != state.id), key=lambda row: (row.position, -int(row.id))
    )


def _reordered(rows: list[RoleRow], wanted: Mapping[int, int]) -> list[RoleRow]:
    """Put the rows that are `wanted` at positions (from 1 on) there, or as near as there are rows."""
    order = [row for row in rows if row.id not in wanted]
    for row in sorted((row for row in rows if row.id in wanted), key=lambda row: (wanted[row.id], -int(row.id))):
        order.insert(wanted[row.id] - 1, row)
    return order


async def _keep_icon(ctx: Context, request: RoleRequest) -> str | None:
    """Store the picture of a request, where it has one, and return its hash."""
    if not isinstance(request.icon, str):
        return None
    return await keep_image(ctx, "icon", request.icon, max_bytes=MAX_ICON_BYTES)


def _put_icon(before: RoleRow, after: RoleRow) -> list[Operation]:
    if before.icon == after.icon:
        return []
    return [put_image(ImageKind.ROLE_ICON, after.id, after.icon, guild_id=after.guild_id)]


def _changed(row: RoleRow, request: RoleRequest, icon: str | None) -> RoleRow:
    """Apply an edit, each field within its limits; @everyone has no name, colour or icon of its own."""
    changes: dict[str, object] = {}
    if isinstance(request.permissions, Permissions):
        changes["permissions"] = request.permissions
    if isinstance(request.mentionable, bool):
        changes["is_mentionable"] = request.mentionable
    if row.id == row.guild_id:
        return msgspec.structs.replace(row, **changes)
    if request.name is not UNSET:
        changes["name"] = fields.require_name("name", request.name, *NAME_CHARACTERS)
    if isinstance(request.color, int):
        changes["color"] = fields.require_range("color", request.color, 0, MAX_COLOR)
    if isinstance(request.colors, RoleColors):
        changes |= _colors(request.colors)
    if isinstance(request.hoist, bool):
        changes["is_hoisted"] = request.hoist
    if request.icon is not UNSET:
        changes["icon"] = icon
        if icon is not None:
            changes["unicode_emoji"] = None
    if request.unicode_emoji is not UNSET:
        changes["unicode_emoji"] = _unicode_emoji(request.unicode_emoji)
        if request.unicode_emoji:
            changes["icon"] = None
    return msgspec.structs.replace(row, **changes)


def _colors(colors: RoleColors) -> dict[str, object]:
    """Check one colour, two for a gradient, or the three that Discord has for a holographic role."""
    given = (colors.primary_color, colors.secondary_color, colors.tertiary_color)
    for key, color in zip(colors.__struct_fields__, given, strict=True):
        if color is not None:
            fields.require_range(f"colors.{key}", color, 0, MAX_COLOR)
    if colors.tertiary_color is not None and given != HOLOGRAPHIC:
        raise errors.invalid_field(
            "colors.tertiary_color", "BASE_TYPE_CHOICES", f"With a third color, the colors must be {HOLOGRAPHIC}."
        )
    return {"color": given[0], "secondary_color": given[1], "tertiary_color": given[2]}


def _unicode_emoji(text: str | None) -> str | None:
    if not text:
        return None
    cleaned = fields.require_length("unicode_emoji", text, 1, MAX_EMOJI_CHARACTERS)
    if cleaned.isascii() or any(character.isalpha() or character.isspace() for character in cleaned):
        raise errors.invalid_field("unicode_emoji", "BASE_TYPE_BAD_VALUE", "Must be one emoji.")
    return cleaned
