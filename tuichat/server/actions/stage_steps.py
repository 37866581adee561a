"""What a write takes to open a stage, change it or end it: Discord's stage instance and the live room that it is, as one."""

import msgspec

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.live_room import MAX_HOSTS, Hands, LiveRoomCreate, LiveRoomDelete, LiveRoomUpdate
from tuichat.protocol.message import MessageType
from tuichat.protocol.permissions import ALL
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import audit, followed_live, voice_states
from tuichat.server.actions.access import Place
from tuichat.server.actions.announcing import announce
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.room_fields import RoomFields
from tuichat.server.actions.stage_doors import may_ask
from tuichat.server.actions.stage_objects import room_as, shown
from tuichat.server.actions.step import Step
from tuichat.server.actions.voice_seats import Seat
from tuichat.server.actions.voice_telling import counts
from tuichat.server.bus import Event, event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import Put, Remove
from tuichat.server.store.stage_rows import StageRow
from tuichat.server.store.store import Apply


def opened(
    ctx: Context,
    actor: Actor,
    state: GuildState,
    channel: ChannelRow,
    about: RoomFields,
    *,
    mentions_everyone: bool = False,
    event_id: Snowflake | None = None,
) -> tuple[StageRow, list[Step]]:
    """A stage that goes live. Who starts it is its first host, and speaks at once where it is in the channel (a bot says so
    itself, as on Discord); co-hosts of its event are the next ones."""
    blank = StageRow(
        id=ctx.next_id(),
        guild_id=state.id,
        channel_id=channel.id,
        topic=about.topic,
        guild_scheduled_event_id=event_id,
        starter_id=actor.user_id,
        host_ids=tuple(dict.fromkeys((actor.user_id, *_cohosts(ctx, event_id))))[:MAX_HOSTS],
    )
    stage = about.of(blank)
    told = [
        event("STAGE_INSTANCE_CREATE", shown(stage), guild_id=state.id, channel_id=channel.id),
        event(
            "TUICHAT_LIVE_ROOM_CREATE",
            room_as(LiveRoomCreate, stage, counts(ctx, state.id, channel.id)),
            guild_id=state.id,
            channel_id=channel.id,
        ),
    ]

    def begin() -> None:
        followed_live.tell_started(ctx, state, stage)
        seat = ctx.voice_seats.get(state.id, actor.user_id)
        if seat is not None and seat.channel_id == stage.channel_id and not actor.is_bot:
            voice_states.settle(ctx, msgspec.structs.replace(seat, is_speaker=True, asked_ms=None))

    said = _said(ctx, actor, state, channel, MessageType.STAGE_START, stage.topic, mentions_everyone=mentions_everyone)
    noted = _noted(ctx, actor, state, AuditAction.STAGE_INSTANCE_CREATE, None, stage)
    return stage, [Step([Put(stage)], told, _remembering(state, stage), begin), noted, said]


def changed(
    ctx: Context, actor: Actor, state: GuildState, channel: ChannelRow, before: StageRow, after: StageRow
) -> list[Step]:
    """A stage that is about something else, or has others who may do something there; nothing where it is the same."""
    if after == before:
        return []
    told: list[Event] = []
    if shown(after) != shown(before):
        told.append(event("STAGE_INSTANCE_UPDATE", shown(after), guild_id=state.id, channel_id=channel.id))
    if room_as(LiveRoomUpdate, after) != room_as(LiveRoomUpdate, before):
        update = room_as(LiveRoomUpdate, after, counts(ctx, state.id, channel.id))
        told.append(event("TUICHAT_LIVE_ROOM_UPDATE", update, guild_id=state.id, channel_id=channel.id))

    def lower_hands() -> None:
        may_differ = (after.hands, after.host_ids) != (before.hands, before.host_ids)
        for seat in _seats(ctx, after) if may_differ and after.hands != Hands.ALL else ():
            is_up = seat.asked_ms is not None and not seat.is_speaker
            if is_up and not may_ask(ctx, state, after, seat.user_id):
                voice_states.settle(ctx, msgspec.structs.replace(seat, asked_ms=None))

    parts = [Step([Put(after)], told, _remembering(state, after), lower_hands)]
    if after.topic != before.topic:
        parts.append(_noted(ctx, actor, state, AuditAction.STAGE_INSTANCE_UPDATE, before, after))
        parts.append(_said(ctx, actor, state, channel, MessageType.STAGE_TOPIC, after.topic))
    return parts


def closed(ctx: Context, actor: Actor | None, state: GuildState, channel: ChannelRow, stage: StageRow) -> list[Step]:
    """A stage that somebody ends; `actor` None: that ends by itself."""
    ended = gone(ctx, state, stage)
    if actor is None:
        return [ended]
    noted = _noted(ctx, actor, state, AuditAction.STAGE_INSTANCE_DELETE, stage, None)
    return [ended, noted, _said(ctx, actor, state, channel, MessageType.STAGE_END, stage.topic)]


def gone(ctx: Context, state: GuildState, stage: StageRow) -> Step:
    """A stage that is live no more. All who are in its channel are of the audience again, and nobody asks for anything."""
    deleted = LiveRoomDelete(id=stage.id, guild_id=stage.guild_id, channel_id=stage.channel_id)
    told = [
        event("STAGE_INSTANCE_DELETE", shown(stage), guild_id=state.id, channel_id=stage.channel_id),
        event("TUICHAT_LIVE_ROOM_DELETE", deleted, guild_id=state.id, channel_id=stage.channel_id),
    ]

    def forget() -> None:
        state.stages.pop(stage.channel_id, None)
        ctx.told_rooms.forget(stage.channel_id)

    def let_all_listen() -> None:
        for seat in _seats(ctx, stage):
            down = msgspec.structs.replace(seat, is_speaker=False, asked_ms=None, is_muted_by_host=False)
            if down != seat:
                voice_states.settle(ctx, down)

    return Step([Remove(stage)], told, forget, let_all_listen)


def _cohosts(ctx: Context, event_id: Snowflake | None) -> tuple[Snowflake, ...]:
    planned = ctx.scheduled_events.get(event_id or 0)
    return () if planned is None else planned.cohost_ids


def _seats(ctx: Context, stage: StageRow) -> list[Seat]:
    return ctx.voice_seats.in_channel(stage.guild_id, stage.channel_id)


def _remembering(state: GuildState, stage: StageRow) -> Apply:
    def remember() -> None:
        state.stages[stage.channel_id] = stage

    return remember


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
