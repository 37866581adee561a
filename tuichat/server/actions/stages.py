"""Stages that are live: with a topic, until a host ends them or none was there for a minute. They go on after a restart."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.message import MessageType
from tuichat.protocol.permissions import ALL, Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.scheduled_event import EntityType, EventStatus
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import GUILD_ONLY, CreateStageRequest, EditStageRequest, StageInstance
from tuichat.server.actions import audit, errors, fields, scheduled_event_steps, stage_hosts
from tuichat.server.actions.access import Place, require_channel, require_still
from tuichat.server.actions.announcing import announce
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.scheduled_event_access import require_changeable
from tuichat.server.actions.stage_objects import shown
from tuichat.server.actions.step import Step, write
from tuichat.server.bus import Event, event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import Put, Remove
from tuichat.server.store.scheduled_event_rows import ScheduledEventRow
from tuichat.server.store.stage_rows import StageRow

TOPIC_CHARACTERS = (1, 120)


async def open_stage(ctx: Context, actor: Actor, request: CreateStageRequest) -> StageInstance:
    """Take a stage live: for its moderators, who manage it, mute and move people. Raises ActionError 150006 where it is.

    With an event that is planned there, that begins with it.
    """
    state, _ = _require_moderator(ctx, actor, request.channel_id)
    topic = fields.require_length("topic", request.topic, *TOPIC_CHARACTERS)
    _require_level(request.privacy_level)
    async with state.lock:
        require_still(ctx, state)
        state, channel = _require_moderator(ctx, actor, request.channel_id)
        if channel.id in state.stages:
            raise errors.bad_request(ErrorCode.STAGE_OPEN, "The Stage is already open")
        if request.send_start_notification is True:
            require_channel(ctx, actor, channel.id, Permissions.MENTION_EVERYONE)
        planned = _planned(ctx, actor, state, channel, request.guild_scheduled_event_id)
        stage, parts = _opened(
            ctx,
            actor,
            state,
            channel,
            topic,
            mentions_everyone=request.send_start_notification is True,
            event_id=None if planned is None else planned.id,
        )
        if planned is not None:
            begun = msgspec.structs.replace(planned, status=EventStatus.ACTIVE, entity_id=stage.id)
            parts.append(scheduled_event_steps.change(ctx, state, planned, begun))
            parts.append(
                scheduled_event_steps.noted(ctx, actor, state, AuditAction.SCHEDULED_EVENT_UPDATE, planned, begun)
            )
        await write(ctx, *parts)
    return shown(stage)


def open_for(
    ctx: Context, actor: Actor, state: GuildState, row: ScheduledEventRow
) -> tuple[ScheduledEventRow, list[Step]]:
    """Return the event as one that is on, and what a write takes for its stage, where it is in one. A stage that is live
    there ends, with its event. The caller holds the guild's lock, and has checked that the actor may."""
    begun = msgspec.structs.replace(row, status=EventStatus.ACTIVE)
    channel = state.channels.get(row.channel_id or 0)
    if row.entity_type != EntityType.STAGE_INSTANCE or channel is None:
        return begun, []
    live = state.stages.get(channel.id)
    ended = [] if live is None else [_gone(state, live), *_concluded(ctx, state, live)]
    stage, parts = _opened(ctx, actor, state, channel, row.name, event_id=row.id)
    return msgspec.structs.replace(begun, entity_id=stage.id), [*ended, *parts]


def close_of(ctx: Context, state: GuildState, row: ScheduledEventRow, actor: Actor | None) -> list[Step]:
    """Return what a write takes to end the stage of an event; `actor` None: it ends by itself."""
    stage = state.stages.get(row.channel_id or 0)
    channel = state.channels.get(row.channel_id or 0)
    if stage is None or channel is None or stage.guild_scheduled_event_id != row.id:
        return []
    return _closed(ctx, actor, state, channel, stage)


async def get_stage(ctx: Context, actor: Actor, channel_id: int) -> StageInstance:
    state, channel, _ = require_channel(ctx, actor, channel_id)
    return shown(_find(state, channel))


async def edit_stage(ctx: Context, actor: Actor, channel_id: int, request: EditStageRequest) -> StageInstance:
    """Change what a stage is about: for its hosts."""
    state, _, _ = _require_host(ctx, actor, channel_id)
    _require_level(request.privacy_level)
    async with state.lock:
        require_still(ctx, state)
        state, channel, stage = _require_host(ctx, actor, channel_id)
        changed = stage
        if isinstance(request.topic, str):
            topic = fields.require_length("topic", request.topic, *TOPIC_CHARACTERS)
            changed = msgspec.structs.replace(stage, topic=topic)
        if changed != stage:
            await write(
                ctx,
                _kept("STAGE_INSTANCE_UPDATE", state, changed),
                _noted(ctx, actor, state, AuditAction.STAGE_INSTANCE_UPDATE, stage, changed),
                _said(ctx, actor, state, channel, MessageType.STAGE_TOPIC, changed.topic),
            )
    return shown(changed)


async def close_stage(ctx: Context, actor: Actor, channel_id: int) -> None:
    """End a stage, and the event that it was opened for: for its hosts. Who is in it stays in voice."""
    state, _, _ = _require_host(ctx, actor, channel_id)
    async with state.lock:
        require_still(ctx, state)
        state, channel, stage = _require_host(ctx, actor, channel_id)
        await write(ctx, *_closed(ctx, actor, state, channel, stage), *_concluded(ctx, state, stage))


async def end_hostless(ctx: Context, state: GuildState, channel_id: int, stage_id: int) -> None:
    """End a stage by itself, and its event, unless it is another one by now or a host came back."""
    async with state.lock:
        stage = state.stages.get(channel_id)
        if ctx.guilds.get(state.id) is not state or stage is None or stage.id != stage_id:
            return
        if not stage_hosts.has_host(ctx, state, stage):
            await write(ctx, _gone(state, stage), *_concluded(ctx, state, stage))


def _opened(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    channel: ChannelRow,
    topic: str,
    *,
    mentions_everyone: bool = False,
    event_id: Snowflake | None = None,
) -> tuple[StageRow, list[Step]]:
    stage = StageRow(
        id=ctx.next_id(),
        guild_id=state.id,
        channel_id=channel.id,
        topic=topic,
        guild_scheduled_event_id=event_id,
        starter_id=actor.user_id,
    )
    said = _said(ctx, actor, state, channel, MessageType.STAGE_START, topic, mentions_everyone=mentions_everyone)
    noted = _noted(ctx, actor, state, AuditAction.STAGE_INSTANCE_CREATE, None, stage)
    return stage, [_kept("STAGE_INSTANCE_CREATE", state, stage), noted, said]


def _closed(ctx: Context, actor: Actor | None, state: GuildState, channel: ChannelRow, stage: StageRow) -> list[Step]:
    gone = _gone(state, stage)
    if actor is None:
        return [gone]
    noted = _noted(ctx, actor, state, AuditAction.STAGE_INSTANCE_DELETE, stage, None)
    return [gone, noted, _said(ctx, actor, state, channel, MessageType.STAGE_END, stage.topic)]


def _concluded(ctx: Context, state: GuildState, stage: StageRow) -> list[Step]:
    """What a write takes to end the event of a stage that ends, where it is on."""
    planned = ctx.scheduled_events.get(stage.guild_scheduled_event_id or 0)
    if planned is None or planned.status != EventStatus.ACTIVE:
        return []
    return scheduled_event_steps.conclude(ctx, state, planned, EventStatus.COMPLETED)


def _require_moderator(ctx: Context, actor: Actor, channel_id: int) -> tuple[GuildState, ChannelRow]:
    state, channel, granted = require_channel(ctx, actor, channel_id)
    if channel.type != ChannelType.STAGE:
        raise errors.wrong_channel_type()
    if granted & stage_hosts.MODERATING != stage_hosts.MODERATING:
        raise errors.missing_permissions()
    return state, channel


def _require_host(ctx: Context, actor: Actor, channel_id: int) -> tuple[GuildState, ChannelRow, StageRow]:
    """Find a stage that the actor hosts: else as `_require_moderator`, or 10067 where a moderator finds it not live."""
    state, channel, _ = require_channel(ctx, actor, channel_id)
    stage = state.stages.get(channel.id)
    if stage is None or not stage_hosts.hosts(ctx, state, stage, actor.user_id):
        _require_moderator(ctx, actor, channel_id)
    return state, channel, _find(state, channel)


def _planned(
    ctx: Context, actor: Actor, state: GuildState, channel: ChannelRow, event_id: Snowflake | UnsetType | None
) -> ScheduledEventRow | None:
    """The event that begins with a stage: one that is planned there, and that the actor may change. Raises 10070, 50013."""
    if not isinstance(event_id, int):
        return None
    row = ctx.scheduled_events.get(event_id)
    if row is None or (row.guild_id, row.channel_id) != (state.id, channel.id) or row.status != EventStatus.SCHEDULED:
        raise errors.unknown_scheduled_event()
    require_changeable(ctx, actor, row)
    return row


def _require_level(level: int | UnsetType | None) -> None:
    if level not in (UNSET, None, GUILD_ONLY):
        raise errors.invalid_field("privacy_level", "BASE_TYPE_CHOICES", f"Value must be one of {{{GUILD_ONLY}}}.")


def _find(state: GuildState, channel: ChannelRow) -> StageRow:
    stage = state.stages.get(channel.id)
    if stage is None:
        raise errors.unknown_stage()
    return stage


def _event(name: str, stage: StageRow) -> Event:
    return event(name, shown(stage), guild_id=stage.guild_id, channel_id=stage.channel_id)


def _kept(name: str, state: GuildState, stage: StageRow) -> Step:
    def remember() -> None:
        state.stages[stage.channel_id] = stage

    return Step([Put(stage)], [_event(name, stage)], remember)


def _gone(state: GuildState, stage: StageRow) -> Step:
    def forget() -> None:
        state.stages.pop(stage.channel_id, None)

    return Step([Remove(stage)], [_event("STAGE_INSTANCE_DELETE", stage)], forget)


def _said(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    channel: ChannelRow,
    kind: MessageType,
    topic: str,
    *,
    mentions_everyone: bool = False,
) -> Step:
    """What the stage's own messages tell of it."""
    row = MessageRow(
        id=ctx.next_id(),
        channel_id=channel.id,
        author_id=actor.user_id,
        type=kind,
        content=topic,
        mentions_everyone=mentions_everyone,
    )
    place = Place(channel=channel, guild=state, granted=ALL)
    return announce(ctx, place, row, marks_read=not actor.is_bot)


def _noted(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    action: AuditAction,
    before: StageRow | None,
    after: StageRow | None,
) -> Step:
    stage = after or before
    assert stage is not None
    seen = [None if row is None else shown(row) for row in (before, after)]
    changes = audit.changes(audit.STAGE_KEYS, *seen)
    options = {"channel_id": str(int(stage.channel_id))}
    put, told = audit.entry(ctx, actor, state, action, stage.id, changes=changes, options=options)
    return Step([put], [told])
