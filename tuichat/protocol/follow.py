"""Following, an extension of ours: people, clubs (guilds) and topics that one wants to hear of.

GET /tuichat/follows; PUT and DELETE /tuichat/follows/users/{user_id}, /tuichat/follows/guilds/{guild_id}; PUT
/tuichat/follows/topics. One follows whom one can see, bots among them, and clubs that one is in, that are open to find, or
whose public rooms one can join. Whom one blocked, or who blocked one, one follows no more.
"""

import msgspec

from tuichat.protocol.live_room import FoundRoom
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User

FEATURE = "follows"  # of GET /api/v10/tuichat
MAX_FOLLOWED = 1000  # taste: of people, and of clubs
MAX_TOPICS = 20


class FollowedGuild(msgspec.Struct, frozen=True, kw_only=True):
    """A club that one follows, which one need not be in."""

    id: Snowflake
    name: str
    icon: str | None = None


class Follows(msgspec.Struct, frozen=True, kw_only=True):
    """GET /tuichat/follows: whom and what one follows, longest first. Also TUICHAT_FOLLOWS_UPDATE, to one's own sessions."""

    users: list[User] = []
    guilds: list[FollowedGuild] = []
    topics: list[str] = []

    def follows(self, user_id: int) -> bool:
        return any(user.id == user_id for user in self.users)

    def follows_guild(self, guild_id: int) -> bool:
        return any(guild.id == guild_id for guild in self.guilds)


class FollowsUpdate(Follows, frozen=True, kw_only=True):
    """TUICHAT_FOLLOWS_UPDATE: all that one follows now."""


class ChooseTopicsRequest(msgspec.Struct, frozen=True, kw_only=True):
    """PUT /tuichat/follows/topics: these tags from now on, 1 to 30 characters each. Answer: the Follows."""

    topics: list[str]


class FollowedLive(msgspec.Struct, frozen=True, kw_only=True):
    """TUICHAT_FOLLOWED_LIVE: somebody, or a club, that one follows started a room, or is to speak in one. Once a room and reason.

    `reason` is "started", "speaks" or "club"; `user` None for a club.
    """

    room: FoundRoom
    reason: str
    user: User | None = None
