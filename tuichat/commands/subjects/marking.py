"""Commands about what people put on messages: reactions, and polls with their votes."""

import time
from datetime import datetime, timedelta
from typing import Annotated

from msgspec import UNSET

from tuichat.client import poll_votes
from tuichat.client.errors import RefusedError
from tuichat.client.message_marks import WHO_PAGE
from tuichat.client.polls import MAX_ANSWER_CHARACTERS, MAX_ANSWERS, MAX_HOURS, MAX_QUESTION_CHARACTERS
from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, FoundMessage, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.kinds import Between
from tuichat.commands.naming.guild_place import not_allowed
from tuichat.commands.naming.named_message import HELP
from tuichat.commands.naming.names import find_emoji, find_user
from tuichat.commands.parser import next_word
from tuichat.commands.subjects.telling import told
from tuichat.protocol.json import printable
from tuichat.protocol.message import Reaction
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.poll import CreatePollRequest, NewAnswer, Poll, PollMedia
from tuichat.protocol.user import User
from tuichat.text.permission_words import needs
from tuichat.text.poll_words import answer_text, is_ended, question_text
from tuichat.text.safe_text import safe_name
from tuichat.translation import _

ALL = "all"
MAX_DIGITS = 6  # of an answer's number: far more than any poll has, and soon read
MAX_PEOPLE = 200  # who reacted or voted, of one kind (taste)


@command
async def unreact(
    context: CommandContext,
    message: Annotated[FoundMessage, HELP],
    emoji: Annotated[str, "an emoji or its name; all takes every reaction away, as a moderator"],
    whose: Annotated[str | None, "as a moderator: @name, or all; yours without"] = None,
) -> Outcome:
    """Take a reaction of yours back, or others' as a moderator."""
    client, channel_id, message_id = message.client, message.channel_id, int(message.message.id)
    if emoji == ALL or whose is not None:
        if not client.state.permissions(channel_id) & Permissions.MANAGE_MESSAGES:
            raise RefusedError(not_allowed(needs(Permissions.MANAGE_MESSAGES)))
        wanted = None if emoji == ALL else find_emoji(emoji, client.state, channel_id)
        user = None if whose in (None, ALL) else find_user(whose or "", context)
        await client.marks.remove_reactions(channel_id, message_id, wanted, None if user is None else int(user.id))
        return Outcome(text=_("These reactions are gone."))
    own = find_emoji(emoji, client.state, channel_id)
    if not any(each.me and (each.emoji.id, each.emoji.name) == (own.id, own.name) for each in _reactions(message)):
        raise RefusedError(_("You have not reacted so."))
    await client.marks.take_back(channel_id, message_id, own)
    return Outcome()


@command
async def reactions(context: CommandContext, message: Annotated[FoundMessage, HELP]) -> Outcome:
    """Tell who reacted to a message, and how."""
    lines = []
    for each in _reactions(message):
        people: list[User] = []
        while len(people) < MAX_PEOPLE:
            after = int(people[-1].id) if people else 0
            page = await message.client.marks.reactors(message.channel_id, int(message.message.id), each.emoji, after)
            people += page
            if len(page) < WHO_PAGE:
                break
        sign = (
            f":{safe_name(each.emoji.name or '?')}:" if each.emoji.id is not None else safe_name(each.emoji.name or "?")
        )
        lines.append(f"{sign} {each.count}: {_names(people)}")
    return told(context, _("Who reacted"), lines, _("Nobody has reacted to it yet."))


@command
async def poll(
    context: CommandContext,
    question: Annotated[str, "what is asked; in quotes where it has blanks"],
    answers: Annotated[Text, "two answers or more; in quotes where they have blanks"],
    *,
    lasts: Annotated[
        timedelta, Between(timedelta(hours=1), timedelta(hours=MAX_HOURS)), "how long one may vote"
    ] = timedelta(days=1),
    several: Annotated[bool, "whether one may choose several answers"] = False,
) -> Outcome:
    """Ask in a poll in the open channel."""
    client, channel_id = context.require_client(), context.require_channel()
    state = client.state
    needed = Permissions.SEND_MESSAGES | Permissions.SEND_POLLS
    if state.guild_of(channel_id) is not None and state.permissions(channel_id) & needed != needed:
        raise RefusedError(not_allowed(needs(Permissions.SEND_POLLS)))
    wanted = CreatePollRequest(
        question=PollMedia(text=_short(question, MAX_QUESTION_CHARACTERS, "QUESTION")),
        answers=[NewAnswer(poll_media=PollMedia(text=each)) for each in _answers(answers)],
        duration=round(lasts.total_seconds() / 3600),
        allow_multiselect=several,
    )
    made = await client.polls.create(channel_id, wanted, str(time.time_ns() // 1_000_000))
    return Outcome(text=_("The poll is there: /vote {id} 1 votes for its first answer.").format(id=int(made.id)))


@command
async def vote(
    context: CommandContext,
    message: Annotated[FoundMessage, HELP],
    answers: Annotated[Text | None, "the answers' numbers, as in 1 3; without, your vote is taken back"] = None,
) -> Outcome:
    """Vote in a poll."""
    asked = _poll(message)
    wanted = (answers or "").replace(",", " ").split()
    ids = [each.answer_id for each in asked.answers]
    numbers = [int(each) if each.isascii() and each.isdigit() and len(each) <= MAX_DIGITS else 0 for each in wanted]
    if not all(1 <= each <= len(ids) for each in numbers):
        raise CommandError(_("ANSWERS are numbers from 1 to {most}.").format(most=len(ids)))
    if len(wanted) > 1 and not asked.allow_multiselect:
        raise CommandError(_("This poll takes one answer."))
    chosen = frozenset(ids[each - 1] for each in numbers)
    if chosen != poll_votes.own_votes(message.message):
        await message.client.polls.vote(message.channel_id, int(message.message.id), chosen)
    return Outcome()


@command
async def voters(context: CommandContext, message: Annotated[FoundMessage, HELP]) -> Outcome:
    """Tell what a poll asks, and who voted how."""
    asked = _poll(message)
    lines = []
    for number, answer in enumerate(asked.answers, 1):
        people: list[User] = []
        while len(people) < MAX_PEOPLE:
            after = int(people[-1].id) if people else 0
            page = await message.client.polls.voters(
                message.channel_id, int(message.message.id), answer.answer_id, after
            )
            people += page
            if len(page) < WHO_PAGE:
                break
        lines.append(f"{number}. {answer_text(answer)}: {_names(people) or _('nobody')}")
    return told(context, question_text(asked), lines)


@command
async def endpoll(context: CommandContext, message: Annotated[FoundMessage, HELP]) -> Outcome:
    """End a poll of yours now: nobody can vote after that."""
    asked = _poll(message)
    me = message.client.state.me
    if me is None or message.message.author.id != me.id:
        raise RefusedError(_("Who asked in a poll ends it: this one is not yours."))
    if is_ended(asked, datetime.now().astimezone()):
        raise RefusedError(_("This poll has ended already."))
    await message.client.polls.end(message.channel_id, int(message.message.id))
    return Outcome(text=_("The poll has ended."))


def _reactions(found: FoundMessage) -> list[Reaction]:
    known = found.message.reactions
    return [] if known is UNSET or not known else list(known)


def _names(people: list[User]) -> str:
    return ", ".join(f"@{printable(each.username)}" for each in people)


def _poll(found: FoundMessage) -> Poll:
    if not isinstance(found.message.poll, Poll):
        raise RefusedError(_("That message is no poll."))
    return found.message.poll


def _answers(text: str) -> list[str]:
    found, position = [], 0
    while (word := next_word(text, position)) is not None:
        found.append(_short(word.text, MAX_ANSWER_CHARACTERS, "ANSWERS"))
        position = word.end
    if not 2 <= len(found) <= MAX_ANSWERS:
        words = _('A poll takes 2 to {most} answers, these are {count}: /poll "What?" this "or that".')
        raise CommandError(words.format(most=MAX_ANSWERS, count=len(found)))
    return found


def _short(text: str, limit: int, name: str) -> str:
    if not text.strip() or len(text) > limit:
        words = _("{name}: 1 to {limit} characters, these are {count}.")
        raise CommandError(words.format(name=name, limit=limit, count=len(text)))
    return text
