"""Crossposts: messages of announcement channels that appear in the channels that follow them."""

import asyncio
from collections.abc import Callable

import msgspec

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.message import Message, MessageFlag, MessageType
from tuichat.protocol.permissions import ALL, Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.webhook import FollowedChannel, WebhookType
from tuichat.server.actions import errors, message_objects, webhooks
from tuichat.server.actions.access import Place, require_channel, require_still
from tuichat.server.actions.announcing import announce
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.posting import remember
from tuichat.server.actions.step import Step, write
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.errors import Conflict
from tuichat.server.store.message_rows import CrosspostRow, MessageExtras, MessageRow, ReferenceRow
from tuichat.server.store.operations import Put, UpdateMessage
from tuichat.server.store.rows import WebhookRow

WRITTEN_AT_ONCE = 50  # taste: copies that wait for the disk together
DELETED_TEXT = "[Original Message Deleted]"
Change = Callable[[MessageRow], MessageRow]

_ALREADY_CROSSPOSTED = 40033  # Discord's documentation, "JSON Error Codes"
_KEPT_FLAGS = int(MessageFlag.SUPPRESS_EMBEDS | MessageFlag.IS_COMPONENTS_V2 | MessageFlag.SUPPRESS_NOTIFICATIONS)


async def follow(ctx: Context, actor: Actor, channel_id: int, target_id: int) -> FollowedChannel:
    """Let a text channel follow an announcement channel: MANAGE_WEBHOOKS there, VIEW_CHANNEL here.

    A message tells the following channel. Raises ActionError 50024 for channels of other kinds, 30007 where that channel
    has 15 webhooks.
    """
    source, channel = _require_source(ctx, actor, channel_id)
    state, _ = _require_target(ctx, actor, target_id)
    async with state.lock:
        await webhooks.require_room(ctx, target_id)
        require_still(ctx, state)
        source, channel = _require_source(ctx, actor, channel_id)
        _, target = _require_target(ctx, actor, target_id)
        row = WebhookRow(
            id=ctx.next_id(),
            type=WebhookType.CHANNEL_FOLLOWER,
            guild_id=state.id,
            channel_id=target.id,
            name=f"{source.row.name} #{channel.name}"[: webhooks.NAME_CHARACTERS[1]],
            user_id=actor.user_id,
            source_guild_id=source.id,
            source_channel_id=channel.id,
        )
        notice = MessageRow(
            id=ctx.next_id(),
            channel_id=target.id,
            author_id=actor.user_id,
            type=MessageType.CHANNEL_FOLLOW_ADD,
            content=row.name or "",
            reference=ReferenceRow(channel_id=channel.id, guild_id=source.id),
        )
        place = Place(channel=target, guild=state, granted=ALL)
        await write(
            ctx,
            Step(*webhooks.created(ctx, actor, state, row)),
            announce(ctx, place, notice, marks_read=not actor.is_bot),
        )
    return FollowedChannel(channel_id=Snowflake(channel_id), webhook_id=row.id)


async def crosspost(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> Message:
    """Publish a message to all that follow: SEND_MESSAGES, and MANAGE_MESSAGES for another's.

    Raises ActionError 40033 when it was published before, 50021 for a system message, 50024 outside of announcement
    channels.
    """
    async with ctx.edits.hold(message_id):
        _require_publishing(ctx, actor, channel_id)
        row = await ctx.store.read_message(channel_id, message_id)
        place = _require_publishing(ctx, actor, channel_id)
        if row is None:
            raise errors.unknown_message()
        if row.author_id != actor.user_id and not place.granted & Permissions.MANAGE_MESSAGES:
            raise errors.missing_permissions()
        if row.type != MessageType.DEFAULT or (row.extras is not None and row.extras.poll is not None):
            raise errors.system_message()
        if row.flags & MessageFlag.CROSSPOSTED:
            raise errors.ActionError(400, _ALREADY_CROSSPOSTED, "This message has already been crossposted")
        changed = msgspec.structs.replace(row, flags=row.flags | MessageFlag.CROSSPOSTED)
        shown = message_objects.message(ctx, place.guild, changed)
        try:
            await ctx.store.write([UpdateMessage(changed)], [message_objects.updated(ctx, place, changed, shown)])
        except Conflict as conflict:
            raise errors.unknown_message() from conflict
        followers = await ctx.store.read_followers(channel_id)
        for start in range(0, len(followers), WRITTEN_AT_ONCE):
            some = followers[start : start + WRITTEN_AT_ONCE]
            await asyncio.gather(*(_copy(ctx, place, changed, follower) for follower in some))
    return (await message_objects.messages(ctx, place.guild, [changed], actor.user_id))[0]


async def follow_edit(ctx: Context, row: MessageRow) -> None:
    """Change the copies of a published message with it."""

    def edited(copy: MessageRow) -> MessageRow:
        return msgspec.structs.replace(
            copy,
            content=row.content,
            embeds=row.embeds,
            components=row.components,
            attachments=row.attachments,
            edited_ms=row.edited_ms,
            flags=copy.flags & ~_KEPT_FLAGS | row.flags & _KEPT_FLAGS,
        )

    await _change_copies(ctx, row, edited)


async def follow_deletion(ctx: Context, row: MessageRow) -> None:
    """Say in the copies of a published message that it was deleted."""

    def emptied(copy: MessageRow) -> MessageRow:
        return msgspec.structs.replace(
            copy,
            content=DELETED_TEXT,
            embeds=b"[]",
            components=b"[]",
            attachments=(),
            flags=copy.flags & ~_KEPT_FLAGS | MessageFlag.SOURCE_MESSAGE_DELETED,
        )

    await _change_copies(ctx, row, emptied)


async def _copy(ctx: Context, origin: Place, row: MessageRow, follower: WebhookRow) -> None:
    """Write a message where a channel follows. A place that is gone meanwhile is passed over."""
    state = ctx.guilds.of_channel(follower.channel_id)
    channel = None if state is None else state.find_channel(follower.channel_id)
    if state is None or channel is None or origin.guild is None:
        return
    place = Place(channel=channel, guild=state, granted=ALL)
    copy = MessageRow(
        id=ctx.next_id(),
        channel_id=channel.id,
        author_id=follower.id,
        content=row.content,
        flags=row.flags & _KEPT_FLAGS | MessageFlag.IS_CROSSPOST,
        reference=ReferenceRow(channel_id=row.channel_id, message_id=row.id, guild_id=origin.guild.id),
        embeds=row.embeds,
        components=row.components,
        attachments=row.attachments,
        extras=MessageExtras(webhook_id=follower.id, author_name=follower.name, author_avatar=follower.avatar),
    )
    told = message_objects.created(ctx, place, copy, message_objects.message(ctx, state, copy))
    link = CrosspostRow(source_id=row.id, message_id=copy.id, channel_id=copy.channel_id)
    try:
        await write(ctx, Step([Put(copy), Put(link)], [told], lambda: remember(ctx, place, copy)))
    except Conflict:
        return


async def _change_copies(ctx: Context, row: MessageRow, change: Change) -> None:
    for link in await ctx.store.read_crossposts(row.id):
        async with ctx.edits.hold(link.message_id):
            copy = await ctx.store.read_message(link.channel_id, link.message_id)
            state = ctx.guilds.of_channel(link.channel_id)
            channel = None if state is None else state.find_channel(link.channel_id)
            if copy is None or state is None or channel is None:
                continue
            changed = change(copy)
            place = Place(channel=channel, guild=state, granted=ALL)
            told = message_objects.updated(ctx, place, changed, message_objects.message(ctx, state, changed))
            try:
                await ctx.store.write([UpdateMessage(changed)], [told])
            except Conflict:
                continue


def _require_source(ctx: Context, actor: Actor, channel_id: int) -> tuple[GuildState, ChannelRow]:
    state, channel, _ = require_channel(ctx, actor, channel_id)
    if channel.type != ChannelType.ANNOUNCEMENT:
        raise errors.bad_request(ErrorCode.CHANNEL_TYPE, "Cannot execute action on this channel type")
    return state, channel


def _require_target(ctx: Context, actor: Actor, channel_id: int) -> tuple[GuildState, ChannelRow]:
    state, channel, _ = require_channel(ctx, actor, channel_id, Permissions.MANAGE_WEBHOOKS)
    if channel.type != ChannelType.TEXT:
        raise errors.bad_request(ErrorCode.CHANNEL_TYPE, "Cannot execute action on this channel type")
    return state, channel


def _require_publishing(ctx: Context, actor: Actor, channel_id: int) -> Place:
    state, channel, granted = require_channel(ctx, actor, channel_id, Permissions.SEND_MESSAGES)
    if channel.type != ChannelType.ANNOUNCEMENT:
        raise errors.bad_request(ErrorCode.CHANNEL_TYPE, "Cannot execute action on this channel type")
    return Place(channel=channel, guild=state, granted=granted)
