"""Threads: beginning, changing and deleting them."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.channel import Channel, ChannelType
from tuichat.protocol.message import Message, MessageFlag, MessageType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.thread import CreateThreadRequest
from tuichat.server.actions import audit, errors, fields, message_objects, thread_steps, wire
from tuichat.server.actions.access import Place, require_place, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.step import Step, write
from tuichat.server.actions.thread_activity import require_room
from tuichat.server.store.channel_rows import ChannelRow, ThreadFields
from tuichat.server.store.message_rows import MessageRow, ReferenceRow

NAME_CHARACTERS = (1, 100)
AUTO_ARCHIVE_MINUTES = (60, 1440, 4320, 10_080)
DEFAULT_AUTO_ARCHIVE_MINUTES = 4320
MAX_SLOWMODE_S = 21_600
_BESIDE_A_MESSAGE = {
    ChannelType.TEXT: ChannelType.PUBLIC_THREAD,
    ChannelType.ANNOUNCEMENT: ChannelType.ANNOUNCEMENT_THREAD,
}
_STANDALONE = {
    ChannelType.TEXT: (ChannelType.PUBLIC_THREAD, ChannelType.PRIVATE_THREAD),
    ChannelType.ANNOUNCEMENT: (ChannelType.ANNOUNCEMENT_THREAD,),
}
_BEGUN_FROM = frozenset({MessageType.DEFAULT, MessageType.REPLY, 20, 23})  # also what commands were answered with

KEYS: audit.Keys = (
    ("name", lambda row: row.name),
    ("type", lambda row: int(row.type)),
    ("archived", lambda row: row.thread.is_archived),
    ("locked", lambda row: row.thread.is_locked),
    ("auto_archive_duration", lambda row: row.thread.auto_archive_minutes),
    ("rate_limit_per_user", lambda row: row.rate_limit_s),
    ("flags", lambda row: int(row.flags)),
    ("applied_tags", lambda row: [str(int(tag_id)) for tag_id in row.thread.tag_ids]),
    ("invitable", lambda row: row.thread.is_invitable if row.type == ChannelType.PRIVATE_THREAD else None),
)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a new thread is to be like, checked field by field already."""

    name: str
    auto_archive_minutes: int
    rate_limit_s: int
    is_invitable: bool = True


async def start_from_message(
    ctx: Context, actor: Actor, channel_id: int, message_id: int, request: CreateThreadRequest
) -> Channel:
    """Begin a thread at a message of a text or announcement channel: CREATE_PUBLIC_THREADS, READ_MESSAGE_HISTORY.

    It has the message's id. Raises ActionError 160004 when the message has a thread, 50068 for a system message, 160006
    when the guild has as many active threads as it may.
    """
    needed = (Permissions.CREATE_PUBLIC_THREADS, Permissions.READ_MESSAGE_HISTORY)
    place, state = _require_parent(ctx, actor, channel_id, *needed)
    kind = _BESIDE_A_MESSAGE.get(ChannelType(place.channel.type))
    if kind is None:
        raise errors.wrong_channel_type()
    async with state.lock:
        require_still(ctx, state)
        message = await ctx.store.read_message(channel_id, message_id)
        place, _ = _require_parent(ctx, actor, channel_id, *needed)
        settings = settings_of(request, place.channel)
        if message is None:
            raise errors.unknown_message()
        if message.type not in _BEGUN_FROM:
            raise errors.bad_request(ErrorCode.INVALID_MESSAGE_TYPE, "Cannot execute action on this message type")
        if message.id in state.threads:
            raise errors.bad_request(ErrorCode.THREAD_EXISTS, "A thread has already been created for this message")
        require_room(state)
        check_slowmode(ctx, actor, place)
        row = new_row(ctx, actor.user_id, place, message.id, kind, settings)
        starter = MessageRow(
            id=ctx.next_id(),
            channel_id=row.id,
            author_id=message.author_id,
            type=MessageType.THREAD_STARTER_MESSAGE,
            reference=ReferenceRow(message_id=message.id, channel_id=place.channel.id, guild_id=state.id),
            extras=message.extras,
        )
        await write(
            ctx,
            thread_steps.appear(ctx, state, row, [actor.user_id]),
            thread_steps.notice(ctx, state, row, starter, message),
            _told_at_message(ctx, place, row, message),
            created_entry(ctx, actor, state, row),
        )
        note_slowmode(ctx, actor, place)
    return wire.thread(state, row, viewer_id=actor.user_id)


async def start_standalone(ctx: Context, actor: Actor, channel_id: int, request: CreateThreadRequest) -> Channel:
    """Begin a thread beside no message: CREATE_PUBLIC_THREADS, or CREATE_PRIVATE_THREADS for a private one.

    A public one is announced by a message in its channel. Raises ActionError 50024 where no threads stand, 50035 for a
    kind that the channel does not have, 160006 when the guild has as many active threads as it may.
    """
    kind = ChannelType.PRIVATE_THREAD if request.type in (UNSET, None) else request.type
    is_private = kind == ChannelType.PRIVATE_THREAD
    needed = Permissions.CREATE_PRIVATE_THREADS if is_private else Permissions.CREATE_PUBLIC_THREADS
    place, state = _require_parent(ctx, actor, channel_id)
    possible = _STANDALONE.get(ChannelType(place.channel.type))
    if possible is None:
        raise errors.wrong_channel_type()
    if kind not in possible:
        raise errors.invalid_field("type", "BASE_TYPE_CHOICES", f"Value must be one of {tuple(map(int, possible))}.")
    async with state.lock:
        require_still(ctx, state)
        place, _ = _require_parent(ctx, actor, channel_id, needed)
        settings = settings_of(request, place.channel)
        require_room(state)
        check_slowmode(ctx, actor, place)
        row = new_row(ctx, actor.user_id, place, ctx.next_id(), ChannelType(int(kind)), settings)
        steps = [thread_steps.appear(ctx, state, row, [actor.user_id])]
        if not is_private:
            announcement = MessageRow(
                id=ctx.next_id(),
                channel_id=place.channel.id,
                author_id=actor.user_id,
                type=MessageType.THREAD_CREATED,
                content=row.name,
                reference=ReferenceRow(channel_id=row.id, guild_id=state.id),
            )
            steps.append(thread_steps.notice(ctx, state, place.channel, announcement))
        await write(ctx, *steps, created_entry(ctx, actor, state, row))
        note_slowmode(ctx, actor, place)
    return wire.thread(state, row, viewer_id=actor.user_id)


async def get_thread(ctx: Context, actor: Actor, thread_id: int) -> Channel:
    place, state = require_thread(ctx, actor, thread_id)
    return wire.thread(state, place.channel, viewer_id=actor.user_id)


async def delete_thread(ctx: Context, actor: Actor, thread_id: int) -> Channel:
    """Delete a thread with its messages: MANAGE_THREADS."""
    _, state = require_thread(ctx, actor, thread_id, Permissions.MANAGE_THREADS)
    async with state.lock:
        require_still(ctx, state)
        place, _ = require_thread(ctx, actor, thread_id, Permissions.MANAGE_THREADS)
        shown = wire.thread(state, place.channel, viewer_id=actor.user_id)
        changes = audit.changes(KEYS, place.channel, None)
        put, told = audit.entry(ctx, actor, state, AuditAction.THREAD_DELETE, place.channel.id, changes=changes)
        await write(ctx, thread_steps.vanish(ctx, state, place.channel), Step([put], [told]))
    return shown


def require_thread(ctx: Context, actor: Actor, thread_id: int, *needed: Permissions) -> tuple[Place, GuildState]:
    """Find a thread where the actor has each of the permissions: as `require_place`, and 50024 for another channel."""
    place = require_place(ctx, actor, thread_id, *needed)
    if place.guild is None or place.channel.thread is None:
        raise errors.wrong_channel_type()
    return place, place.guild


def _require_parent(ctx: Context, actor: Actor, channel_id: int, *needed: Permissions) -> tuple[Place, GuildState]:
    place = require_place(ctx, actor, channel_id, *needed)
    if place.guild is None or place.channel.thread is not None:
        raise errors.wrong_channel_type()
    return place, place.guild


def settings_of(request: CreateThreadRequest, parent: ChannelRow) -> Settings:
    minutes = request.auto_archive_duration or parent.default_auto_archive_minutes or DEFAULT_AUTO_ARCHIVE_MINUTES
    rate_limit_s = request.rate_limit_per_user
    return Settings(
        name=fields.require_name("name", request.name, *NAME_CHARACTERS),
        auto_archive_minutes=require_minutes("auto_archive_duration", minutes),
        rate_limit_s=parent.default_thread_rate_limit_s
        if isinstance(rate_limit_s, UnsetType) or rate_limit_s is None
        else fields.require_range("rate_limit_per_user", rate_limit_s, 0, MAX_SLOWMODE_S),
        is_invitable=request.invitable is not False,
    )


def require_minutes(field: str, minutes: int) -> int:
    if minutes not in AUTO_ARCHIVE_MINUTES:
        raise errors.invalid_field(field, "BASE_TYPE_CHOICES", f"Value must be one of {AUTO_ARCHIVE_MINUTES}.")
    return minutes


def new_row(
    ctx: Context,
    owner_id: Snowflake,
    place: Place,
    thread_id: Snowflake,
    kind: ChannelType,
    settings: Settings,
    tag_ids: tuple[Snowflake, ...] = (),
) -> ChannelRow:
    now_ms = ctx.now_ms()
    return ChannelRow(
        id=thread_id,
        type=kind,
        guild_id=place.channel.guild_id,
        name=settings.name,
        parent_id=place.channel.id,
        rate_limit_s=settings.rate_limit_s,
        owner_id=owner_id,
        thread=ThreadFields(
            created_ms=now_ms,
            changed_ms=now_ms,
            auto_archive_minutes=settings.auto_archive_minutes,
            is_invitable=settings.is_invitable if kind is ChannelType.PRIVATE_THREAD else True,
            tag_ids=tag_ids,
        ),
    )


def _told_at_message(ctx: Context, place: Place, row: ChannelRow, message: MessageRow) -> Step:
    """MESSAGE_UPDATE of the message that a thread begins at."""
    assert place.guild is not None
    shown: Message = msgspec.structs.replace(
        message_objects.message(ctx, place.guild, message),
        flags=message.flags | MessageFlag.HAS_THREAD,
        thread=msgspec.structs.replace(wire.thread(place.guild, row), member_count=1),
    )
    return Step([], [message_objects.updated(ctx, place, message, shown)])


def created_entry(ctx: Context, actor: Actor, state: GuildState, row: ChannelRow) -> Step:
    put, told = audit.entry(
        ctx, actor, state, AuditAction.THREAD_CREATE, row.id, changes=audit.changes(KEYS, None, row), channel=row
    )
    return Step([put], [told])


def check_slowmode(ctx: Context, actor: Actor, place: Place) -> None:
    """A slow channel lets each member begin one thread in its interval."""
    exempt = Permissions.MANAGE_MESSAGES | Permissions.MANAGE_CHANNELS | Permissions.BYPASS_SLOWMODE
    if not place.channel.rate_limit_s or place.granted & exempt:
        return
    wait_ms = ctx.thread_slowmode.wait_ms(place.channel.id, actor.user_id, place.channel.rate_limit_s, ctx.now_ms())
    if wait_ms:
        raise errors.slow_down(
            ErrorCode.SLOWMODE, "This action cannot be performed due to slowmode rate limit.", wait_ms / 1000
        )


def note_slowmode(ctx: Context, actor: Actor, place: Place) -> None:
    if place.channel.rate_limit_s:
        ctx.thread_slowmode.note(place.channel.id, actor.user_id, ctx.now_ms())
