"""Messages: writing, reading, editing and deleting them, and typing."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol.dispatch import MessageDelete, MessageDeleteBulk, TypingStart
from tuichat.protocol.message import (
    MAX_CONTENT_CHARACTERS,
    MAX_NONCE_CHARACTERS,
    Message,
    MessageReference,
    MessageType,
)
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest import AllowedMentions, CreateMessageRequest, EditMessageRequest, ErrorCode
from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT, Snowflake
from tuichat.server.actions import embeds, errors, fields, mentions, message_objects, wire
from tuichat.server.actions.access import is_timed_out, require_channel
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.bus import event
from tuichat.server.store.errors import Conflict
from tuichat.server.store.operations import DeleteMessages, UpdateMessage
from tuichat.server.store.rows import ChannelRow, MessageRow, ReferenceRow

MAX_PAGE = 100
SUPPRESS_EMBEDS = 1 << 2
SUPPRESS_NOTIFICATIONS = 1 << 12
BULK_DELETE_RANGE = (2, 100)
BULK_DELETE_AGE_MS = 14 * 86_400_000
_USERS_MAY_SET = SUPPRESS_EMBEDS | SUPPRESS_NOTIFICATIONS
_WRITTEN_BY_USERS = (MessageType.DEFAULT, MessageType.REPLY)
_CANNOT_REPLY_UNREAD = 160002  # Discord's documentation, "JSON Error Codes"


async def create_message(ctx: Context, actor: Actor, channel_id: int, request: CreateMessageRequest) -> Message:
    """Write a message: SEND_MESSAGES, and READ_MESSAGE_HISTORY to reply.

    With enforce_nonce, the first message of this author with this nonce in the channel within a day is answered in place
    of a second one.
    """
    content = _content(request.content)
    nonce = _nonce(request.nonce)
    allowed = request.allowed_mentions or None
    if allowed is not None:
        mentions.check(allowed)
    shown_embeds = embeds.check(request.embeds or [])
    if request.components:
        raise errors.invalid_field(
            "components", "BASE_TYPE_BAD_LENGTH", "Must be 0 in length: this server has no components."
        )
    state, channel, granted = require_channel(ctx, actor, channel_id, Permissions.SEND_MESSAGES)
    referenced = await _find_referenced(ctx, actor, state, channel_id, request.message_reference or None)
    if request.message_reference:  # the store was asked meanwhile
        state, channel, granted = require_channel(ctx, actor, channel_id, Permissions.SEND_MESSAGES)

    # From here to the store's queue nothing waits, so ids stand in the order of the permissions that they were given under.
    fields.require_written_in(channel)
    if request.tts and not granted & Permissions.SEND_TTS_MESSAGES:
        raise errors.missing_permissions()
    if not granted & Permissions.EMBED_LINKS:
        shown_embeds = embeds.NO_EMBEDS
    if not content and shown_embeds == embeds.NO_EMBEDS:
        raise errors.bad_request(ErrorCode.EMPTY_MESSAGE, "Cannot send an empty message")
    _check_slowmode(ctx, actor, channel, granted)
    named = _named(ctx, state, granted, mentions.restrict(mentions.parse(content), allowed))
    pinged = set(named.user_ids)
    if referenced is not None and (allowed is None or allowed.replied_user) and referenced.author_id != actor.user_id:
        named = msgspec.structs.replace(named, user_ids=_once(*named.user_ids, referenced.author_id))
        pinged.add(referenced.author_id)
    row = MessageRow(
        id=ctx.next_id(),
        channel_id=channel.id,
        author_id=actor.user_id,
        type=MessageType.DEFAULT if referenced is None else MessageType.REPLY,
        content=content,
        is_tts=bool(request.tts),
        flags=(request.flags or 0) & _USERS_MAY_SET,
        mentions_everyone=named.crowd is not None,
        mention_ids=named.user_ids,
        mention_role_ids=named.role_ids,
        nonce=nonce,
        reference=None
        if referenced is None
        else ReferenceRow(message_id=referenced.id, channel_id=channel.id, guild_id=state.id),
        embeds=shown_embeds,
    )
    shown = message_objects.message(ctx, state, row, referenced)

    def remember() -> None:
        state.last_message_ids[channel.id] = row.id
        if channel.rate_limit_s:
            ctx.slowmode.note(channel.id, actor.user_id, row.id.timestamp_ms)

    try:
        stored = await ctx.store.add_message(
            row,
            [message_objects.created(ctx, state, row, shown)],
            is_nonce_unique=bool(request.enforce_nonce) and nonce is not None,
            pinged_ids=_pinged(ctx, state, channel, named, pinged),
            pings_guild_id=state.id if named.crowd == "everyone" else None,
            marks_read=not actor.is_bot,
            before_publish=remember,
        )
    except Conflict as conflict:
        raise (
            errors.unknown_message() if ctx.guilds.of_channel(channel_id) else errors.unknown_channel()
        ) from conflict
    if stored is row:
        return shown
    return (await message_objects.messages(ctx, state, [stored]))[0]


async def edit_message(
    ctx: Context, actor: Actor, channel_id: int, message_id: int, request: EditMessageRequest
) -> Message:
    """Change an own message. Whoever has MANAGE_MESSAGES may hide another's embeds, and nothing else of it."""
    content = UNSET if request.content is UNSET else _content(request.content)
    allowed = request.allowed_mentions or None
    if allowed is not None:
        mentions.check(allowed)
    new_embeds = None if request.embeds is UNSET else embeds.check(request.embeds or [])
    if request.components:
        raise errors.invalid_field(
            "components", "BASE_TYPE_BAD_LENGTH", "Must be 0 in length: this server has no components."
        )
    async with ctx.edits.hold(message_id):
        require_channel(ctx, actor, channel_id)
        row = await ctx.store.read_message(channel_id, message_id)
        referenced = None
        if row is not None and row.reference is not None:
            found = await ctx.store.read_message(row.reference.channel_id, row.reference.message_id)
            referenced = found or message_objects.DELETED
        state, _, granted = require_channel(ctx, actor, channel_id)
        if row is None:
            raise errors.unknown_message()
        flags = row.flags if not isinstance(request.flags, int) else _merge_flags(row.flags, request.flags)
        if row.author_id == actor.user_id:
            changed = _edited(ctx, actor, state, granted, row, content, new_embeds, flags, allowed)
            if isinstance(referenced, MessageRow) and (allowed is None or allowed.replied_user):
                changed = _still_pinging(row, changed, referenced)
        else:
            only_flags = content is UNSET and new_embeds is None and request.flags is not UNSET
            if not only_flags or not granted & Permissions.MANAGE_MESSAGES:
                raise errors.cannot_edit_others_message()
            changed = msgspec.structs.replace(row, flags=flags)
        shown = message_objects.message(ctx, state, changed, referenced)
        try:
            await ctx.store.write([UpdateMessage(changed)], [message_objects.updated(ctx, state, changed, shown)])
        except Conflict as conflict:
            raise errors.unknown_message() from conflict
    return shown


async def delete_message(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> None:
    """Delete an own message, or any with MANAGE_MESSAGES."""
    async with ctx.edits.hold(message_id):
        require_channel(ctx, actor, channel_id)
        row = await ctx.store.read_message(channel_id, message_id)
        state, channel, granted = require_channel(ctx, actor, channel_id)
        if row is None:
            raise errors.unknown_message()
        if row.author_id != actor.user_id and not granted & Permissions.MANAGE_MESSAGES:
            raise errors.missing_permissions()
        payload = MessageDelete(id=row.id, channel_id=channel.id, guild_id=state.id)
        deleted = event("MESSAGE_DELETE", payload, guild_id=state.id, channel_id=channel.id)
        try:
            await ctx.store.write([DeleteMessages(channel.id, (row.id,))], [deleted])
        except Conflict as conflict:
            raise errors.unknown_message() from conflict


async def bulk_delete_messages(ctx: Context, actor: Actor, channel_id: int, message_ids: Sequence[int]) -> None:
    """Delete 2 to 100 messages of the last two weeks at once: bots with MANAGE_MESSAGES. Unknown ids count and do nothing."""
    if not actor.is_bot:
        raise errors.ActionError(403, ErrorCode.ONLY_BOTS_CAN_USE, "Only bots can use this endpoint")
    wanted = sorted({Snowflake(message_id) for message_id in message_ids})
    low, high = BULK_DELETE_RANGE
    if not low <= len(wanted) <= high:
        raise errors.ActionError(
            400, 50016, f"Between {low} and {high} messages are deleted at once, not {len(wanted)}."
        )
    oldest = (ctx.now_ms() - BULK_DELETE_AGE_MS - EPOCH_MS) << TIMESTAMP_SHIFT
    if wanted[0] < oldest:
        raise errors.ActionError(400, 50034, "You can only bulk delete messages that are under 14 days old.")
    require_channel(ctx, actor, channel_id, Permissions.MANAGE_MESSAGES)
    found = {row.id for row in await ctx.store.read_messages_by_id(wanted) if row.channel_id == channel_id}
    state, channel, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_MESSAGES)
    if not found:
        return
    ids = sorted(found)
    payload = MessageDeleteBulk(ids=ids, channel_id=channel.id, guild_id=state.id)
    deleted = event("MESSAGE_DELETE_BULK", payload, guild_id=state.id, channel_id=channel.id)
    try:
        await ctx.store.write([DeleteMessages(channel.id, tuple(ids))], [deleted])
    except Conflict:
        return  # somebody else was faster, and told everybody


async def get_message(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> Message:
    """Read one message: READ_MESSAGE_HISTORY."""
    state, _, _ = require_channel(ctx, actor, channel_id, Permissions.READ_MESSAGE_HISTORY)
    row = await ctx.store.read_message(channel_id, message_id)
    if row is None:
        raise errors.unknown_message()
    return (await message_objects.messages(ctx, state, [row]))[0]


async def list_messages(
    ctx: Context,
    actor: Actor,
    channel_id: int,
    *,
    before: int | None = None,
    after: int | None = None,
    around: int | None = None,
    limit: int = 50,
) -> list[Message]:
    """Read a page of 1 to 100 messages, newest first always. Without READ_MESSAGE_HISTORY it is empty."""
    fields.require_range("limit", limit, 1, MAX_PAGE)
    state, channel, granted = require_channel(ctx, actor, channel_id)
    fields.require_written_in(channel)
    if not granted & Permissions.READ_MESSAGE_HISTORY:
        return []
    if around is not None:
        newer = await ctx.store.read_messages(channel_id, after=around, limit=limit // 2) if limit > 1 else []
        older = await ctx.store.read_messages(channel_id, before=around + 1, limit=limit - limit // 2)
        rows = newer + older
    else:
        rows = await ctx.store.read_messages(channel_id, before=before, after=after, limit=limit)
    return await message_objects.messages(ctx, state, rows)


async def trigger_typing(ctx: Context, actor: Actor, channel_id: int) -> None:
    """Tell the channel that the actor types: SEND_MESSAGES."""
    state, channel, _ = require_channel(ctx, actor, channel_id, Permissions.SEND_MESSAGES)
    fields.require_written_in(channel)
    payload = TypingStart(
        channel_id=channel.id,
        user_id=actor.user_id,
        timestamp=ctx.now_ms() // 1000,
        guild_id=state.id,
        member=wire.member(ctx, state.members[actor.user_id]),
    )
    ctx.bus.publish(event("TYPING_START", payload, guild_id=state.id, channel_id=channel.id, is_lossy=True))


def _content(content: object) -> str:
    """Return the text to store: as it was given, less what stands in no message.

    NUL is dropped, which PostgreSQL cannot hold; a lone surrogate, which is no text, is refused; white space at both ends
    goes, as Discord does it.
    """
    if not isinstance(content, str):
        return ""
    fields.require_text("content", content)
    cleaned = content.replace("\0", "").strip()
    if len(cleaned) > MAX_CONTENT_CHARACTERS:
        raise errors.too_long("content", MAX_CONTENT_CHARACTERS)
    return cleaned


def _nonce(nonce: object) -> str | int | None:
    if isinstance(nonce, str):
        fields.require_text("nonce", nonce)
        if len(nonce) > MAX_NONCE_CHARACTERS:
            raise errors.too_long("nonce", MAX_NONCE_CHARACTERS)
        return nonce.replace("\0", "")
    if isinstance(nonce, int):
        fields.require_range("nonce", nonce, -(2**63), 2**64 - 1)
        return nonce
    return None


async def _find_referenced(
    ctx: Context, actor: Actor, state: GuildState, channel_id: int, reference: MessageReference | None
) -> MessageRow | None:
    """Read the message that a reply answers; None when there is none and the sender does not mind."""
    if reference is None:
        return None
    if reference.type != 0:
        raise errors.invalid_field("message_reference.type", "BASE_TYPE_CHOICES", "Value must be one of (0,).")
    message_id = reference.message_id
    if message_id is UNSET:
        raise errors.invalid_field("message_reference.message_id", "BASE_TYPE_REQUIRED", "This field is required")
    if reference.channel_id is not UNSET and reference.channel_id != channel_id:
        raise errors.invalid_field(
            "message_reference",
            "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL",
            "Cannot reply to a message in a different channel",
        )
    if not state.permissions_in(actor.user_id, channel_id, ctx.now_ms()) & Permissions.READ_MESSAGE_HISTORY:
        raise errors.ActionError(
            403, _CANNOT_REPLY_UNREAD, "You cannot reply without permission to read message history"
        )
    row = await ctx.store.read_message(channel_id, message_id)
    if row is None and reference.fail_if_not_exists is not False:
        raise errors.invalid_field("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return row


def _check_slowmode(ctx: Context, actor: Actor, channel: ChannelRow, granted: Permissions) -> None:
    exempt = Permissions.MANAGE_MESSAGES | Permissions.MANAGE_CHANNELS | Permissions.BYPASS_SLOWMODE
    if not channel.rate_limit_s or granted & exempt:
        return
    wait_ms = ctx.slowmode.wait_ms(channel.id, actor.user_id, channel.rate_limit_s, ctx.now_ms())
    if wait_ms:
        raise errors.slow_down(
            ErrorCode.SLOWMODE, "This action cannot be performed due to slowmode rate limit.", wait_ms / 1000
        )


def _named(ctx: Context, state: GuildState, granted: Permissions, found: mentions.Mentions) -> mentions.Mentions:
    """Keep the mentions of users and roles that there are, and of those that this author may ping."""
    may_ping_all = bool(granted & Permissions.MENTION_EVERYONE)
    return mentions.Mentions(
        tuple(user_id for user_id in found.user_ids if ctx.users.get(user_id) is not None),
        tuple(
            role_id
            for role_id in found.role_ids
            if role_id != state.id
            and (role := state.roles.get(role_id)) is not None
            and (may_ping_all or role.is_mentionable)
        ),
        found.crowd if may_ping_all else None,
    )


def _pinged(
    ctx: Context, state: GuildState, channel: ChannelRow, named: mentions.Mentions, user_ids: set[Snowflake]
) -> list[int]:
    """The members whose mention count rises: those that can see the channel."""
    pinged: set[int] = {user_id for user_id in user_ids if user_id in state.members}
    if named.role_ids:
        wanted = set(named.role_ids)
        pinged |= {member.user_id for member in state.members.values() if not wanted.isdisjoint(member.role_ids)}
    if named.crowd == "here":
        pinged |= {user_id for user_id in ctx.presences.connected_ids() if user_id in state.members}
    return [user_id for user_id in pinged if state.can_view(user_id, channel.id)]


def _edited(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    granted: Permissions,
    row: MessageRow,
    content: str | msgspec.UnsetType,
    new_embeds: bytes | None,
    flags: int,
    allowed: AllowedMentions | None,
) -> MessageRow:
    """The author's edit of its own message."""
    if row.type not in _WRITTEN_BY_USERS:
        raise errors.ActionError(403, ErrorCode.SYSTEM_MESSAGE, "Cannot execute action on a system message")
    if is_timed_out(ctx, state, actor.user_id):
        raise errors.missing_permissions()
    text = row.content if isinstance(content, msgspec.UnsetType) else content
    kept_embeds = row.embeds if new_embeds is None else new_embeds
    if not granted & Permissions.EMBED_LINKS:
        kept_embeds = row.embeds
    if not text and kept_embeds == embeds.NO_EMBEDS:
        raise errors.bad_request(ErrorCode.EMPTY_MESSAGE, "Cannot send an empty message")
    changed = msgspec.structs.replace(row, content=text, embeds=kept_embeds, flags=flags)
    if text != row.content:
        named = _named(ctx, state, granted, mentions.restrict(mentions.parse(text), allowed))
        changed = msgspec.structs.replace(
            changed,
            mention_ids=named.user_ids,
            mention_role_ids=named.role_ids,
            mentions_everyone=named.crowd is not None,
        )
    if changed == row:
        return row
    return msgspec.structs.replace(changed, edited_ms=max(ctx.now_ms(), row.id.timestamp_ms))


def _still_pinging(row: MessageRow, changed: MessageRow, referenced: MessageRow) -> MessageRow:
    """A reply goes on naming the author that it answers, whatever its new text names."""
    if referenced.author_id not in row.mention_ids:
        return changed
    return msgspec.structs.replace(changed, mention_ids=_once(*changed.mention_ids, referenced.author_id))


def _merge_flags(flags: int, wanted: int) -> int:
    """Only the embeds' hiding changes after a message was written."""
    return flags & ~SUPPRESS_EMBEDS | wanted & SUPPRESS_EMBEDS


def _once(*ids: Snowflake) -> tuple[Snowflake, ...]:
    return tuple(dict.fromkeys(ids))
