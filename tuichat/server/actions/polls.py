"""Polls: making them, voting, and their end, which a message of its own tells."""

import asyncio
import contextlib
import logging

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.dispatch.message import PollVoteAdd, PollVoteRemove
from tuichat.protocol.message import Message, MessageType
from tuichat.protocol.permissions import ALL, Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User
from tuichat.server.actions import errors, fields, message_objects
from tuichat.server.actions.access import Place, is_timed_out, require_awake, require_place
from tuichat.server.actions.announcing import announce
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.step import Step, write
from tuichat.server.bus import Event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.errors import Conflict
from tuichat.server.store.message_rows import (
    AnswerCount,
    MessageExtras,
    MessageRow,
    PollAnswerRow,
    PollRow,
    ReferenceRow,
)
from tuichat.server.store.operations import ClosePoll, SetVotes, UpdateMessage

MAX_PAGE = 100
CHECK_INTERVAL_S = 5.0  # taste: so late may a result be told
FINISHED_AT_ONCE = 100
_BLOCKED, _EXPIRED, _NO_POLL = 520000, 520001, 520006  # Discord's documentation, "JSON Error Codes"

logger = logging.getLogger(__name__)


class VoteRequest(msgspec.Struct, frozen=True, kw_only=True):
    """All answers that one votes for; none takes the votes back. Libraries send the numbers as strings, too."""

    answer_ids: list[Snowflake]


class Voters(msgspec.Struct, frozen=True, kw_only=True):
    users: list[User]


class _Field(msgspec.Struct, frozen=True):
    name: str
    value: str
    inline: bool = False


class _ResultEmbed(msgspec.Struct, frozen=True, kw_only=True):
    type: str = "poll_result"
    fields: list[_Field]


async def vote(ctx: Context, actor: Actor, channel_id: int, message_id: int, request: VoteRequest) -> None:
    """Vote in a poll, in place of what one voted before: READ_MESSAGE_HISTORY; bots cannot.

    Raises ActionError 520001 once it has ended, 520000 where its author blocked the actor, 50035 for an answer that it does
    not have, or for several where it takes one.
    """
    if actor.is_bot:
        raise errors.bots_cannot()
    async with ctx.edits.hold(message_id):
        require_place(ctx, actor, channel_id, Permissions.READ_MESSAGE_HISTORY)
        row = await ctx.store.read_message(channel_id, message_id)
        before = set(await ctx.store.read_votes(message_id, actor.user_id))
        place = require_place(ctx, actor, channel_id, Permissions.READ_MESSAGE_HISTORY)
        if place.guild is not None and is_timed_out(ctx, place.guild, actor.user_id):
            raise errors.missing_permissions()
        require_awake(place)
        row, poll = _require_poll(row)
        if _has_ended(ctx, poll):
            raise errors.ActionError(400, _EXPIRED, "Poll expired")
        if ctx.relations.blocks(row.author_id, actor.user_id):
            raise errors.ActionError(403, _BLOCKED, "Poll voting blocked")
        after = _chosen(poll, request)
        if after == before:
            return
        events = [
            *(_voted(place, row, actor, answer_id, is_new=False) for answer_id in sorted(before - after)),
            *(_voted(place, row, actor, answer_id, is_new=True) for answer_id in sorted(after - before)),
        ]
        try:
            await ctx.store.write([SetVotes(row.id, actor.user_id, tuple(sorted(after)))], events)
        except Conflict as conflict:
            raise errors.ActionError(400, _EXPIRED, "Poll expired") from conflict


async def list_voters(
    ctx: Context, actor: Actor, channel_id: int, message_id: int, answer_id: int, *, after: int = 0, limit: int = 25
) -> Voters:
    """Who voted for an answer, by id, 1 to 100 of them: READ_MESSAGE_HISTORY."""
    fields.require_range("limit", limit, 1, MAX_PAGE)
    require_place(ctx, actor, channel_id, Permissions.READ_MESSAGE_HISTORY)
    row, poll = _require_poll(await ctx.store.read_message(channel_id, message_id))
    if all(answer.id != answer_id for answer in poll.answers):
        raise _unknown_answer("answer_id", answer_id)
    found = await ctx.store.read_voters(row.id, answer_id, after=after, limit=limit)
    require_place(ctx, actor, channel_id, Permissions.READ_MESSAGE_HISTORY)
    return Voters(users=[ctx.users.wire(user_id) for user_id in found])


async def end_poll(ctx: Context, actor: Actor, channel_id: int, message_id: int) -> Message:
    """End an own poll now. Raises ActionError 50005 for another's, 520006 for what is none, 520001 when it has ended."""
    async with ctx.edits.hold(message_id):
        place = require_place(ctx, actor, channel_id)
        row = await ctx.store.read_message(channel_id, message_id)
        place = require_place(ctx, actor, channel_id)
        row, poll = _require_poll(row)
        if row.author_id != actor.user_id:
            raise errors.cannot_edit_others_message()
        require_awake(place)
        if _has_ended(ctx, poll):
            raise errors.ActionError(400, _EXPIRED, "Poll expired")
        changed = await _finish(ctx, place, row, poll)
    return (await message_objects.messages(ctx, place.guild, [changed], actor.user_id))[0]


async def finish_due(ctx: Context) -> int:
    """Tell the results of polls whose time is over; return how many there were."""
    due = await ctx.store.read_open_polls(ctx.now_ms(), limit=FINISHED_AT_ONCE)
    for found in due:
        async with ctx.edits.hold(found.message_id):
            row = await ctx.store.read_message(found.channel_id, found.message_id)
            place = _place_of(ctx, found.channel_id)
            poll = None if row is None or row.extras is None else row.extras.poll
            if row is None or place is None or poll is None or poll.is_finalized:
                await _forget(ctx, found.message_id)
                continue
            with contextlib.suppress(errors.ActionError):  # it was deleted meanwhile
                await _finish(ctx, place, row, poll)
    return len(due)


async def run(ctx: Context) -> None:
    """End polls in time, also those whose time ended while no server ran, until cancelled."""
    while True:
        try:
            while await finish_due(ctx) >= FINISHED_AT_ONCE:
                pass
        except Exception:
            logger.exception("polls could not be ended")
        await asyncio.sleep(CHECK_INTERVAL_S)


def _require_poll(row: MessageRow | None) -> tuple[MessageRow, PollRow]:
    if row is None:
        raise errors.unknown_message()
    if row.extras is None or row.extras.poll is None or row.type == MessageType.THREAD_STARTER_MESSAGE:
        raise errors.ActionError(400, _NO_POLL, "Cannot expire a non-poll message")
    return row, row.extras.poll


def _has_ended(ctx: Context, poll: PollRow) -> bool:
    return poll.is_finalized or poll.expires_ms <= ctx.now_ms()


def _chosen(poll: PollRow, request: VoteRequest) -> set[int]:
    known = {answer.id for answer in poll.answers}
    chosen = set(map(int, request.answer_ids))
    for answer_id in request.answer_ids:
        if answer_id not in known:
            raise _unknown_answer("answer_ids", answer_id)
    if len(chosen) > 1 and not poll.is_multiselect:
        raise errors.invalid_field("answer_ids", "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 1 in length.")
    return chosen


def _unknown_answer(field: str, answer_id: int) -> errors.ActionError:
    return errors.invalid_field(field, "BASE_TYPE_BAD_VALUE", f"The poll has no answer {int(answer_id)}.")


def _voted(place: Place, row: MessageRow, actor: Actor, answer_id: int, *, is_new: bool) -> Event:
    kind = PollVoteAdd if is_new else PollVoteRemove
    payload = kind(
        user_id=actor.user_id,
        channel_id=row.channel_id,
        message_id=row.id,
        answer_id=answer_id,
        guild_id=place.guild_id,
    )
    return place.event("MESSAGE_POLL_VOTE_ADD" if is_new else "MESSAGE_POLL_VOTE_REMOVE", payload)


def _place_of(ctx: Context, channel_id: int) -> Place | None:
    state = ctx.guilds.of_channel(channel_id)
    channel: ChannelRow | None = ctx.directs.get(channel_id) if state is None else state.find_channel(channel_id)
    return None if channel is None else Place(channel=channel, guild=state, granted=ALL)


async def _forget(ctx: Context, message_id: Snowflake) -> None:
    try:
        await ctx.store.write([ClosePoll(message_id)])
    except Conflict:
        return  # its message went with it


async def _finish(ctx: Context, place: Place, row: MessageRow, poll: PollRow) -> MessageRow:
    """Close a poll, count its votes, and tell the result. The caller holds the message's lock."""
    counts = await ctx.store.read_answer_counts([row.id], 0)  # nobody votes meanwhile: the lock is held
    ended = msgspec.structs.replace(poll, is_finalized=True, expires_ms=min(poll.expires_ms, ctx.now_ms()))
    changed = msgspec.structs.replace(row, extras=msgspec.structs.replace(row.extras or MessageExtras(), poll=ended))
    shown = message_objects.message(ctx, place.guild, changed, answers=counts)
    result = _result(ctx, changed, ended, counts)
    try:
        await write(
            ctx,
            Step([ClosePoll(row.id), UpdateMessage(changed)], [message_objects.updated(ctx, place, changed, shown)]),
            announce(ctx, place, result),
        )
    except Conflict as conflict:
        raise errors.unknown_message() from conflict
    return changed


def _result(ctx: Context, row: MessageRow, poll: PollRow, counts: list[AnswerCount]) -> MessageRow:
    """The message that tells a poll's result; its author is the poll's, who is named by it."""
    extras = row.extras
    return MessageRow(
        id=ctx.next_id(),
        channel_id=row.channel_id,
        author_id=row.author_id,
        type=MessageType.POLL_RESULT,
        mention_ids=(row.author_id,) if ctx.users.get(row.author_id) is not None else (),
        reference=ReferenceRow(channel_id=row.channel_id, message_id=row.id),
        embeds=codec.encode([_ResultEmbed(fields=_result_fields(ctx, poll, counts))]),
        extras=None if extras is None or extras.webhook_id is None else msgspec.structs.replace(extras, poll=None),
    )


def _result_fields(ctx: Context, poll: PollRow, counts: list[AnswerCount]) -> list[_Field]:
    most = max((count.count for count in counts), default=0)
    winners = [count.answer_id for count in counts if count.count == most]
    found = [
        _Field("poll_question_text", poll.question),
        _Field("victor_answer_votes", str(most)),
        _Field("total_votes", str(sum(count.count for count in counts))),
    ]
    if len(winners) == 1:
        found += _winner_fields(ctx, next(answer for answer in poll.answers if answer.id == winners[0]))
    return found


def _winner_fields(ctx: Context, answer: PollAnswerRow) -> list[_Field]:
    found = [_Field("victor_answer_id", str(answer.id))]
    if answer.text is not None:
        found.append(_Field("victor_answer_text", answer.text))
    if answer.emoji_id is not None:
        emoji = ctx.guilds.emojis.get(answer.emoji_id)
        is_animated = emoji is not None and emoji.is_animated
        found += [
            _Field("victor_answer_emoji_id", str(int(answer.emoji_id))),
            _Field("victor_answer_emoji_animated", "true" if is_animated else "false"),
        ]
    if answer.emoji_name is not None:
        found.append(_Field("victor_answer_emoji_name", answer.emoji_name))
    return found
