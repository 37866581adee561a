"""Emojis: making, showing, changing and deleting those of guilds and applications, and who may use one."""

import re
from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.dispatch.guild import EmojisUpdate
from tuichat.protocol.emoji import CreateEmojiRequest, EditEmojiRequest, Emoji, EmojiList
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import audit, errors, expressions, fields, wire
from tuichat.server.actions.access import Place, require_guild, require_in_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.images import MAX_EMOJI_BYTES, ImageKind, keep_image, put_image
from tuichat.server.bus import Event, event
from tuichat.server.store.operations import DeleteEmoji, Put
from tuichat.server.store.rows import EmojiRow

NAME_CHARACTERS = (2, 32)
MAX_EMOJIS = 50  # of a guild, and as many animated ones: Discord's for a guild without boosts
MAX_APPLICATION_EMOJIS = 2000  # Discord's documentation, "Emoji Resource"
_NAME = re.compile(r"\w+")


def find_usable(ctx: Context, place: Place, user_id: int, emoji_id: int) -> EmojiRow | None:
    """Return the emoji when a user may put it into a message or a first reaction here; None when not.

    A guild's emoji by its members: who have one of its roles, where it names any, and elsewhere with USE_EXTERNAL_EMOJIS.
    An application's emoji by its bot alone.
    """
    row = ctx.guilds.emojis.get(emoji_id)
    if row is None:
        return None
    if row.guild_id is None:
        return row if row.application_id == user_id else None
    home = ctx.guilds.get(row.guild_id)
    member = None if home is None else home.members.get(user_id)
    if member is None or (row.role_ids and set(row.role_ids).isdisjoint(member.role_ids)):
        return None
    is_here = place.guild is home
    return row if is_here or place.granted & Permissions.USE_EXTERNAL_EMOJIS else None


async def list_emojis(ctx: Context, actor: Actor, guild_id: int) -> list[Emoji]:
    """The emojis of a guild; who made them, for those who may make or manage them."""
    state = require_guild(ctx, actor, guild_id)
    with_user = expressions.sees_makers(ctx, actor, state)
    return [_shown(ctx, row, with_user=with_user) for row in ctx.guilds.emojis.of(state.id)]


async def get_emoji(ctx: Context, actor: Actor, guild_id: int, emoji_id: int) -> Emoji:
    state = require_guild(ctx, actor, guild_id)
    row = _find(ctx, state, emoji_id)
    return _shown(ctx, row, with_user=expressions.may_change(ctx, actor, state, row.creator_id))


async def create_emoji(ctx: Context, actor: Actor, guild_id: int, request: CreateEmojiRequest) -> Emoji:
    """Make an emoji: CREATE_GUILD_EXPRESSIONS. A guild has up to 50 still and 50 animated ones."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.CREATE_GUILD_EXPRESSIONS)
    name = _name(request.name)
    image = await keep_image(ctx, "image", request.image, max_bytes=MAX_EMOJI_BYTES)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.CREATE_GUILD_EXPRESSIONS)
        is_animated = image.startswith("a_")
        if sum(1 for row in ctx.guilds.emojis.of(state.id) if row.is_animated == is_animated) >= MAX_EMOJIS:
            code = ErrorCode.MAX_ANIMATED_EMOJIS if is_animated else ErrorCode.MAX_EMOJIS
            raise errors.limit_reached(code, "animated emojis" if is_animated else "emojis", MAX_EMOJIS)
        row = EmojiRow(
            id=ctx.next_id(),
            guild_id=state.id,
            name=name,
            creator_id=actor.user_id,
            is_animated=is_animated,
            role_ids=_roles(state, request.roles),
        )
        noted, told = audit.change_entry(ctx, actor, state, AuditAction.EMOJI_CREATE, audit.EMOJI_KEYS, None, row)
        await ctx.store.write(
            [Put(row), put_image(ImageKind.EMOJI, row.id, image, guild_id=state.id), noted],
            [_updated(ctx, state, [*ctx.guilds.emojis.of(state.id), row]), told],
            before_publish=lambda: ctx.guilds.emojis.put(row),
        )
    return _shown(ctx, row, with_user=True)


async def edit_emoji(ctx: Context, actor: Actor, guild_id: int, emoji_id: int, request: EditEmojiRequest) -> Emoji:
    """Rename an emoji, or say which roles may use it: MANAGE_GUILD_EXPRESSIONS; one's own with CREATE_GUILD_EXPRESSIONS."""
    state = require_guild(ctx, actor, guild_id)
    async with state.lock:
        require_still(ctx, state)
        row = _require_changeable(ctx, actor, guild_id, emoji_id)
        changed = row
        if isinstance(request.name, str):
            changed = msgspec.structs.replace(changed, name=_name(request.name))
        if request.roles is not UNSET:
            changed = msgspec.structs.replace(changed, role_ids=_roles(state, request.roles))
        if changed != row:
            noted, told = audit.change_entry(
                ctx, actor, state, AuditAction.EMOJI_UPDATE, audit.EMOJI_KEYS, row, changed
            )
            rows = [changed if other.id == row.id else other for other in ctx.guilds.emojis.of(state.id)]
            await ctx.store.write(
                [Put(changed), noted],
                [_updated(ctx, state, rows), told],
                before_publish=lambda: ctx.guilds.emojis.put(changed),
            )
    return _shown(ctx, changed, with_user=True)


async def delete_emoji(ctx: Context, actor: Actor, guild_id: int, emoji_id: int) -> None:
    """Delete an emoji: MANAGE_GUILD_EXPRESSIONS; one's own with CREATE_GUILD_EXPRESSIONS."""
    state = require_guild(ctx, actor, guild_id)
    async with state.lock:
        require_still(ctx, state)
        row = _require_changeable(ctx, actor, guild_id, emoji_id)
        noted, told = audit.change_entry(ctx, actor, state, AuditAction.EMOJI_DELETE, audit.EMOJI_KEYS, row, None)
        kept = [other for other in ctx.guilds.emojis.of(state.id) if other.id != row.id]
        await ctx.store.write(
            [DeleteEmoji(row.id), put_image(ImageKind.EMOJI, row.id, None, guild_id=state.id), noted],
            [_updated(ctx, state, kept), told],
            before_publish=lambda: ctx.guilds.emojis.remove(row),
        )


async def list_application_emojis(ctx: Context, actor: Actor, application_id: int) -> EmojiList:
    """The emojis of an application: for its owner and its bot, as with everything below."""
    await _require_application(ctx, actor, application_id)
    return EmojiList(items=[_shown(ctx, row, with_user=True) for row in ctx.guilds.emojis.of(application_id)])


async def get_application_emoji(ctx: Context, actor: Actor, application_id: int, emoji_id: int) -> Emoji:
    await _require_application(ctx, actor, application_id)
    return _shown(ctx, _find_of_application(ctx, application_id, emoji_id), with_user=True)


async def create_application_emoji(
    ctx: Context, actor: Actor, application_id: int, request: CreateEmojiRequest
) -> Emoji:
    """Make an emoji that the bot may use everywhere; an application has up to 2000."""
    await _require_application(ctx, actor, application_id)
    name = _name(request.name)
    image = await keep_image(ctx, "image", request.image, max_bytes=MAX_EMOJI_BYTES)
    async with ctx.edits.hold(application_id):
        await _require_application(ctx, actor, application_id)
        if len(ctx.guilds.emojis.of(application_id)) >= MAX_APPLICATION_EMOJIS:
            raise errors.limit_reached(ErrorCode.MAX_EMOJIS, "emojis", MAX_APPLICATION_EMOJIS)
        row = EmojiRow(
            id=ctx.next_id(),
            guild_id=None,
            application_id=Snowflake(application_id),
            name=name,
            creator_id=actor.user_id,
            is_animated=image.startswith("a_"),
        )
        await ctx.store.write(
            [Put(row), put_image(ImageKind.EMOJI, row.id, image)], before_publish=lambda: ctx.guilds.emojis.put(row)
        )
    return _shown(ctx, row, with_user=True)


async def edit_application_emoji(
    ctx: Context, actor: Actor, application_id: int, emoji_id: int, request: EditEmojiRequest
) -> Emoji:
    async with ctx.edits.hold(application_id):
        await _require_application(ctx, actor, application_id)
        row = _find_of_application(ctx, application_id, emoji_id)
        changed = msgspec.structs.replace(row, name=_name(request.name)) if isinstance(request.name, str) else row
        if changed != row:
            await ctx.store.write([Put(changed)], before_publish=lambda: ctx.guilds.emojis.put(changed))
    return _shown(ctx, changed, with_user=True)


async def delete_application_emoji(ctx: Context, actor: Actor, application_id: int, emoji_id: int) -> None:
    async with ctx.edits.hold(application_id):
        await _require_application(ctx, actor, application_id)
        row = _find_of_application(ctx, application_id, emoji_id)
        await ctx.store.write(
            [DeleteEmoji(row.id), put_image(ImageKind.EMOJI, row.id, None)],
            before_publish=lambda: ctx.guilds.emojis.remove(row),
        )


async def _require_application(ctx: Context, actor: Actor, application_id: int) -> None:
    row = await ctx.store.read_application(application_id)
    if row is None or actor.user_id not in (row.id, row.owner_id):
        raise errors.unknown_application()


def _find_of_application(ctx: Context, application_id: int, emoji_id: int) -> EmojiRow:
    row = ctx.guilds.emojis.get(emoji_id)
    if row is None or row.application_id != application_id:
        raise errors.unknown_emoji()
    return row


def _find(ctx: Context, state: GuildState, emoji_id: int) -> EmojiRow:
    row = ctx.guilds.emojis.get(emoji_id)
    if row is None or row.guild_id != state.id:
        raise errors.unknown_emoji()
    return row


def _require_changeable(ctx: Context, actor: Actor, guild_id: int, emoji_id: int) -> EmojiRow:
    state = require_guild(ctx, actor, guild_id)
    row = _find(ctx, state, emoji_id)
    expressions.require_change(ctx, actor, state, row.creator_id)
    return row


def _name(name: str) -> str:
    cleaned = fields.require_length("name", name, *NAME_CHARACTERS)
    if not _NAME.fullmatch(cleaned):
        raise errors.invalid_field("name", "STRING_TYPE_REGEX", "Letters, digits and underscores only.")
    return cleaned


def _roles(state: GuildState, wanted: Sequence[Snowflake] | UnsetType | None) -> tuple[Snowflake, ...]:
    """Check who may use it; @everyone among them means no restriction."""
    role_ids = tuple(dict.fromkeys(wanted or ()))
    for role_id in role_ids:
        if role_id not in state.roles:
            raise errors.unknown_role()
    return () if state.id in role_ids else role_ids


def _shown(ctx: Context, row: EmojiRow, *, with_user: bool) -> Emoji:
    shown = wire.emoji(row)
    return msgspec.structs.replace(shown, user=ctx.users.wire(row.creator_id)) if with_user else shown


def _updated(ctx: Context, state: GuildState, rows: Sequence[EmojiRow]) -> Event:
    payload = EmojisUpdate(guild_id=state.id, emojis=[wire.emoji(row) for row in rows])
    return event("GUILD_EMOJIS_UPDATE", payload, guild_id=state.id)
