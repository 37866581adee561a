"""Posting: how a message gets into its place, whoever writes it: a member, a webhook, or an application's answer."""

import msgspec

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.message import WRITTEN_TYPES, Message, MessageFlag, MessageType
from tuichat.protocol.permissions import ALL, Permissions
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.message import AllowedMentions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import (
    attachments,
    components,
    embeds,
    errors,
    mentions,
    message_objects,
    previews,
    thread_activity,
)
from tuichat.server.actions.access import Place
from tuichat.server.actions.context import Context
from tuichat.server.actions.notice_cache import SUPPRESS_EVERYONE, SUPPRESS_ROLES
from tuichat.server.store.errors import Conflict
from tuichat.server.store.message_rows import (
    AttachmentRow,
    MessageExtras,
    MessageRow,
    PollAnswerRow,
    PollRow,
    ReferenceRow,
)

EMBEDDING = Permissions.EMBED_LINKS


class Author(msgspec.Struct, frozen=True, kw_only=True):
    """Who writes: a user or a webhook, and what it may do here. `marks_read`: what it writes it has read."""

    id: Snowflake
    granted: Permissions = ALL
    marks_read: bool = False


class NewPoll(msgspec.Struct, frozen=True, kw_only=True):
    """A poll that begins when it is posted."""

    question: str
    answers: tuple[PollAnswerRow, ...]
    hours: int
    is_multiselect: bool = False


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to say, checked field by field already."""

    content: str = ""
    type: int = MessageType.DEFAULT
    nonce: str | int | None = None
    is_nonce_unique: bool = False
    is_tts: bool = False
    flags: int = 0
    embeds: bytes = embeds.NO_EMBEDS
    components: bytes = components.NO_COMPONENTS
    attachments: tuple[AttachmentRow, ...] = ()
    allowed: AllowedMentions | None = None
    reference: ReferenceRow | None = None
    extras: MessageExtras | None = None
    poll: NewPoll | None = None
    mention_ids: tuple[Snowflake, ...] = ()  # beside those that the text names

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing; what the system says by the message's type alone is something."""
        return (
            self.type in WRITTEN_TYPES
            and not self.content
            and self.embeds == embeds.NO_EMBEDS
            and self.components == components.NO_COMPONENTS
            and not self.attachments
            and not self.flags & MessageFlag.LOADING
            and self.poll is None
            and (self.extras is None or not self.extras.snapshots)
        )


async def post(
    ctx: Context, place: Place, author: Author, draft: Draft, referenced: MessageRow | None = None
) -> Message:
    """Write a message. `referenced` is what a reply answers.

    Until the store's queue nothing waits, so ids stand in the order of the permissions that they were given under; a
    thread is entered before that, where it has to be (`thread_activity.enter`). With
    `is_nonce_unique`, the first message of this author with this nonce here within a day is answered in place of a second
    one. Raises ActionError 50006 for an empty draft, 10003 when the place is gone.
    """
    draft = sayable(author, draft)
    if place.channel.thread is not None and place.guild is not None:
        people = _people_named(ctx, place, author, draft)
        place = await thread_activity.enter(ctx, place, author.id, author.granted, people)
    row, named = compose(ctx, place, author, draft, referenced)
    shown = message_objects.message(ctx, place.guild, row, referenced)
    try:
        stored = await ctx.store.add_message(
            row,
            [message_objects.created(ctx, place, row, shown)],
            is_nonce_unique=draft.is_nonce_unique and draft.nonce is not None,
            pinged_ids=pinged(ctx, place, author, draft.type, named),
            pings_guild_id=place.guild.id if place.guild is not None and named.crowd == "everyone" else None,
            marks_read=author.marks_read,
            before_publish=lambda: remember(ctx, place, row),
        )
    except Conflict as conflict:
        is_here = ctx.guilds.of_channel(place.channel.id) or ctx.directs.get(place.channel.id)
        raise (errors.unknown_message() if is_here else errors.unknown_channel()) from conflict
    if stored is row:
        previews.want(ctx, row)
        return shown
    return (await message_objects.messages(ctx, place.guild, [stored]))[0]


def _people_named(ctx: Context, place: Place, author: Author, draft: Draft) -> list[int]:
    """Whom a message in a thread brings in."""
    text = words(draft.content, draft.components)
    if place.guild is None or "<@" not in text:  # most name nobody
        return []
    named = named_in(ctx, place, author.granted, text, draft.allowed)
    return thread_activity.people_named(place.guild, named.user_ids, named.role_ids)


def compose(
    ctx: Context,
    place: Place,
    author: Author,
    draft: Draft,
    referenced: MessageRow | None = None,
    *,
    message_id: Snowflake | None = None,
) -> tuple[MessageRow, mentions.Mentions]:
    """Make the message of a draft, and take an id for it unless one is given; return it with whom it names. Raises
    ActionError 50006 for an empty one."""
    draft = sayable(author, draft)
    named = named_in(ctx, place, author.granted, words(draft.content, draft.components), draft.allowed)
    user_ids = tuple(dict.fromkeys((*named.user_ids, *draft.mention_ids)))
    pings_answered = draft.allowed is None or bool(draft.allowed.replied_user)
    if referenced is not None and pings_answered and _is_other_user(ctx, author, referenced.author_id):
        user_ids = tuple(dict.fromkeys((*user_ids, referenced.author_id)))
    named = msgspec.structs.replace(named, user_ids=user_ids)
    message_id = message_id or ctx.next_id()
    row = MessageRow(
        id=message_id,
        channel_id=place.channel.id,
        author_id=author.id,
        type=draft.type,
        content=draft.content,
        is_tts=draft.is_tts,
        flags=draft.flags,
        mentions_everyone=named.crowd is not None,
        mention_ids=named.user_ids,
        mention_role_ids=named.role_ids,
        nonce=draft.nonce,
        reference=draft.reference,
        embeds=attachments.lasting(ctx, draft.embeds, draft.attachments),
        components=attachments.lasting(ctx, draft.components, draft.attachments),
        attachments=draft.attachments,
        extras=_extras(draft, message_id),
    )
    return row, named


def sayable(author: Author, draft: Draft) -> Draft:
    """The draft less the embeds of an author who may not embed. Raises ActionError 50006 where nothing is left."""
    if not author.granted & EMBEDDING:
        draft = msgspec.structs.replace(draft, embeds=embeds.NO_EMBEDS)
    if draft.is_empty:
        raise errors.bad_request(ErrorCode.EMPTY_MESSAGE, "Cannot send an empty message")
    components.require_attached(draft.components, [attachment.filename for attachment in draft.attachments])
    return draft


def remember(ctx: Context, place: Place, row: MessageRow) -> None:
    """Once a message is committed: let memory know."""
    holder = ctx.directs if place.guild is None else place.guild
    holder.last_message_ids[row.channel_id] = row.id
    if place.channel.rate_limit_s:
        ctx.slowmode.note(row.channel_id, row.author_id, row.id.timestamp_ms)


def named_in(
    ctx: Context, place: Place, granted: Permissions, text: str, allowed: AllowedMentions | None
) -> mentions.Mentions:
    """Whom a text names: users and roles that there are, and of those that its author may ping."""
    found = mentions.restrict(mentions.parse(text), allowed)
    may_ping_all = bool(granted & Permissions.MENTION_EVERYONE)
    roles = {} if place.guild is None else place.guild.roles
    return mentions.Mentions(
        tuple(user_id for user_id in found.user_ids if ctx.users.get(user_id) is not None),
        tuple(
            role_id
            for role_id in found.role_ids
            if (place.guild is None or role_id != place.guild.id)
            and (role := roles.get(role_id)) is not None
            and (may_ping_all or role.is_mentionable)
        ),
        found.crowd if may_ping_all else None,
    )


def words(content: str, shown_components: bytes) -> str:
    """All of a message that can name somebody."""
    shown = components.text_of(shown_components)
    return f"{content}\n{shown}" if shown else content


def _extras(draft: Draft, message_id: Snowflake) -> MessageExtras | None:
    if draft.poll is None:
        return draft.extras
    poll = PollRow(
        question=draft.poll.question,
        answers=draft.poll.answers,
        expires_ms=message_id.timestamp_ms + draft.poll.hours * 3_600_000,
        is_multiselect=draft.poll.is_multiselect,
    )
    return msgspec.structs.replace(draft.extras or MessageExtras(), poll=poll)


def _is_other_user(ctx: Context, author: Author, user_id: int) -> bool:
    """Whether somebody else wrote it who can be pinged: no webhook."""
    return user_id != author.id and ctx.users.get(user_id) is not None


def pinged(ctx: Context, place: Place, author: Author, kind: int, named: mentions.Mentions) -> list[int]:
    """The people whose mention count rises: those named who can see the place, and everybody else in a direct message.

    Nobody's does for one whom it blocked or ignores, because somebody left a group, in a direct message that it muted
    unless that names it, and for roles or everybody where its settings suppress these.
    """
    state = place.guild
    if state is None:
        if kind == MessageType.RECIPIENT_REMOVE:
            return []
        now_ms = ctx.now_ms()
        return [
            user_id
            for user_id in place.channel.recipient_ids
            if user_id != author.id
            and ctx.relations.hears(user_id, author.id)
            and (user_id in named.user_ids or not ctx.notices.is_muted(user_id, place.channel.id, now_ms))
        ]
    found: set[int] = {user_id for user_id in named.user_ids if user_id in state.members}
    if named.role_ids:
        wanted = set(named.role_ids)
        found |= {
            member.user_id
            for member in state.members.values()
            if not wanted.isdisjoint(member.role_ids)
            and not ctx.notices.suppresses(state.id, member.user_id, SUPPRESS_ROLES)
        }
    if named.crowd == "here":
        found |= {
            user_id
            for user_id in ctx.presences.connected_ids()
            if user_id in state.members and not ctx.notices.suppresses(state.id, user_id, SUPPRESS_EVERYONE)
        }
    is_open = place.channel.thread is not None and place.channel.type != ChannelType.PRIVATE_THREAD
    seen_in = place.channel.parent_id if is_open else place.channel.id
    return [
        user_id
        for user_id in found
        if state.can_view(user_id, seen_in or 0) and ctx.relations.hears(user_id, author.id)
    ]
