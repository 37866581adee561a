"""Following, an extension of ours: people, clubs (guilds) and topics that one wants to hear of.

PUT and DELETE /tuichat/follows/users/{user_id}, /tuichat/follows/guilds/{guild_id}; PUT /tuichat/follows/topics.
"""

import msgspec

from tuichat.protocol.live_room import FoundRoom
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User

MAX_FOLLOWED = 1000  # taste: of people, and of clubs
MAX_TOPICS = 20


class Follows(msgspec.Struct, frozen=True, kw_only=True):
    """GET /tuichat/follows: whom and what one follows. Also TUICHAT_FOLLOWS_UPDATE, to one's own sessions."""

    users: list[User]
    guild_ids: list[Snowflake]
    topics: list[str]


class FollowsUpdate(Follows, frozen=True, kw_only=True):
    """TUICHAT_FOLLOWS_UPDATE."""


class ChooseTopicsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """PUT /tuichat/follows/topics: these tags from now on. Answer: the Follows."""

    topics: list[str]


class FollowedLive(msgspec.Struct, frozen=True, kw_only=True):
    """TUICHAT_FOLLOWED_LIVE: somebody, or a club, that one follows started a room, or is to speak in one. Once a room and reason.

    `reason` is "started", "speaks" or "club"; `user` None for a club.
    """

    room: FoundRoom
    reason: str
    user: User | None = None
