"""The hallway over a real server: what one finds, who is told, and how a public room of strangers lets one in."""

import time
from collections.abc import Sequence
from pathlib import Path

from tests.client.running import FixedLocator, make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tests.server.running import Account
from tuichat.client.arrival import arrived
from tuichat.client.change import Change, FollowedWentLive
from tuichat.client.client import Client
from tuichat.client.endpoint import Endpoint, parse_url
from tuichat.client.event_plan import EventPlan
from tuichat.client.gateway import Target
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.follow import FEATURE as FOLLOWS
from tuichat.protocol.follow import FollowedGuild
from tuichat.protocol.live_room import FEATURE as ROOMS
from tuichat.protocol.live_room import Openness
from tuichat.protocol.scheduled_event import EntityType


class OwnServer(FixedLocator):
    """A server of ours, which says what it knows."""

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__(endpoint)
        self._target = Target(endpoint, endpoint.gateway_url, features=frozenset({FOLLOWS, ROOMS}))

    async def find(self) -> Target:
        return self._target


def open_client(site: Site, account: Account, path: Path) -> Client:
    endpoint = parse_url(site.server.base_url)
    return make_client(endpoint, account, path, locator=OwnServer(endpoint))


def told(client: Client) -> list[tuple[str, str]]:
    """Note who of those one follows is live."""
    heard: list[tuple[str, str]] = []

    def listen(changes: Sequence[Change]) -> None:
        heard.extend((each.reason, each.found.room.topic) for each in changes if isinstance(each, FollowedWentLive))

    client.subscribe(listen)
    return heard


async def test_a_room_is_found_and_told_and_lets_strangers_in(site: Site, tmp_path: Path) -> None:
    stranger = await site.server.register("stranger")
    async with (
        running(open_client(site, site.other, tmp_path)) as owner,
        running(open_client(site, site.me, tmp_path)) as me,
        running(open_client(site, stranger, tmp_path)) as far,
    ):
        guild_id = int(next(iter(owner.state.guilds)))
        guild = owner.state.guilds[guild_id].guild
        stage = await owner.places.create_channel(guild_id, "Stage", ChannelType.STAGE)
        await until(lambda: stage.id in me.state.channels)
        await me.follows.follow_user(next(user for user in me.state.users.values() if user.username == "other"))
        heard, heard_far = told(me), told(far)
        await owner.live_rooms.start(
            int(stage.id), "Bees in winter", tags=["bees"], openness=Openness.PUBLIC, description="We answer."
        )
        await until(lambda: heard == [("started", "Bees in winter")])
        (room,) = await me.hallway.live()
        assert (room.room.topic, room.is_member, room.may_join) == ("Bees in winter", True, True)
        assert await me.hallway.live("honey") == []
        (room,) = await far.hallway.live("#BEES answer")
        assert (room.is_member, room.may_join, room.guild_name) == (False, True, guild.name)
        await far.follows.follow_guild(FollowedGuild(id=room.room.guild_id, name=room.guild_name))
        await owner.live_rooms.end(int(stage.id))
        await until(lambda: owner.state.room(int(stage.id)) is None)
        await owner.live_rooms.start(int(stage.id), "Bees in spring", openness=Openness.PUBLIC)
        await until(lambda: heard_far == [("club", "Bees in spring")])
        assert int(stage.id) not in far.state.channels
        await far.live_rooms.join_public(int(stage.id))
        assert await arrived(far, int(stage.id))


async def test_what_comes_is_listed_over_all_guilds(site: Site, tmp_path: Path) -> None:
    async with running(open_client(site, site.other, tmp_path)) as owner:
        start_ms = time.time_ns() // 1_000_000 + 3_600_000
        for number, guild_id in enumerate([int(each) for each in owner.state.guilds]):
            plan = EventPlan(
                name=f"Honey {number}",
                kind=EntityType.EXTERNAL,
                start_ms=start_ms,
                end_ms=start_ms + 3_600_000,
                location="The hive",
            )
            await owner.events.create(guild_id, plan)
        listed = await owner.hallway.coming()
        assert [each.event.name for each in listed] == ["Honey 0"]
        assert listed[0].is_interested
