"""What a user does with polls: make one, vote, see who voted, end one's own."""

from collections.abc import Callable, Sequence

import msgspec

from tuichat.client import poll_votes, timeline
from tuichat.client.change import Change
from tuichat.client.errors import ClientError
from tuichat.client.rest import Rest
from tuichat.client.routes import Repeat, Request, make_request
from tuichat.client.state import State
from tuichat.protocol.message import Message
from tuichat.protocol.poll import CreatePollRequest
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User

WHO_PAGE = 100
MAX_ANSWERS, MAX_QUESTION_CHARACTERS, MAX_ANSWER_CHARACTERS = (
    10,
    300,
    55,
)  # Discord's documentation, "Poll Create Request"
MAX_HOURS = 768  # likewise: 32 days


class Votes(msgspec.Struct, frozen=True):
    """PUT .../polls/MESSAGE/answers/@me: all answers that one votes for."""

    answer_ids: list[Snowflake]


class Voters(msgspec.Struct, frozen=True):
    users: list[User]


def set_votes(channel_id: int, message_id: int, answer_ids: Sequence[int]) -> Request:
    body = Votes([Snowflake(answer_id) for answer_id in answer_ids])
    return make_request("PUT", "/channels/{}/polls/{}/answers/@me", channel_id, message_id, body=body)


def list_voters(channel_id: int, message_id: int, answer_id: int, after: int) -> Request:
    query = {"limit": str(WHO_PAGE), "after": str(after)}
    return make_request("GET", "/channels/{}/polls/{}/answers/{}", channel_id, message_id, answer_id, query=query)


def end_poll(channel_id: int, message_id: int) -> Request:
    return make_request("POST", "/channels/{}/polls/{}/expire", channel_id, message_id, repeat=Repeat.UNSAFE)


def create_poll(channel_id: int, poll: CreatePollRequest, nonce: str) -> Request:
    body = CreateMessageRequest(poll=poll, nonce=nonce, enforce_nonce=True)
    return make_request("POST", "/channels/{}/messages", channel_id, body=body)


class Polls:
    """One account's. Every call raises ClientError alone."""

    def __init__(self, state: State, rest: Rest, emit: Callable[[Sequence[Change]], None]) -> None:
        self._state = state
        self._rest = rest
        self._emit = emit

    async def vote(self, channel_id: int, message_id: int, answer_ids: frozenset[int]) -> None:
        """Vote for these answers and no others. It shows at once, and goes again where the server says no."""
        entry = self._state.shown(channel_id).find(message_id)
        before = frozenset() if entry is None else poll_votes.own_votes(entry.message)
        self._show(channel_id, message_id, before, answer_ids)
        try:
            await self._rest.perform(set_votes(channel_id, message_id, sorted(answer_ids)))
        except ClientError:
            self._show(channel_id, message_id, answer_ids, before)
            raise

    def _show(self, channel_id: int, message_id: int, before: frozenset[int], after: frozenset[int]) -> None:
        def turned(message: Message) -> Message:
            for answer_id in before ^ after:
                message = poll_votes.voted(message, answer_id, is_own=True, is_new=answer_id in after)
            return message

        for known in self._state.all_timelines(channel_id):
            self._emit(timeline.change(known, message_id, turned))

    async def voters(self, channel_id: int, message_id: int, answer_id: int, after: int = 0) -> list[User]:
        """Return up to WHO_PAGE people who voted so, by id, those after the last one of the page before."""
        return (await self._rest.get(list_voters(channel_id, message_id, answer_id, after), Voters)).users

    async def end(self, channel_id: int, message_id: int) -> None:
        """End one's own poll now; its message changes by a dispatch."""
        await self._rest.perform(end_poll(channel_id, message_id))

    async def create(self, channel_id: int, poll: CreatePollRequest, nonce: str) -> Message:
        """Ask a question in a channel; the same nonce makes no second poll."""
        return await self._rest.get(create_poll(channel_id, poll, nonce), Message)
