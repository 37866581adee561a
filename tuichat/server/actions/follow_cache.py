"""Whom and what people follow, in memory: every room that starts asks who wants to hear of it."""

from collections.abc import Iterable

from tuichat.server.store.social_rows import FollowedGuildRow, FollowedTopicsRow, FollowedUserRow


class FollowCache:
    """Every user's people, clubs and topics, and who follows a person or a club. Only actions change it, once the store
    has committed. It is as large as all follows are: at most 2000 a user (`follow.MAX_FOLLOWED`).
    """

    def __init__(
        self,
        users: Iterable[FollowedUserRow] = (),
        guilds: Iterable[FollowedGuildRow] = (),
        topics: Iterable[FollowedTopicsRow] = (),
    ) -> None:
        self._users: dict[
            int, dict[int, FollowedUserRow]
        ] = {}  # by who follows and whom, in the order in which it began
        self._guilds: dict[int, dict[int, FollowedGuildRow]] = {}
        self._topics: dict[int, FollowedTopicsRow] = {}
        self._followers: dict[int, set[int]] = {}
        self._guild_followers: dict[int, set[int]] = {}
        for user in users:
            self.put_user(user)
        for guild in guilds:
            self.put_guild(guild)
        for chosen in topics:
            self.put_topics(chosen)

    def follows(self, follower_id: int, user_id: int) -> bool:
        return user_id in self._users.get(follower_id, ())

    def follows_guild(self, follower_id: int, guild_id: int) -> bool:
        return guild_id in self._guilds.get(follower_id, ())

    def users(self, follower_id: int) -> list[FollowedUserRow]:
        return list(self._users.get(follower_id, {}).values())

    def user_ids(self, follower_id: int) -> frozenset[int]:
        return frozenset(self._users.get(follower_id, ()))

    def guilds(self, follower_id: int) -> list[FollowedGuildRow]:
        return list(self._guilds.get(follower_id, {}).values())

    def topics(self, follower_id: int) -> tuple[str, ...]:
        row = self._topics.get(follower_id)
        return () if row is None else row.topics

    def followers(self, user_id: int) -> list[int]:
        return sorted(self._followers.get(user_id, ()))

    def guild_followers(self, guild_id: int) -> list[int]:
        return sorted(self._guild_followers.get(guild_id, ()))

    def user(self, follower_id: int, user_id: int) -> FollowedUserRow | None:
        return self._users.get(follower_id, {}).get(user_id)

    def guild(self, follower_id: int, guild_id: int) -> FollowedGuildRow | None:
        return self._guilds.get(follower_id, {}).get(guild_id)

    def put_user(self, row: FollowedUserRow) -> None:
        self._users.setdefault(row.user_id, {})[row.followed_id] = row
        self._followers.setdefault(row.followed_id, set()).add(int(row.user_id))

    def remove_user(self, follower_id: int, user_id: int) -> None:
        _drop(self._users, follower_id, user_id)
        _discard(self._followers, user_id, follower_id)

    def put_guild(self, row: FollowedGuildRow) -> None:
        self._guilds.setdefault(row.user_id, {})[row.guild_id] = row
        self._guild_followers.setdefault(row.guild_id, set()).add(int(row.user_id))

    def remove_guild(self, follower_id: int, guild_id: int) -> None:
        _drop(self._guilds, follower_id, guild_id)
        _discard(self._guild_followers, guild_id, follower_id)

    def put_topics(self, row: FollowedTopicsRow) -> None:
        if row.topics:
            self._topics[row.user_id] = row
        else:
            self._topics.pop(row.user_id, None)

    def forget_guild(self, guild_id: int) -> list[int]:
        """Forget a guild that is gone; return who followed it."""
        followers = self.guild_followers(guild_id)
        for follower_id in followers:
            self.remove_guild(follower_id, guild_id)
        return followers

    def forget_account(self, user_id: int) -> list[int]:
        """Forget somebody who is gone, with all that it followed; return who followed it."""
        followers = self.followers(user_id)
        for follower_id in followers:
            self.remove_user(follower_id, user_id)
        for followed in self.users(user_id):
            self.remove_user(user_id, followed.followed_id)
        for club in self.guilds(user_id):
            self.remove_guild(user_id, club.guild_id)
        self._topics.pop(user_id, None)
        return followers


def _drop(
    rows: dict[int, dict[int, FollowedUserRow]] | dict[int, dict[int, FollowedGuildRow]], key: int, of: int
) -> None:
    inner = rows.get(key)
    if inner is not None:
        inner.pop(of, None)
        if not inner:
            del rows[key]


def _discard(index: dict[int, set[int]], key: int, follower_id: int) -> None:
    found = index.get(key)
    if found is not None:
        found.discard(int(follower_id))
        if not found:
            del index[key]
