"""Stages that are live: with a topic, until a moderator ends them or the last one leaves. They end with the server, too."""

from collections.abc import Callable

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.message import MessageType
from tuichat.protocol.permissions import ALL, Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.stage import GUILD_ONLY, CreateStageRequest, EditStageRequest, StageInstance
from tuichat.server.actions import audit, errors, fields
from tuichat.server.actions.access import Place, require_channel, require_still
from tuichat.server.actions.announcing import announce
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.step import Step, write
from tuichat.server.bus import Event, event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.message_rows import MessageRow

TOPIC_CHARACTERS = (1, 120)
_MODERATOR = (Permissions.MANAGE_CHANNELS, Permissions.MUTE_MEMBERS, Permissions.MOVE_MEMBERS)


async def open_stage(ctx: Context, actor: Actor, request: CreateStageRequest) -> StageInstance:
    """Take a stage live: for its moderators, who manage it, mute and move people. Raises ActionError 150006 where it is."""
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
        stage = StageInstance(id=ctx.next_id(), guild_id=state.id, channel_id=channel.id, topic=topic)

        def remember() -> None:
            state.stages[channel.id] = stage

        await write(
            ctx,
            _told("STAGE_INSTANCE_CREATE", stage, remember),
            _noted(ctx, actor, state, AuditAction.STAGE_INSTANCE_CREATE, None, stage),
            _said(
                ctx,
                actor,
                state,
                channel,
                MessageType.STAGE_START,
                topic,
                mentions_everyone=request.send_start_notification is True,
            ),
        )
    return stage


async def get_stage(ctx: Context, actor: Actor, channel_id: int) -> StageInstance:
    state, channel, _ = require_channel(ctx, actor, channel_id)
    return _find(state, channel)


async def edit_stage(ctx: Context, actor: Actor, channel_id: int, request: EditStageRequest) -> StageInstance:
    """Change what a stage is about."""
    state, _ = _require_moderator(ctx, actor, channel_id)
    _require_level(request.privacy_level)
    async with state.lock:
        require_still(ctx, state)
        state, channel = _require_moderator(ctx, actor, channel_id)
        stage = changed = _find(state, channel)
        if isinstance(request.topic, str):
            topic = fields.require_length("topic", request.topic, *TOPIC_CHARACTERS)
            changed = msgspec.structs.replace(stage, topic=topic)

        def remember() -> None:
            state.stages[channel.id] = changed

        if changed != stage:
            await write(
                ctx,
                _told("STAGE_INSTANCE_UPDATE", changed, remember),
                _noted(ctx, actor, state, AuditAction.STAGE_INSTANCE_UPDATE, stage, changed),
                _said(ctx, actor, state, channel, MessageType.STAGE_TOPIC, changed.topic),
            )
    return changed


async def close_stage(ctx: Context, actor: Actor, channel_id: int) -> None:
    """End a stage; who is in it stays in voice."""
    state, _ = _require_moderator(ctx, actor, channel_id)
    async with state.lock:
        require_still(ctx, state)
        state, channel = _require_moderator(ctx, actor, channel_id)
        stage = _find(state, channel)

        def forget() -> None:
            state.stages.pop(channel.id, None)

        await write(
            ctx,
            _told("STAGE_INSTANCE_DELETE", stage, forget),
            _noted(ctx, actor, state, AuditAction.STAGE_INSTANCE_DELETE, stage, None),
            _said(ctx, actor, state, channel, MessageType.STAGE_END, stage.topic),
        )


def end_empty(ctx: Context, state: GuildState, channel_id: int) -> None:
    """The last one left a stage: it is live no more."""
    stage = state.stages.pop(channel_id, None)
    if stage is not None:
        ctx.bus.publish(_event("STAGE_INSTANCE_DELETE", stage))


def _require_moderator(ctx: Context, actor: Actor, channel_id: int) -> tuple[GuildState, ChannelRow]:
    state, channel, granted = require_channel(ctx, actor, channel_id)
    if channel.type != ChannelType.STAGE:
        raise errors.wrong_channel_type()
    if any(not granted & needed for needed in _MODERATOR):
        raise errors.missing_permissions()
    return state, channel


def _require_level(level: int | UnsetType | None) -> None:
    if level not in (UNSET, None, GUILD_ONLY):
        raise errors.invalid_field("privacy_level", "BASE_TYPE_CHOICES", f"Value must be one of {{{GUILD_ONLY}}}.")


def _find(state: GuildState, channel: ChannelRow) -> StageInstance:
    stage = state.stages.get(channel.id)
    if stage is None:
        raise errors.unknown_stage()
    return stage


def _event(name: str, stage: StageInstance) -> Event:
    return event(name, stage, guild_id=stage.guild_id, channel_id=stage.channel_id)


def _told(name: str, stage: StageInstance, change: Callable[[], None]) -> Step:
    return Step([], [_event(name, stage)], change)


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
    before: StageInstance | None,
    after: StageInstance | None,
) -> Step:
    stage = after or before
    assert stage is not None
    changes = audit.changes(audit.STAGE_KEYS, before, after)
    options = {"channel_id": str(int(stage.channel_id))}
    put, told = audit.entry(ctx, actor, state, action, stage.id, changes=changes, options=options)
    return Step([put], [told])
