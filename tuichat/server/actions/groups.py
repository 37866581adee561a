"""Groups: direct messages of up to ten friends, with a name, a picture and an owner."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.message import MessageType
from tuichat.protocol.permissions import DIRECT
from tuichat.protocol.private_channel import ChannelRecipientAdd, ChannelRecipientRemove, PrivateChannel
from tuichat.protocol.rest.channel import EditChannelRequest
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import direct_access, direct_objects, errors, fields
from tuichat.server.actions.access import Place
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.images import ImageKind, keep_image, put_image
from tuichat.server.actions.posting import Author, Draft, post
from tuichat.server.bus import Event, event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.operations import DeleteChannel, Operation, Put

MAX_RECIPIENTS = 10  # oneself included
MAX_GROUPS = 10  # that one makes, or is in
NAME_CHARACTERS = (1, 100)


async def create_group(ctx: Context, actor: Actor, others: Sequence[int]) -> PrivateChannel:
    """Make a group of the actor and some of its friends. Raises ActionError 50033, 30004, 30011."""
    return await _make(ctx, actor, others, None)


async def edit_group(ctx: Context, actor: Actor, row: ChannelRow, request: EditChannelRequest) -> PrivateChannel:
    """Change a group's name or picture, which each of its people may, or give it to another of them, which its owner may."""
    _require_group(row)
    icon = request.icon
    icon_hash = None if icon is UNSET or icon is None else await keep_image(ctx, "icon", icon)
    async with ctx.edits.hold(row.id):
        row = _still(ctx, actor, row)
        changed = row
        if request.name is not UNSET:
            name = "" if request.name is None else fields.require_name("name", request.name, *NAME_CHARACTERS)
            changed = msgspec.structs.replace(changed, name=name)
        if icon is not UNSET:
            changed = msgspec.structs.replace(changed, icon=icon_hash)
        if request.owner is not UNSET and request.owner != row.owner_id:
            if row.owner_id != actor.user_id:
                raise errors.missing_permissions()
            if request.owner not in row.recipient_ids:
                raise errors.bad_request(ErrorCode.INVALID_RECIPIENTS, "Invalid Recipient(s)")
            changed = msgspec.structs.replace(changed, owner_id=request.owner)
        if changed != row:
            operations: list[Operation] = [Put(changed)]
            if changed.icon != row.icon:
                operations.append(put_image(ImageKind.CHANNEL_ICON, row.id, changed.icon))
            await _write(ctx, changed, operations, _updated(ctx, changed))
    if changed.name != row.name:
        await _say(ctx, changed, actor.user_id, MessageType.CHANNEL_NAME_CHANGE, content=changed.name)
    if changed.icon != row.icon:
        await _say(ctx, changed, actor.user_id, MessageType.CHANNEL_ICON_CHANGE)
    return direct_objects.private_channel(ctx, changed, actor.user_id)


async def add_recipient(ctx: Context, actor: Actor, channel_id: int, user_id: int) -> PrivateChannel | None:
    """Add a friend of the actor's to a group; to a direct message: make a group of its two people and the third.

    Returns the group that was made. Raises ActionError 10003, 50033 for who is no friend, 30004 for the eleventh.
    """
    row = _require_own(ctx, actor, channel_id)
    if row.type == ChannelType.DM:
        return await _make(ctx, actor, [direct_access.other_of(row, actor.user_id), user_id], row.id)
    async with ctx.edits.hold(row.id):
        row = _still(ctx, actor, row)
        if user_id in row.recipient_ids:
            return None
        added_id = _require_friend(ctx, actor, user_id)
        if len(row.recipient_ids) >= MAX_RECIPIENTS:
            raise errors.limit_reached(ErrorCode.MAX_RECIPIENTS, "recipients", MAX_RECIPIENTS)
        changed = msgspec.structs.replace(row, recipient_ids=(*row.recipient_ids, added_id))
        payload = ChannelRecipientAdd(channel_id=row.id, user=ctx.users.wire(added_id))
        told = event("CHANNEL_RECIPIENT_ADD", payload, channel_id=row.id, user_ids=row.recipient_ids)
        await _write(ctx, changed, [Put(changed)], [told, *direct_objects.created(ctx, changed, [added_id])])
    await _say(ctx, changed, actor.user_id, MessageType.RECIPIENT_ADD, mention_id=added_id)
    return None


async def remove_recipient(ctx: Context, actor: Actor, channel_id: int, user_id: int) -> None:
    """Take somebody out of a group, which its owner may; oneself: leave it. Raises ActionError 10003, 10013, 50013, 50003."""
    row = _require_own(ctx, actor, channel_id)
    _require_group(row)
    if user_id == actor.user_id:
        await leave_group(ctx, actor, row)
        return
    if row.owner_id != actor.user_id:
        raise errors.missing_permissions()
    async with ctx.edits.hold(row.id):
        row = _still(ctx, actor, row)
        if row.owner_id != actor.user_id:
            raise errors.missing_permissions()
        if user_id not in row.recipient_ids:
            raise errors.unknown_user()
        changed = await _take_out(ctx, row, user_id)
    await _say(ctx, changed, actor.user_id, MessageType.RECIPIENT_REMOVE, mention_id=Snowflake(user_id))


async def leave_group(ctx: Context, actor: Actor, row: ChannelRow, *, is_silent: bool = False) -> PrivateChannel:
    """Leave a group. The one who is in it longest owns it then; with the last one it goes, its messages too."""
    async with ctx.edits.hold(row.id):
        row = _still(ctx, actor, row)
        shown = direct_objects.private_channel(ctx, row, actor.user_id)
        changed = await _take_out(ctx, row, actor.user_id)
    if changed.recipient_ids and not is_silent:
        await _say(ctx, changed, actor.user_id, MessageType.RECIPIENT_REMOVE, mention_id=actor.user_id)
    return shown


async def _make(ctx: Context, actor: Actor, others: Sequence[int], origin_id: Snowflake | None) -> PrivateChannel:
    if actor.is_bot:
        raise errors.bots_cannot()
    wanted = list(dict.fromkeys(user_id for user_id in others if user_id != actor.user_id))
    if len(wanted) + 1 > MAX_RECIPIENTS:
        raise errors.limit_reached(ErrorCode.MAX_RECIPIENTS, "recipients", MAX_RECIPIENTS)
    async with ctx.edits.hold(actor.user_id):
        if origin_id is None:
            friends = [_require_friend(ctx, actor, user_id) for user_id in wanted]
        else:  # the other one of a direct message comes along, friend or not
            friends = [_require_person(ctx, wanted[0]), *(_require_friend(ctx, actor, other) for other in wanted[1:])]
        own = [row for row in ctx.directs.of_user(actor.user_id) if row.type == ChannelType.GROUP_DM]
        if len(own) >= MAX_GROUPS:
            raise errors.limit_reached(ErrorCode.MAX_GROUPS, "group DMs", MAX_GROUPS)
        row = ChannelRow(
            id=ctx.next_id(),
            type=ChannelType.GROUP_DM,
            guild_id=None,
            name="",
            owner_id=actor.user_id,
            recipient_ids=(actor.user_id, *friends),
        )
        told = direct_objects.created(ctx, row, row.recipient_ids, origin_id=origin_id)
        await _write(ctx, row, [Put(row)], told)
    return direct_objects.private_channel(ctx, row, actor.user_id)


async def _take_out(ctx: Context, row: ChannelRow, user_id: int) -> ChannelRow:
    """Write a group without one of its people, and tell that one and the others. The caller holds the group's lock."""
    rest = tuple(other for other in row.recipient_ids if other != user_id)
    gone = direct_objects.deleted(ctx, row, user_id)
    if not rest:
        await ctx.store.write([DeleteChannel(row.id)], [gone], before_publish=lambda: ctx.directs.remove(row.id))
        return msgspec.structs.replace(row, recipient_ids=rest)
    owner_id = rest[0] if row.owner_id == user_id else row.owner_id
    changed = msgspec.structs.replace(row, recipient_ids=rest, owner_id=owner_id)
    payload = ChannelRecipientRemove(channel_id=row.id, user=ctx.users.wire(user_id))
    events = [gone, event("CHANNEL_RECIPIENT_REMOVE", payload, channel_id=row.id, user_ids=rest)]
    if owner_id != row.owner_id:
        events += _updated(ctx, changed)
    await _write(ctx, changed, [Put(changed)], events)
    return changed


async def _write(ctx: Context, row: ChannelRow, operations: Sequence[Operation], events: Sequence[Event]) -> None:
    await ctx.store.write(operations, events, before_publish=lambda: ctx.directs.put(row))


def _updated(ctx: Context, row: ChannelRow) -> list[Event]:
    return direct_objects.updated(ctx, row, row.recipient_ids)


async def _say(
    ctx: Context,
    row: ChannelRow,
    author_id: Snowflake,
    kind: MessageType,
    *,
    content: str = "",
    mention_id: Snowflake | None = None,
) -> None:
    """Let the group's messages say what happened; where it was deleted meanwhile there is nobody to tell."""
    current = ctx.directs.get(row.id)
    if current is None:
        return
    draft = Draft(content=content, type=kind, mention_ids=() if mention_id is None else (mention_id,))
    author = Author(id=author_id, marks_read=author_id in current.recipient_ids)
    await post(ctx, Place(channel=current, guild=None, granted=DIRECT), author, draft)


def _require_own(ctx: Context, actor: Actor, channel_id: int) -> ChannelRow:
    row = ctx.directs.get(channel_id)
    if row is None:
        if ctx.guilds.of_channel(channel_id) is not None:
            raise errors.bad_request(ErrorCode.CHANNEL_TYPE, "Cannot execute action on this channel type")
        raise errors.unknown_channel()
    if actor.user_id not in row.recipient_ids:
        raise errors.missing_access()
    if actor.is_bot:
        raise errors.bots_cannot()
    return row


def _still(ctx: Context, actor: Actor, row: ChannelRow) -> ChannelRow:
    """The group as it is once its lock is held: 10003 when it, or the actor's place in it, is gone."""
    current = ctx.directs.get(row.id)
    if current is None or actor.user_id not in current.recipient_ids:
        raise errors.unknown_channel()
    return current


def _require_group(row: ChannelRow) -> None:
    if row.type != ChannelType.GROUP_DM:
        raise errors.direct_message()


def _require_person(ctx: Context, user_id: int) -> Snowflake:
    row = ctx.users.get(user_id)
    if row is None or not row.is_person:
        raise errors.bad_request(ErrorCode.INVALID_RECIPIENTS, "Invalid Recipient(s)")
    return row.id


def _require_friend(ctx: Context, actor: Actor, user_id: int) -> Snowflake:
    friend_id = _require_person(ctx, user_id)
    if not ctx.relations.are_friends(actor.user_id, friend_id):
        raise errors.bad_request(ErrorCode.INVALID_RECIPIENTS, "Invalid Recipient(s)")
    return friend_id
