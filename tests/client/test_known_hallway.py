"""A server without a directory: what is live and what comes in the account's own guilds is found all the same."""

from typing import cast

from tests.client.builders import GUILD, OTHER
from tests.client.events import planned
from tests.client.rooms_found import found
from tests.client.stages import NOW, STAGE, seat, stage, stage_state
from tests.tui.samples import RecordedRest
from tuichat.client.hallway import Hallway
from tuichat.client.reducer import reducer
from tuichat.client.rest import Rest
from tuichat.client.state import State
from tuichat.protocol.follow import FEATURE as FOLLOWS
from tuichat.protocol.live_room import FEATURE as ROOMS
from tuichat.protocol.live_room import MAX_PEOPLE_SHOWN, LiveRoomDirectory
from tuichat.protocol.scheduled_event import EventStatus


def hallway_of(state: State) -> tuple[Hallway, RecordedRest]:
    rest = RecordedRest()
    return Hallway(state, cast(Rest, rest)), rest


async def test_stages_and_events_of_ones_guilds_are_found_without_asking() -> None:
    state = stage_state(stage("News of the week"), has_extension=False)
    reducer.reduce(state, seat(OTHER, suppress=False), NOW)
    begun = planned(501, status=EventStatus.ACTIVE)
    state.guilds[GUILD].events = {500: planned(500), 501: begun}
    hallway, rest = hallway_of(state)
    assert hallway.is_there
    (room,) = await hallway.live()
    assert (room.room.topic, room.channel_name, room.room.speakers) == ("News of the week", "weekly", 1)
    assert [int(user.id) for user in room.people] == [OTHER]
    assert [each.room.channel_id for each in await hallway.live("WEEK")] == [STAGE]
    assert await hallway.live("bees") == []
    (coming,) = await hallway.coming()
    assert (coming.event.name, coming.guild_name) == ("Honey evening", state.guilds[GUILD].guild.name)
    assert rest.asked == []


async def test_nothing_is_there_where_nothing_is_known() -> None:
    hallway, _ = hallway_of(State())
    assert not hallway.is_there
    assert (await hallway.live(), await hallway.coming()) == ([], [])


async def test_what_a_server_tells_is_bounded() -> None:
    hallway, rest = hallway_of(State(features=frozenset({ROOMS, FOLLOWS})))
    long = found(STAGE, {"topic": "x" * 10_000, "tags": ["y" * 100] * 50}, people=[found().people[0]] * 99)
    rest.answers["GET /tuichat/live-rooms"] = LiveRoomDirectory(rooms=[long] * 500)
    rooms = await hallway.live()
    assert len(rooms) == 100
    assert len(rooms[0].room.topic) < 300
    assert (len(rooms[0].people), len(rooms[0].room.tags)) == (MAX_PEOPLE_SHOWN, 5)
