"""What people put on a message: reactions, pins, and copies of it elsewhere."""

from collections.abc import Callable, Sequence

from tuichat.client import reactions
from tuichat.client.change import Change, MessageChanged
from tuichat.client.errors import ClientError
from tuichat.client.rest import Rest
from tuichat.client.routes import Repeat, Request, make_request
from tuichat.client.state import State
from tuichat.protocol.message import Message, MessageReference, ReactionEmoji
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User

WHO_PAGE = 100
FORWARD = 1  # a message reference's type


def emoji_path(emoji: ReactionEmoji) -> str:
    """Return an emoji as routes name it: itself, or `name:id` of a guild's own."""
    return f"{emoji.name or '_'}:{int(emoji.id)}" if emoji.id is not None else emoji.name or ""


def add_reaction(channel_id: int, message_id: int, emoji: ReactionEmoji) -> Request:
    return make_request("PUT", "/channels/{}/messages/{}/reactions/{}/@me", channel_id, message_id, emoji_path(emoji))


def remove_reaction(channel_id: int, message_id: int, emoji: ReactionEmoji) -> Request:
    return make_request(
        "DELETE", "/channels/{}/messages/{}/reactions/{}/@me", channel_id, message_id, emoji_path(emoji)
    )


def remove_others(channel_id: int, message_id: int, emoji: ReactionEmoji | None, user_id: int | None) -> Request:
    """Take away what others put: of one of them, all with an emoji, or all."""
    if emoji is None:
        return make_request("DELETE", "/channels/{}/messages/{}/reactions", channel_id, message_id)
    path = emoji_path(emoji)
    if user_id is None:
        return make_request("DELETE", "/channels/{}/messages/{}/reactions/{}", channel_id, message_id, path)
    return make_request("DELETE", "/channels/{}/messages/{}/reactions/{}/{}", channel_id, message_id, path, user_id)


def list_reactors(channel_id: int, message_id: int, emoji: ReactionEmoji, after: int) -> Request:
    query = {"limit": str(WHO_PAGE), "after": str(after)}
    return make_request(
        "GET", "/channels/{}/messages/{}/reactions/{}", channel_id, message_id, emoji_path(emoji), query=query
    )


def pin_message(channel_id: int, message_id: int) -> Request:
    return make_request("PUT", "/channels/{}/messages/pins/{}", channel_id, message_id)


def forward_message(channel_id: int, message_id: int, to_channel_id: int, nonce: str) -> Request:
    reference = MessageReference(type=FORWARD, channel_id=Snowflake(channel_id), message_id=Snowflake(message_id))
    body = CreateMessageRequest(message_reference=reference, nonce=nonce, enforce_nonce=True)
    return make_request("POST", "/channels/{}/messages", to_channel_id, body=body, repeat=Repeat.SAFE)


class MessageMarks:
    """One account's. Every call raises ClientError alone."""

    def __init__(self, state: State, rest: Rest, emit: Callable[[Sequence[Change]], None]) -> None:
        self._state = state
        self._rest = rest
        self._emit = emit

    async def toggle_reaction(self, channel_id: int, message_id: int, emoji: ReactionEmoji) -> None:
        """React, or take one's reaction back. It shows at once, and goes again where the server says no."""
        is_new = not self._has_own(channel_id, message_id, emoji)
        self._show(channel_id, message_id, emoji, is_new=is_new)
        wanted = add_reaction if is_new else remove_reaction
        try:
            await self._rest.perform(wanted(channel_id, message_id, emoji))
        except ClientError:
            self._show(channel_id, message_id, emoji, is_new=not is_new)
            raise

    async def take_back(self, channel_id: int, message_id: int, emoji: ReactionEmoji) -> None:
        """Take one's reaction back, also of a message that is not at hand."""
        await self._rest.perform(remove_reaction(channel_id, message_id, emoji))

    def _has_own(self, channel_id: int, message_id: int, emoji: ReactionEmoji) -> bool:
        entry = self._state.timeline(channel_id).find(message_id)
        known = entry.message.reactions if entry is not None else None
        return isinstance(known, list) and any(each.me and reactions.is_same(each.emoji, emoji) for each in known)

    def _show(self, channel_id: int, message_id: int, emoji: ReactionEmoji, *, is_new: bool) -> None:
        entry = self._state.timeline(channel_id).find(message_id)
        if entry is None:
            return
        change = reactions.added if is_new else reactions.removed
        changed = change(entry.message, emoji, is_own=True)
        if changed is not entry.message:
            entry.message = changed
            entry.revision += 1
            self._emit([MessageChanged(channel_id, entry.key)])

    async def reactors(self, channel_id: int, message_id: int, emoji: ReactionEmoji, after: int = 0) -> list[User]:
        """Return up to WHO_PAGE people who reacted so, by id, those after the last one of the page before."""
        return await self._rest.get(list_reactors(channel_id, message_id, emoji, after), list[User])

    async def remove_reactions(
        self, channel_id: int, message_id: int, emoji: ReactionEmoji | None = None, user_id: int | None = None
    ) -> None:
        """Take reactions away as a moderator: one user's, all with an emoji, or all of the message's."""
        await self._rest.perform(remove_others(channel_id, message_id, emoji, user_id))

    async def pin(self, channel_id: int, message_id: int) -> None:
        await self._rest.perform(pin_message(channel_id, message_id))

    async def forward(self, channel_id: int, message_id: int, to_channel_id: int, nonce: str) -> Message:
        """Put a copy of a message into another channel; the same nonce makes no second one."""
        return await self._rest.get(forward_message(channel_id, message_id, to_channel_id, nonce), Message)


def emoji_of(text: str) -> ReactionEmoji:
    """Return the emoji that `name:id` or a unicode emoji stands for."""
    name, _, emoji_id = text.partition(":")
    return ReactionEmoji(name=name, id=Snowflake(emoji_id)) if emoji_id.isdigit() else ReactionEmoji(name=text)
