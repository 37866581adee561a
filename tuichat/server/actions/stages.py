"""Stages that are live: with a topic, until a host ends them or none was there for a minute. They go on after a restart."""

from collections.abc import Callable

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.scheduled_event import EntityType, EventStatus
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import GUILD_ONLY, CreateStageRequest, EditStageRequest, StageInstance
from tuichat.server.actions import errors, scheduled_event_steps, stage_hosts, stage_steps
from tuichat.server.actions.access import require_channel, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.room_access import find_room
from tuichat.server.actions.room_fields import RoomFields, require_topic
from tuichat.server.actions.scheduled_event_access import require_hosting
from tuichat.server.actions.stage_objects import shown
from tuichat.server.actions.step import Step, write
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.scheduled_event_rows import ScheduledEventRow
from tuichat.server.store.stage_rows import StageRow

Clean = Callable[[GuildState, ChannelRow], RoomFields]  # what a request says of a room; refuses what it may not say
Alter = Callable[[GuildState, ChannelRow, StageRow], StageRow]


async def open_stage(ctx: Context, actor: Actor, request: CreateStageRequest) -> StageInstance:
    """Take a stage live by Discord's route: a live room that is open to its guild. As `start`."""
    topic = require_topic(request.topic)
    _require_level(request.privacy_level)
    about = RoomFields(topic=topic)
    stage = await start(
        ctx,
        actor,
        request.channel_id,
        lambda state, channel: about,
        mentions_everyone=request.send_start_notification is True,
        event_id=request.guild_scheduled_event_id,
    )
    return shown(stage)


async def start(
    ctx: Context,
    actor: Actor,
    channel_id: int,
    clean: Clean,
    *,
    mentions_everyone: bool,
    event_id: Snowflake | UnsetType | None,
) -> StageRow:
    """Take a stage live: for its moderators, who manage it, mute and move people. Raises ActionError 150006 where it is.

    With an event that is planned there, that begins with it.
    """
    state, channel = _require_moderator(ctx, actor, channel_id)
    clean(state, channel)
    async with state.lock:
        require_still(ctx, state)
        state, channel = _require_moderator(ctx, actor, channel_id)
        about = clean(state, channel)
        if channel.id in state.stages:
            raise errors.bad_request(ErrorCode.STAGE_OPEN, "The Stage is already open")
        if mentions_everyone:
            require_channel(ctx, actor, channel.id, Permissions.MENTION_EVERYONE)
        planned = _planned(ctx, actor, state, channel, event_id)
        if planned is not None and not about.description:
            about = msgspec.structs.replace(about, description=planned.description or "")
        stage, parts = stage_steps.opened(
            ctx,
            actor,
            state,
            channel,
            about,
            mentions_everyone=mentions_everyone,
            event_id=None if planned is None else planned.id,
        )
        if planned is not None:
            begun = msgspec.structs.replace(planned, status=EventStatus.ACTIVE, entity_id=stage.id)
            parts.append(scheduled_event_steps.change(ctx, state, planned, begun))
            parts.append(
                scheduled_event_steps.noted(ctx, actor, state, AuditAction.SCHEDULED_EVENT_UPDATE, planned, begun)
            )
        await write(ctx, *parts)
    return stage


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
    ended = [] if live is None else [stage_steps.gone(ctx, state, live), *_concluded(ctx, state, live)]
    about = RoomFields(topic=row.name, description=row.description or "")
    stage, parts = stage_steps.opened(ctx, actor, state, channel, about, event_id=row.id)
    return msgspec.structs.replace(begun, entity_id=stage.id), [*ended, *parts]


def close_of(ctx: Context, state: GuildState, row: ScheduledEventRow, actor: Actor | None) -> list[Step]:
    """Return what a write takes to end the stage of an event; `actor` None: it ends by itself."""
    stage = state.stages.get(row.channel_id or 0)
    channel = state.channels.get(row.channel_id or 0)
    if stage is None or channel is None or stage.guild_scheduled_event_id != row.id:
        return []
    return stage_steps.closed(ctx, actor, state, channel, stage)


async def get_stage(ctx: Context, actor: Actor, channel_id: int) -> StageInstance:
    state, channel, _ = require_channel(ctx, actor, channel_id)
    return shown(find_room(state, channel.id))


async def edit_stage(ctx: Context, actor: Actor, channel_id: int, request: EditStageRequest) -> StageInstance:
    """Change what a stage is about: for its hosts."""
    require_host(ctx, actor, channel_id)
    _require_level(request.privacy_level)

    def alter(state: GuildState, channel: ChannelRow, stage: StageRow) -> StageRow:
        if not isinstance(request.topic, str):
            return stage
        return msgspec.structs.replace(stage, topic=require_topic(request.topic))

    return shown(await change(ctx, actor, channel_id, alter))


async def change(ctx: Context, actor: Actor, channel_id: int, alter: Alter) -> StageRow:
    """Change a stage as its host, and return it as it is then."""
    state, _, _ = require_host(ctx, actor, channel_id)
    async with state.lock:
        require_still(ctx, state)
        state, channel, stage = require_host(ctx, actor, channel_id)
        changed = alter(state, channel, stage)
        parts = stage_steps.changed(ctx, actor, state, channel, stage, changed)
        if parts:
            await write(ctx, *parts)
    return changed


async def close_stage(ctx: Context, actor: Actor, channel_id: int) -> None:
    """End a stage, and the event that it was opened for: for its hosts. Who is in it stays in voice, and listens."""
    state, _, _ = require_host(ctx, actor, channel_id)
    async with state.lock:
        require_still(ctx, state)
        state, channel, stage = require_host(ctx, actor, channel_id)
        await write(ctx, *stage_steps.closed(ctx, actor, state, channel, stage), *_concluded(ctx, state, stage))


async def end_hostless(ctx: Context, state: GuildState, channel_id: int, stage_id: int) -> None:
    """End a stage by itself, and its event, unless it is another one by now or a host came back."""
    async with state.lock:
        stage = state.stages.get(channel_id)
        if ctx.guilds.get(state.id) is not state or stage is None or stage.id != stage_id:
            return
        if not stage_hosts.has_host(ctx, state, stage):
            await write(ctx, stage_steps.gone(ctx, state, stage), *_concluded(ctx, state, stage))


def require_host(ctx: Context, actor: Actor, channel_id: int) -> tuple[GuildState, ChannelRow, StageRow]:
    """Find a stage that the actor hosts: else as `_require_moderator`, or 10067 where a moderator finds it not live."""
    state, channel, _ = require_channel(ctx, actor, channel_id)
    stage = state.stages.get(channel.id)
    if stage is None or not stage_hosts.hosts(ctx, state, stage, actor.user_id):
        _require_moderator(ctx, actor, channel_id)
    return state, channel, find_room(state, channel.id)


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


def _planned(
    ctx: Context, actor: Actor, state: GuildState, channel: ChannelRow, event_id: Snowflake | UnsetType | None
) -> ScheduledEventRow | None:
    """The event that begins with a stage: one that is planned there, and that the actor may change. Raises 10070, 50013."""
    if not isinstance(event_id, int):
        return None
    row = ctx.scheduled_events.get(event_id)
    if row is None or (row.guild_id, row.channel_id) != (state.id, channel.id) or row.status != EventStatus.SCHEDULED:
        raise errors.unknown_scheduled_event()
    require_hosting(ctx, actor, row)
    return row


def _require_level(level: int | UnsetType | None) -> None:
    if level not in (UNSET, None, GUILD_ONLY):
        raise errors.invalid_field("privacy_level", "BASE_TYPE_CHOICES", f"Value must be one of {{{GUILD_ONLY}}}.")
