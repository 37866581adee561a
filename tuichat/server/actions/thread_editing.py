"""Changing threads: who may change what, and what a change does to a thread that is archived or locked."""

import msgspec
from msgspec import UNSET

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.channel import POST_CHANNELS, Channel, ChannelFlags, ChannelType
from tuichat.protocol.message import MessageType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import EditChannelRequest
from tuichat.protocol.rest.error import ErrorCode
from tuichat.server.actions import audit, errors, fields, post_tags, thread_steps, wire
from tuichat.server.actions.access import Place, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.step import Step, write
from tuichat.server.actions.thread_activity import require_room
from tuichat.server.actions.threads import KEYS, MAX_SLOWMODE_S, NAME_CHARACTERS, require_minutes, require_thread
from tuichat.server.store.channel_rows import ChannelRow, ThreadFields
from tuichat.server.store.message_rows import MessageRow

MAX_PINNED = 1  # posts of one forum


async def edit_thread(ctx: Context, actor: Actor, thread_id: int, request: EditChannelRequest) -> Channel:
    """Change a thread.

    Its owner may change the name, archive it, its archive duration, who may bring others in, and its tags, unless it is
    locked; all else needs MANAGE_THREADS, and bringing it back, unless it is locked, SEND_MESSAGES_IN_THREADS. Raises
    ActionError 50083 for an archived thread that is not brought back by this, 160005 for a locked one, 30047 for a
    second pinned post.
    """
    _, state = require_thread(ctx, actor, thread_id)
    async with state.lock:
        require_still(ctx, state)
        place, _ = require_thread(ctx, actor, thread_id)
        row = place.channel
        changed = _changed(ctx, actor, place, state, request)
        if changed == row:
            return wire.thread(state, row, viewer_id=actor.user_id)
        assert row.thread is not None
        assert changed.thread is not None
        if row.thread.is_archived and not changed.thread.is_archived:
            require_room(state)
        steps = [thread_steps.change(ctx, state, changed)]
        if changed.name != row.name:
            renamed = MessageRow(
                id=ctx.next_id(),
                channel_id=row.id,
                author_id=actor.user_id,
                type=MessageType.CHANNEL_NAME_CHANGE,
                content=changed.name,
            )
            steps.append(thread_steps.notice(ctx, state, changed, renamed))
        put, told = audit.entry(
            ctx, actor, state, AuditAction.THREAD_UPDATE, row.id, changes=audit.changes(KEYS, row, changed)
        )
        await write(ctx, *steps, Step([put], [told]))
    return wire.thread(state, changed, viewer_id=actor.user_id)


def _changed(ctx: Context, actor: Actor, place: Place, state: GuildState, request: EditChannelRequest) -> ChannelRow:
    """Apply an edit, each field checked and permitted."""
    row, thread = place.channel, place.channel.thread
    assert thread is not None
    _permit(actor, place, thread, request)
    changes: dict[str, object] = {}
    own: dict[str, object] = {}
    if isinstance(request.name, str):
        changes["name"] = fields.require_name("name", request.name, *NAME_CHARACTERS)
    if request.rate_limit_per_user is not UNSET:
        changes["rate_limit_s"] = fields.require_range(
            "rate_limit_per_user", request.rate_limit_per_user or 0, 0, MAX_SLOWMODE_S
        )
    if isinstance(request.archived, bool) and request.archived != thread.is_archived:
        own |= {"is_archived": request.archived, "changed_ms": ctx.now_ms()}
    if isinstance(request.auto_archive_duration, int):
        minutes = require_minutes("auto_archive_duration", request.auto_archive_duration)
        if minutes != thread.auto_archive_minutes:
            own |= {"auto_archive_minutes": minutes, "changed_ms": ctx.now_ms()}
    if isinstance(request.locked, bool):
        own["is_locked"] = request.locked
    if isinstance(request.invitable, bool):
        if row.type != ChannelType.PRIVATE_THREAD:
            raise errors.invalid_field("invitable", "BASE_TYPE_CHOICES", "Only private threads have this.")
        own["is_invitable"] = request.invitable
    if isinstance(request.flags, int):
        changes["flags"] = _flags(state, row, request.flags)
    parent = state.channels.get(row.parent_id or 0)
    if request.applied_tags is not UNSET and parent is not None and parent.type in POST_CHANNELS:
        own["tag_ids"] = post_tags.checked(parent, request.applied_tags or [], thread.tag_ids, place.granted)
    if own.get("is_archived"):
        changes["flags"] = row.flags & ~ChannelFlags.PINNED
    return msgspec.structs.replace(row, **changes, thread=msgspec.structs.replace(thread, **own))


def _permit(actor: Actor, place: Place, thread: ThreadFields, request: EditChannelRequest) -> None:
    """Raise when the actor may not change these fields of this thread as it is."""
    manages = bool(place.granted & Permissions.MANAGE_THREADS)
    brings_back = thread.is_archived and request.archived is False
    owned = (request.name, request.auto_archive_duration, request.invitable, request.applied_tags)
    wants_owned = any(field is not UNSET for field in owned) or request.archived is True
    wants_more = any(field is not UNSET for field in (request.locked, request.rate_limit_per_user, request.flags))
    if thread.is_archived and not brings_back and (wants_owned or wants_more):
        raise errors.thread_archived()
    if manages:
        return
    if wants_more or (wants_owned and place.channel.owner_id != actor.user_id):
        raise errors.missing_permissions()
    if not place.granted & Permissions.SEND_MESSAGES:  # SEND_MESSAGES_IN_THREADS, as a thread's permissions have it
        raise errors.missing_permissions()
    if thread.is_locked and (wants_owned or brings_back):
        raise errors.thread_locked()


def _flags(state: GuildState, row: ChannelRow, wanted: int) -> int:
    """Only a post's pin can be set; everything else stays as it is."""
    parent = state.channels.get(row.parent_id or 0)
    is_pinned = bool(wanted & ChannelFlags.PINNED)
    if is_pinned and (parent is None or parent.type not in POST_CHANNELS):
        raise errors.invalid_field("flags", "BASE_TYPE_CHOICES", "Only posts of a forum can be pinned in it.")
    if is_pinned and not row.flags & ChannelFlags.PINNED:
        pinned = [other for other in state.active_threads(row.parent_id or 0) if other.flags & ChannelFlags.PINNED]
        if len(pinned) >= MAX_PINNED:
            raise errors.limit_reached(ErrorCode.MAX_PINNED_THREADS, "pinned threads in a forum channel", MAX_PINNED)
    return row.flags | ChannelFlags.PINNED if is_pinned else row.flags & ~ChannelFlags.PINNED
