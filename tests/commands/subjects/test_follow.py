"""/follow, /unfollow, /topics and /hallway, and what each says."""

from dataclasses import replace
from typing import cast

import pytest

from tests.client.builders import GUILD, OTHER, user
from tests.client.rooms_found import coming, found
from tests.commands.fake_client import GENERAL, VOICE, FakeClient, FakeScreen, context
from tests.tui.fake_desk import FakeDesk
from tests.tui.samples import RecordedRest
from tuichat.client.client import Client
from tuichat.client.errors import UnreachableError
from tuichat.client.follows import Follows
from tuichat.client.hallway import Hallway
from tuichat.client.rest import Rest
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.engine import Engine
from tuichat.protocol.coming import Coming
from tuichat.protocol.follow import FEATURE, FollowedGuild
from tuichat.protocol.follow import Follows as Followed
from tuichat.protocol.live_room import FEATURE as ROOMS
from tuichat.protocol.live_room import LiveRoomDirectory
from tuichat.protocol.snowflake import Snowflake


class FollowingClient(FakeClient):
    """An account whose server knows following and live rooms."""

    def __init__(self) -> None:
        super().__init__()
        self.rest = RecordedRest()
        self.state.features = frozenset({FEATURE, ROOMS})
        self.follows = Follows(self.state, cast(Rest, self.rest), lambda changes: None)
        self.hallway = Hallway(self.state, cast(Rest, self.rest))


@pytest.fixture
def client() -> FollowingClient:
    return FollowingClient()


async def submit(client: FollowingClient, line: str) -> Outcome:
    return await Engine().submit(line, context(client))


async def test_a_person_is_followed_and_no_more(client: FollowingClient) -> None:
    outcome = await submit(client, "/follow @carol")
    assert "@carol" in outcome.text
    assert client.rest.asked == [("PUT", "/tuichat/follows/users/8")]
    assert "@carol" in (await submit(client, "/follow")).text
    assert "no more" in (await submit(client, "/unfollow @CAROL")).text
    assert client.rest.asked[1:] == [("DELETE", "/tuichat/follows/users/8")]
    assert "You follow nobody yet" in (await submit(client, "/follow")).text


async def test_a_club_is_followed_by_its_servers_name(client: FollowingClient) -> None:
    name = client.state.guilds[GUILD].guild.name
    assert (await submit(client, f"/follow {name.upper()}")).is_done
    assert client.rest.asked == [("PUT", f"/tuichat/follows/guilds/{GUILD}")]
    client.state.follows = Followed(guilds=[FollowedGuild(id=Snowflake(90), name="Far Club")])  # which one is not in
    assert (await submit(client, "/unfollow far club")).is_done
    assert client.rest.asked[1:] == [("DELETE", "/tuichat/follows/guilds/90")]


async def test_what_is_not_there_is_said_with_what_is_like_it(client: FollowingClient) -> None:
    outcome = await submit(client, "/follow guild 12")
    assert not outcome.is_done
    assert "Did you mean guild 2 or guild 1?" in outcome.text
    assert not (await submit(client, "/follow @nobody")).is_done
    assert not (await submit(client, "/unfollow")).is_done
    assert client.rest.asked == []


async def test_topics_are_chosen_told_and_dropped(client: FollowingClient) -> None:
    client.rest.answers["PUT /tuichat/follows/topics"] = Followed(topics=["bees", "winter"])
    assert "#bees, #winter" in (await submit(client, "/topics #Bees, winter")).text
    assert "#bees, #winter" in (await submit(client, "/topics")).text
    client.rest.answers["PUT /tuichat/follows/topics"] = Followed()
    assert "no topics" in (await submit(client, "/topics none")).text


async def test_a_server_that_knows_no_following_says_so(client: FollowingClient) -> None:
    client.state.features = frozenset()
    outcome = await submit(client, "/follow @carol")
    assert not outcome.is_done
    assert "knows no following" in outcome.text
    assert "None of your servers" in (await submit(client, "/hallway")).text


async def test_the_hallway_opens_on_a_screen(client: FollowingClient) -> None:
    screen = FakeScreen()
    await Engine().submit("/hallway bees in winter", context(client, screen=screen))
    assert screen.texts == [("hallway", "bees in winter")]


async def test_without_a_screen_the_hallway_is_told(client: FollowingClient) -> None:
    room = found(people=[user(OTHER, "grace")], followed_ids=[Snowflake(OTHER)])
    client.rest.answers["GET /tuichat/live-rooms"] = LiveRoomDirectory(rooms=[room])
    client.rest.answers["GET /tuichat/coming"] = Coming(events=[coming(1, 4_102_444_800_000, "Honey evening")])
    text = (await submit(client, "/hallway")).text
    assert "● Bees in winter — Bee Club · stage, 1 speaks · 3 listen" in text
    assert "grace ★" in text
    assert "○ Honey evening — Bee Club" in text
    assert "Honey" not in (await submit(client, "/hallway bees")).text


async def test_one_server_that_does_not_answer_hides_no_other(client: FollowingClient) -> None:
    lost = FollowingClient()
    lost.key = "lost/1000"
    lost.rest.fault = UnreachableError("lost.example.org does not answer.")
    client.rest.answers["GET /tuichat/live-rooms"] = LiveRoomDirectory(rooms=[found()])
    client.rest.answers["GET /tuichat/coming"] = Coming(events=[])
    clients = {each.key: cast(Client, each) for each in (client, lost)}
    outcome = await Engine().submit("/hallway", CommandContext(cast(Client, client), clients=clients))
    assert "lost.example.org does not answer." in outcome.text
    assert "Bees in winter" in outcome.text


async def test_join_comes_into_the_first_room_that_is_open(client: FollowingClient) -> None:
    closed = found(GENERAL, {"listeners": 90}, may_join=False)
    client.rest.answers["GET /tuichat/live-rooms"] = LiveRoomDirectory(rooms=[closed, found(VOICE)])
    client.rest.answers["GET /tuichat/coming"] = Coming(events=[])
    screen, desk = FakeScreen(), FakeDesk()
    line = "/hallway join bees"
    outcome = await Engine().submit(line, replace(context(client, screen=screen), desk=desk))
    assert outcome.text == "Coming into “Bees in winter” …"
    assert screen.opened == [(client.key, VOICE)]
    assert ("join", client.key, VOICE) in desk.asked
    outcome = await submit(client, "/hallway join honey")
    assert not outcome.is_done
    assert "No live room" in outcome.text
