"""Direct messages: opening, listing and closing them, and requests from strangers."""

from collections.abc import Sequence

import msgspec

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.private_channel import CreatePrivateChannelRequest, MessageRequestPreview, PrivateChannel
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import direct_access, direct_objects, errors, fields, groups, message_objects, read_states
from tuichat.server.actions.consent import Consent
from tuichat.server.actions.context import Actor, Context
from tuichat.server.bus import Event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.operations import Put
from tuichat.server.store.social_rows import DirectStateRow

MAX_BATCH = 50  # requests rejected at once
MAX_PREVIEWS = 25


async def open_direct(ctx: Context, actor: Actor, request: CreatePrivateChannelRequest) -> PrivateChannel:
    """Open the direct message with somebody, made where there is none; with no or several recipients make a group.

    One's own id among the recipients makes a group, too. Bots open direct messages with people alone. Raises ActionError
    10013 for nobody, 50033 for oneself, 50007 where the two have nothing in common; `groups.create_group` for groups.
    """
    wanted = _recipients(request)
    others = [user_id for user_id in wanted if user_id != actor.user_id]
    if request.recipient_id and not others:
        raise errors.bad_request(ErrorCode.INVALID_RECIPIENTS, "Invalid Recipient(s)")
    if len(wanted) == len(others) == 1:
        return await _open_with(ctx, actor, others[0])
    if actor.is_bot:
        raise errors.bots_cannot()
    return await groups.create_group(ctx, actor, others)


def list_directs(ctx: Context, actor: Actor) -> list[PrivateChannel]:
    """The actor's groups and open direct messages, oldest first; a bot's list is empty."""
    if actor.is_bot:
        return []
    return [direct_objects.private_channel(ctx, row, actor.user_id) for row in ctx.directs.shown_to(actor.user_id)]


def get_direct_with(ctx: Context, actor: Actor, user_id: int) -> PrivateChannel:
    """The direct message with somebody, open or not; 10003 where there is none."""
    row = ctx.directs.between(actor.user_id, user_id)
    if row is None:
        raise errors.unknown_channel()
    return direct_objects.private_channel(ctx, row, actor.user_id)


async def close_direct(ctx: Context, actor: Actor, row: ChannelRow) -> PrivateChannel:
    """Take a direct message off the actor's list, until somebody writes in it or opens it again."""
    shown = direct_objects.private_channel(ctx, row, actor.user_id)
    async with ctx.edits.hold(row.id):
        state = ctx.directs.state(row.id, actor.user_id)
        if state is not None and state.is_open:
            await _close(ctx, actor, row, state.consent)
    return shown


async def accept_request(ctx: Context, actor: Actor, channel_id: int, consent_status: int) -> PrivateChannel:
    """Agree to be written to by a stranger."""
    if consent_status != Consent.ACCEPTED:
        raise errors.invalid_field("consent_status", "BASE_TYPE_CHOICES", "Value must be one of (2,).")
    row = _require_direct(ctx, actor, channel_id)
    async with ctx.edits.hold(row.id):
        state = ctx.directs.state(row.id, actor.user_id)
        if state is not None and state.consent in (Consent.PENDING, Consent.REJECTED):
            accepted = msgspec.structs.replace(state, consent=Consent.ACCEPTED)
            await direct_access.write_states(ctx, row, [accepted])
    return direct_objects.private_channel(ctx, row, actor.user_id)


async def reject_request(ctx: Context, actor: Actor, channel_id: int) -> PrivateChannel:
    """Refuse a stranger's request and close its direct message: what the stranger writes from now on is refused with 50007."""
    row = _require_direct(ctx, actor, channel_id)
    async with ctx.edits.hold(row.id):
        state = ctx.directs.state(row.id, actor.user_id)
        if state is None or state.consent != Consent.PENDING:
            raise errors.bad_request(ErrorCode.CHANNEL_TYPE, "Cannot execute action on this channel type")
        last_id = ctx.directs.last_message_ids.get(row.id)
        if last_id is not None:
            await read_states.ack_message(ctx, actor, row.id, last_id)
        await _close(ctx, actor, row, Consent.REJECTED)
    return direct_objects.private_channel(ctx, row, actor.user_id)


async def reject_requests(ctx: Context, actor: Actor, channel_ids: Sequence[int]) -> list[PrivateChannel]:
    """Reject up to 50 requests; what is none any more is passed over."""
    if actor.is_bot:
        raise errors.bots_cannot()
    if len(channel_ids) > MAX_BATCH:
        raise errors.too_long("channel_ids", MAX_BATCH)
    rejected = []
    for channel_id in dict.fromkeys(channel_ids):
        try:
            rejected.append(await reject_request(ctx, actor, channel_id))
        except errors.ActionError:
            continue
    return rejected


async def preview_requests(ctx: Context, actor: Actor, channel_ids: Sequence[int]) -> list[MessageRequestPreview]:
    """The first message of each of 1 to 25 requests."""
    if actor.is_bot:
        raise errors.bots_cannot()
    fields.require_range("channel_ids", len(channel_ids), 1, MAX_PREVIEWS)
    found = []
    for channel_id in dict.fromkeys(channel_ids):
        row = ctx.directs.get(channel_id)
        state = ctx.directs.state(channel_id, actor.user_id)
        if row is None or state is None or state.consent != Consent.PENDING:
            continue
        rows = await ctx.store.read_messages(channel_id, after=0, limit=1)
        for message in await message_objects.messages(ctx, None, rows):
            found.append(MessageRequestPreview(channel_id=row.id, message_preview=message))
    return found


def _recipients(request: CreatePrivateChannelRequest) -> list[Snowflake]:
    if request.recipient_id:
        return [request.recipient_id]
    if not isinstance(request.recipients, list):
        raise errors.invalid_field(
            "recipients", "BASE_TYPE_REQUIRED", "This field is required: one recipient, or several for a group."
        )
    return list(dict.fromkeys(request.recipients[: groups.MAX_RECIPIENTS + 1]))


async def _open_with(ctx: Context, actor: Actor, user_id: Snowflake) -> PrivateChannel:
    other = ctx.users.get(user_id)
    if other is None:
        raise errors.unknown_user()
    first, second = sorted((actor.user_id, other.id))
    async with ctx.edits.hold(first):  # so that two who open it at once open the same one
        row = ctx.directs.between(first, second)
        is_new = row is None
        if row is None:
            if not _may_open(ctx, actor, other.id):
                raise direct_access.cannot_message()
            row = ChannelRow(
                id=ctx.next_id(),
                type=ChannelType.DM,
                guild_id=None,
                name="",
                recipient_ids=(actor.user_id, other.id),
            )
        state = ctx.directs.state(row.id, actor.user_id) or direct_access.new_state(row, actor.user_id)
        await _write_opened(ctx, actor, row, msgspec.structs.replace(state, is_open=True), is_new=is_new)
    return direct_objects.private_channel(ctx, row, actor.user_id)


async def _write_opened(ctx: Context, actor: Actor, row: ChannelRow, opened: DirectStateRow, *, is_new: bool) -> None:
    before = ctx.directs.state(row.id, actor.user_id)
    operations = [Put(row)] if is_new else []
    events: list[Event] = []
    changes = [] if actor.is_bot or opened == before else [opened]
    if changes:
        operations += [Put(opened)]
        events = direct_objects.created(ctx, row, [actor.user_id], state=opened)
    if not operations:
        return

    def remember() -> None:
        if is_new:
            ctx.directs.put(row)
        direct_access.remember(ctx, changes)

    await ctx.store.write(operations, events, before_publish=remember)


def _may_open(ctx: Context, actor: Actor, other_id: int) -> bool:
    """Whether two people have enough in common that one opens a direct message, if only to find that it may not write."""
    other = ctx.users.get(other_id)
    if other is None or other.is_system or other.is_deleted or (actor.is_bot and other.is_bot):
        return False
    return ctx.guilds.share_guild(actor.user_id, other_id) or ctx.relations.are_friends(actor.user_id, other_id)


async def _close(ctx: Context, actor: Actor, row: ChannelRow, consent: int) -> None:
    """Write that it is closed. A rejection is told as an update first."""
    state = ctx.directs.state(row.id, actor.user_id)
    assert state is not None  # the caller holds the channel's lock
    closed = msgspec.structs.replace(state, is_open=False, consent=consent)
    events = []
    if consent != state.consent:
        events += direct_objects.updated(ctx, row, [actor.user_id], state=closed)
    events.append(direct_objects.deleted(ctx, row, actor.user_id))
    await ctx.store.write([Put(closed)], events, before_publish=lambda: direct_access.remember(ctx, [closed]))


def _require_direct(ctx: Context, actor: Actor, channel_id: int) -> ChannelRow:
    if actor.is_bot:
        raise errors.bots_cannot()
    row = ctx.directs.get(channel_id)
    if row is None or actor.user_id not in row.recipient_ids:
        raise errors.unknown_channel()
    if row.type != ChannelType.DM:
        raise errors.bad_request(ErrorCode.CHANNEL_TYPE, "Cannot execute action on this channel type")
    return row
