"""The messages with which an application answers interactions: public ones in the store, ephemeral ones for one user."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol import codec
from tuichat.protocol.application_command import CommandType
from tuichat.protocol.dispatch.message import MessageDelete
from tuichat.protocol.interaction import InteractionMetadata, InteractionType
from tuichat.protocol.message import Message, MessageFlag, MessageType
from tuichat.protocol.permissions import ALL, DIRECT, NONE, Permissions
from tuichat.protocol.rest.message import AllowedMentions, CreateMessageRequest, EditMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import attachments, drafting, editing, erasing, errors, message_objects
from tuichat.server.actions.access import Place
from tuichat.server.actions.attachments import FilePart
from tuichat.server.actions.context import Context
from tuichat.server.actions.drafting import Sender
from tuichat.server.actions.interaction_registry import MAX_EPHEMERAL, Entry
from tuichat.server.actions.interactions import integration_owners
from tuichat.server.actions.posting import Author, Draft, compose, post
from tuichat.server.bus import Event
from tuichat.server.store.command_rows import InteractionRow
from tuichat.server.store.message_rows import AttachmentRow, MessageExtras, MessageRow, ReferenceRow


def find_place(ctx: Context, row: InteractionRow) -> Place:
    """Where an interaction happened, for its application: it answers there whether it may write there or not.

    Whom it may ping and what else it may do is as its bot may there. Raises ActionError 10003 when the place is gone.
    """
    state = ctx.guilds.of_channel(row.channel_id)
    if state is None:
        direct = ctx.directs.get(row.channel_id)
        if direct is None:
            raise errors.unknown_channel()
        return Place(channel=direct, guild=None, granted=DIRECT)
    channel = state.find_channel(row.channel_id)
    if channel is None:
        raise errors.unknown_channel()
    own = state.permissions_in(row.application_id, channel.id, ctx.now_ms())
    granted = ALL if own & Permissions.MENTION_EVERYONE else ALL & ~Permissions.MENTION_EVERYONE
    return Place(channel=channel, guild=state, granted=granted or NONE)


async def draft(ctx: Context, entry: Entry, request: CreateMessageRequest, files: Sequence[FilePart]) -> Draft:
    """Check what an application wants to say, and take its files. Raises ActionError 50035."""
    checked = drafting.draft(request, Sender.INTERACTION)
    said_of_files = request.attachments or []
    if not files and not said_of_files:
        return checked
    row = entry.row
    taken = await attachments.take(ctx, row.application_id, row.channel_id, said_of_files, files)
    if checked.flags & MessageFlag.EPHEMERAL:
        attachments.hold(ctx, taken)
    return msgspec.structs.replace(checked, attachments=taken)


async def send(ctx: Context, entry: Entry, draft: Draft, *, is_followup: bool = False) -> Message:
    """Post an answer or a follow-up; an ephemeral one goes to the user's sessions alone, and is kept while the token is
    good. Raises ActionError 50006 for an empty one, 30052 for too many ephemeral ones."""
    row = entry.row
    place = find_place(ctx, row)
    author = Author(id=row.application_id, granted=place.granted)
    answered = await _answered(ctx, row, is_followup=is_followup)
    draft = msgspec.structs.replace(
        draft,
        type=_message_type(row, is_reply=answered is not None, is_followup=is_followup),
        reference=_reference(place, answered),
        allowed=_without_target(row, draft.allowed),
        extras=MessageExtras(
            webhook_id=row.application_id,
            application_id=row.application_id,
            interaction_metadata=msgspec.Raw(codec.encode(_metadata(ctx, row, is_followup=is_followup))),
        ),
    )
    if not draft.flags & MessageFlag.EPHEMERAL:
        return await post(ctx, find_place(ctx, row), author, draft, answered)
    if len(entry.ephemeral) >= MAX_EPHEMERAL:
        raise errors.ActionError(400, 30052, f"Maximum number of ephemeral follow-ups reached ({MAX_EPHEMERAL})")
    message, _ = compose(ctx, place, author, draft, answered)
    ctx.interactions.keep_ephemeral(entry, message)
    shown = message_objects.message(ctx, place.guild, message, answered)
    ctx.bus.publish(_privately(row, message_objects.created(ctx, place, message, shown)))
    return shown


async def read(ctx: Context, entry: Entry, message_id: int) -> MessageRow:
    """One of the interaction's own messages, or the one whose component was used. Raises ActionError 10008 for any other."""
    if message_id == entry.row.message_id:
        return await _component_message(ctx, entry)
    found = entry.ephemeral.get(message_id)
    if found is None:
        found = await ctx.store.read_message(entry.row.channel_id, message_id)
        if found is None or found.extras is None or not _is_of(found.extras, entry.row):
            raise errors.unknown_message()
    return found


async def edit(
    ctx: Context, entry: Entry, message_id: int, request: EditMessageRequest, files: Sequence[FilePart] = ()
) -> Message:
    """Change one of the interaction's own messages, or the one whose component was used; a deferred answer is filled in.

    Raises ActionError 10008 for another message, 50006 where nothing is left.
    """
    async with ctx.edits.hold(message_id):
        before = await read(ctx, entry, message_id)
        is_private = bool(before.flags & MessageFlag.EPHEMERAL)
        taken = await _edited_files(ctx, entry, before, request, files)
        answered = await message_objects.referenced(ctx, before)
        place = find_place(ctx, entry.row)
        author = Author(id=entry.row.application_id, granted=place.granted)
        after = editing.edited(ctx, place, author, Sender.INTERACTION, before, request, answered, taken)
        if before.flags & MessageFlag.LOADING:  # filled in for the first time, which is no edit that people see
            after = msgspec.structs.replace(after, flags=after.flags & ~MessageFlag.LOADING, edited_ms=None)
        if not is_private:
            return await editing.write(ctx, place, after, answered)
        ctx.interactions.replace_ephemeral(entry.row.user_id, after)
        shown = message_objects.message(ctx, place.guild, after, answered)
        ctx.bus.publish(_privately(entry.row, message_objects.updated(ctx, place, after, shown)))
    return shown


async def delete(ctx: Context, entry: Entry, message_id: int) -> None:
    """Delete one of the interaction's own messages, or the one whose component was used."""
    async with ctx.edits.hold(message_id):
        found = await read(ctx, entry, message_id)
        place = find_place(ctx, entry.row)
        if not ctx.interactions.forget_ephemeral(entry.row.user_id, message_id):
            await erasing.erase(ctx, place, found)
            return
        payload = MessageDelete(id=found.id, channel_id=found.channel_id, guild_id=place.guild_id)
        ctx.bus.publish(_privately(entry.row, place.event("MESSAGE_DELETE", payload)))


async def _edited_files(
    ctx: Context, entry: Entry, before: MessageRow, request: EditMessageRequest, files: Sequence[FilePart]
) -> tuple[AttachmentRow, ...]:
    """The files of a changed message: those that `attachments` names, all without a word, and the new ones."""
    if not files and request.attachments is UNSET:
        return before.attachments
    row = entry.row
    wanted = attachments.wanted_of(before, request)
    taken = await attachments.take(ctx, row.application_id, row.channel_id, wanted, files, before.attachments)
    if before.flags & MessageFlag.EPHEMERAL:
        attachments.hold(ctx, taken)
    return taken


def _privately(row: InteractionRow, told: Event) -> Event:
    """The same dispatch for the user alone."""
    return msgspec.structs.replace(told, user_ids=frozenset({int(row.user_id)}), content_free_body=None)


async def _component_message(ctx: Context, entry: Entry) -> MessageRow:
    row = entry.row
    assert row.message_id is not None
    found = ctx.interactions.ephemeral_message(row.user_id, row.message_id)
    found = found or await ctx.store.read_message(row.channel_id, row.message_id)
    if found is None:
        raise errors.unknown_message()
    return found


async def _answered(ctx: Context, row: InteractionRow, *, is_followup: bool) -> MessageRow | None:
    """What an answer refers to: the message whose component or command was used, and a follow-up the first answer, if all
    see it."""
    message_id = row.original_id if is_followup else row.message_id or _target_message_id(row)
    if message_id is None or (is_followup and row.is_ephemeral):
        return None
    return await ctx.store.read_message(row.channel_id, message_id)


def _reference(place: Place, answered: MessageRow | None) -> ReferenceRow | None:
    if answered is None:
        return None
    return ReferenceRow(
        message_id=answered.id,
        channel_id=place.channel.id,
        guild_id=None if place.guild is None else place.guild.id,
    )


def _message_type(row: InteractionRow, *, is_reply: bool, is_followup: bool) -> MessageType:
    if row.command_type in (CommandType.USER, CommandType.MESSAGE) and not (is_reply and is_followup):
        return MessageType.CONTEXT_MENU_COMMAND
    if is_reply:
        return MessageType.REPLY
    return MessageType.CHAT_INPUT_COMMAND if row.type == InteractionType.APPLICATION_COMMAND else MessageType.DEFAULT


def _metadata(ctx: Context, row: InteractionRow, *, is_followup: bool) -> InteractionMetadata:
    original: Snowflake | UnsetType = UNSET
    if is_followup and row.original_id is not None:
        original = row.original_id
    target_message_id = _target_message_id(row)
    return InteractionMetadata(
        id=row.id,
        type=row.type,
        user=ctx.users.wire(row.user_id),
        authorizing_integration_owners=integration_owners(row),
        name=UNSET if row.command_name is None else row.command_name,
        original_response_message_id=original,
        target_user=UNSET if row.command_type != CommandType.USER else ctx.users.wire(row.target_id or row.user_id),
        target_message_id=UNSET if target_message_id is None else target_message_id,
        interacted_message_id=UNSET if row.message_id is None or row.opened_by is not None else row.message_id,
        triggering_interaction_metadata=UNSET
        if row.opened_by is None
        else _metadata(ctx, row.opened_by, is_followup=False),
    )


def _without_target(row: InteractionRow, allowed: AllowedMentions | None) -> AllowedMentions | None:
    """Whom an answer may ping: never the author of the message that a command was used on, who took no part."""
    if row.command_type != CommandType.MESSAGE:
        return allowed
    allowed = allowed or AllowedMentions(parse=["users", "roles", "everyone"])
    return msgspec.structs.replace(allowed, replied_user=False)


def _target_message_id(row: InteractionRow) -> Snowflake | None:
    return row.target_id if row.command_type == CommandType.MESSAGE else None


def _is_of(extras: MessageExtras, row: InteractionRow) -> bool:
    """Whether a stored message answers this interaction."""
    if not isinstance(extras.interaction_metadata, msgspec.Raw):
        return False
    return codec.decode(extras.interaction_metadata, _Answers).id == row.id


class _Answers(msgspec.Struct, frozen=True):
    id: Snowflake
