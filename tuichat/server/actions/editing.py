"""Editing: how a message changes, whoever wrote it: a member, a webhook, or an application's answer."""

import msgspec
from msgspec import UNSET

from tuichat.protocol.message import WRITTEN_TYPES, Message, MessageFlag
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.message import AllowedMentions, EditMessageRequest
from tuichat.server.actions import (
    attachments,
    components,
    crossposts,
    drafting,
    embeds,
    errors,
    message_objects,
    posting,
    previews,
)
from tuichat.server.actions.access import Place
from tuichat.server.actions.context import Context
from tuichat.server.actions.drafting import Sender
from tuichat.server.actions.message_objects import Deleted
from tuichat.server.actions.posting import Author
from tuichat.server.store.errors import Conflict
from tuichat.server.store.message_rows import AttachmentRow, MessageRow
from tuichat.server.store.operations import UpdateMessage

_POLL_EDIT, _VOICE_EDIT = 520003, 50162  # Discord's documentation, "JSON Error Codes"


def edited(
    ctx: Context,
    place: Place,
    author: Author,
    sender: Sender,
    row: MessageRow,
    request: EditMessageRequest,
    referenced: MessageRow | Deleted | None,
    taken: tuple[AttachmentRow, ...],
) -> MessageRow:
    """Return the message as its author wants it, with the files that were taken.

    Raises ActionError 50021 for a system message, 50035, 50006, and what polls and voice messages forbid.
    """
    if row.type not in WRITTEN_TYPES:
        raise errors.system_message()
    text = row.content if request.content is UNSET else drafting.content(request.content)
    shown_embeds = row.embeds if text == row.content else previews.without_previews(row)
    if request.embeds is not UNSET:
        wanted = attachments.lasting(ctx, embeds.check(request.embeds or []), taken)
        shown_embeds = wanted if author.granted & posting.EMBEDDING else shown_embeds
    flags = with_flags(row, request)
    has_v2 = bool(flags & MessageFlag.IS_COMPONENTS_V2)
    shown_components = row.components
    if request.components is not UNSET:
        checked = drafting.check_components(request.components or [], sender, has_v2=has_v2)
        shown_components = attachments.lasting(ctx, checked, taken)
    changed = msgspec.structs.replace(
        row, content=text, embeds=shown_embeds, components=shown_components, attachments=taken, flags=flags
    )
    if has_v2:
        for name, is_empty in (("content", not text), ("embeds", shown_embeds == embeds.NO_EMBEDS)):
            if not is_empty:
                raise drafting.legacy_field(name)
    components.require_attached(shown_components, [attachment.filename for attachment in taken])
    _refuse_fixed(row, changed)
    if _is_empty(changed):
        raise errors.bad_request(ErrorCode.EMPTY_MESSAGE, "Cannot send an empty message")
    allowed = drafting.allowed_mentions(request.allowed_mentions or None, sender)
    if text != row.content or shown_components != row.components:
        named = posting.named_in(ctx, place, author.granted, posting.words(text, shown_components), allowed)
        changed = msgspec.structs.replace(
            changed,
            mention_ids=named.user_ids,
            mention_role_ids=named.role_ids,
            mentions_everyone=named.crowd is not None,
        )
    if isinstance(referenced, MessageRow) and _pings_answered(allowed):
        changed = _still_pinging(row, changed, referenced)
    if changed == row:
        return row
    if msgspec.structs.replace(changed, flags=row.flags) == row:
        return changed  # hiding embeds is no edit that people see
    return msgspec.structs.replace(changed, edited_ms=max(ctx.now_ms(), row.id.timestamp_ms))


def with_flags(row: MessageRow, request: EditMessageRequest) -> int:
    """The flags after an edit: SUPPRESS_EMBEDS comes and goes, IS_COMPONENTS_V2 only comes, all else stays."""
    if not isinstance(request.flags, int):
        return row.flags
    hidden, built = int(MessageFlag.SUPPRESS_EMBEDS), int(MessageFlag.IS_COMPONENTS_V2)
    return row.flags & ~hidden | request.flags & (hidden | built)


async def write(
    ctx: Context, place: Place, changed: MessageRow, referenced: MessageRow | Deleted | None, asker_id: int = 0
) -> Message:
    """Write an edited message, tell everybody, have its links looked at, and return it as `asker_id` sees it.

    Copies of a published message change with it. Raises ActionError 10008 when it is gone.
    """
    shown = message_objects.message(ctx, place.guild, changed, referenced)
    try:
        await ctx.store.write([UpdateMessage(changed)], [message_objects.updated(ctx, place, changed, shown)])
    except Conflict as conflict:
        raise errors.unknown_message() from conflict
    previews.want(ctx, changed)
    if changed.flags & MessageFlag.CROSSPOSTED:
        await crossposts.follow_edit(ctx, changed)
    return (await message_objects.messages(ctx, place.guild, [changed], asker_id))[0]


def _refuse_fixed(row: MessageRow, changed: MessageRow) -> None:
    """Refuse changes of what stands as it was sent: polls, voice messages and forwards."""
    if msgspec.structs.replace(changed, flags=row.flags) == row or (row.extras is None and not row.flags):
        return
    if row.extras is not None and row.extras.poll is not None:
        raise errors.ActionError(400, _POLL_EDIT, "Cannot edit a poll message")
    if row.flags & MessageFlag.IS_VOICE_MESSAGE:
        raise errors.ActionError(400, _VOICE_EDIT, "Voice messages cannot be edited.")
    if row.extras is not None and row.extras.snapshots:
        raise errors.system_message()


def _is_empty(row: MessageRow) -> bool:
    return not (
        row.content
        or row.embeds != embeds.NO_EMBEDS
        or row.components != components.NO_COMPONENTS
        or row.attachments
        or (row.extras is not None and (row.extras.poll is not None or row.extras.snapshots))
    )


def _pings_answered(allowed: AllowedMentions | None) -> bool:
    return allowed is None or bool(allowed.replied_user)


def _still_pinging(row: MessageRow, changed: MessageRow, referenced: MessageRow) -> MessageRow:
    """A reply goes on naming the author that it answers, whatever its new text names."""
    if referenced.author_id not in row.mention_ids:
        return changed
    return msgspec.structs.replace(
        changed, mention_ids=tuple(dict.fromkeys((*changed.mention_ids, referenced.author_id)))
    )
