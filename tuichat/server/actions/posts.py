"""Posts: threads of a forum or media channel, each of which begins with a message."""

from collections.abc import Sequence

import msgspec

from tuichat.protocol.channel import POST_CHANNELS, ChannelType
from tuichat.protocol.message import Message
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.thread import CreatePostRequest, CreateThreadRequest, Post
from tuichat.server.actions import (
    attachments,
    drafting,
    errors,
    message_objects,
    post_tags,
    previews,
    sending,
    thread_steps,
    threads,
    uploads,
    wire,
)
from tuichat.server.actions.access import Place, require_place, require_still
from tuichat.server.actions.attachments import FilePart
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.drafting import Sender
from tuichat.server.actions.posting import Author, Draft, compose, pinged, remember, sayable
from tuichat.server.actions.step import Step, write
from tuichat.server.actions.thread_activity import people_named, require_room
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.operations import AddMessage


class NewPost(msgspec.Struct, frozen=True):
    """A thread with its first message, and the write that makes both."""

    thread: ChannelRow
    message: Message
    step: Step


def has_posts(ctx: Context, channel_id: int) -> bool:
    """Whether a channel is a forum or media channel."""
    state = ctx.guilds.of_channel(channel_id)
    channel = None if state is None else state.channels.get(channel_id)
    return channel is not None and channel.type in POST_CHANNELS


async def start_post(
    ctx: Context, actor: Actor, channel_id: int, request: CreatePostRequest, files: Sequence[FilePart] = ()
) -> Post:
    """Begin a post with its first message: SEND_MESSAGES, ATTACH_FILES with files; MANAGE_THREADS for moderated tags.

    The message has the thread's id. Raises ActionError 40067 where the forum requires a tag, 160006 when the guild has
    as many active threads as it may, and what a message is refused with.
    """
    message: CreateMessageRequest = request.message
    draft = drafting.draft(message, Sender.BOT if actor.is_bot else Sender.PERSON)
    said_of_files = message.attachments or []
    needed = (Permissions.SEND_MESSAGES, *((Permissions.ATTACH_FILES,) if files or said_of_files else ()))
    place, state = _require_forum(ctx, actor, channel_id, *needed)
    if files or said_of_files:
        taken = await attachments.take(ctx, actor.user_id, channel_id, said_of_files, files)
        draft = msgspec.structs.replace(draft, attachments=taken)
    async with state.lock:
        require_still(ctx, state)
        place, _ = _require_forum(ctx, actor, channel_id, *needed)
        sending.require_allowed(ctx, place, actor.user_id, draft)
        threads.check_slowmode(ctx, actor, place)
        author = Author(id=actor.user_id, granted=place.granted, marks_read=not actor.is_bot)
        post = _plan(ctx, state, place, author, draft, request, request.applied_tags or [])
        await write(ctx, post.step, threads.created_entry(ctx, actor, state, post.thread))
        threads.note_slowmode(ctx, actor, place)
    await uploads.drop_taken(ctx, said_of_files)
    shown = wire.thread(state, post.thread, viewer_id=actor.user_id)
    return Post(**{field: getattr(shown, field) for field in shown.__struct_fields__}, message=post.message)


async def start_webhook_post(
    ctx: Context, place: Place, author: Author, draft: Draft, name: str, tag_ids: Sequence[Snowflake]
) -> Message:
    """Begin a post that a webhook writes, in a forum that the caller found; return its message."""
    state = place.guild
    assert state is not None
    draft = sayable(author, draft)
    async with state.lock:
        require_still(ctx, state)
        forum = state.channels.get(place.channel.id)
        if forum is None:
            raise errors.unknown_channel()
        now = Place(channel=forum, guild=state, granted=place.granted)
        post = _plan(ctx, state, now, author, draft, CreateThreadRequest(name=name), tag_ids)
        await write(ctx, post.step)
    return post.message


def _plan(
    ctx: Context,
    state: GuildState,
    place: Place,
    author: Author,
    draft: Draft,
    request: CreateThreadRequest,
    tag_ids: Sequence[Snowflake],
) -> NewPost:
    """The caller holds the guild's lock."""
    require_room(state)
    settings = threads.settings_of(request, place.channel)
    tags = post_tags.checked(place.channel, tag_ids, (), author.granted)
    row = threads.new_row(ctx, author.id, place, ctx.next_id(), ChannelType.PUBLIC_THREAD, settings, tags)
    within = Place(channel=row, guild=state, granted=author.granted)
    message, named = compose(ctx, within, author, draft, message_id=row.id)
    shown = message_objects.message(ctx, state, message)
    followers = [author.id, *people_named(state, message.mention_ids, message.mention_role_ids)]
    appears = thread_steps.appear(ctx, state, row, followers)

    def remembered() -> None:
        appears.before_publish()
        remember(ctx, within, message)
        previews.want(ctx, message)

    step = Step(
        [
            *appears.operations,
            AddMessage(
                message,
                tuple(map(int, pinged(ctx, within, author, draft.type, named))),
                state.id if named.crowd == "everyone" else None,
                author.marks_read,
            ),
        ],
        [*appears.events, message_objects.created(ctx, within, message, shown)],
        remembered,
    )
    return NewPost(row, shown, step)


def _require_forum(ctx: Context, actor: Actor, channel_id: int, *needed: Permissions) -> tuple[Place, GuildState]:
    place = require_place(ctx, actor, channel_id, *needed)
    if place.guild is None or place.channel.type not in POST_CHANNELS:
        raise errors.wrong_channel_type()
    return place, place.guild
