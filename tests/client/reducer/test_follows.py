"""What is followed, and who of it went live, in the state."""

from tests.client.builders import OTHER, user
from tests.client.reducer.states import NOW, state
from tests.client.rooms_found import found
from tuichat.client.change import FollowedWentLive, FollowsChanged
from tuichat.client.reducer import reducer
from tuichat.protocol.follow import MAX_TOPICS, FollowedLive, FollowsUpdate
from tuichat.protocol.snowflake import Snowflake


def test_follows_are_as_the_server_says_within_bounds() -> None:
    known = state()
    told = FollowsUpdate(users=[user(90, "nora")], guilds=[], topics=[str(number) for number in range(100)])
    assert reducer.reduce(known, told, NOW) == [FollowsChanged()]
    assert known.follows.follows(90)
    assert not known.follows.follows(OTHER)
    assert len(known.follows.topics) == MAX_TOPICS
    assert known.users[Snowflake(90)].username == "nora"


def test_who_went_live_is_told_unless_it_is_not_heard() -> None:
    known = state()
    event = FollowedLive(room=found(), reason="started", user=user(OTHER))
    assert reducer.reduce(known, event, NOW) == [FollowedWentLive(event.room, "started", event.user)]
    known.unheard_ids.add(OTHER)
    assert reducer.reduce(known, event, NOW) == []
    club = FollowedLive(room=found(), reason="club")
    assert reducer.reduce(known, club, NOW) == [FollowedWentLive(club.room, "club", None)]
