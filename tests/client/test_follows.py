"""People, clubs and topics are followed on a real server, and every session of the account knows."""

from pathlib import Path

import pytest

from tests.client.running import FixedLocator, make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tuichat.client.client import Client
from tuichat.client.endpoint import Endpoint, parse_url
from tuichat.client.errors import RefusedError
from tuichat.client.follows import checked_topics
from tuichat.client.gateway import Target
from tuichat.protocol.follow import FEATURE, MAX_TOPICS, FollowedGuild
from tuichat.protocol.snowflake import Snowflake


class FollowingServer(FixedLocator):
    """A server that knows following."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._target = Target(endpoint, endpoint.gateway_url, features=frozenset({FEATURE}))

    async def find(self) -> Target:
        return self._target


def open_client(site: Site, path: Path, *, knows_follows: bool = True) -> Client:
    endpoint = parse_url(site.server.base_url)
    locator = FollowingServer(endpoint) if knows_follows else FixedLocator(endpoint)
    return make_client(endpoint, site.me, path, locator=locator)


def followed(client: Client) -> list[str]:
    known = client.state.follows
    return [*(user.username for user in known.users), *(guild.name for guild in known.guilds), *known.topics]


async def test_what_one_follows_is_known_to_every_session_and_to_the_next(site: Site, tmp_path: Path) -> None:
    async with running(open_client(site, tmp_path / "one")) as one, running(open_client(site, tmp_path / "two")) as two:
        guild = next(iter(one.state.guilds.values())).guild
        other = next(user for user in one.state.users.values() if int(user.id) == int(site.other.user_id))
        await one.follows.follow_user(other)
        await one.follows.follow_guild(FollowedGuild(id=guild.id, name=guild.name))
        assert await one.follows.choose_topics(["#Bees", " ", "Honey"]) == one.state.follows.topics
        everything = followed(one)
        assert everything[:2] == ["other", guild.name]
        await until(lambda: followed(two) == everything)
        await two.follows.unfollow_user(other.id)
        await two.follows.unfollow_guild(guild.id)
        await until(lambda: followed(one) == everything[2:])
    async with running(open_client(site, tmp_path / "three")) as three:
        await until(lambda: followed(three) == everything[2:])


async def test_what_the_server_refuses_changes_nothing(site: Site, tmp_path: Path) -> None:
    async with running(open_client(site, tmp_path)) as me:
        with pytest.raises(RefusedError):
            await me.follows.follow_guild(FollowedGuild(id=Snowflake(4711), name="nowhere"))
        assert followed(me) == []


async def test_a_server_without_following_is_not_asked(site: Site, tmp_path: Path) -> None:
    async with running(open_client(site, tmp_path, knows_follows=False)) as me:
        assert not me.follows.is_possible
        with pytest.raises(RefusedError, match="knows no following"):
            await me.follows.choose_topics(["bees"])


def test_topics_are_cleaned_and_each_counts_once() -> None:
    assert checked_topics(["# Bees", "bees", "", "  cold   frames "]) == ["Bees", "cold frames"]


def test_topics_over_a_limit_are_refused_with_the_limit() -> None:
    with pytest.raises(RefusedError, match="30 characters"):
        checked_topics(["x" * 31])
    with pytest.raises(RefusedError, match=str(MAX_TOPICS)):
        checked_topics([str(number) for number in range(MAX_TOPICS + 1)])
