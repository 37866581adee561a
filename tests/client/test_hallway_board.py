"""What several accounts find is one list, each room once, and what comes in later does not move what is chosen."""

import random

from tests.client.rooms_found import coming, found
from tuichat.client.hallway_board import HallwayBoard, LiveEntry, steadied
from tuichat.protocol.snowflake import Snowflake

SERVERS = {"a/1": "a", "a/2": "a", "b/1": "b"}


def keys(board: HallwayBoard, query: str = "") -> list[tuple[str, int]]:
    return [entry.key for entry in board.rooms(query)]


def test_rooms_of_one_server_stand_once_by_the_account_that_is_nearer() -> None:
    board = HallwayBoard(SERVERS)
    board.take_rooms("a/1", [found(1, is_member=False), found(2)])
    board.take_rooms("a/2", [found(1), found(2, followed_ids=[Snowflake(9)])])
    board.take_rooms("b/1", [found(1, {"listeners": 50})])
    assert keys(board) == [("a/2", 2), ("b/1", 1), ("a/2", 1)]


def test_a_query_filters_what_is_known_and_adds_what_only_servers_find() -> None:
    board = HallwayBoard(SERVERS)
    board.take_rooms("a/1", [found(1), found(2, {"topic": "Honey"})])
    assert keys(board, "HÖNEY") == [("a/1", 2)]
    board.take_rooms("a/1", [found(3, {"topic": "More honey"})], "honey")
    assert set(keys(board, "honey")) == {("a/1", 2), ("a/1", 3)}
    board.forget_searched()
    assert set(keys(board)) == {("a/1", 1), ("a/1", 2)}


def test_rooms_that_ended_are_gone_with_the_next_answer() -> None:
    board = HallwayBoard(SERVERS)
    board.take_rooms("a/1", [found(1)])
    board.take_rooms("a/1", [])
    assert keys(board) == []


def test_events_stand_in_order_of_time_each_once() -> None:
    board = HallwayBoard(SERVERS)
    board.take_events("a/1", [coming(1, 2000, "Mead"), coming(2, 1000)])
    board.take_events("a/2", [coming(1, 2000, "Mead", is_interested=True)])
    board.take_events("b/1", [coming(1, 1500, "Wax")])
    assert [entry.key for entry in board.events()] == [("a/1", 2), ("b/1", 1), ("a/2", 1)]
    assert [entry.key for entry in board.events("mead")] == [("a/2", 1)]


def test_the_chosen_row_and_all_above_it_stay_whatever_comes_in() -> None:
    chance = random.Random(7)
    for _ in range(200):
        before = [LiveEntry("a/1", found(number)) for number in chance.sample(range(20), 8)]
        after = [LiveEntry("a/1", found(number)) for number in chance.sample(range(20), 12)]
        chosen = chance.choice(before).key
        steady = steadied(after, [entry.key for entry in before], chosen)
        assert sorted(entry.key for entry in steady) == sorted(entry.key for entry in after)
        if chosen in [entry.key for entry in after]:
            place = [entry.key for entry in before].index(chosen)
            kept = [entry.key for entry in before[: place + 1] if entry in after]
            assert [entry.key for entry in steady[: len(kept)]] == kept
        else:
            assert steady == after
