"""A followed guild: whatever comes in whatever order, each kept event goes out once, in order."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.server.bus import Event
from tuichat.server.bus.guild_stream import MAX_HELD, GuildStream, Standing


def kept(seq: int) -> Event:
    return Event(name="E", body=b"", guild_id=1, seq=seq)


def live(after: int = 0) -> GuildStream:
    stream = GuildStream(after)
    stream.begin_read()
    stream.fill([], is_last=True)
    return stream


def standing(stream: GuildStream) -> Standing:
    return stream.standing


def seqs(events: list[Event]) -> list[int]:
    return [event.seq for event in events]


def test_a_new_follower_reads_the_store_first() -> None:
    stream = GuildStream(5)
    assert standing(stream) is Standing.BEHIND
    assert stream.begin_read() == 5
    assert seqs(stream.fill([kept(6), kept(7)], is_last=True)) == [6, 7]
    assert standing(stream) is Standing.LIVE


def test_what_follows_a_gap_waits_for_it() -> None:
    stream = live()
    assert seqs(stream.receive(kept(1))) == [1]
    assert stream.receive(kept(3)) == []
    assert stream.receive(kept(4)) == []
    assert standing(stream) is Standing.BEHIND
    assert seqs(stream.fill([kept(2)], is_last=True)) == [2, 3, 4]
    assert standing(stream) is Standing.LIVE


def test_a_late_event_closes_its_gap_without_the_store() -> None:
    stream = live()
    stream.receive(kept(2))
    assert seqs(stream.receive(kept(1))) == [1, 2]
    assert standing(stream) is Standing.LIVE


def test_what_the_owner_announces_shows_a_silent_gap() -> None:
    stream = live()
    stream.hear_of(2)
    assert standing(stream) is Standing.BEHIND
    assert seqs(stream.fill([kept(1), kept(2)], is_last=True)) == [1, 2]


def test_what_was_delivered_does_not_come_again() -> None:
    stream = live(3)
    assert stream.receive(kept(3)) == []
    assert seqs(stream.fill([kept(2), kept(3), kept(4)], is_last=True)) == [4]
    assert stream.receive(kept(4)) == []


def test_what_the_store_has_forgotten_is_lost_and_nothing_comes_behind_it() -> None:
    stream = live()
    stream.receive(kept(9))
    stream.begin_read()
    assert stream.fill([kept(5), kept(6)], is_last=True) == []
    assert standing(stream) is Standing.LOST
    assert stream.receive(kept(10)) == []


def test_a_store_that_has_nothing_of_what_was_announced_has_lost_it() -> None:
    stream = live()
    stream.hear_of(4)
    stream.begin_read()
    stream.fill([], is_last=True)
    assert standing(stream) is Standing.LOST


def test_what_comes_while_the_store_is_read_is_no_loss() -> None:
    stream = live()
    stream.distrust()
    stream.begin_read()
    stream.receive(kept(2))
    stream.fill([], is_last=True)
    assert standing(stream) is Standing.BEHIND
    stream.begin_read()
    assert seqs(stream.fill([kept(1)], is_last=True)) == [1, 2]


def test_behind_a_gap_little_is_held() -> None:
    stream = live()
    for seq in range(2, MAX_HELD * 3):
        stream.receive(kept(seq))
    assert len(stream.fill([kept(1)], is_last=False)) == MAX_HELD + 1
    assert standing(stream) is Standing.BEHIND


def test_an_owner_takes_nothing_from_others_and_follows_afterwards_from_there() -> None:
    stream = live()
    stream.own()
    stream.publish(4)
    assert stream.receive(kept(3)) == []
    assert stream.receive(kept(5)) == []
    stream.disown()
    assert seqs(stream.receive(kept(5))) == [5]


@given(st.lists(st.integers(1, 12) | st.sampled_from(["read", "announce", "distrust"]), max_size=60))
def test_any_order_of_arrival_delivers_each_once_in_order(steps: list[int | str]) -> None:
    stream, delivered = GuildStream(0), list[int]()
    store = [kept(seq) for seq in range(1, 13)]
    for step in [*steps, "announce", "read", "read", "read", "read"]:
        match step:
            case "read":
                after = stream.begin_read()
                page = [event for event in store if event.seq > after][:5]
                delivered += seqs(stream.fill(page, is_last=len(page) < 5))
            case "announce":
                stream.hear_of(12)
            case "distrust":
                stream.distrust()
            case int(seq):
                delivered += seqs(stream.receive(store[seq - 1]))
    assert delivered == list(range(1, 13))
    assert standing(stream) is Standing.LIVE
