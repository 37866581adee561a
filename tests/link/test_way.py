"""One direction of the link delays, loses, slows down and stalls as it is told."""

from tests.link.way import QUEUE_S, LinkState, Stall, WayOneDirection

PACKET = bytes(125)  # 1,000 bits


def arrivals(way: WayOneDirection, until_s: float, step_s: float = 0.001) -> list[float]:
    """Return when each packet arrives, asked each millisecond."""
    return [
        round(step * step_s, 3) for step in range(int(until_s / step_s) + 1) for _ in way.arrived(step * step_s + 1e-9)
    ]


def way_of(*, rtt_ms: float = 0.0, loss: float = 0.0, rate_bits_s: int = 0) -> WayOneDirection:
    way = WayOneDirection(1)
    way.set_state(LinkState(rtt_ms=rtt_ms, loss=loss, rate_bits_s=rate_bits_s))
    return way


def test_one_direction_takes_half_of_the_round_trip() -> None:
    way = way_of(rtt_ms=100)
    way.send(PACKET, 0.0)
    way.send(PACKET, 0.02)
    assert arrivals(way, 0.2) == [0.05, 0.07]
    assert way.count.packets == 2
    assert way.count.sent_bytes == 250


def test_a_share_is_lost() -> None:
    way = way_of(loss=0.03)
    for _ in range(10_000):
        way.send(PACKET, 0.0)
    assert 240 < way.count.lost_packets < 360
    assert len(way.arrived(0.0)) == 10_000 - way.count.lost_packets


def test_a_slow_line_queues_and_then_loses() -> None:
    way = way_of(rate_bits_s=100_000)
    for _ in range(3):
        way.send(PACKET, 0.0)
    assert arrivals(way, 0.1) == [0.01, 0.02, 0.03]
    for _ in range(200):
        way.send(PACKET, 1.0)
    assert abs(way.count.lost_packets - (200 - QUEUE_S / 0.01)) <= 1


def test_a_stall_holds_all_and_lets_it_go_at_once() -> None:
    way = way_of(rtt_ms=20)
    way.send(PACKET, 0.0)
    way.stall(Stall(seconds=5, is_lost=False), 0.005)
    way.send(PACKET, 1.0)
    way.send(PACKET, 5.0)
    assert way.next_s() == 5.005
    assert arrivals(way, 6.0, 0.005) == [5.005, 5.005, 5.01]


def test_a_stall_can_lose_all() -> None:
    way = way_of(rtt_ms=20)
    way.send(PACKET, 0.0)
    way.stall(Stall(seconds=5, is_lost=True), 0.005)
    way.send(PACKET, 1.0)
    way.send(PACKET, 5.01)
    assert arrivals(way, 6.0, 0.005) == [5.02]
    assert way.count.lost_packets == 2


def test_order_is_kept_when_the_line_becomes_shorter() -> None:
    way = way_of(rtt_ms=200)
    way.send(b"first", 0.0)
    way.set_state(LinkState(rtt_ms=10))
    way.send(b"second", 0.01)
    assert way.arrived(0.2) == [b"first", b"second"]
