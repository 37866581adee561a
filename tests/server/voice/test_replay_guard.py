"""A packet is let through once, in any order that a network may bring, and by whatever its sender counts."""

import random
from collections.abc import Iterable

import pytest

from tuichat.server.voice.replay_guard import MAX_AGE_SAMPLES, RESTART_NONCES, WINDOW, ReplayGuard

Packet = tuple[int, int, int]  # sequence, timestamp, nonce


def spoken(count: int, *, sequence: int = 65_500, timestamp: int = (1 << 32) - 9600, nonce: int = 0) -> list[Packet]:
    """Packets as most libraries number them, of which all three wrap."""
    return [
        (sequence + at & 0xFFFF, timestamp + 960 * at & 0xFFFF_FFFF, nonce + at & 0xFFFF_FFFF) for at in range(count)
    ]


def accepted(guard: ReplayGuard, packets: Iterable[Packet]) -> list[bool]:
    return [guard.accept(*packet) for packet in packets]


def test_each_packet_is_let_through_once() -> None:
    guard, packets = ReplayGuard(), spoken(1000, nonce=(1 << 32) - 500)
    assert all(accepted(guard, packets))
    assert not any(accepted(guard, packets))


def test_packets_may_overtake_one_another_within_the_window() -> None:
    guard, packets = ReplayGuard(), spoken(WINDOW + 1)
    early, late = packets[0], packets[1:]
    assert all(accepted(guard, reversed(late)))
    assert not guard.accept(*early)  # it is one too old


@pytest.mark.parametrize("seed", range(3))
def test_random_nonces_say_nothing(seed: int) -> None:
    """As interactions.py draws them."""
    draw = random.Random(seed)
    packets = [(sequence, timestamp, draw.getrandbits(32)) for sequence, timestamp, _ in spoken(40_000)]
    guard = ReplayGuard()
    assert all(accepted(guard, packets))
    assert sum(accepted(guard, packets[:20_000])) == 0


def test_one_nonce_for_all_is_enough() -> None:
    """As hikari-wave sends it."""
    guard, packets = ReplayGuard(), [(sequence, timestamp, 0) for sequence, timestamp, _ in spoken(500)]
    assert all(accepted(guard, packets))
    assert not any(accepted(guard, packets))


def test_who_begins_its_numbers_anew_is_known_by_its_nonces() -> None:
    guard = ReplayGuard()
    first, second = spoken(200), spoken(200, nonce=200 + RESTART_NONCES // 2)
    assert all(accepted(guard, first + second))
    assert not any(accepted(guard, first + second))


def test_a_sender_is_heard_again_after_it_was_not_for_long() -> None:
    packets = spoken(50_000)
    guard = ReplayGuard()
    assert all(accepted(guard, [*packets[:10], *packets[-10:]]))
    assert not any(accepted(guard, packets[:10]))


def test_an_old_timestamp_under_a_number_of_the_window_is_refused() -> None:
    guard = ReplayGuard()
    guard.accept(300, MAX_AGE_SAMPLES + 961, 5000)
    assert not guard.accept(299, 960, 1)
    assert guard.accept(299, 961, 1)
