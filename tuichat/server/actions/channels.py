"""Channels: making, showing, changing, moving and deleting them."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.channel import Channel, ChannelType
from tuichat.protocol.dispatch.channel import ChannelDelete
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import ChannelPosition, CreateChannelRequest, EditChannelRequest
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.scheduled_event import EventStatus
from tuichat.server.actions import (
    audit,
    channel_fields,
    channel_order,
    channel_steps,
    direct_objects,
    directs,
    errors,
    fields,
    groups,
    guild_editing,
    overwrites,
    scheduled_event_steps,
    thread_editing,
    threads,
    wire,
)
from tuichat.server.actions.access import require_channel, require_guild, require_in_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.step import Step, write
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.operations import DeleteChannel

MAX_CHANNELS = 500
CREATABLE = (
    ChannelType.TEXT,
    ChannelType.VOICE,
    ChannelType.CATEGORY,
    ChannelType.ANNOUNCEMENT,
    ChannelType.STAGE,
    ChannelType.FORUM,
    ChannelType.MEDIA,
)
_KEYS: audit.Keys = (
    ("name", lambda row: row.name),
    ("type", lambda row: int(row.type)),
    ("topic", lambda row: row.topic),
    ("position", lambda row: row.position),
    ("parent_id", lambda row: row.parent_id),
    ("nsfw", lambda row: row.is_nsfw),
    ("rate_limit_per_user", lambda row: row.rate_limit_s),
    ("bitrate", lambda row: row.bitrate if row.type in (ChannelType.VOICE, ChannelType.STAGE) else None),
    ("user_limit", lambda row: row.user_limit if row.type in (ChannelType.VOICE, ChannelType.STAGE) else None),
    ("rtc_region", lambda row: row.rtc_region),
    (
        "video_quality_mode",
        lambda row: row.video_quality if row.type in (ChannelType.VOICE, ChannelType.STAGE) else None,
    ),
    ("flags", lambda row: int(row.flags)),
    ("default_auto_archive_duration", lambda row: row.default_auto_archive_minutes),
    ("default_thread_rate_limit_per_user", lambda row: row.default_thread_rate_limit_s or None),
    ("available_tags", lambda row: None if row.forum is None else wire.of_posts(row.forum)["available_tags"]),
    (
        "default_reaction_emoji",
        lambda row: None if row.forum is None else wire.of_posts(row.forum)["default_reaction_emoji"],
    ),
    ("default_sort_order", lambda row: None if row.forum is None else row.forum.sort_order),
    ("default_forum_layout", lambda row: None if row.forum is None else row.forum.layout),
)


_OVERWRITE_KEYS: audit.Keys = (
    ("permission_overwrites", lambda row: wire.overwrites(row) or None),
)  # told with a channel that comes or goes; what changes in between has entries of its own


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
    kind = request.type or 0
    if kind not in CREATABLE:
        raise errors.invalid_field(
            "type", "BASE_TYPE_CHOICES", f"Value must be one of {tuple(int(kind) for kind in CREATABLE)}."
        )
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_CHANNELS)
        if len(state.channels) >= MAX_CHANNELS:
            raise errors.limit_reached(ErrorCode.MAX_CHANNELS, "guild channels", MAX_CHANNELS)
        parent = channel_fields.parent(state, request.parent_id or None, kind)
        if request.permission_overwrites:
            own = overwrites.checked(ctx, actor, state, request.permission_overwrites, ())
        else:
            own = parent.overwrites if parent and request.permission_overwrites in (UNSET, None) else ()
        blank = ChannelRow(
            id=ctx.next_id(),
            type=kind,
            guild_id=state.id,
            name=channel_fields.name(kind, request.name),
            parent_id=parent.id if parent else None,
            overwrites=own,
        )
        position = channel_order.next_position(state.channels.values(), channel_order.kind_of(blank))
        row = channel_fields.changed(ctx, state, msgspec.structs.replace(blank, position=position), request)
        await write(
            ctx, channel_steps.appear(ctx, state, row), _entry(ctx, actor, state, AuditAction.CHANNEL_CREATE, None, row)
        )
    return wire.channel(state, row)


async def edit_channel(ctx: Context, actor: Actor, channel_id: int, request: EditChannelRequest) -> Channel:
    """Change a channel: MANAGE_CHANNELS in it, and MANAGE_ROLES in it for its overwrites. A group: `groups.edit_group`.

    A thread: `thread_editing.edit_thread`. A text channel can become an announcement channel and the other way round.
    """
    if (direct := _own_direct(ctx, actor, channel_id)) is not None:
        return await groups.edit_group(ctx, actor, direct, request)
    if is_thread(ctx, channel_id):
        return await thread_editing.edit_thread(ctx, actor, channel_id, request)
    state, _, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_CHANNELS)
    async with state.lock:
        require_still(ctx, state)
        _, row, granted = require_channel(ctx, actor, channel_id, Permissions.MANAGE_CHANNELS)
        changed = _converted(row, request)
        if isinstance(request.name, str):
            changed = msgspec.structs.replace(changed, name=channel_fields.name(changed.type, request.name))
        changed = channel_fields.changed(ctx, state, changed, request)
        if request.parent_id is not UNSET and request.parent_id != row.parent_id:
            parent = channel_fields.parent(state, request.parent_id, row.type)
            changed = msgspec.structs.replace(changed, parent_id=parent.id if parent else None)
        if request.permission_overwrites is not UNSET:
            if not granted & Permissions.MANAGE_ROLES:
                raise errors.missing_permissions()
            wanted = overwrites.checked(ctx, actor, state, request.permission_overwrites or [], row.overwrites)
            changed = msgspec.structs.replace(changed, overwrites=wanted)
        if changed != row:
            await write(
                ctx,
                channel_steps.change(ctx, state, *channel_steps.with_synced(state, changed)),
                _entry(ctx, actor, state, AuditAction.CHANNEL_UPDATE, row, changed),
                overwrites.entries(ctx, actor, state, row, changed),
            )
    return wire.channel(state, changed)


async def move_channels(ctx: Context, actor: Actor, guild_id: int, requests: Sequence[ChannelPosition]) -> None:
    """Put channels into another order and other categories: MANAGE_CHANNELS in each of them.

    Channels are ordered among those of their kind (categories, voice, all others), counted from 0 without gaps after
    this. `lock_permissions` takes the category's overwrites over: MANAGE_ROLES, and only bits that the actor has.
    """
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_CHANNELS)
    if len(requests) > MAX_CHANNELS:
        raise errors.too_long("body", MAX_CHANNELS)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_CHANNELS)
        changed: dict[int, ChannelRow] = {}
        wanted: dict[int, int] = {}
        for request in requests:
            if request.id not in state.channels:
                raise errors.unknown_channel()
            row = _moved(ctx, actor, state, changed.get(request.id), request)
            changed[row.id] = row
            if request.position is not None:
                wanted[row.id] = fields.require_range("position", request.position, 0, channel_fields.MAX_POSITION)
        rows = [changed.get(row.id, row) for row in state.channels.values()]
        for channel_id, position in channel_order.arranged(rows, wanted).items():
            row = changed.get(channel_id, state.channels[channel_id])
            changed[channel_id] = msgspec.structs.replace(row, position=position)
        different = [row for row in changed.values() if row != state.channels[row.id]]
        if different:
            named = [row for row in different if row.id in {request.id for request in requests}]
            steps = [
                _entry(ctx, actor, state, AuditAction.CHANNEL_UPDATE, state.channels[row.id], row) for row in named
            ]
            steps += [overwrites.entries(ctx, actor, state, state.channels[row.id], row) for row in named]
            await write(ctx, channel_steps.change(ctx, state, *different), *steps)


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
        require_still(ctx, state)
        _, row, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_CHANNELS)
        if guild_editing.is_needed(state.row, row.id):
            raise errors.bad_request(
                ErrorCode.COMMUNITY_CHANNEL, "Cannot delete a channel required for Community guilds"
            )
        shown = wire.channel(state, row)
        await write(
            ctx,
            *_cancelled(ctx, state, row),
            _orphaned(ctx, state, row),
            _unnamed(ctx, state, row),
            _gone(ctx, state, row),
            _entry(ctx, actor, state, AuditAction.CHANNEL_DELETE, row, None),
        )
    return shown


def is_thread(ctx: Context, channel_id: int) -> bool:
    state = ctx.guilds.of_channel(channel_id)
    return state is not None and channel_id in state.threads


def _own_direct(ctx: Context, actor: Actor, channel_id: int) -> ChannelRow | None:
    """The direct message or group of this id, None for what stands in a guild. Raises ActionError 50001 for others'."""
    row = ctx.directs.get(channel_id)
    if row is not None and actor.user_id not in row.recipient_ids:
        raise errors.missing_access()
    return row


def _converted(row: ChannelRow, request: EditChannelRequest) -> ChannelRow:
    """The channel as the kind that it is to become."""
    kind = request.type
    if not isinstance(kind, int) or kind == row.type:
        return row
    if row.type not in channel_fields.CONVERTIBLE or kind not in channel_fields.CONVERTIBLE:
        choices = tuple(sorted(map(int, channel_fields.CONVERTIBLE))) if row.type in channel_fields.CONVERTIBLE else ()
        raise errors.invalid_field("type", "BASE_TYPE_CHOICES", f"Value must be one of {choices or (int(row.type),)}.")
    return msgspec.structs.replace(row, type=kind)


def _moved(
    ctx: Context, actor: Actor, state: GuildState, known: ChannelRow | None, request: ChannelPosition
) -> ChannelRow:
    """A channel with its new category, which it has to be visible for."""
    _, row, granted = require_channel(ctx, actor, request.id, Permissions.MANAGE_CHANNELS)
    row = known or row
    if request.parent_id is not UNSET and request.parent_id != row.parent_id:
        parent = channel_fields.parent(state, request.parent_id, row.type)
        row = msgspec.structs.replace(row, parent_id=parent.id if parent else None)
    category = state.channels.get(row.parent_id or 0)
    if request.lock_permissions and category is not None and row.overwrites != category.overwrites:
        if not granted & Permissions.MANAGE_ROLES:
            raise errors.missing_permissions()
        overwrites.require_own_bits(ctx, actor, state, row.overwrites, category.overwrites)
        row = msgspec.structs.replace(row, overwrites=category.overwrites)
    return row


def _cancelled(ctx: Context, state: GuildState, row: ChannelRow) -> list[Step]:
    """What was planned in a channel that is to go takes place no more."""
    found: list[Step] = []
    for planned in ctx.scheduled_events.planned_in(state.id, row.id):
        is_on = planned.status == EventStatus.ACTIVE
        status = EventStatus.COMPLETED if is_on else EventStatus.CANCELED
        found += scheduled_event_steps.finish(ctx, state, planned, scheduled_event_steps.finished(planned, status))
    return found


def _orphaned(ctx: Context, state: GuildState, row: ChannelRow) -> Step:
    """What a category leaves behind: the channels in it stand in none."""
    orphans = [
        msgspec.structs.replace(child, parent_id=None) for child in state.channels.values() if child.parent_id == row.id
    ]
    return channel_steps.change(ctx, state, *orphans) if orphans else Step([], [])


def _unnamed(ctx: Context, state: GuildState, row: ChannelRow) -> Step:
    """The guild names a channel no more that is to go."""
    without = guild_editing.without_channel(state.row, row.id)
    return Step([], []) if without == state.row else guild_editing.change(ctx, state, without)


def _gone(ctx: Context, state: GuildState, row: ChannelRow) -> Step:
    """The channel itself goes; with it its category, for those who see no other channel there."""
    forget = channel_steps.telling(ctx, state, lambda: ctx.guilds.remove_channel(state, row.id), row.parent_id)
    gone = channel_steps.told("CHANNEL_DELETE", ChannelDelete, state, row)
    return Step([DeleteChannel(row.id)], [gone], after_publish=forget)


def _entry(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    action: AuditAction,
    before: ChannelRow | None,
    after: ChannelRow | None,
) -> Step:
    """What the audit log tells of it, where anything differs; changed overwrites are told by `overwrites.entries`."""
    changes = audit.changes(_KEYS, before, after)
    if before is None or after is None:
        changes += audit.changes(_OVERWRITE_KEYS, before, after)
    row = after or before
    if not changes or row is None:
        return Step([], [])
    put, told = audit.entry(ctx, actor, state, action, row.id, changes=changes, channel=row)
    return Step([put], [told])
