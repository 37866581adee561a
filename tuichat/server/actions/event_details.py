"""Zones and co-hosts of scheduled events: shown, and set."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.event_details import MAX_COHOSTS, EditEventDetailsRequest, EventDetails
from tuichat.protocol.live_room import MAX_HOSTS
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.time_zone import MAX_ZONE_CHARACTERS, find_zone
from tuichat.server.actions import errors, event_detail_steps, stage_steps
from tuichat.server.actions import scheduled_event_steps as steps
from tuichat.server.actions.access import require_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.scheduled_event_access import find, require_changeable, require_hosting, sees
from tuichat.server.actions.step import Step, write
from tuichat.server.store.scheduled_event_rows import ScheduledEventRow


def list_details(ctx: Context, actor: Actor, guild_ids: Sequence[int]) -> list[EventDetails]:
    """Those of the events that the actor sees and that have any, of all its guilds where none is named."""
    states = [require_guild(ctx, actor, guild_id) for guild_id in guild_ids] or ctx.guilds.of_user(actor.user_id)
    return [
        event_detail_steps.shown(row)
        for state in states
        for row in ctx.scheduled_events.planned(state.id)
        if event_detail_steps.has_details(row) and sees(state, actor.user_id, row)
    ]


def get_details(ctx: Context, actor: Actor, event_id: int) -> EventDetails:
    """An event's, empty where it has none. Raises ActionError 10070."""
    return event_detail_steps.shown(_find(ctx, actor, event_id)[1])


async def edit_details(ctx: Context, actor: Actor, event_id: int, request: EditEventDetailsRequest) -> EventDetails:
    """Set the zone as who may change the event or co-hosts it, co-hosts as who may change it without being one. Exceptions
    to the rule go with the zone by which they were. Raises ActionError 180000 once it is over."""
    state, row = _find(ctx, actor, event_id)
    async with state.lock:
        require_still(ctx, state)
        state, row = _find(ctx, actor, event_id)
        require_hosting(ctx, actor, row)
        if row.is_finished:
            raise errors.bad_request(ErrorCode.FINISHED_EVENT, "Cannot update a finished event")
        changed = row
        if request.time_zone is not UNSET:
            changed = msgspec.structs.replace(changed, time_zone=_zone(request.time_zone))
        if request.cohost_ids is not UNSET:
            cohost_ids = _cohosts(state, row, request.cohost_ids or [])
            if cohost_ids != row.cohost_ids:
                require_changeable(ctx, actor, row)
            changed = msgspec.structs.replace(changed, cohost_ids=cohost_ids)
        if changed.recurrence is not None and changed.time_zone != row.time_zone:
            changed = msgspec.structs.replace(changed, exceptions=())
        if changed != row:
            await write(
                ctx,
                steps.keep(ctx, changed),
                Step([], [event_detail_steps.told(changed)]),
                steps.without_exceptions(row, changed),
                *_rehosted(ctx, actor, state, row, changed),
                steps.noted(ctx, actor, state, AuditAction.SCHEDULED_EVENT_UPDATE, row, changed),
            )
    return event_detail_steps.shown(changed)


def _rehosted(
    ctx: Context, actor: Actor, state: GuildState, row: ScheduledEventRow, changed: ScheduledEventRow
) -> list[Step]:
    """What a write takes for the stage of an event that is on to have its co-hosts as hosts."""
    channel, stage = state.channels.get(row.channel_id or 0), state.stages.get(row.channel_id or 0)
    if channel is None or stage is None or stage.guild_scheduled_event_id != row.id:
        return []
    gone = {*row.cohost_ids} - {*changed.cohost_ids, stage.starter_id}
    added = (each for each in changed.cohost_ids if each not in row.cohost_ids)
    kept = (each for each in stage.host_ids if each not in gone)
    host_ids = tuple(dict.fromkeys((*kept, *added)))[:MAX_HOSTS]
    return stage_steps.changed(ctx, actor, state, channel, stage, msgspec.structs.replace(stage, host_ids=host_ids))


def _find(ctx: Context, actor: Actor, event_id: int) -> tuple[GuildState, ScheduledEventRow]:
    row = ctx.scheduled_events.get(event_id)
    state = None if row is None else ctx.guilds.get(row.guild_id)
    if row is None or state is None or not sees(state, actor.user_id, row):
        raise errors.unknown_scheduled_event()
    return find(ctx, actor, row.guild_id, row.id)


def _zone(name: str | None) -> str | None:
    if name is None:
        return None
    if find_zone(name) is None:
        raise errors.invalid_field(
            "time_zone",
            "TIME_ZONE_UNKNOWN",
            f"Must be a time zone of the IANA database in up to {MAX_ZONE_CHARACTERS} characters, such as Europe/Paris.",
        )
    return name


def _cohosts(state: GuildState, row: ScheduledEventRow, wanted: Sequence[Snowflake]) -> tuple[Snowflake, ...]:
    """The co-hosts that a request names, each once: new ones are members who see the event."""
    if len(wanted) > MAX_COHOSTS:
        raise errors.too_long("cohost_ids", MAX_COHOSTS)
    for user_id in wanted:
        if user_id not in row.cohost_ids and not sees(state, user_id, row):
            raise errors.invalid_field("cohost_ids", "EVENT_COHOST", f"{int(user_id)} is no member who sees the event.")
    return tuple(dict.fromkeys(wanted))
