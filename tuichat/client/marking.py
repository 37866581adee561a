"""What dispatches put on messages and take off them again: reactions and votes."""

from collections.abc import Callable, Iterable

from tuichat.client import poll_votes, reactions, timeline
from tuichat.client.change import Change, ReactionChanged
from tuichat.client.state import State
from tuichat.protocol.dispatch.message import (
    PollVoteAdd,
    PollVoteRemove,
    ReactionAdd,
    ReactionRemove,
    ReactionRemoveAll,
    ReactionRemoveEmoji,
)
from tuichat.protocol.message import Message

_OfMessage = ReactionAdd | ReactionRemove | ReactionRemoveAll | ReactionRemoveEmoji | PollVoteAdd


def add_reaction(state: State, event: ReactionAdd) -> list[Change]:
    is_own = _is_me(state, event.user_id)
    told = ReactionChanged(event.channel_id, event.message_id, event.user_id, event.emoji, is_added=True)
    return [*_change(state, event, lambda message: reactions.added(message, event.emoji, is_own=is_own)), told]


def remove_reaction(state: State, event: ReactionRemove) -> list[Change]:
    is_own = _is_me(state, event.user_id)
    told = ReactionChanged(event.channel_id, event.message_id, event.user_id, event.emoji, is_added=False)
    return [*_change(state, event, lambda message: reactions.removed(message, event.emoji, is_own=is_own)), told]


def remove_reactions(state: State, event: ReactionRemoveAll) -> list[Change]:
    told = ReactionChanged(event.channel_id, event.message_id, None, None, is_added=False)
    return [*_change(state, event, reactions.cleared), told]


def remove_emoji(state: State, event: ReactionRemoveEmoji) -> list[Change]:
    told = ReactionChanged(event.channel_id, event.message_id, None, event.emoji, is_added=False)
    return [*_change(state, event, lambda message: reactions.cleared(message, event.emoji)), told]


def add_vote(state: State, event: PollVoteAdd) -> list[Change]:
    return _vote(state, event, is_new=True)


def remove_vote(state: State, event: PollVoteRemove) -> list[Change]:
    return _vote(state, event, is_new=False)


def _vote(state: State, event: PollVoteAdd, *, is_new: bool) -> list[Change]:
    is_own = _is_me(state, event.user_id)
    return _change(
        state, event, lambda message: poll_votes.voted(message, event.answer_id, is_own=is_own, is_new=is_new)
    )


def merged(changes: Iterable[list[Change]]) -> list[Change]:
    """Return each change once, whichever timelines it was made in."""
    return list(dict.fromkeys(change for some in changes for change in some))


def _change(state: State, event: _OfMessage, how: Callable[[Message], Message]) -> list[Change]:
    known = state.all_timelines(event.channel_id)
    return merged(timeline.change(each, event.message_id, how) for each in known)


def _is_me(state: State, user_id: int) -> bool:
    return state.me is not None and state.me.id == user_id
