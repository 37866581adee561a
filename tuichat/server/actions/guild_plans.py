"""Plans of guilds that are to be made: their roles and channels, named by placeholders until there are ids."""

from collections.abc import Sequence

import msgspec

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.permissions import DEFAULT_EVERYONE, NONE, Permissions
from tuichat.protocol.rest.channel import ChannelFields
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.guild import CreateGuildRequest, PlannedChannel, PlannedRole
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channel_fields, channel_order, errors, fields, guild_editing
from tuichat.server.actions.channels import CREATABLE, MAX_CHANNELS
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.store.channel_rows import ChannelRow, OverwriteRow
from tuichat.server.store.rows import GuildRow, GuildSettings, MemberRow, RoleRow

MAX_ROLES = 250
MAX_COLOR = 0xFFFFFF
ROLE_NAME_CHARACTERS = (1, 100)


def planned_guild(ctx: Context, owner_id: Snowflake, request: CreateGuildRequest) -> GuildState:
    """A new guild in memory as it is asked for. Raises ActionError 50035 at what is out of its limits, 30005 and 30013."""
    guild_id = ctx.next_id()
    name = fields.require_name("name", request.name, *guild_editing.NAME_CHARACTERS)
    state = GuildState(GuildRow(id=guild_id, name=name, owner_id=owner_id))
    roles = _roles(ctx, state, request.roles or [])
    channels = _channels(ctx, state, request.channels or [], roles)
    settings = GuildSettings(
        verification_level=fields.require_range("verification_level", request.verification_level or 0, 0, 4),
        default_notifications=fields.require_range(
            "default_message_notifications", request.default_message_notifications or 0, 0, 1
        ),
        content_filter=fields.require_range("explicit_content_filter", request.explicit_content_filter or 0, 0, 2),
        system_channel_flags=fields.require_range(
            "system_channel_flags", request.system_channel_flags or 0, 0, guild_editing.MAX_SYSTEM_CHANNEL_FLAGS
        ),
        afk_timeout_s=guild_editing.require_afk_timeout(request.afk_timeout or 300),
        locale=guild_editing.require_locale(request.preferred_locale or "en-US"),
        afk_channel_id=_named(state, channels, "afk_channel_id", request.afk_channel_id, guild_editing.AFK_CHANNELS),
    )
    system_id = _named(state, channels, "system_channel_id", request.system_channel_id, guild_editing.NOTICE_CHANNELS)
    state.row = msgspec.structs.replace(state.row, settings=settings, system_channel_id=system_id)
    state.put_member(MemberRow(guild_id=guild_id, user_id=owner_id, joined_ms=ctx.now_ms()))
    return state


def _roles(ctx: Context, state: GuildState, plans: Sequence[PlannedRole]) -> dict[int, Snowflake]:
    """Put the roles into the guild, and return their ids by placeholder."""
    if len(plans) > MAX_ROLES:
        raise errors.limit_reached(ErrorCode.MAX_ROLES, "guild roles", MAX_ROLES)
    everyone = RoleRow(id=state.id, guild_id=state.id, name="@everyone", permissions=DEFAULT_EVERYONE)
    ids: dict[int, Snowflake] = {int(state.id): state.id}
    rows = [everyone]
    for index, plan in enumerate(plans):
        path = f"roles.{index}"
        if plan.id in ids:
            raise errors.invalid_field(f"{path}.id", "BASE_TYPE_BAD_VALUE", "Each role has an id of its own.")
        if index == 0:
            ids[plan.id] = state.id
            if plan.permissions is not None:
                rows[0] = msgspec.structs.replace(everyone, permissions=plan.permissions)
            continue
        row = RoleRow(
            id=ctx.next_id(),
            guild_id=state.id,
            name=fields.require_name(f"{path}.name", plan.name or "new role", *ROLE_NAME_CHARACTERS),
            permissions=plan.permissions or NONE,
            position=index,
            color=fields.require_range(f"{path}.color", plan.color or 0, 0, MAX_COLOR),
            is_hoisted=bool(plan.hoist),
            is_mentionable=bool(plan.mentionable),
        )
        ids[plan.id] = row.id
        rows.append(row)
    for row in rows:
        state.put_role(row)
    return ids


def _channels(
    ctx: Context, state: GuildState, plans: Sequence[PlannedChannel], roles: dict[int, Snowflake]
) -> dict[int, Snowflake]:
    """Put the channels into the guild, and return their ids by placeholder; a category stands before its channels."""
    if len(plans) > MAX_CHANNELS:
        raise errors.limit_reached(ErrorCode.MAX_CHANNELS, "guild channels", MAX_CHANNELS)
    ids: dict[int, Snowflake] = {}
    for index, plan in enumerate(plans):
        path = f"channels.{index}"
        kind = plan.type or 0
        if kind not in CREATABLE:
            raise errors.invalid_field(
                f"{path}.type", "BASE_TYPE_CHOICES", f"Value must be one of {tuple(map(int, CREATABLE))}."
            )
        if plan.id is not None and plan.id in ids:
            raise errors.invalid_field(f"{path}.id", "BASE_TYPE_BAD_VALUE", "Each channel has an id of its own.")
        if plan.parent_id is not None and plan.parent_id not in ids:
            raise errors.invalid_field(f"{path}.parent_id", "CHANNEL_PARENT_INVALID", "Category does not exist")
        parent = channel_fields.parent(state, None if plan.parent_id is None else ids[plan.parent_id], kind)
        blank = ChannelRow(
            id=ctx.next_id(),
            type=kind,
            guild_id=state.id,
            name=channel_fields.name(kind, plan.name),
            parent_id=None if parent is None else parent.id,
            overwrites=_overwrites(path, plan, roles),
        )
        position = channel_order.next_position(state.channels.values(), channel_order.kind_of(blank))
        wanted = ChannelFields(
            topic=plan.topic,
            nsfw=plan.nsfw,
            rate_limit_per_user=plan.rate_limit_per_user,
            bitrate=plan.bitrate,
            user_limit=plan.user_limit,
            default_auto_archive_duration=plan.default_auto_archive_duration,
            available_tags=plan.available_tags or [],
            default_thread_rate_limit_per_user=plan.default_thread_rate_limit_per_user,
            default_reaction_emoji=plan.default_reaction_emoji,
            default_sort_order=plan.default_sort_order,
            default_forum_layout=plan.default_forum_layout,
            flags=plan.flags,
            video_quality_mode=plan.video_quality_mode,
        )
        row = channel_fields.changed(ctx, state, msgspec.structs.replace(blank, position=position), wanted)
        if plan.id is not None:
            ids[plan.id] = row.id
        state.put_channel(row)
    return ids


def _overwrites(path: str, plan: PlannedChannel, roles: dict[int, Snowflake]) -> tuple[OverwriteRow, ...]:
    found: dict[int, OverwriteRow] = {}
    for index, request in enumerate(plan.permission_overwrites or []):
        if request.type != 0 or request.id not in roles:
            raise errors.invalid_field(
                f"{path}.permission_overwrites.{index}.id", "BASE_TYPE_CHOICES", "Must be a role of this guild."
            )
        allow, deny = request.allow or NONE, request.deny or NONE
        role_id = roles[request.id]
        found[role_id] = OverwriteRow(id=role_id, type=0, allow=Permissions(allow & ~deny), deny=Permissions(deny))
    return tuple(found.values())


def _named(
    state: GuildState,
    channels: dict[int, Snowflake],
    field: str,
    placeholder: int | None,
    kinds: frozenset[ChannelType],
) -> Snowflake | None:
    if placeholder is None:
        return None
    return guild_editing.require_place_of_kind(state, field, channels.get(placeholder, Snowflake(0)), kinds)
