"""Reactions of a message as dispatches change them."""

import msgspec
from msgspec import UNSET

from tuichat.protocol.message import Message, Reaction, ReactionCounts, ReactionEmoji

MAX_EMOJIS = 50  # taste: no honest server shows more on one message
MAX_NAME_CHARACTERS = 64
MAX_COUNT = 2**31


def added(message: Message, emoji: ReactionEmoji, *, is_own: bool) -> Message:
    """Return the message with one more reaction; one's own counts once, however often it is told."""
    known = _of(message)
    for index, reaction in enumerate(known):
        if is_same(reaction.emoji, emoji):
            if is_own and reaction.me:
                return message
            return _with(message, [*known[:index], _counted(reaction, 1, is_own=is_own), *known[index + 1 :]])
    if len(known) >= MAX_EMOJIS or len(emoji.name or "") > MAX_NAME_CHARACTERS:
        return message
    return _with(message, [*known, Reaction(emoji=emoji, count=1, me=is_own, count_details=ReactionCounts(normal=1))])


def removed(message: Message, emoji: ReactionEmoji, *, is_own: bool) -> Message:
    """Return the message with one reaction less."""
    known = _of(message)
    for index, reaction in enumerate(known):
        if is_same(reaction.emoji, emoji):
            if is_own and not reaction.me:
                return message
            left = [] if reaction.count <= 1 else [_counted(reaction, -1, is_own=is_own)]
            return _with(message, [*known[:index], *left, *known[index + 1 :]])
    return message


def cleared(message: Message, emoji: ReactionEmoji | None = None) -> Message:
    """Return the message without reactions, or without those of one emoji."""
    left = [] if emoji is None else [each for each in _of(message) if not is_same(each.emoji, emoji)]
    return _with(message, left)


def kept(message: Message, known: Message) -> Message:
    """A message of MESSAGE_UPDATE tells no reactions: those that are known stay."""
    if message.reactions is not UNSET or known.reactions is UNSET:
        return message
    return msgspec.structs.replace(message, reactions=known.reactions)


def is_same(one: ReactionEmoji, other: ReactionEmoji) -> bool:
    """Whether two are the same emoji: a guild's by its id, whatever it is called now."""
    return one.id == other.id if one.id is not None or other.id is not None else one.name == other.name


def _of(message: Message) -> list[Reaction]:
    return [] if message.reactions is UNSET else message.reactions


def _with(message: Message, reactions: list[Reaction]) -> Message:
    if reactions == _of(message):
        return message
    return msgspec.structs.replace(message, reactions=reactions or UNSET)


def _counted(reaction: Reaction, change: int, *, is_own: bool) -> Reaction:
    count = min(max(reaction.count + change, 1), MAX_COUNT)
    me = change > 0 if is_own else reaction.me
    return msgspec.structs.replace(reaction, count=count, me=me, count_details=ReactionCounts(normal=count))
