"""The lazy member list: what is asked for, and what becomes of the server's answers."""

from tests.client.builders import GENERAL, GUILD, RANDOM, channel, guild, ready, user
from tuichat.client import member_list
from tuichat.client.change import MembersChanged
from tuichat.client.reducer import reducer
from tuichat.client.state import GuildState, State
from tuichat.protocol.member_list import ListedMember, ListGroup, ListItem, ListOp, MemberListUpdate
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import Presence, UserReference

NOW = 5_000


def opened() -> tuple[State, GuildState]:
    state = State()
    reducer.reduce(state, ready(guild(GUILD, channel(), channel(RANDOM, "random", position=1))), NOW)
    shown = state.guilds[GUILD]
    assert member_list.subscription(shown, GENERAL, 0, 0) is not None
    return state, shown


def person(user_id: int) -> ListItem:
    presence = Presence(user=UserReference(id=Snowflake(user_id)), status="dnd")
    return ListItem(member=ListedMember(user=user(user_id, f"user{user_id}"), presence=presence))


def told(*ops: ListOp, id: str = "everyone", count: int = 500) -> MemberListUpdate:
    groups = [ListGroup(id="online", count=count)]
    return MemberListUpdate(
        guild_id=Snowflake(GUILD), id=id, member_count=100_000, online_count=count, groups=groups, ops=list(ops)
    )


HEADING = ListItem(group=ListGroup(id="online", count=500))


def test_rows_are_asked_for_in_hundreds_and_once() -> None:
    _, shown = opened()
    assert member_list.subscription(shown, GENERAL, 5, 60) is None
    asked = member_list.subscription(shown, GENERAL, 190, 210)
    assert asked is not None
    assert asked.channels == {str(GENERAL): [(0, 99), (100, 199), (200, 299)]}
    other = member_list.subscription(shown, RANDOM, 0, 0)
    assert other is not None
    assert other.channels == {str(RANDOM): [(0, 99)], str(GENERAL): []}


def test_a_sync_tells_rows_members_and_presences() -> None:
    state, shown = opened()
    changes = reducer.reduce(state, told(ListOp(op="SYNC", range=(0, 99), items=[HEADING, person(7), person(8)])), NOW)
    assert changes == [MembersChanged(GUILD)]
    assert shown.member_list is not None
    assert shown.member_list.rows == {0: None, 1: 7, 2: 8}
    assert (shown.members[7].user.username, state.status(8), shown.member_count) == ("user7", "dnd", 100_000)


def test_changes_move_the_rows_below() -> None:
    state, shown = opened()
    assert shown.member_list is not None
    reducer.reduce(state, told(ListOp(op="SYNC", range=(0, 99), items=[HEADING, person(7), person(8)])), NOW)
    reducer.reduce(state, told(ListOp(op="DELETE", index=1), ListOp(op="INSERT", index=2, item=person(9))), NOW)
    assert shown.member_list.rows == {0: None, 1: 8, 2: 9}
    reducer.reduce(state, told(ListOp(op="INSERT", index=1, item=person(7))), NOW)
    assert shown.member_list.rows == {0: None, 1: 7, 2: 8, 3: 9}
    reducer.reduce(state, told(ListOp(op="UPDATE", index=2, item=person(10))), NOW)
    assert shown.member_list.rows[2] == 10
    reducer.reduce(state, told(ListOp(op="INVALIDATE", range=(2, 99))), NOW)
    assert shown.member_list.rows == {0: None, 1: 7}


def test_another_list_takes_the_place_of_the_one_shown_once_it_is_told_whole() -> None:
    state, shown = opened()
    assert shown.member_list is not None
    reducer.reduce(state, told(ListOp(op="SYNC", range=(0, 99), items=[HEADING, person(7)])), NOW)
    assert reducer.reduce(state, told(ListOp(op="DELETE", index=1), id="5"), NOW) == []
    reducer.reduce(state, told(ListOp(op="SYNC", range=(0, 99), items=[HEADING]), id="5"), NOW)
    assert (shown.member_list.id, shown.member_list.rows) == ("5", {0: None})


def test_a_server_that_tells_too_much_is_not_believed() -> None:
    state, shown = opened()
    assert shown.member_list is not None
    for start in range(0, 200_000, 1000):
        reducer.reduce(state, told(ListOp(op="SYNC", range=(start, start + 99), items=[HEADING] * 500)), NOW)
    assert len(shown.member_list.rows) == member_list.MAX_ROWS
    odd = told(ListOp(op="SYNC"), ListOp(op="INSERT"), ListOp(op="DELETE"), ListOp(op="DANCE", index=1, item=HEADING))
    assert reducer.reduce(state, odd, NOW) == [MembersChanged(GUILD)]


def test_what_was_not_asked_for_changes_nothing() -> None:
    state = State()
    reducer.reduce(state, ready(guild(GUILD, channel())), NOW)
    assert reducer.reduce(state, told(ListOp(op="SYNC", range=(0, 99), items=[HEADING])), NOW) == []
