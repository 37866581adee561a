"""Scheduled events: planning, showing, changing, starting, ending and deleting them."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.recurrence import RecurrenceRule, faults, tidied
from tuichat.protocol.rest.error import ErrorCode, FieldError
from tuichat.protocol.scheduled_event import (
    GUILD_ONLY,
    TRANSITIONS,
    CreateScheduledEventRequest,
    EditScheduledEventRequest,
    EntityMetadata,
    EntityType,
    EventStatus,
    ScheduledEvent,
)
from tuichat.protocol.timestamp import format_timestamp, parse_timestamp
from tuichat.server.actions import errors, event_subscriptions, fields, scheduled_event_objects, stages
from tuichat.server.actions import scheduled_event_steps as steps
from tuichat.server.actions.access import require_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.images import ImageKind, keep_image, put_image
from tuichat.server.actions.scheduled_event_access import (
    find,
    require_changeable,
    require_hosting,
    require_planner,
    sees,
)
from tuichat.server.actions.step import Step, write
from tuichat.server.store.scheduled_event_rows import ScheduledEventRow

MAX_PLANNED = 100  # Discord's documentation, "Create Guild Scheduled Event"
NAME_CHARACTERS = (1, 100)
LOCATION_CHARACTERS = (1, 100)
DESCRIPTION_CHARACTERS = 1000
FURTHEST_MS = 5 * 366 * 86_400_000  # taste: five years ahead
_FIXED_WHILE_ON = ("scheduled_start_time", "entity_type", "channel_id")


async def list_events(
    ctx: Context, actor: Actor, guild_id: int, *, with_user_count: bool = False
) -> list[ScheduledEvent]:
    """The events that are to come or are on, of those in channels that the actor sees."""
    state = require_guild(ctx, actor, guild_id)
    rows = [row for row in ctx.scheduled_events.planned(state.id) if sees(state, actor.user_id, row)]
    return await _shown(ctx, rows, with_user_count=with_user_count)


async def get_event(
    ctx: Context, actor: Actor, guild_id: int, event_id: int, *, with_user_count: bool = False
) -> ScheduledEvent:
    """An event, also one of the last that are over."""
    _, row = find(ctx, actor, guild_id, event_id)
    return (await _shown(ctx, [row], with_user_count=with_user_count))[0]


async def create_event(
    ctx: Context, actor: Actor, guild_id: int, request: CreateScheduledEventRequest
) -> ScheduledEvent:
    """Plan an event: CREATE_EVENTS, in a stage what its moderators have, in a voice channel CONNECT. Whoever plans it is
    interested in it. Raises ActionError 30038 where a hundred are planned."""
    draft = EditScheduledEventRequest(
        **{field: getattr(request, field) for field in CreateScheduledEventRequest.__struct_fields__}
    )
    empty = ScheduledEventRow(
        id=ctx.next_id(),
        guild_id=require_guild(ctx, actor, guild_id).id,
        channel_id=None,
        creator_id=actor.user_id,
        name="",
        start_ms=0,
        end_ms=None,
        entity_type=0,
    )
    row = _edited(ctx, empty, draft)
    state = require_planner(ctx, actor, guild_id, row.entity_type, row.channel_id, Permissions.CREATE_EVENTS)
    image = await keep_image(ctx, "image", request.image) if isinstance(request.image, str) else None
    row = msgspec.structs.replace(row, image=image)
    async with state.lock:
        require_still(ctx, state)
        require_planner(ctx, actor, guild_id, row.entity_type, row.channel_id, Permissions.CREATE_EVENTS)
        if len(ctx.scheduled_events.planned(state.id)) >= MAX_PLANNED:
            raise errors.limit_reached(
                ErrorCode.MAX_SCHEDULED_EVENTS, "uncompleted guild scheduled events", MAX_PLANNED
            )
        await write(
            ctx,
            steps.appear(ctx, row),
            _covered(row, request.image, image),
            steps.noted(ctx, actor, state, AuditAction.SCHEDULED_EVENT_CREATE, None, row),
            event_subscriptions.interest(row, actor.user_id),
        )
    return scheduled_event_objects.shown(ctx, row)


async def edit_event(
    ctx: Context, actor: Actor, guild_id: int, event_id: int, request: EditScheduledEventRequest
) -> ScheduledEvent:
    """Change, start, end or cancel an event: one's own with CREATE_EVENTS, others' with MANAGE_EVENTS, and what hosting it
    takes. Starting one in a stage opens the stage; a recurring one that ends is scheduled for its next time. Raises
    ActionError 180000 once it is over."""
    state, row = find(ctx, actor, guild_id, event_id)
    _require_editor(ctx, actor, row, request)
    image = await keep_image(ctx, "image", request.image) if isinstance(request.image, str) else None
    async with state.lock:
        require_still(ctx, state)
        state, row = find(ctx, actor, guild_id, event_id)
        _require_editor(ctx, actor, row, request)
        if row.is_finished:
            raise errors.bad_request(ErrorCode.FINISHED_EVENT, "Cannot update a finished event")
        changed = _edited(ctx, row, request)
        if request.image is not UNSET:
            changed = msgspec.structs.replace(changed, image=image)
        if row.status == EventStatus.ACTIVE:
            _require_fixed(row, changed)
        if (changed.entity_type, changed.channel_id) != (row.entity_type, row.channel_id):
            require_changeable(ctx, actor, changed)
        status = _status(row, request.status)
        then, parts = _brought_to(ctx, actor, state, row, changed, status)
        if then != row:
            noted = steps.noted(ctx, actor, state, AuditAction.SCHEDULED_EVENT_UPDATE, row, then)
            await write(ctx, *parts, _covered(row, request.image, image), steps.without_exceptions(row, changed), noted)
    return scheduled_event_objects.shown(ctx, then)


async def delete_event(ctx: Context, actor: Actor, guild_id: int, event_id: int) -> None:
    """Delete an event, whoever is interested in it: one's own with CREATE_EVENTS, others' with MANAGE_EVENTS, and what
    hosting it takes. One that is on in a stage takes the stage along."""
    state, row = find(ctx, actor, guild_id, event_id)
    async with state.lock:
        require_still(ctx, state)
        state, row = find(ctx, actor, guild_id, event_id)
        require_changeable(ctx, actor, row)
        noted = steps.noted(ctx, actor, state, AuditAction.SCHEDULED_EVENT_DELETE, row, None)
        await write(ctx, *stages.close_of(ctx, state, row, actor), steps.disappear(ctx, row), noted)


async def _shown(ctx: Context, rows: Sequence[ScheduledEventRow], *, with_user_count: bool) -> list[ScheduledEvent]:
    counts = await ctx.store.count_event_users([row.id for row in rows]) if with_user_count and rows else {}
    return [
        scheduled_event_objects.shown(ctx, row, user_count=counts.get(row.id, 0) if with_user_count else UNSET)
        for row in rows
    ]


def _brought_to(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    row: ScheduledEventRow,
    changed: ScheduledEventRow,
    status: EventStatus,
) -> tuple[ScheduledEventRow, list[Step]]:
    """What an event becomes with other fields and another status, and what a write takes for it."""
    if status == row.status:
        return changed, [] if changed == row else [steps.change(ctx, state, row, changed)]
    if status == EventStatus.ACTIVE:
        opened, parts = stages.open_for(ctx, actor, state, changed)
        return opened, [*parts, steps.change(ctx, state, row, opened)]
    closing = stages.close_of(ctx, state, row, actor)
    then = steps.next_time(changed, ctx.now_ms()) if status == EventStatus.COMPLETED else None
    if then is not None:
        return then, [*closing, steps.change(ctx, state, row, then)]
    then = steps.finished(changed, status)
    return then, [*closing, *steps.finish(ctx, state, row, then)]


def _require_editor(ctx: Context, actor: Actor, row: ScheduledEventRow, request: EditScheduledEventRequest) -> None:
    require = require_changeable if request.status == EventStatus.CANCELED else require_hosting
    require(ctx, actor, row)


def _status(row: ScheduledEventRow, wanted: int | UnsetType | None) -> EventStatus:
    before = EventStatus(row.status)
    if not isinstance(wanted, int) or wanted == before:
        return before
    if wanted not in TRANSITIONS[before]:
        choices = tuple(map(int, TRANSITIONS[before]))
        raise errors.invalid_field("status", "BASE_TYPE_CHOICES", f"Value must be one of {choices}.")
    return EventStatus(wanted)


def _require_fixed(row: ScheduledEventRow, changed: ScheduledEventRow) -> None:
    """An event that is on has begun where and when it did."""
    differing = (
        row.start_ms != changed.start_ms,
        row.entity_type != changed.entity_type,
        row.channel_id != changed.channel_id,
    )
    for field, differs in zip(_FIXED_WHILE_ON, differing, strict=True):
        if differs:
            raise errors.invalid_field(field, "EVENT_ACTIVE", "Cannot be changed while the event is on.")


def _edited(ctx: Context, row: ScheduledEventRow, request: EditScheduledEventRequest) -> ScheduledEventRow:
    """The event with what a request changes, checked. Raises ActionError 50035."""
    if request.privacy_level not in (UNSET, None, GUILD_ONLY):
        raise errors.invalid_field("privacy_level", "BASE_TYPE_CHOICES", f"Value must be one of ({GUILD_ONLY},).")
    changes: dict[str, object] = {}
    if isinstance(request.name, str):
        changes["name"] = fields.require_name("name", request.name, *NAME_CHARACTERS)
    if request.description is not UNSET:
        text = fields.require_length("description", request.description or "", 0, DESCRIPTION_CHARACTERS)
        changes["description"] = text or None
    changed = _timed(ctx, _placed(msgspec.structs.replace(row, **changes), request), request)
    if request.recurrence_rule is not UNSET:
        changed = msgspec.structs.replace(changed, recurrence=_rule(ctx, request.recurrence_rule))
    elif changed.recurrence is not None and changed.start_ms != row.start_ms:
        begun = msgspec.structs.replace(changed.recurrence, start=format_timestamp(changed.start_ms))
        changed = msgspec.structs.replace(changed, recurrence=begun)
    if changed.recurrence != row.recurrence:
        changed = msgspec.structs.replace(changed, exceptions=())
    return changed


def _placed(row: ScheduledEventRow, request: EditScheduledEventRequest) -> ScheduledEventRow:
    """The event where the request has it: in a channel, or at a location."""
    kind = request.entity_type if isinstance(request.entity_type, int) else row.entity_type
    if kind not in tuple(EntityType):
        raise errors.invalid_field(
            "entity_type", "BASE_TYPE_CHOICES", f"Value must be one of {tuple(map(int, EntityType))}."
        )
    channel_id = row.channel_id if request.channel_id is UNSET else request.channel_id
    if kind != EntityType.EXTERNAL:
        if channel_id is None:
            raise errors.invalid_field("channel_id", "BASE_TYPE_REQUIRED", "This field is required")
        return msgspec.structs.replace(row, entity_type=kind, channel_id=channel_id, location=None)
    if channel_id is not None:
        raise errors.invalid_field("channel_id", "BASE_TYPE_BAD_VALUE", "Must be null for an event of type 3.")
    location = _location(request.entity_metadata, row.location)
    return msgspec.structs.replace(row, entity_type=kind, channel_id=None, location=location)


def _location(metadata: EntityMetadata | UnsetType | None, before: str | None) -> str:
    given = metadata.location if isinstance(metadata, EntityMetadata) else UNSET
    if isinstance(given, str):
        return fields.require_name("entity_metadata.location", given, *LOCATION_CHARACTERS)
    if before is None:
        raise errors.invalid_field("entity_metadata.location", "BASE_TYPE_REQUIRED", "This field is required")
    return before


def _timed(ctx: Context, row: ScheduledEventRow, request: EditScheduledEventRequest) -> ScheduledEventRow:
    """The event when the request has it. What was planned stays good, also once its time came."""
    now_ms = ctx.now_ms()
    start_ms, end_ms = row.start_ms, row.end_ms
    if isinstance(request.scheduled_start_time, str):
        start_ms = _time("scheduled_start_time", request.scheduled_start_time)
        if start_ms != row.start_ms and start_ms < now_ms:
            raise errors.invalid_field(
                "scheduled_start_time", "EVENT_SCHEDULE_PAST", "Cannot schedule event in the past."
            )
        if start_ms > now_ms + FURTHEST_MS:
            raise errors.invalid_field("scheduled_start_time", "EVENT_TOO_FAR", "Cannot schedule event that far ahead.")
    if request.scheduled_end_time is not UNSET:
        end = request.scheduled_end_time
        end_ms = None if end is None else _time("scheduled_end_time", end)
    if end_ms is None and row.entity_type == EntityType.EXTERNAL:
        raise errors.invalid_field("scheduled_end_time", "BASE_TYPE_REQUIRED", "This field is required")
    if end_ms is not None and (start_ms, end_ms) != (row.start_ms, row.end_ms):
        if end_ms <= max(start_ms, now_ms):
            raise errors.invalid_field(
                "scheduled_end_time", "EVENT_END_TIME", "Cannot end before the start, nor in the past."
            )
        if end_ms > now_ms + 2 * FURTHEST_MS:
            raise errors.invalid_field("scheduled_end_time", "EVENT_TOO_FAR", "Cannot schedule event that far ahead.")
    return msgspec.structs.replace(row, start_ms=start_ms, end_ms=end_ms)


def _time(field: str, text: str) -> int:
    try:
        return parse_timestamp(text)
    except ValueError as error:
        raise errors.invalid_field(field, "DATE_TIME_TYPE_PARSE", f"{error}.") from None


def _rule(ctx: Context, wanted: RecurrenceRule | None) -> RecurrenceRule | None:
    if wanted is None:
        return None
    rule = tidied(wanted)
    found = faults(rule)
    if not found and parse_timestamp(rule.start) > ctx.now_ms() + FURTHEST_MS:
        found["start"] = "Cannot schedule event that far ahead."
    if found:
        told = {field: [FieldError("RECURRENCE_RULE_INVALID", sentence)] for field, sentence in found.items()}
        raise errors.invalid_form({"recurrence_rule": told})
    return rule


def _covered(row: ScheduledEventRow, asked: str | UnsetType | None, image: str | None) -> Step:
    """The cover that a request gives, or takes away."""
    if asked is UNSET or (image is None and row.image is None):
        return Step([], [])
    return Step([put_image(ImageKind.EVENT_COVER, row.id, image, guild_id=row.guild_id)], [])
