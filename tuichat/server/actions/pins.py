"""Pins: messages that a channel keeps at hand."""

import msgspec

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.dispatch.channel import ChannelPinsUpdate
from tuichat.protocol.message import WRITTEN_TYPES, Message, MessageType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.timestamp import format_timestamp, parse_timestamp
from tuichat.server.actions import audit, direct_access, errors, fields, message_objects
from tuichat.server.actions.access import Place, require_awake, require_place
from tuichat.server.actions.announcing import announce
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.step import Step, write
from tuichat.server.bus import Event
from tuichat.server.store.errors import Conflict
from tuichat.server.store.message_rows import Beside, MessageRow, ReferenceRow
from tuichat.server.store.operations import UpdateMessage

MAX_PINS = 250
MAX_PAGE = 50


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    pinned_at: str
    message: Message


class PinPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Pin]
    has_more: bool


async def pin_message(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> None:
    """Pin a message: PIN_MESSAGES. A system message tells the channel. Doing it twice changes nothing.

    Raises ActionError 50021 for a system message, 30003 at 250 pins of a channel.
    """
    async with ctx.edits.hold(channel_id, message_id):
        row, place = await _find(ctx, actor, channel_id, message_id)
        if row.type not in WRITTEN_TYPES:
            raise errors.system_message()
        if row.pinned_ms is not None:
            return
        if await ctx.store.count_pins(channel_id) >= MAX_PINS:
            raise errors.limit_reached(ErrorCode.MAX_PINS, "pins", MAX_PINS)
        place = _require_pinning(ctx, actor, channel_id)
        last_ms = _last_pins(ctx, place).get(row.channel_id)
        pinned_ms = max(ctx.now_ms(), 0 if last_ms is None else last_ms + 1)  # so that pages by time leave none out
        changed = msgspec.structs.replace(row, pinned_ms=pinned_ms)
        notice = MessageRow(
            id=ctx.next_id(),
            channel_id=row.channel_id,
            author_id=actor.user_id,
            type=MessageType.PINNED_MESSAGE,
            reference=ReferenceRow(
                channel_id=row.channel_id,
                message_id=row.id,
                guild_id=None if place.guild is None else place.guild.id,
            ),
        )
        await _write(
            ctx,
            _change(ctx, place, changed, pinned_ms),
            announce(ctx, place, notice, marks_read=not actor.is_bot),
            _noted(ctx, actor, place, AuditAction.MESSAGE_PIN, row),
        )


async def unpin_message(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> None:
    """Take a pin away: PIN_MESSAGES. One that is not there is no error."""
    async with ctx.edits.hold(channel_id, message_id):
        row, place = await _find(ctx, actor, channel_id, message_id)
        if row.pinned_ms is None:
            return
        newest = await ctx.store.read_pins(channel_id, limit=2)
        place = _require_pinning(ctx, actor, channel_id)
        last_ms = next((pinned.pinned_ms for pinned in newest if pinned.id != row.id), None)
        changed = msgspec.structs.replace(row, pinned_ms=None)
        await _write(
            ctx,
            _change(ctx, place, changed, last_ms),
            _noted(ctx, actor, place, AuditAction.MESSAGE_UNPIN, row),
        )


async def list_pins(ctx: Context, actor: Actor, channel_id: int, *, before: str = "", limit: int = MAX_PAGE) -> PinPage:
    """A page of 1 to 50 pins, the latest first, `before` a time. Without READ_MESSAGE_HISTORY it is empty."""
    fields.require_range("limit", limit, 1, MAX_PAGE)
    place = require_place(ctx, actor, channel_id)
    fields.require_written_in(place.channel)
    before_ms = _time(before) if before else None
    if not place.granted & Permissions.READ_MESSAGE_HISTORY:
        return PinPage(items=[], has_more=False)
    rows = await ctx.store.read_pins(channel_id, before_ms=before_ms, limit=limit + 1)
    beside = await ctx.store.read_beside(rows[:limit], actor.user_id)
    bare = Beside(referenced=beside.referenced, answers=beside.answers)  # Discord lists pins without reactions
    shown = message_objects.readable(actor, place, message_objects.page(ctx, place.guild, rows[:limit], bare))
    return PinPage(
        items=[
            Pin(pinned_at=format_timestamp(row.pinned_ms or 0), message=message)
            for row, message in zip(rows, shown, strict=False)
        ],
        has_more=len(rows) > limit,
    )


async def list_newest(ctx: Context, actor: Actor, channel_id: int) -> list[Message]:
    """The 50 latest pins as plain messages, as older clients ask for them."""
    return [pin.message for pin in (await list_pins(ctx, actor, channel_id)).items]


async def _find(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> tuple[MessageRow, Place]:
    _require_pinning(ctx, actor, channel_id)
    row = await ctx.store.read_message(channel_id, message_id)
    place = _require_pinning(ctx, actor, channel_id)
    if row is None:
        raise errors.unknown_message()
    return row, place


def _require_pinning(ctx: Context, actor: Actor, channel_id: int) -> Place:
    place = require_place(ctx, actor, channel_id, Permissions.PIN_MESSAGES)
    fields.require_written_in(place.channel)
    require_awake(place)
    direct_access.require_may_write(ctx, place, actor.user_id)
    return place


def _change(ctx: Context, place: Place, changed: MessageRow, last_ms: int | None) -> Step:
    """The message with its pin, and what the channel's newest pin is now."""
    shown = message_objects.message(ctx, place.guild, changed)
    return Step(
        [UpdateMessage(changed)],
        [message_objects.updated(ctx, place, changed, shown), _updated(place, last_ms)],
        lambda: remember_last(ctx, place, last_ms),
    )


def _last_pins(ctx: Context, place: Place) -> dict[int, int]:
    return ctx.directs.last_pins_ms if place.guild is None else place.guild.last_pins_ms


def remember_last(ctx: Context, place: Place, last_ms: int | None) -> None:
    """Once it is committed: let memory know when the newest pin was pinned, None where there is none."""
    known = _last_pins(ctx, place)
    if last_ms is None:
        known.pop(place.channel.id, None)
    else:
        known[place.channel.id] = last_ms


def _updated(place: Place, last_ms: int | None) -> Event:
    payload = ChannelPinsUpdate(
        channel_id=place.channel.id,
        guild_id=place.guild_id,
        last_pin_timestamp=None if last_ms is None else format_timestamp(last_ms),
    )
    return place.event("CHANNEL_PINS_UPDATE", payload)


def _noted(ctx: Context, actor: Actor, place: Place, action: AuditAction, row: MessageRow) -> Step:
    if place.guild is None:
        return Step([], [])
    options = {"channel_id": str(int(row.channel_id)), "message_id": str(int(row.id))}
    noted, told = audit.entry(ctx, actor, place.guild, action, row.author_id, options=options)
    return Step([noted], [told])


async def _write(ctx: Context, *steps: Step) -> None:
    try:
        await write(ctx, *steps)
    except Conflict as conflict:
        raise errors.unknown_message() from conflict


def _time(text: str) -> int:
    """Read a time of the query. Raises ActionError 50035."""
    try:
        return parse_timestamp(text)
    except ValueError as error:
        raise errors.invalid_field("before", "DATE_TIME_TYPE_PARSE", f"Could not parse: {error}") from None
