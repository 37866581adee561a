"""Another node's private events: each once, in its order, and what may be missing is asked for."""

import pytest

from tuichat.server.bus import Event
from tuichat.server.bus.peer import MAX_HELD, Peer
from tuichat.server.bus.private_ring import PAGE_BYTES, PrivateRing
from tuichat.server.bus.wire import Heads

NODE = "0" * 16


def private(number: int) -> Event:
    return Event(name="E", body=b"%d" % number, user_ids=frozenset({1}))


def heads(count: int, number: int, breaches: int = 0) -> Heads:
    return Heads(NODE, count, breaches, number)


def numbers(events: list[Event]) -> list[int]:
    return [int(event.body) for event in events]


def take(peer: Peer, number: int) -> list[int]:
    return numbers(peer.receive(number, private(number), 0.0))


def known_peer() -> Peer:
    peer = Peer(NODE, 0.0)
    peer.announce(heads(1, 10), 0.0)
    return peer


def test_missing_numbers_say_nothing_for_they_were_for_others() -> None:
    peer = known_peer()
    assert take(peer, 13) == [13]
    assert take(peer, 20) == [20]
    peer.announce(heads(2, 25), 0.0)
    assert peer.gap is None


def test_a_number_comes_once() -> None:
    peer = known_peer()
    assert [take(peer, number) for number in (9, 10, 11, 11)] == [[], [], [11], []]


def test_what_a_new_node_hears_first_is_the_beginning() -> None:
    peer = Peer(NODE, 0.0)
    assert take(peer, 50) == [50]
    assert take(peer, 49) == []
    peer.announce(heads(7, 52), 0.0)
    assert peer.gap is None


def test_after_a_lost_connection_all_waits_for_what_may_be_missing() -> None:
    peer = known_peer()
    peer.distrust()
    assert take(peer, 14) == []
    assert peer.gap is None, "how much is missing is not known yet"
    peer.announce(heads(5, 15), 0.0)
    assert peer.gap == (10, 15)
    assert take(peer, 16) == []
    assert numbers(peer.fill(12, [(11, private(11))])) == [11]
    assert peer.gap == (12, 15)
    assert numbers(peer.fill(15, [(14, private(14))])) == [14, 16]
    assert peer.gap is None
    assert take(peer, 17) == [17]


def test_a_breach_over_there_and_a_missing_announcement_are_gaps() -> None:
    breached, cut = known_peer(), known_peer()
    breached.announce(heads(2, 12, breaches=1), 0.0)
    cut.announce(heads(3, 12), 0.0)
    assert breached.gap == cut.gap == (10, 12)


def test_what_came_in_spite_of_a_gap_before_it_is_not_told_twice() -> None:
    peer = known_peer()
    assert take(peer, 12) == [12]
    peer.announce(heads(3, 12), 0.0)
    assert numbers(peer.fill(12, [(11, private(11)), (12, private(12))])) == [11]


def test_behind_a_gap_little_is_held_and_the_rest_asked_for() -> None:
    peer = known_peer()
    peer.announce(heads(3, 11), 0.0)
    last = 11 + MAX_HELD * 2
    for number in range(12, last + 1):
        assert take(peer, number) == []
    assert peer.gap == (10, last)
    everything = [(number, private(number)) for number in range(11, last + 1)]
    assert numbers(peer.fill(last, everything)) == list(range(11, last + 1))
    assert peer.gap is None


def test_a_gap_that_cannot_be_filled_is_given_up() -> None:
    peer = known_peer()
    peer.announce(heads(3, 12), 0.0)
    assert take(peer, 13) == []
    assert numbers(peer.skip()) == [13]
    assert peer.gap is None


def test_a_connection_lost_while_a_gap_is_filled_keeps_the_rest_waiting() -> None:
    peer = known_peer()
    peer.announce(heads(3, 12), 0.0)
    peer.distrust()
    assert take(peer, 20) == []
    assert numbers(peer.fill(12, [(11, private(11))])) == [11]
    peer.announce(heads(9, 20), 0.0)
    assert numbers(peer.fill(20, [(13, private(13)), (20, private(20))])) == [13, 20]
    assert take(peer, 21) == [21]


def test_the_ring_tells_what_it_has() -> None:
    ring = PrivateRing()
    assert [ring.add(private(number)) for number in range(1, 6)] == [1, 2, 3, 4, 5]
    assert [number for number, _ in ring.page(2, 4).events] == [3, 4]
    assert [number for number, _ in ring.page(2, 99).events] == [3, 4, 5]
    assert ring.page(5, 9).upto == 5
    assert not ring.page(0, 5).is_forgotten


def test_the_ring_turns_pages_by_size() -> None:
    ring = PrivateRing()
    for _ in range(5):
        ring.add(Event(name="E", body=bytes(PAGE_BYTES // 2), user_ids=frozenset({1})))
    first = ring.page(0, 5)
    assert [number for number, _ in first.events] == [1]
    assert first.upto == 1
    ring.add(Event(name="E", body=bytes(PAGE_BYTES * 2), user_ids=frozenset({1})))
    assert ring.page(5, 6).upto == 6, "one that is larger than a page is a page"


def test_the_ring_forgets_the_oldest_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tuichat.server.bus.private_ring.MAX_EVENTS", 3)
    ring = PrivateRing()
    for number in range(1, 6):
        ring.add(private(number))
    assert ring.page(1, 5).is_forgotten
    assert [number for number, _ in ring.page(2, 5).events] == [3, 4, 5]
