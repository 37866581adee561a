"""Erasing: how messages leave their place, whoever removes them."""

from collections.abc import Sequence

from tuichat.protocol.dispatch.message import MessageDelete, MessageDeleteBulk
from tuichat.protocol.message import UNDELETABLE_TYPES, MessageFlag
from tuichat.server.actions import crossposts, errors, pins
from tuichat.server.actions.access import Place
from tuichat.server.actions.context import Context
from tuichat.server.bus import Event
from tuichat.server.store.errors import Conflict
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import DeleteMessages, Operation


async def erase(ctx: Context, place: Place, row: MessageRow, noted: tuple[Operation, Event] | None = None) -> None:
    """Remove one message, with its entry of the audit log. Raises ActionError 50021 for what stays, 10008 when it is gone."""
    if row.type in UNDELETABLE_TYPES:
        raise errors.system_message()
    payload = MessageDelete(id=row.id, channel_id=place.channel.id, guild_id=place.guild_id)
    try:
        await _remove(ctx, place, [row], place.event("MESSAGE_DELETE", payload), noted)
    except Conflict as conflict:
        raise errors.unknown_message() from conflict


async def erase_many(
    ctx: Context, place: Place, rows: Sequence[MessageRow], noted: tuple[Operation, Event] | None = None
) -> None:
    """Remove several messages of one channel at once."""
    if not rows:
        return
    payload = MessageDeleteBulk(
        ids=sorted(row.id for row in rows), channel_id=place.channel.id, guild_id=place.guild_id
    )
    try:
        await _remove(ctx, place, rows, place.event("MESSAGE_DELETE_BULK", payload), noted)
    except Conflict:
        return  # somebody else was faster, and told everybody


async def _remove(
    ctx: Context, place: Place, rows: Sequence[MessageRow], told: Event, noted: tuple[Operation, Event] | None
) -> None:
    operations: list[Operation] = [DeleteMessages(place.channel.id, tuple(row.id for row in rows))]
    events = [told]
    if noted is not None:
        operations.append(noted[0])
        events.append(noted[1])
    await ctx.store.write(operations, events)
    if any(row.pinned_ms is not None for row in rows):
        newest = await ctx.store.read_pins(place.channel.id, limit=1)
        pins.remember_last(ctx, place, newest[0].pinned_ms if newest else None)
    for row in rows:
        if row.flags & MessageFlag.CROSSPOSTED:
            await crossposts.follow_deletion(ctx, row)
