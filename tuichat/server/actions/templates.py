"""Templates: a guild's roles and channels, kept for others to begin with."""

import secrets
import string
from typing import Any

import msgspec
from msgspec import UNSET

from tuichat.protocol import codec
from tuichat.protocol.channel import VOICE_CHANNELS, ChannelType, DefaultReaction
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.guild import CreateGuildRequest, TemplateRequest, UseTemplateRequest
from tuichat.protocol.template import (
    SerializedChannel,
    SerializedGuild,
    SerializedOverwrite,
    SerializedRole,
    SerializedTag,
    Template,
)
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import errors, fields
from tuichat.server.actions.access import require_in_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.errors import Conflict
from tuichat.server.store.operations import CountTemplateUse, DeleteTemplate, Operation, Put
from tuichat.server.store.rows import TemplateRow

NAME_CHARACTERS = (1, 100)
MAX_DESCRIPTION_CHARACTERS = 120
CODE_CHARACTERS = 12
_ALPHABET = string.ascii_letters + string.digits


async def get_template(ctx: Context, code: str) -> Template:
    """Show a template to whoever has its code: else 10057."""
    return _shown(ctx, await _find(ctx, code))


async def list_templates(ctx: Context, actor: Actor, guild_id: int) -> list[Template]:
    """The one template that a guild may have: MANAGE_GUILD."""
    require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    row = await ctx.store.read_template_of(guild_id)
    require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    return [] if row is None else [_shown(ctx, row)]


async def create_template(ctx: Context, actor: Actor, guild_id: int, request: TemplateRequest) -> Template:
    """Make a template of a guild as it is: MANAGE_GUILD. Raises ActionError 30031 when it has one."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    if request.name is UNSET:
        raise errors.invalid_field("name", "BASE_TYPE_REQUIRED", "This field is required")
    async with state.lock:
        require_still(ctx, state)
        if await ctx.store.read_template_of(guild_id) is not None:
            raise errors.bad_request(ErrorCode.TEMPLATE_EXISTS, "Guild already has a template")
        require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
        now_ms = ctx.now_ms()
        blank = TemplateRow(
            code="".join(secrets.choice(_ALPHABET) for _ in range(CODE_CHARACTERS)),
            guild_id=state.id,
            name="",
            description=None,
            creator_id=actor.user_id,
            created_ms=now_ms,
            updated_ms=now_ms,
            snapshot=codec.encode(serialized(state)),
        )
        row = _edited(blank, request)
        await ctx.store.write([Put(row)])
    return _shown(ctx, row)


async def sync_template(ctx: Context, actor: Actor, guild_id: int, code: str) -> Template:
    """Bring a guild's template up to what the guild is now: MANAGE_GUILD."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    async with state.lock:
        row = await _find_own(ctx, actor, state, code)
        row = msgspec.structs.replace(row, updated_ms=ctx.now_ms(), snapshot=codec.encode(serialized(state)))
        await ctx.store.write([Put(row)])
    return _shown(ctx, row)


async def edit_template(ctx: Context, actor: Actor, guild_id: int, code: str, request: TemplateRequest) -> Template:
    """Give a template another name or description: MANAGE_GUILD."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    async with state.lock:
        row = _edited(await _find_own(ctx, actor, state, code), request)
        await ctx.store.write([Put(row)])
    return _shown(ctx, row)


async def delete_template(ctx: Context, actor: Actor, guild_id: int, code: str) -> Template:
    """Delete a guild's template: MANAGE_GUILD."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    async with state.lock:
        row = await _find_own(ctx, actor, state, code)
        try:
            await ctx.store.write([DeleteTemplate(code)])
        except Conflict as conflict:
            raise unknown_template() from conflict
    return _shown(ctx, row)


async def plan_of(ctx: Context, code: str, request: UseTemplateRequest) -> tuple[CreateGuildRequest, Operation]:
    """What a new guild from a template is asked for, and the operation that counts its use."""
    row = await _find(ctx, code)
    plan = codec.decode(row.snapshot, CreateGuildRequest)
    return msgspec.structs.replace(plan, name=request.name, icon=request.icon), CountTemplateUse(code)


def serialized(state: GuildState) -> SerializedGuild:
    """A guild's roles, channels and settings, without members and without what belongs to bots."""
    roles = sorted(
        (row for row in state.roles.values() if not row.is_managed),
        key=lambda row: (row.id != state.id, row.position, row.id),
    )
    role_ids = {row.id: index for index, row in enumerate(roles)}
    order = sorted(state.channels.values(), key=lambda row: (row.type != ChannelType.CATEGORY, row.position, row.id))
    channel_ids = {int(row.id): index for index, row in enumerate(order, 1)}
    settings = state.row.settings
    return SerializedGuild(
        name=state.row.name,
        description=settings.description,
        verification_level=settings.verification_level,
        default_message_notifications=settings.default_notifications,
        explicit_content_filter=settings.content_filter,
        preferred_locale=settings.locale,
        afk_timeout=settings.afk_timeout_s,
        roles=[
            SerializedRole(
                id=role_ids[row.id],
                name=row.name,
                permissions=row.permissions,
                color=row.color,
                hoist=row.is_hoisted,
                mentionable=row.is_mentionable,
            )
            for row in roles
        ],
        channels=[_channel(row, channel_ids, {int(key): value for key, value in role_ids.items()}) for row in order],
        afk_channel_id=channel_ids.get(settings.afk_channel_id or 0),
        system_channel_id=channel_ids.get(state.row.system_channel_id or 0),
        system_channel_flags=settings.system_channel_flags,
        icon_hash=state.row.icon,
    )


def unknown_template() -> errors.ActionError:
    return errors.ActionError(404, ErrorCode.UNKNOWN_TEMPLATE, "Unknown guild template")


def _channel(row: ChannelRow, channel_ids: dict[int, int], role_ids: dict[int, int]) -> SerializedChannel:
    tags = None if row.forum is None else row.forum.tags
    posts: dict[str, Any] = {}
    if row.forum is not None:
        posts = {"default_forum_layout": row.forum.layout, "flags": row.flags}
        if row.forum.sort_order is not None:
            posts["default_sort_order"] = row.forum.sort_order
        if row.forum.reaction_emoji_name is not None and row.forum.reaction_emoji_id is None:
            posts["default_reaction_emoji"] = DefaultReaction(emoji_name=row.forum.reaction_emoji_name)
    minutes = row.default_auto_archive_minutes
    return SerializedChannel(
        id=channel_ids[row.id],
        type=row.type,
        name=row.name,
        position=row.position,
        parent_id=channel_ids.get(row.parent_id or 0),
        topic=row.topic,
        nsfw=row.is_nsfw,
        rate_limit_per_user=row.rate_limit_s,
        bitrate=row.bitrate,
        user_limit=row.user_limit,
        default_auto_archive_duration=UNSET if minutes is None else minutes,
        permission_overwrites=[
            SerializedOverwrite(id=role_ids[overwrite.id], allow=overwrite.allow, deny=overwrite.deny)
            for overwrite in row.overwrites
            if overwrite.type == 0 and overwrite.id in role_ids
        ],
        available_tags=UNSET
        if tags is None
        else [
            SerializedTag(id=index, name=tag.name, moderated=tag.is_moderated, emoji_name=tag.emoji_name)
            for index, tag in enumerate(tags)
        ],
        default_thread_rate_limit_per_user=row.default_thread_rate_limit_s or UNSET,
        video_quality_mode=row.video_quality if row.type in VOICE_CHANNELS else UNSET,
        **posts,
    )


async def _find(ctx: Context, code: str) -> TemplateRow:
    if not code.isascii() or len(code) > 64:
        raise unknown_template()
    row = await ctx.store.read_template(code)
    if row is None or ctx.guilds.get(row.guild_id) is None:
        raise unknown_template()
    return row


async def _find_own(ctx: Context, actor: Actor, state: GuildState, code: str) -> TemplateRow:
    """The guild's template; the caller holds its lock."""
    require_still(ctx, state)
    row = await _find(ctx, code)
    require_in_guild(ctx, actor, state.id, Permissions.MANAGE_GUILD)
    if row.guild_id != state.id:
        raise unknown_template()
    return row


def _edited(row: TemplateRow, request: TemplateRequest) -> TemplateRow:
    changes: dict[str, object] = {}
    if isinstance(request.name, str):
        changes["name"] = fields.require_name("name", request.name, *NAME_CHARACTERS)
    if request.description is not UNSET:
        text = fields.require_length("description", request.description or "", 0, MAX_DESCRIPTION_CHARACTERS)
        changes["description"] = text or None
    return msgspec.structs.replace(row, **changes)


def _shown(ctx: Context, row: TemplateRow) -> Template:
    state = ctx.guilds.get(row.guild_id)
    is_dirty = state is not None and codec.encode(serialized(state)) != row.snapshot
    return Template(
        code=row.code,
        name=row.name,
        description=row.description,
        usage_count=row.usage_count,
        creator_id=row.creator_id,
        creator=ctx.users.wire(row.creator_id),
        created_at=format_timestamp(row.created_ms),
        updated_at=format_timestamp(row.updated_ms),
        source_guild_id=row.guild_id,
        serialized_source_guild=msgspec.Raw(row.snapshot),
        is_dirty=is_dirty or None,
    )
