"""Channels: making, showing, changing and deleting them, and their overwrites."""

import re
from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol.channel import VOICE_CHANNELS, Channel, ChannelType
from tuichat.protocol.dispatch import ChannelCreate, ChannelDelete, ChannelUpdate
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest import CreateChannelRequest, EditChannelRequest, ErrorCode, OverwriteRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import direct_objects, directs, errors, fields, groups, threads, wire
from tuichat.server.actions.access import require_channel, require_guild, require_in_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.guilds import guild_updated
from tuichat.server.actions.visibility import telling_visibility
from tuichat.server.bus import Event, event
from tuichat.server.store.operations import DeleteChannel, Operation, Put
from tuichat.server.store.rows import ChannelRow, OverwriteRow
from tuichat.server.store.store import Apply

NAME_CHARACTERS = (1, 100)
MAX_TOPIC_CHARACTERS = 1024
MAX_CHANNELS = 500
MAX_CHANNELS_PER_CATEGORY = 50
MAX_OVERWRITES = 500  # taste
MAX_SLOWMODE_S = 21_600
BITRATES = (8_000, 384_000)  # bits a second; Discord's highest tier, since our servers have no tiers
MAX_POSITION = 2**31 - 1
CREATABLE = (ChannelType.TEXT, ChannelType.VOICE, ChannelType.CATEGORY, ChannelType.STAGE)
_SPACES = re.compile(r"\s+")


async def list_channels(ctx: Context, actor: Actor, guild_id: int) -> list[Channel]:
    """The channels of a guild that the actor may see."""
    state = require_guild(ctx, actor, guild_id)
    return [wire.channel(state, row) for row in state.visible_channels(state.members[actor.user_id])]


async def get_channel(ctx: Context, actor: Actor, channel_id: int) -> Channel:
    if (direct := _own_direct(ctx, actor, channel_id)) is not None:
        return direct_objects.private_channel(ctx, direct, actor.user_id)
    if is_thread(ctx, channel_id):
        return await threads.get_thread(ctx, actor, channel_id)
    state, row, _ = require_channel(ctx, actor, channel_id)
    return wire.channel(state, row)


async def create_channel(ctx: Context, actor: Actor, guild_id: int, request: CreateChannelRequest) -> Channel:
    """Make a channel: MANAGE_CHANNELS. Below a category it begins with the category's overwrites."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_CHANNELS)
    if request.type not in CREATABLE:
        raise errors.invalid_field(
            "type", "BASE_TYPE_CHOICES", f"Value must be one of {tuple(int(kind) for kind in CREATABLE)}."
        )
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_CHANNELS)
        if len(state.channels) >= MAX_CHANNELS:
            raise errors.limit_reached(ErrorCode.MAX_CHANNELS, "guild channels", MAX_CHANNELS)
        parent = _parent(state, request.parent_id or None, request.type)
        if request.permission_overwrites is not UNSET:
            overwrites = _overwrites(ctx, actor, state, request.permission_overwrites, ())
        else:
            overwrites = parent.overwrites if parent else ()
        row = ChannelRow(
            id=ctx.next_id(),
            type=request.type,
            guild_id=state.id,
            name=_name(request.type, request.name),
            position=_next_position(state, request.type) if request.position in (UNSET, None) else 0,
            parent_id=parent.id if parent else None,
            overwrites=overwrites,
        )
        row = _changed(row, _as_edit(request))
        created = _told("CHANNEL_CREATE", ChannelCreate, state, row)
        remember = _telling(ctx, state, lambda: ctx.guilds.put_channel(state, row), row.parent_id)
        await ctx.store.write([Put(row)], [created], before_publish=remember)
    return wire.channel(state, row)


async def edit_channel(ctx: Context, actor: Actor, channel_id: int, request: EditChannelRequest) -> Channel:
    """Change a channel: MANAGE_CHANNELS in it, and MANAGE_ROLES in it for its overwrites. A group: `groups.edit_group`.

    A thread: `threads.edit_thread`.
    """
    if (direct := _own_direct(ctx, actor, channel_id)) is not None:
        return await groups.edit_group(ctx, actor, direct, request)
    if is_thread(ctx, channel_id):
        return await threads.edit_thread(ctx, actor, channel_id, request)
    state, _, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_CHANNELS)
    async with state.lock:
        _, row, granted = require_channel(ctx, actor, channel_id, Permissions.MANAGE_CHANNELS)
        changed = _changed(row, request)
        if request.parent_id is not UNSET and request.parent_id != row.parent_id:
            parent = _parent(state, request.parent_id, row.type)
            changed = msgspec.structs.replace(changed, parent_id=parent.id if parent else None)
        if request.permission_overwrites is not UNSET:
            if not granted & Permissions.MANAGE_ROLES:
                raise errors.missing_permissions()
            changed = msgspec.structs.replace(
                changed, overwrites=_overwrites(ctx, actor, state, request.permission_overwrites, row.overwrites)
            )
        if changed != row:
            await _write_channel(ctx, state, changed)
    return wire.channel(state, changed)


async def delete_channel(ctx: Context, actor: Actor, channel_id: int, *, is_silent: bool = False) -> Channel:
    """Delete a channel with its messages: MANAGE_CHANNELS in it. A category leaves its channels behind.

    A direct message is closed for the actor alone; a group is left, without a word where `is_silent`. A thread is
    deleted by MANAGE_THREADS.
    """
    if (direct := _own_direct(ctx, actor, channel_id)) is not None:
        if direct.type == ChannelType.GROUP_DM:
            return await groups.leave_group(ctx, actor, direct, is_silent=is_silent)
        return await directs.close_direct(ctx, actor, direct)
    if is_thread(ctx, channel_id):
        return await threads.delete_thread(ctx, actor, channel_id)
    state, _, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_CHANNELS)
    async with state.lock:
        _, row, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_CHANNELS)
        operations: list[Operation] = [DeleteChannel(row.id)]
        orphans = [
            msgspec.structs.replace(child, parent_id=None)
            for child in state.channels.values()
            if child.parent_id == row.id
        ]
        events = []
        for orphan in orphans:
            operations.append(Put(orphan))
            events.append(_told("CHANNEL_UPDATE", ChannelUpdate, state, orphan))
        guild_row = state.row
        if guild_row.system_channel_id == row.id:
            guild_row = msgspec.structs.replace(guild_row, system_channel_id=None)
            operations.append(Put(guild_row))
            events.append(guild_updated(ctx, state, guild_row))
        shown = wire.channel(state, row)
        events.append(_told("CHANNEL_DELETE", ChannelDelete, state, row))

        def remember() -> None:
            state.row = guild_row
            for orphan in orphans:
                ctx.guilds.put_channel(state, orphan)

        # The category goes from those who saw it for its channels alone when they leave it; a channel takes its
        # category along for those who see no other in it.
        forget = lambda: ctx.guilds.remove_channel(state, row.id)  # noqa: E731  # wrapped below
        await ctx.store.write(
            operations,
            events,
            before_publish=_telling(ctx, state, remember, row.id),
            after_publish=_telling(ctx, state, forget, row.parent_id),
        )
    return shown


async def set_overwrite(ctx: Context, actor: Actor, channel_id: int, target_id: int, request: OverwriteRequest) -> None:
    """Set a role's or member's overwrite in a channel: MANAGE_ROLES in it, and only bits that the actor has."""
    state, _, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_ROLES)
    async with state.lock:
        _, row, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_ROLES)
        wanted = msgspec.structs.replace(request, id=Snowflake(target_id))
        others = [_as_request(overwrite) for overwrite in row.overwrites if overwrite.id != target_id]
        overwrites = _overwrites(ctx, actor, state, [*others, wanted], row.overwrites)
        if overwrites != row.overwrites:
            await _write_channel(ctx, state, msgspec.structs.replace(row, overwrites=overwrites))


async def delete_overwrite(ctx: Context, actor: Actor, channel_id: int, target_id: int) -> None:
    """Remove an overwrite: MANAGE_ROLES in the channel, and only bits that the actor has."""
    state, _, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_ROLES)
    async with state.lock:
        _, row, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_ROLES)
        kept = [_as_request(overwrite) for overwrite in row.overwrites if overwrite.id != target_id]
        if len(kept) == len(row.overwrites):
            raise errors.unknown_overwrite()
        overwrites = _overwrites(ctx, actor, state, kept, row.overwrites)
        await _write_channel(ctx, state, msgspec.structs.replace(row, overwrites=overwrites))


def is_thread(ctx: Context, channel_id: int) -> bool:
    state = ctx.guilds.of_channel(channel_id)
    return state is not None and channel_id in state.threads


async def _write_channel(ctx: Context, state: GuildState, row: ChannelRow) -> None:
    change = lambda: ctx.guilds.put_channel(state, row)  # noqa: E731  # wrapped below
    apply = _telling(ctx, state, change, row.id, row.parent_id, state.channels[row.id].parent_id)
    await ctx.store.write([Put(row)], [channel_updated(state, row)], before_publish=apply)


def _telling(ctx: Context, state: GuildState, change: Apply, *channel_ids: Snowflake | None) -> Apply:
    """Wrap a change after which others may see these channels, None for no channel."""
    concerned = {int(channel_id) for channel_id in channel_ids if channel_id is not None}
    return telling_visibility(ctx, state, ctx.presences.connected_ids(), change, concerned) if concerned else change


def _own_direct(ctx: Context, actor: Actor, channel_id: int) -> ChannelRow | None:
    """The direct message or group of this id, None for what stands in a guild. Raises ActionError 50001 for others'."""
    row = ctx.directs.get(channel_id)
    if row is not None and actor.user_id not in row.recipient_ids:
        raise errors.missing_access()
    return row


def channel_updated(state: GuildState, row: ChannelRow) -> Event:
    return _told("CHANNEL_UPDATE", ChannelUpdate, state, row)


def _told(
    name: str, kind: type[ChannelCreate] | type[ChannelUpdate] | type[ChannelDelete], state: GuildState, row: ChannelRow
) -> Event:
    shown = wire.channel(state, row)
    payload = kind(**{field: getattr(shown, field) for field in shown.__struct_fields__})
    return event(name, payload, guild_id=state.id, channel_id=row.id)


def _changed(row: ChannelRow, request: EditChannelRequest) -> ChannelRow:
    """Apply the plain fields of an edit, each within its limits; null sets a field back."""
    changes: dict[str, object] = {}
    if request.name is not UNSET and request.name is not None:
        changes["name"] = _name(row.type, request.name)
    if request.topic is not UNSET:
        topic = fields.require_length("topic", request.topic or "", 0, MAX_TOPIC_CHARACTERS)
        changes["topic"] = topic or None
    if request.position is not UNSET:
        changes["position"] = fields.require_range("position", request.position or 0, 0, MAX_POSITION)
    if request.nsfw is not UNSET:
        changes["is_nsfw"] = bool(request.nsfw)
    if request.rate_limit_per_user is not UNSET:
        changes["rate_limit_s"] = fields.require_range(
            "rate_limit_per_user", request.rate_limit_per_user or 0, 0, MAX_SLOWMODE_S
        )
    if row.type in VOICE_CHANNELS:
        if request.bitrate is not UNSET:
            changes["bitrate"] = fields.require_range("bitrate", request.bitrate or 64_000, *BITRATES)
        if request.user_limit is not UNSET:
            limit = 10_000 if row.type == ChannelType.STAGE else 99
            changes["user_limit"] = fields.require_range("user_limit", request.user_limit or 0, 0, limit)
    return msgspec.structs.replace(row, **changes)


def _as_edit(request: CreateChannelRequest) -> EditChannelRequest:
    """The plain fields of a create request, nulls left at their defaults."""
    return EditChannelRequest(
        topic=request.topic,
        position=UNSET if request.position is None else request.position,
        nsfw=request.nsfw,
        rate_limit_per_user=request.rate_limit_per_user,
        bitrate=request.bitrate,
        user_limit=request.user_limit,
    )


def _name(kind: int, name: str) -> str:
    """A channel's name; a text channel's is in lower case with hyphens for spaces, as Discord writes it."""
    cleaned = fields.require_name("name", name, *NAME_CHARACTERS)
    if kind == ChannelType.TEXT:
        cleaned = _SPACES.sub("-", cleaned.lower())[: NAME_CHARACTERS[1]]
    return cleaned


def _parent(state: GuildState, parent_id: int | None, kind: int) -> ChannelRow | None:
    if parent_id is None:
        return None
    parent = state.channels.get(parent_id)
    if parent is None or parent.type != ChannelType.CATEGORY:
        raise errors.invalid_field("parent_id", "CHANNEL_PARENT_INVALID", "Category does not exist")
    if kind == ChannelType.CATEGORY:
        raise errors.invalid_field("parent_id", "CHANNEL_PARENT_INVALID_TYPE", "A category cannot stand in a category")
    if sum(1 for row in state.channels.values() if row.parent_id == parent_id) >= MAX_CHANNELS_PER_CATEGORY:
        raise errors.invalid_field(
            "parent_id",
            "CHANNEL_PARENT_MAX_CHANNELS",
            f"Maximum number of channels in category reached ({MAX_CHANNELS_PER_CATEGORY})",
        )
    return parent


def _next_position(state: GuildState, kind: int) -> int:
    is_category = kind == ChannelType.CATEGORY
    alike = [row.position for row in state.channels.values() if (row.type == ChannelType.CATEGORY) == is_category]
    return max(alike, default=-1) + 1


def _overwrites(
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
        wanted[request.id] = OverwriteRow(
            id=request.id,
            type=request.type,
            allow=Permissions(request.allow & ~request.deny),
            deny=request.deny,
        )
    own = state.permissions(actor.user_id, ctx.now_ms())
    for target_id in wanted.keys() | known.keys():
        before, after = known.get(target_id), wanted.get(target_id)
        changed = (before.allow if before else 0) ^ (after.allow if after else 0)
        changed |= (before.deny if before else 0) ^ (after.deny if after else 0)
        if changed & ~own and not own & Permissions.ADMINISTRATOR:
            raise errors.missing_permissions()
    return tuple(wanted.values())


def _as_request(row: OverwriteRow) -> OverwriteRequest:
    return OverwriteRequest(id=row.id, type=row.type, allow=row.allow, deny=row.deny)
