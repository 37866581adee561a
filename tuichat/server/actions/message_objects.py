"""Messages as the wire shows them, in answers and in dispatches."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol import codec
from tuichat.protocol.interaction import InteractionMetadata
from tuichat.protocol.message import (
    REFERRING_TYPES,
    Message,
    MessageCall,
    MessageFlag,
    MessageInteraction,
    MessageType,
    Reaction,
    ReactionCounts,
    ReactionEmoji,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.protocol.user import User
from tuichat.server.actions import attachments, poll_objects, snapshots, wire
from tuichat.server.actions.access import Place
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.bus import Event
from tuichat.server.store.message_rows import AnswerCount, Beside, CallRow, MessageExtras, MessageRow, ReactionCount


class Deleted(msgspec.Struct, frozen=True):
    """A referenced message that is gone."""


DELETED = Deleted()
MESSAGE_CONTENT_FLAGS = 1 << 18 | 1 << 19  # of an application that got the intent, or a limited one
MAX_SHOWN_MESSAGES = 5000  # taste: 3 MB
_EMPTY_LIST = b"[]"
_NO_EXTRAS = MessageExtras()


async def referenced(ctx: Context, row: MessageRow) -> MessageRow | Deleted | None:
    """Read what a message refers to; None where it refers to nothing."""
    if row.type not in REFERRING_TYPES or row.reference is None or row.reference.message_id is None:
        return None
    return await ctx.store.read_message(row.reference.channel_id, row.reference.message_id) or DELETED


def message(
    ctx: Context,
    guild: GuildState | None,
    row: MessageRow,
    referenced: MessageRow | Deleted | None = None,
    *,
    reactions: list[Reaction] | msgspec.UnsetType = UNSET,
    answers: Sequence[AnswerCount] | None = None,
) -> Message:
    """A message as REST answers it.

    `referenced` is what a reply answers, DELETED when that is gone. `answers` are the votes of a poll, None where nobody
    has counted.
    """
    if referenced is None:
        answered: Message | msgspec.UnsetType | None = UNSET
    else:
        answered = None if isinstance(referenced, Deleted) else message(ctx, guild, referenced)
    extras = row.extras or _NO_EXTRAS
    thread = None if guild is None else guild.threads.get(row.id)
    if thread is not None and thread.parent_id != row.channel_id:
        thread = None  # a post's own first message
    return Message(
        id=row.id,
        channel_id=row.channel_id,
        author=_author(ctx, row, extras),
        content=row.content,
        timestamp=format_timestamp(row.id.timestamp_ms),
        edited_timestamp=None if row.edited_ms is None else format_timestamp(row.edited_ms),
        tts=row.is_tts,
        mention_everyone=row.mentions_everyone,
        mentions=tuple(wire.mentioned_users(ctx, guild, row)) if row.mention_ids else (),
        mention_roles=row.mention_role_ids,
        attachments=tuple(attachments.shown(ctx, row)) if row.attachments else (),
        embeds=tuple(_embeds(ctx, row)),
        components=tuple(wire.raw_list(attachments.with_urls(ctx, row, row.components))),
        reactions=reactions,
        pinned=row.pinned_ms is not None,
        webhook_id=UNSET if extras.webhook_id is None else extras.webhook_id,
        application_id=UNSET if extras.application_id is None else extras.application_id,
        type=row.type,
        flags=row.flags if thread is None else row.flags | MessageFlag.HAS_THREAD,
        thread=UNSET if thread is None or guild is None else wire.thread(guild, thread),
        nonce=UNSET if row.nonce is None else row.nonce,
        message_reference=UNSET if row.reference is None else wire.reference(row.reference),
        referenced_message=answered,
        message_snapshots=snapshots.shown(ctx, row) or UNSET,
        interaction_metadata=extras.interaction_metadata,
        interaction=_interaction(extras.interaction_metadata),
        call=UNSET if extras.call is None else _call(extras.call),
        poll=UNSET
        if extras.poll is None or row.type == MessageType.THREAD_STARTER_MESSAGE
        else poll_objects.poll(extras.poll, answers),
    )


def _call(row: CallRow) -> MessageCall:
    return MessageCall(
        participants=list(row.participant_ids),
        ended_timestamp=None if row.ended_ms is None else format_timestamp(row.ended_ms),
    )


def _interaction(metadata: msgspec.Raw | UnsetType) -> MessageInteraction | UnsetType:
    """What `interaction_metadata` says of a command, as bots knew it before there was that."""
    if not isinstance(metadata, msgspec.Raw):
        return UNSET
    told = codec.decode(metadata, InteractionMetadata)
    if not isinstance(told.name, str):
        return UNSET
    return MessageInteraction(id=told.id, type=told.type, name=told.name, user=told.user)


def _embeds(ctx: Context, row: MessageRow) -> list[msgspec.Raw]:
    """A message's embeds, none while they are hidden."""
    if row.flags & MessageFlag.SUPPRESS_EMBEDS:
        return []
    return wire.raw_list(attachments.with_urls(ctx, row, row.embeds))


def _author(ctx: Context, row: MessageRow, extras: MessageExtras) -> User:
    """The user who wrote it, or the webhook by the name that it gave itself."""
    if extras.webhook_id is None or extras.author_name is None:
        return ctx.users.wire(row.author_id)
    return User(
        id=row.author_id,
        username=extras.author_name,
        discriminator="0000",
        avatar=extras.author_avatar,
        bot=True,
    )


async def messages(
    ctx: Context, guild: GuildState | None, rows: Sequence[MessageRow], asker_id: int = 0
) -> list[Message]:
    """Messages as REST answers them to somebody, each with what it answers, with reactions and votes."""
    return page(ctx, guild, rows, await ctx.store.read_beside(rows, asker_id))


def page(ctx: Context, guild: GuildState | None, rows: Sequence[MessageRow], beside: Beside) -> list[Message]:
    """Messages with what is shown beside them."""
    known: dict[int, MessageRow] = {row.id: row for row in (*beside.referenced, *rows)}
    reactions: dict[int, list[Reaction]] = {}
    for count in beside.reactions:
        reactions.setdefault(count.message_id, []).append(_reaction(count))
    answers: dict[int, list[AnswerCount]] = {}
    for answer in beside.answers:
        answers.setdefault(answer.message_id, []).append(answer)
    return [
        (None if row.id in reactions else _plain(ctx, guild, row))
        or message(
            ctx,
            guild,
            row,
            known.get(row.reference.message_id or 0, DELETED)
            if row.type in REFERRING_TYPES and row.reference is not None
            else None,
            reactions=reactions.get(row.id, UNSET),
            answers=answers.get(row.id, ()),
        )
        for row in rows
    ]


def _plain(ctx: Context, guild: GuildState | None, row: MessageRow) -> Message | None:
    """A message of nothing but text, the same struct again for as long as neither it nor its author changes."""
    is_plain = (
        row.embeds == _EMPTY_LIST
        and row.extras is None
        and row.reference is None
        and not row.attachments
        and not row.mention_ids
        and row.components == _EMPTY_LIST
        and (guild is None or row.id not in guild.threads)
    )
    if not is_plain:
        return None
    author = ctx.users.wire(row.author_id)
    known = ctx.shown_messages.get(row.id)
    if known is not None and known[0] is row and known[1] is author:
        return known[2]
    if len(ctx.shown_messages) >= MAX_SHOWN_MESSAGES:
        ctx.shown_messages.clear()
    shown = message(ctx, guild, row)
    ctx.shown_messages[row.id] = (row, author, shown)
    return shown


def readable(actor: Actor, place: Place, shown: Sequence[Message]) -> list[Message]:
    """Messages as an asker may read them: a bot that has not got MESSAGE_CONTENT reads in guilds only its own ones and
    those that name it."""
    return readable_in(actor, place.guild, shown)


def readable_in(actor: Actor, guild: GuildState | None, shown: Sequence[Message]) -> list[Message]:
    """Likewise, of a guild's messages wherever they stand; None is a direct message."""
    if reads_all(actor, guild):
        return list(shown)
    return [_read_by(actor.user_id, message) for message in shown]


def reads_content(actor: Actor, place: Place, row: MessageRow) -> bool:
    """Whether an asker may read what a message says."""
    return reads_all(actor, place.guild) or row.author_id == actor.user_id or actor.user_id in row.mention_ids


def reads_all(actor: Actor, guild: GuildState | None) -> bool:
    """Whether an asker may read what every message there says."""
    return not actor.is_bot or guild is None or bool(actor.application_flags & MESSAGE_CONTENT_FLAGS)


def _read_by(bot_id: int, shown: Message) -> Message:
    answered = shown.referenced_message
    if isinstance(answered, Message):
        shown = msgspec.structs.replace(shown, referenced_message=_read_by(bot_id, answered))
    is_party = shown.author.id == bot_id or any(user.id == bot_id for user in shown.mentions)
    return shown if is_party else _emptied(shown)


def _reaction(count: ReactionCount) -> Reaction:
    emoji_id = Snowflake(int(count.emoji)) if count.emoji.isascii() and count.emoji.isdigit() else None
    return Reaction(
        emoji=ReactionEmoji(id=emoji_id, name=count.name, animated=count.is_animated),
        count=count.count,
        count_details=ReactionCounts(normal=count.count),
        me=count.is_mine,
    )


def created(ctx: Context, place: Place, row: MessageRow, shown: Message) -> Event:
    """MESSAGE_CREATE, encoded once with content and once without."""
    return _dispatch(ctx, place, row, shown, "MESSAGE_CREATE")


def updated(ctx: Context, place: Place, row: MessageRow, shown: Message) -> Event:
    """MESSAGE_UPDATE, likewise."""
    return _dispatch(ctx, place, row, shown, "MESSAGE_UPDATE")


def _dispatch(ctx: Context, place: Place, row: MessageRow, shown: Message, name: str) -> Event:
    """The message with the keys that `MessageCreate` and `MessageUpdate` have beside it.

    They are joined as JSON: building a second struct for each message would cost more than encoding it. In a direct
    message everybody gets the content.
    """
    state = place.guild
    if state is None:
        return Event(
            name=name,
            body=codec.encode(shown),
            channel_id=int(row.channel_id),
            user_ids=frozenset(map(int, place.channel.recipient_ids)),
            author_id=int(row.author_id),
        )
    author = state.members.get(row.author_id)
    tail = b',"guild_id":"%d"' % state.id
    if author is not None:
        tail += b',"member":' + codec.encode(wire.partial_member(author, ctx.now_ms()))
    bare = _without_content(shown)
    return Event(
        name=name,
        body=codec.encode(shown)[:-1] + tail + b"}",
        guild_id=int(state.id),
        channel_id=int(row.channel_id),
        content_free_body=None if bare is None else codec.encode(bare)[:-1] + tail + b"}",
        author_id=int(row.author_id),
        mentioned_ids=frozenset(map(int, row.mention_ids)),
    )


def _without_content(shown: Message) -> Message | None:
    """What sessions without MESSAGE_CONTENT get; None when that is the same."""
    answered = shown.referenced_message
    has_any = (
        shown.content
        or shown.embeds
        or shown.attachments
        or shown.components
        or shown.poll is not UNSET
        or shown.message_snapshots is not UNSET
    )
    if not has_any and not isinstance(answered, Message):
        return None
    if isinstance(answered, Message):
        answered = _emptied(answered)
    return msgspec.structs.replace(_emptied(shown), referenced_message=answered)


def _emptied(shown: Message) -> Message:
    raws = shown.message_snapshots
    return msgspec.structs.replace(
        shown,
        content="",
        embeds=[],
        attachments=[],
        components=[],
        poll=UNSET,
        message_snapshots=UNSET if raws is UNSET else [snapshots.without_content(raw) for raw in raws],
    )
