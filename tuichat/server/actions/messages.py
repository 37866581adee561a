"""Messages: writing, reading, editing and deleting them, and typing."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.dispatch.message import TypingStart
from tuichat.protocol.message import (
    UNDELETABLE_TYPES,
    WRITTEN_TYPES,
    Message,
    MessageFlag,
    MessageReference,
    MessageType,
)
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.message import CreateMessageRequest, EditMessageRequest
from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT, Snowflake
from tuichat.server.actions import (
    attachments,
    audit,
    direct_access,
    drafting,
    editing,
    erasing,
    errors,
    fields,
    forwards,
    message_objects,
    sending,
    uploads,
    wire,
)
from tuichat.server.actions.access import Place, is_timed_out, require_awake, require_place
from tuichat.server.actions.attachments import FilePart
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.drafting import Sender
from tuichat.server.actions.posting import Author, post
from tuichat.server.store.message_rows import MessageRow, ReferenceRow

MAX_PAGE = 100
FORWARD = 1  # a kind of reference
BULK_DELETE_RANGE = (2, 100)
BULK_DELETE_AGE_MS = 14 * 86_400_000
_BUILT = int(MessageFlag.IS_COMPONENTS_V2)
_CANNOT_REPLY_UNREAD = 160002  # Discord's documentation, "JSON Error Codes"


async def create_message(
    ctx: Context, actor: Actor, channel_id: int, request: CreateMessageRequest, files: Sequence[FilePart] = ()
) -> Message:
    """Write a message: SEND_MESSAGES, READ_MESSAGE_HISTORY to reply, ATTACH_FILES with files.

    With enforce_nonce, the first message of this author with this nonce in the channel within a day is answered in place
    of a second one (`posting.post`).
    """
    draft = drafting.draft(request, _sender(actor))
    said_of_files = request.attachments or []
    needed = (Permissions.SEND_MESSAGES, *((Permissions.ATTACH_FILES,) if files or said_of_files else ()))
    place = require_place(ctx, actor, channel_id, *needed)
    reference = request.message_reference or None
    forwarded = referenced = None
    if reference is not None and reference.type == FORWARD:
        forwarded = await _find_forwarded(ctx, actor, reference)
    else:
        referenced = await _find_referenced(ctx, actor, place, reference)
    if files or said_of_files:
        taken = await attachments.take(ctx, actor.user_id, channel_id, said_of_files, files)
        draft = msgspec.structs.replace(draft, attachments=taken)
    place = require_place(ctx, actor, channel_id, *needed)  # the store and the disk were asked meanwhile
    place = await direct_access.admit(ctx, actor, place)
    fields.require_written_in(place.channel)
    sending.require_allowed(ctx, place, actor.user_id, draft)
    _check_slowmode(ctx, actor, place)
    if forwarded is not None:
        draft = forwards.forwarding(ctx, *forwarded, draft)
    if referenced is not None:
        answered = ReferenceRow(
            message_id=referenced.id,
            channel_id=place.channel.id,
            guild_id=None if place.guild is None else place.guild.id,
        )
        draft = msgspec.structs.replace(draft, type=MessageType.REPLY, reference=answered)
    message = await post(ctx, place, _author(actor, place), draft, referenced)
    await uploads.drop_taken(ctx, said_of_files)
    return message


async def edit_message(
    ctx: Context,
    actor: Actor,
    channel_id: int,
    message_id: int,
    request: EditMessageRequest,
    files: Sequence[FilePart] = (),
) -> Message:
    """Change an own message. Whoever has MANAGE_MESSAGES may hide another's embeds, and nothing else of it.

    Of its files those stay that `attachments` names, all without a word; new ones need ATTACH_FILES.
    """
    async with ctx.edits.hold(message_id):
        require_place(ctx, actor, channel_id)
        row = await ctx.store.read_message(channel_id, message_id)
        referenced = None if row is None else await message_objects.referenced(ctx, row)
        place = require_place(ctx, actor, channel_id)
        if row is None:
            raise errors.unknown_message()
        require_awake(place)
        if row.author_id == actor.user_id:
            needed: tuple[Permissions, ...] = ()
            said_of_files = attachments.wanted_of(row, request)
            taken = row.attachments
            if files or request.attachments is not UNSET:
                if files or any(said.uploaded_filename for said in said_of_files):
                    needed = (Permissions.ATTACH_FILES,)
                require_place(ctx, actor, channel_id, *needed)
                taken = await attachments.take(ctx, actor.user_id, channel_id, said_of_files, files, row.attachments)
                place = require_place(ctx, actor, channel_id, *needed)
            if place.guild is not None and is_timed_out(ctx, place.guild, actor.user_id):
                raise errors.missing_permissions()
            changed = editing.edited(ctx, place, _author(actor, place), _sender(actor), row, request, referenced, taken)
        else:
            if files or not _changes_only_flags(request) or not place.granted & Permissions.MANAGE_MESSAGES:
                raise errors.cannot_edit_others_message()
            changed = msgspec.structs.replace(
                row, flags=editing.with_flags(row, request) & ~_BUILT | row.flags & _BUILT
            )
        shown = await editing.write(ctx, place, changed, referenced, actor.user_id)
    await uploads.drop_taken(ctx, request.attachments or [])
    return shown


async def delete_message(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> None:
    """Delete an own message, or any with MANAGE_MESSAGES, which the audit log tells."""
    async with ctx.edits.hold(message_id):
        require_place(ctx, actor, channel_id)
        row = await ctx.store.read_message(channel_id, message_id)
        place = require_place(ctx, actor, channel_id)
        if row is None:
            raise errors.unknown_message()
        if row.author_id == actor.user_id:
            await erasing.erase(ctx, place, row)
            return
        if place.guild is None:
            raise errors.direct_message()  # where everybody deletes his own
        if not place.granted & Permissions.MANAGE_MESSAGES:
            raise errors.missing_permissions()
        options = {"channel_id": str(int(place.channel.id)), "count": "1"}
        noted = audit.entry(ctx, actor, place.guild, AuditAction.MESSAGE_DELETE, row.author_id, options=options)
        await erasing.erase(ctx, place, row, noted)


async def bulk_delete_messages(ctx: Context, actor: Actor, channel_id: int, message_ids: Sequence[int]) -> None:
    """Delete 2 to 100 messages of the last two weeks of a guild's channel at once: bots with MANAGE_MESSAGES.

    Unknown ids count and do nothing.
    """
    if not actor.is_bot:
        raise errors.ActionError(403, ErrorCode.ONLY_BOTS_CAN_USE, "Only bots can use this endpoint")
    wanted = sorted({Snowflake(message_id) for message_id in message_ids})
    low, high = BULK_DELETE_RANGE
    if not low <= len(wanted) <= high:
        raise errors.ActionError(
            400, 50016, f"Between {low} and {high} messages are deleted at once, not {len(wanted)}."
        )
    if len(wanted) != len(message_ids):
        raise errors.invalid_field("messages", "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")
    oldest = (ctx.now_ms() - BULK_DELETE_AGE_MS - EPOCH_MS) << TIMESTAMP_SHIFT
    if wanted[0] < oldest:
        raise errors.ActionError(400, 50034, "You can only bulk delete messages that are under 14 days old.")
    require_place(ctx, actor, channel_id, Permissions.MANAGE_MESSAGES)
    found = [
        row
        for row in await ctx.store.read_messages_by_id(wanted)
        if row.channel_id == channel_id and row.type not in UNDELETABLE_TYPES
    ]
    place = require_place(ctx, actor, channel_id, Permissions.MANAGE_MESSAGES)
    if place.guild is None:
        raise errors.direct_message()
    noted = audit.entry(
        ctx,
        actor,
        place.guild,
        AuditAction.MESSAGE_BULK_DELETE,
        channel_id,
        options={"count": str(len(found))},
        channel=place.channel,
    )
    await erasing.erase_many(ctx, place, found, noted)


async def get_message(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> Message:
    """Read one message: READ_MESSAGE_HISTORY."""
    place = require_place(ctx, actor, channel_id, Permissions.READ_MESSAGE_HISTORY)
    row = await ctx.store.read_message(channel_id, message_id)
    if row is None:
        raise errors.unknown_message()
    shown = await message_objects.messages(ctx, place.guild, [row], actor.user_id)
    return message_objects.readable(actor, place, shown)[0]


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
    place = require_place(ctx, actor, channel_id)
    fields.require_written_in(place.channel)
    if not place.granted & Permissions.READ_MESSAGE_HISTORY:
        return []
    if around is not None:
        newer = await ctx.store.read_messages(channel_id, after=around, limit=limit // 2) if limit > 1 else []
        older = await ctx.store.read_messages(channel_id, before=around + 1, limit=limit - limit // 2)
        rows = newer + older
    else:
        rows = await ctx.store.read_messages(channel_id, before=before, after=after, limit=limit)
    return message_objects.readable(actor, place, await message_objects.messages(ctx, place.guild, rows, actor.user_id))


async def trigger_typing(ctx: Context, actor: Actor, channel_id: int) -> None:
    """Tell the channel that the actor types: SEND_MESSAGES."""
    place = require_place(ctx, actor, channel_id, Permissions.SEND_MESSAGES)
    fields.require_written_in(place.channel)
    direct_access.require_may_write(ctx, place, actor.user_id)
    payload = TypingStart(
        channel_id=place.channel.id,
        user_id=actor.user_id,
        timestamp=ctx.now_ms() // 1000,
        guild_id=place.guild_id,
        member=UNSET if place.guild is None else wire.member(ctx, place.guild.members[actor.user_id]),
    )
    ctx.bus.publish(place.event("TYPING_START", payload, is_lossy=True))


def _sender(actor: Actor) -> Sender:
    return Sender.BOT if actor.is_bot else Sender.PERSON


def _changes_only_flags(request: EditMessageRequest) -> bool:
    return request.flags is not UNSET and all(
        getattr(request, name) is UNSET for name in request.__struct_fields__ if name != "flags"
    )


def _author(actor: Actor, place: Place) -> Author:
    return Author(id=actor.user_id, granted=place.granted, marks_read=not actor.is_bot)


async def _find_forwarded(ctx: Context, actor: Actor, reference: MessageReference) -> tuple[Place, MessageRow]:
    if reference.message_id is UNSET:
        raise errors.invalid_field("message_reference.message_id", "BASE_TYPE_REQUIRED", "This field is required")
    if reference.channel_id is UNSET:
        raise errors.invalid_field("message_reference.channel_id", "BASE_TYPE_REQUIRED", "This field is required")
    return await forwards.find(ctx, actor, reference.channel_id, reference.message_id)


async def _find_referenced(
    ctx: Context, actor: Actor, place: Place, reference: MessageReference | None
) -> MessageRow | None:
    """Read the message that a reply answers; None when there is none and the sender does not mind."""
    if reference is None:
        return None
    if reference.type != 0:
        raise errors.invalid_field("message_reference.type", "BASE_TYPE_CHOICES", "Value must be one of (0, 1).")
    message_id = reference.message_id
    if message_id is UNSET:
        raise errors.invalid_field("message_reference.message_id", "BASE_TYPE_REQUIRED", "This field is required")
    if reference.channel_id is not UNSET and reference.channel_id != place.channel.id:
        raise errors.invalid_field(
            "message_reference",
            "REPLIES_CANNOT_REFERENCE_OTHER_CHANNEL",
            "Cannot reply to a message in a different channel",
        )
    if not place.granted & Permissions.READ_MESSAGE_HISTORY:
        raise errors.ActionError(
            403, _CANNOT_REPLY_UNREAD, "You cannot reply without permission to read message history"
        )
    row = await ctx.store.read_message(place.channel.id, message_id)
    if row is None and reference.fail_if_not_exists is not False:
        raise errors.invalid_field("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    if row is not None and row.type not in WRITTEN_TYPES and row.type != MessageType.MEMBER_JOIN:
        raise errors.invalid_field(
            "message_reference", "REPLIES_CANNOT_REFERENCE_SYSTEM_MESSAGE", "Cannot reply to a system message"
        )
    return row


def _check_slowmode(ctx: Context, actor: Actor, place: Place) -> None:
    channel = place.channel
    exempt = Permissions.MANAGE_MESSAGES | Permissions.MANAGE_CHANNELS | Permissions.BYPASS_SLOWMODE
    if not channel.rate_limit_s or place.granted & exempt:
        return
    wait_ms = ctx.slowmode.wait_ms(channel.id, actor.user_id, channel.rate_limit_s, ctx.now_ms())
    if wait_ms:
        raise errors.slow_down(
            ErrorCode.SLOWMODE, "This action cannot be performed due to slowmode rate limit.", wait_ms / 1000
        )
