"""Read states: how far somebody has read a channel, and seen its pins."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol.channel import POST_CHANNELS
from tuichat.protocol.dispatch.read_state import (
    ChannelPinsAck,
    GuildFeatureAck,
    MessageAck,
    ReadState,
    UserNonChannelAck,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import errors, fields
from tuichat.server.actions.access import require_guild, require_place
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.notice_cache import SUPPRESS_EVERYONE, SUPPRESS_ROLES
from tuichat.server.bus import Event, event
from tuichat.server.store.operations import DeleteReadState, MarkPinsRead, MarkRead, Put, Remove
from tuichat.server.store.rows import ReadStateRow
from tuichat.server.store.social_rows import FeatureReadRow

MAX_BULK_ACKS = 100
MAX_MENTIONS = 2**31 - 1
CHANNEL = 0  # types of read states (discord-userdoccers, "Read State Type")
MAX_KIND = 100
OF_GUILDS = frozenset({1, 3, 4})  # scheduled events, home, onboarding
OF_USERS = frozenset({2, 5})  # notifications, message requests
FLAGS = (0, 0b111)
DAYS = (0, 2**20)


class Ack(msgspec.Struct, frozen=True, kw_only=True):
    """What a client says with an acknowledgement; `mention_count` counts for a manual one alone."""

    is_manual: bool = False
    mention_count: int | None = None
    flags: int | None = None
    last_viewed: int | None = None


async def ack_message(ctx: Context, actor: Actor, channel_id: int, message_id: int, ack: Ack = Ack()) -> None:  # noqa: B008
    """Note that the actor has read a channel up to a message, and tell its sessions.

    Mentions after it are counted anew, so that one which arrives at the same instant is not lost; a manual one says itself
    how many there are, as Discord has it.
    """
    _require_person(actor)
    if ack.mention_count is not None:
        fields.require_range("mention_count", ack.mention_count, 0, MAX_MENTIONS)
    if ack.flags is not None:
        fields.require_range("flags", ack.flags, *FLAGS)
    if ack.last_viewed is not None:
        fields.require_range("last_viewed", ack.last_viewed, *DAYS)
    mark = msgspec.structs.replace(
        _mark(ctx, actor, channel_id, message_id),
        mention_count=ack.mention_count if ack.is_manual else None,
        flags=ack.flags,
        last_viewed=ack.last_viewed,
    )
    await ctx.store.mark_read([mark], lambda mark, count: _told(actor, mark, count, is_manual=ack.is_manual))


async def ack_messages(ctx: Context, actor: Actor, read: Sequence[tuple[int, int, int]]) -> None:
    """Note how far the actor has read each of up to 100 channels (type, channel id, message id), all at once.

    Other types are those of what is no channel. What is gone, or what the actor may not see any more, is passed over:
    whoever asks cannot know yet.
    """
    _require_person(actor)
    if len(read) > MAX_BULK_ACKS:
        raise errors.too_long("read_states", MAX_BULK_ACKS)
    marks: dict[int, MarkRead] = {}
    for kind, resource_id, entity_id in read:
        try:
            if kind == CHANNEL:
                marks[resource_id] = _mark(ctx, actor, resource_id, entity_id)
            elif kind in OF_USERS:
                await ack_own_feature(ctx, actor, kind, entity_id)
            else:
                await ack_feature(ctx, actor, kind, resource_id, entity_id)
        except errors.ActionError:
            continue
    if marks:
        await _write(ctx, actor, list(marks.values()))


async def ack_guild(ctx: Context, actor: Actor, guild_id: int) -> None:
    """Note that the actor has read all that it sees in a guild."""
    _require_person(actor)
    require_guild(ctx, actor, guild_id)
    known = {row.channel_id: row for row in await ctx.store.read_states(actor.user_id)}
    state = require_guild(ctx, actor, guild_id)
    marks = [
        _mark(ctx, actor, channel_id, last_id)
        for channel_id, last_id in state.last_message_ids.items()
        if state.can_view(actor.user_id, channel_id) and _is_unread(known.get(Snowflake(channel_id)), last_id)
    ]
    if marks:
        await _write(ctx, actor, marks)


async def ack_pins(ctx: Context, actor: Actor, channel_id: int) -> None:
    """Note that the actor has seen a channel's pins, and tell its sessions. Nothing happens where there are none."""
    _require_person(actor)
    place = require_place(ctx, actor, channel_id)
    fields.require_written_in(place.channel)
    pins = await ctx.store.read_pins(channel_id, limit=1)
    if not pins or pins[0].pinned_ms is None:
        return
    pinned_ms = pins[0].pinned_ms
    version = ctx.versions.take(ctx.now_ms())
    mark = MarkPinsRead(user_id=actor.user_id, channel_id=place.channel.id, pinned_ms=pinned_ms, version=version)
    payload = ChannelPinsAck(channel_id=place.channel.id, timestamp=format_timestamp(pinned_ms), version=version)
    await ctx.store.write([mark], [event("CHANNEL_PINS_ACK", payload, user_ids=[actor.user_id])])


async def ack_feature(ctx: Context, actor: Actor, kind: int, guild_id: int, entity_id: int) -> None:
    """Note how far the actor has seen something of a guild that is no channel, such as its scheduled events."""
    _require_person(actor)
    require_guild(ctx, actor, guild_id)
    _require_kind(kind, OF_GUILDS)
    row = _feature(ctx, actor, kind, guild_id, entity_id)
    payload = GuildFeatureAck(
        ack_type=kind, resource_id=row.resource_id, entity_id=row.last_acked_id, version=row.version
    )
    await ctx.store.write([Put(row)], [event("GUILD_FEATURE_ACK", payload, user_ids=[actor.user_id])])


async def ack_own_feature(ctx: Context, actor: Actor, kind: int, entity_id: int) -> None:
    """Note how far the actor has seen something of its own that is no channel, such as requests to write to it."""
    _require_person(actor)
    _require_kind(kind, OF_USERS)
    row = _feature(ctx, actor, kind, actor.user_id, entity_id)
    payload = UserNonChannelAck(
        ack_type=kind, resource_id=row.resource_id, entity_id=row.last_acked_id, version=row.version
    )
    await ctx.store.write([Put(row)], [event("USER_NON_CHANNEL_ACK", payload, user_ids=[actor.user_id])])


def _require_kind(kind: int, kinds: frozenset[int]) -> None:
    if kind not in kinds:
        choices = tuple(sorted(kinds))
        raise errors.invalid_field("read_state_type", "BASE_TYPE_CHOICES", f"Value must be one of {choices}.")


def _feature(ctx: Context, actor: Actor, kind: int, resource_id: int, entity_id: int) -> FeatureReadRow:
    return FeatureReadRow(
        user_id=actor.user_id,
        resource_id=Snowflake(resource_id),
        type=kind,
        last_acked_id=Snowflake(entity_id),
        version=ctx.versions.take(ctx.now_ms()),
    )


async def forget(ctx: Context, actor: Actor, resource_id: int, kind: int = CHANNEL) -> None:
    """Forget how far the actor has read something."""
    _require_person(actor)
    fields.require_range("read_state_type", kind, CHANNEL, MAX_KIND)
    if kind == CHANNEL:
        await ctx.store.write([DeleteReadState(actor.user_id, Snowflake(resource_id))])
    else:
        row = FeatureReadRow(
            user_id=actor.user_id, resource_id=Snowflake(resource_id), type=kind, last_acked_id=Snowflake(0)
        )
        await ctx.store.write([Remove(row)])


def shown(row: ReadStateRow) -> ReadState:
    return ReadState(
        id=row.channel_id,
        last_message_id=row.last_message_id,
        mention_count=row.mention_count,
        last_pin_timestamp=UNSET if row.last_pin_ms is None else format_timestamp(row.last_pin_ms),
        flags=UNSET if row.flags is None else row.flags,
        last_viewed=UNSET if row.last_viewed is None else row.last_viewed,
    )


def shown_feature(row: FeatureReadRow) -> ReadState:
    return ReadState(id=row.resource_id, read_state_type=row.type, last_acked_id=row.last_acked_id, badge_count=0)


def _is_unread(row: ReadStateRow | None, last_id: int) -> bool:
    return row is None or row.last_message_id is None or row.last_message_id < last_id or row.mention_count > 0


def _mark(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> MarkRead:
    """What is written for the actor's reading of a channel, with all that decides which later messages mention it."""
    place = require_place(ctx, actor, channel_id)
    if place.channel.type not in POST_CHANNELS:  # a forum is read up to its newest post
        fields.require_written_in(place.channel)
    user_id, channel, now_ms = actor.user_id, place.channel.id, ctx.now_ms()
    version, ignored_ids = ctx.versions.take(now_ms), ctx.relations.unheard_ids(user_id)
    if place.guild is None:
        return MarkRead(
            user_id,
            channel,
            message_id,
            version=version,
            counts_all=not ctx.notices.is_muted(user_id, channel, now_ms),
            ignored_ids=ignored_ids,
        )
    is_quiet = ctx.notices.suppresses(place.guild.id, user_id, SUPPRESS_ROLES)
    return MarkRead(
        user_id,
        channel,
        message_id,
        () if is_quiet else tuple(place.guild.members[user_id].role_ids),
        version=version,
        skips_everyone=ctx.notices.suppresses(place.guild.id, user_id, SUPPRESS_EVERYONE),
        ignored_ids=ignored_ids,
    )


async def _write(ctx: Context, actor: Actor, marks: Sequence[MarkRead]) -> None:
    await ctx.store.mark_read(marks, lambda mark, count: _told(actor, mark, count))


def _told(actor: Actor, mark: MarkRead, count: int, *, is_manual: bool = False) -> Event:
    payload = MessageAck(
        channel_id=Snowflake(mark.channel_id),
        message_id=Snowflake(mark.message_id),
        mention_count=count,
        version=mark.version,
        manual=True if is_manual else UNSET,
        flags=UNSET if mark.flags is None else mark.flags,
        last_viewed=UNSET if mark.last_viewed is None else mark.last_viewed,
    )
    return event("MESSAGE_ACK", payload, user_ids=[actor.user_id])


def _require_person(actor: Actor) -> None:
    if actor.is_bot:
        raise errors.bots_cannot()
