"""Whom and what one follows: people, clubs (guilds) and topics whose rooms one wants to hear of."""

from collections.abc import Callable, Sequence

import msgspec

from tuichat.client.change import Change, FollowsChanged
from tuichat.client.errors import RefusedError
from tuichat.client.reducer import follows as reducing
from tuichat.client.rest import Rest
from tuichat.client.routes import Request, make_request
from tuichat.client.state import State
from tuichat.protocol.follow import FEATURE, MAX_TOPICS, ChooseTopicsRequest, FollowedGuild
from tuichat.protocol.follow import Follows as Followed
from tuichat.protocol.live_room import MAX_TAG_CHARACTERS
from tuichat.protocol.room_search import fold
from tuichat.protocol.user import User
from tuichat.translation import _


def list_follows() -> Request:
    return make_request("GET", "/tuichat/follows")


def follow_user(method: str, user_id: int) -> Request:
    return make_request(method, "/tuichat/follows/users/{}", user_id)


def follow_guild(method: str, guild_id: int) -> Request:
    return make_request(method, "/tuichat/follows/guilds/{}", guild_id)


def choose_topics(topics: Sequence[str]) -> Request:
    return make_request("PUT", "/tuichat/follows/topics", body=ChooseTopicsRequest(topics=list(topics)))


class Follows:
    """One account's. What changes comes as a dispatch too, to all its sessions. Every call raises ClientError alone."""

    def __init__(self, state: State, rest: Rest, emit: Callable[[Sequence[Change]], None]) -> None:
        self._state = state
        self._rest = rest
        self._emit = emit

    @property
    def is_possible(self) -> bool:
        """Whether the server knows following."""
        return FEATURE in self._state.features

    async def load(self) -> None:
        """Learn, at the beginning of a session, what one follows."""
        if self.is_possible:
            self._put(await self._rest.get(list_follows(), Followed))

    async def follow_user(self, user: User) -> None:
        self._require()
        await self._rest.perform(follow_user("PUT", user.id))
        known = self._state.follows
        if not known.follows(user.id):
            self._put(msgspec.structs.replace(known, users=[*known.users, user]))

    async def unfollow_user(self, user_id: int) -> None:
        self._require()
        await self._rest.perform(follow_user("DELETE", user_id))
        known = self._state.follows
        self._put(msgspec.structs.replace(known, users=[each for each in known.users if each.id != user_id]))

    async def follow_guild(self, guild: FollowedGuild) -> None:
        self._require()
        await self._rest.perform(follow_guild("PUT", guild.id))
        known = self._state.follows
        if not known.follows_guild(guild.id):
            self._put(msgspec.structs.replace(known, guilds=[*known.guilds, guild]))

    async def unfollow_guild(self, guild_id: int) -> None:
        self._require()
        await self._rest.perform(follow_guild("DELETE", guild_id))
        known = self._state.follows
        self._put(msgspec.structs.replace(known, guilds=[each for each in known.guilds if each.id != guild_id]))

    async def choose_topics(self, topics: Sequence[str]) -> list[str]:
        """Follow these topics and no others; return them as the server keeps them. Raises RefusedError over a limit."""
        self._require()
        told = await self._rest.get(choose_topics(checked_topics(topics)), Followed)
        self._put(told)
        return told.topics

    def _require(self) -> None:
        if not self.is_possible:
            raise RefusedError(_("This server knows no following."))

    def _put(self, follows: Followed) -> None:
        reducing.put_follows(self._state, follows)
        self._emit([FollowsChanged()])


def checked_topics(typed: Sequence[str]) -> list[str]:
    """Return topics without blanks and signs around them, each once. Raises RefusedError naming the limits."""
    topics: dict[str, str] = {}
    for each in typed:
        topic = " ".join(each.lstrip("# \t").split())
        if not topic:
            continue
        if len(topic) > MAX_TAG_CHARACTERS:
            words = _("A topic has at most {limit} characters; {topic} has {count}.")
            raise RefusedError(words.format(limit=MAX_TAG_CHARACTERS, topic=topic, count=len(topic)))
        topics.setdefault(fold(topic), topic)
    if len(topics) > MAX_TOPICS:
        words = _("You can follow {limit} topics at most; these are {count}.")
        raise RefusedError(words.format(limit=MAX_TOPICS, count=len(topics)))
    return list(topics.values())
