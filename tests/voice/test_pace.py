"""How fast another machine may speak."""

from tuichat.voice.pace import BURST_S, BYTES_S, MESSAGES_S, Pace


def test_a_call_is_never_slowed() -> None:
    pace = Pace(0.0)
    delays = [pace.take(50 * 200, 50, now_s=tick / 20) for tick in range(20 * 60)]  # a thousand packets a second
    assert set(delays) == {0.0}


def test_a_soundboard_sound_comes_at_once() -> None:
    assert Pace(0.0).take(500_000, 1, 0.0) == 0.0


def test_a_flood_of_bytes_is_read_at_the_limit() -> None:
    now_s, size = 0.0, 65_536
    pace = Pace(now_s)
    for _ in range(1000):
        now_s += pace.take(size, 1, now_s)
    assert now_s >= 1000 * size / BYTES_S - BURST_S - 0.1


def test_a_flood_of_small_messages_is_read_at_the_limit() -> None:
    now_s = 0.0
    pace = Pace(now_s)
    for _ in range(1000):
        now_s += pace.take(3000, 1000, now_s)
    assert now_s >= 1_000_000 / MESSAGES_S - BURST_S - 0.3
