"""Webhooks: who may write into a channel without an account, by a token alone."""

import hmac
import secrets

import msgspec
from msgspec import UNSET

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch.channel import WebhooksUpdate
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.webhook import CreateWebhookRequest, EditWebhookRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.webhook import SourceChannel, SourceGuild, Webhook, WebhookType
from tuichat.server.actions import audit, errors, fields
from tuichat.server.actions.access import require_channel, require_in_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.images import ImageKind, keep_image, put_image
from tuichat.server.bus import Event, event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.errors import Conflict
from tuichat.server.store.operations import DeleteWebhook, Operation, Put
from tuichat.server.store.rows import WebhookRow

NAME_CHARACTERS = (1, 80)
MAX_WEBHOOKS = 15  # of a channel
MAX_GUILD_WEBHOOKS = 1000
TOKEN_BYTES = 51  # 68 characters, as libraries expect them in a URL
FORBIDDEN_IN_NAMES = ("clyde", "discord")
_HOLDERS = frozenset(
    {
        ChannelType.TEXT, ChannelType.ANNOUNCEMENT, ChannelType.VOICE, ChannelType.STAGE, ChannelType.FORUM,
        ChannelType.MEDIA,
    }
)  # fmt: skip


async def create_webhook(ctx: Context, actor: Actor, channel_id: int, request: CreateWebhookRequest) -> Webhook:
    """Make a webhook: MANAGE_WEBHOOKS. Raises ActionError 30007 at 15 of a channel."""
    name = checked_name("name", request.name)
    _require_manager(ctx, actor, channel_id)
    avatar = await keep_image(ctx, "avatar", request.avatar) if request.avatar else None
    state, _ = _require_manager(ctx, actor, channel_id)
    async with state.lock:
        await require_room(ctx, channel_id)
        require_still(ctx, state)
        _require_manager(ctx, actor, channel_id)
        row = WebhookRow(
            id=ctx.next_id(),
            type=WebhookType.INCOMING,
            guild_id=state.id,
            channel_id=Snowflake(channel_id),
            name=name,
            avatar=avatar,
            token=secrets.token_urlsafe(TOKEN_BYTES),
            user_id=actor.user_id,
            application_id=actor.user_id if actor.is_bot else None,
        )
        operations, events = created(ctx, actor, state, row)
        await ctx.store.write(operations, events)
    return shown(ctx, row, actor)


async def list_channel_webhooks(ctx: Context, actor: Actor, channel_id: int) -> list[Webhook]:
    """The webhooks of a channel: MANAGE_WEBHOOKS."""
    _require_manager(ctx, actor, channel_id)
    found = await ctx.store.read_webhooks(channel_id=channel_id)
    _require_manager(ctx, actor, channel_id)
    return [shown(ctx, row, actor) for row in found]


async def list_guild_webhooks(ctx: Context, actor: Actor, guild_id: int) -> list[Webhook]:
    """The webhooks of a guild's channels in which the asker manages them: MANAGE_WEBHOOKS."""
    require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_WEBHOOKS)
    found = await ctx.store.read_webhooks(guild_id=guild_id)
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_WEBHOOKS)
    return [shown(ctx, row, actor) for row in found if _manages(ctx, actor, state, row.channel_id)]


async def get_webhook(ctx: Context, actor: Actor, webhook_id: int) -> Webhook:
    """One webhook: MANAGE_WEBHOOKS, or the application that made it."""
    return shown(ctx, await _require_webhook(ctx, actor, webhook_id), actor)


async def edit_webhook(ctx: Context, actor: Actor, webhook_id: int, request: EditWebhookRequest) -> Webhook:
    """Rename a webhook, give it a picture, or move it to another channel of the guild: MANAGE_WEBHOOKS, in both."""
    row = await _require_webhook(ctx, actor, webhook_id)
    avatar = await keep_image(ctx, "avatar", request.avatar) if request.avatar else None
    state = _state_of(ctx, row)
    async with state.lock:
        row = await _require_webhook(ctx, actor, webhook_id)
        wanted = request.channel_id or row.channel_id
        if wanted != row.channel_id:
            await require_room(ctx, wanted)
        require_still(ctx, state)
        if wanted != row.channel_id and _require_manager(ctx, actor, wanted)[0] is not state:
            raise errors.unknown_channel()
        changed = msgspec.structs.replace(_changed(row, request, avatar), channel_id=Snowflake(wanted))
        await _write_change(ctx, actor, state, row, changed)
    return shown(ctx, changed, actor)


async def delete_webhook(ctx: Context, actor: Actor, webhook_id: int) -> None:
    """Remove a webhook: MANAGE_WEBHOOKS, or the application that made it. Its messages stay."""
    row = await _require_webhook(ctx, actor, webhook_id)
    await _write_deletion(ctx, actor, row)


async def find_by_token(ctx: Context, webhook_id: int, token: str) -> WebhookRow:
    """Return the webhook of an id and its token. Raises ActionError 10015 for an unknown id, 50027 for a wrong token."""
    row = await ctx.store.read_webhook(webhook_id)
    if row is None or ctx.guilds.of_channel(row.channel_id) is None:
        raise unknown_webhook()
    if row.token is None or not hmac.compare_digest(row.token.encode(), token.encode(errors="replace")):
        raise errors.ActionError(401, ErrorCode.INVALID_WEBHOOK_TOKEN, "Invalid Webhook Token")
    return row


async def edit_by_token(ctx: Context, row: WebhookRow, request: EditWebhookRequest, reason: str | None) -> Webhook:
    """Rename a webhook, or give it a picture, by its token alone; `channel_id` is passed over."""
    avatar = await keep_image(ctx, "avatar", request.avatar) if request.avatar else None
    state = _state_of(ctx, row)
    async with state.lock:
        current = await ctx.store.read_webhook(row.id)
        require_still(ctx, state)
        if current is None:
            raise unknown_webhook()
        changed = _changed(current, request, avatar)
        await _write_change(ctx, as_actor(current, reason), state, current, changed)
    return shown(ctx, changed, None)


async def delete_by_token(ctx: Context, row: WebhookRow, reason: str | None) -> None:
    await _write_deletion(ctx, as_actor(row, reason), row)


def as_actor(row: WebhookRow, reason: str | None = None) -> Actor:
    """Who acts where only the token was shown: whoever made the webhook."""
    return Actor(row.user_id or row.id, reason=reason)


def shown(ctx: Context, row: WebhookRow, actor: Actor | None) -> Webhook:
    """A webhook for somebody who manages it, or for the holder of its token (`actor` None), who learns not who made it.

    An application's token is told to that application alone. What a follower follows is told
    while whoever made it is in that guild.
    """
    is_own = row.application_id is None or actor is None or actor.user_id == row.application_id
    source = ctx.guilds.get(row.source_guild_id or 0)
    source_channel = None if source is None else source.find_channel(row.source_channel_id or 0)
    sees_source = source is not None and source.has_member(row.user_id or 0)  # whoever made it
    is_told = sees_source and source_channel is not None and actor is not None
    return Webhook(
        id=row.id,
        type=row.type,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        name=row.name,
        avatar=row.avatar,
        application_id=row.application_id,
        user=UNSET if actor is None or row.user_id is None else ctx.users.wire(row.user_id),
        token=row.token if row.token is not None and is_own else UNSET,
        source_guild=SourceGuild(id=source.id, name=source.row.name) if is_told and source is not None else UNSET,
        source_channel=SourceChannel(id=source_channel.id, name=source_channel.name)
        if is_told and source_channel is not None
        else UNSET,
    )


def checked_name(field: str, name: str) -> str:
    """Return a webhook's name, 1 to 80 characters. Raises ActionError 50035 for one that pretends to be Discord's own."""
    cleaned = fields.require_name(field, name, *NAME_CHARACTERS)
    for word in FORBIDDEN_IN_NAMES:
        if word in cleaned.casefold():
            raise errors.invalid_field(field, "USERNAME_INVALID_CONTAINS", f'Username cannot contain "{word}"')
    return cleaned


async def require_room(ctx: Context, channel_id: int) -> None:
    """Raise ActionError 30007 where a channel has 15 webhooks, 30058 where its guild has 1000. Call it under the guild's lock."""
    if len(await ctx.store.read_webhooks(channel_id=channel_id)) >= MAX_WEBHOOKS:
        raise errors.limit_reached(ErrorCode.MAX_WEBHOOKS, "webhooks", MAX_WEBHOOKS)
    state = ctx.guilds.of_channel(channel_id)
    if state is not None and len(await ctx.store.read_webhooks(guild_id=state.id)) >= MAX_GUILD_WEBHOOKS:
        raise errors.limit_reached(ErrorCode.MAX_GUILD_WEBHOOKS, "webhooks per guild", MAX_GUILD_WEBHOOKS)


def created(ctx: Context, actor: Actor, state: GuildState, row: WebhookRow) -> tuple[list[Operation], list[Event]]:
    """What the write of a new webhook takes along."""
    changes = audit.changes(WEBHOOK_KEYS, None, row)
    noted, told = audit.entry(
        ctx, actor, state, AuditAction.WEBHOOK_CREATE, row.id, changes=changes, channel=_channel(state, row)
    )
    operations: list[Operation] = [Put(row), noted]
    if row.avatar is not None:
        operations.append(put_image(ImageKind.AVATAR, row.id, row.avatar, guild_id=state.id))
    return operations, [_updated(row.guild_id, row.channel_id), told]


def unknown_webhook() -> errors.ActionError:
    return errors.ActionError(404, ErrorCode.UNKNOWN_WEBHOOK, "Unknown Webhook")


def _require_manager(ctx: Context, actor: Actor, channel_id: int) -> tuple[GuildState, ChannelRow]:
    state, channel, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_WEBHOOKS)
    if channel.type not in _HOLDERS:
        raise errors.bad_request(ErrorCode.CHANNEL_TYPE, "Cannot execute action on this channel type")
    return state, channel


def _manages(ctx: Context, actor: Actor, state: GuildState, channel_id: int) -> bool:
    needed = Permissions.VIEW_CHANNEL | Permissions.MANAGE_WEBHOOKS
    return state.permissions_in(actor.user_id, channel_id, ctx.now_ms()) & needed == needed


async def _require_webhook(ctx: Context, actor: Actor, webhook_id: int) -> WebhookRow:
    row = await ctx.store.read_webhook(webhook_id)
    state = None if row is None else ctx.guilds.of_channel(row.channel_id)
    if row is None or state is None:
        raise unknown_webhook()
    if actor.is_bot and row.application_id == actor.user_id:
        return row
    if not state.has_member(actor.user_id):
        raise errors.missing_access()
    if not _manages(ctx, actor, state, row.channel_id):
        raise errors.missing_permissions()
    return row


def _state_of(ctx: Context, row: WebhookRow) -> GuildState:
    state = ctx.guilds.of_channel(row.channel_id)
    if state is None:
        raise unknown_webhook()
    return state


def _changed(row: WebhookRow, request: EditWebhookRequest, avatar: str | None) -> WebhookRow:
    if request.name is not UNSET:
        row = msgspec.structs.replace(row, name=checked_name("name", request.name))
    if request.avatar is not UNSET:
        row = msgspec.structs.replace(row, avatar=avatar)
    return row


async def _write_change(ctx: Context, actor: Actor, state: GuildState, before: WebhookRow, after: WebhookRow) -> None:
    if before == after:
        return
    changes = audit.changes(WEBHOOK_KEYS, before, after)
    noted, told = audit.entry(
        ctx, actor, state, AuditAction.WEBHOOK_UPDATE, after.id, changes=changes, channel=_channel(state, after)
    )
    operations: list[Operation] = [Put(after), noted]
    if before.avatar != after.avatar:
        operations.append(put_image(ImageKind.AVATAR, after.id, after.avatar, guild_id=state.id))
    channels = dict.fromkeys((before.channel_id, after.channel_id))
    await ctx.store.write(operations, [*(_updated(state.id, channel_id) for channel_id in channels), told])


async def _write_deletion(ctx: Context, actor: Actor, row: WebhookRow) -> None:
    state = _state_of(ctx, row)
    changes = audit.changes(WEBHOOK_KEYS, row, None)
    noted, told = audit.entry(
        ctx, actor, state, AuditAction.WEBHOOK_DELETE, row.id, changes=changes, channel=_channel(state, row)
    )
    try:
        await ctx.store.write([DeleteWebhook(row.id), noted], [_updated(row.guild_id, row.channel_id), told])
    except Conflict as conflict:
        raise unknown_webhook() from conflict


def _channel(state: GuildState, row: WebhookRow) -> ChannelRow | None:
    return state.find_channel(row.channel_id)


def _updated(guild_id: Snowflake, channel_id: Snowflake) -> Event:
    """WEBHOOKS_UPDATE, to those who manage the channel's webhooks."""
    return event(
        "WEBHOOKS_UPDATE",
        WebhooksUpdate(guild_id=guild_id, channel_id=channel_id),
        guild_id=guild_id,
        channel_id=channel_id,
        needs=Permissions.VIEW_CHANNEL | Permissions.MANAGE_WEBHOOKS,
    )


WEBHOOK_KEYS: audit.Keys = (
    ("name", lambda row: row.name),
    ("type", lambda row: row.type),
    ("channel_id", lambda row: row.channel_id),
    ("avatar_hash", lambda row: row.avatar),
    ("application_id", lambda row: row.application_id),
)
