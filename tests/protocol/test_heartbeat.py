"""A client's pulse."""

from tuichat.protocol.heartbeat import MAX_INTERVAL_MS, MIN_INTERVAL_MS, Heartbeat


def test_the_first_beat_is_spread_over_the_interval() -> None:
    for draw, due_ms in ((0.0, 100), (0.5, 20_725), (0.999, 41_308)):
        heartbeat = Heartbeat()
        heartbeat.begin(41_250, 100, draw)
        assert heartbeat.due_ms() == due_ms


def test_a_beat_without_an_answer_is_told() -> None:
    heartbeat = Heartbeat()
    heartbeat.begin(1000, 0, 0.0)
    heartbeat.beat(0)
    assert heartbeat.is_unanswered()
    assert heartbeat.acknowledge(30) == 30
    assert not heartbeat.is_unanswered()
    assert heartbeat.acknowledge(40) is None


def test_nothing_hangs_on_a_beat_that_the_server_asked_for() -> None:
    heartbeat = Heartbeat()
    heartbeat.begin(1000, 0, 0.5)
    heartbeat.beat_on_request(400)
    assert not heartbeat.is_unanswered()
    assert heartbeat.due_ms() == 500


def test_an_absurd_interval_is_kept_within_bounds() -> None:
    for interval_ms, kept_ms in ((1, MIN_INTERVAL_MS), (1 << 70, MAX_INTERVAL_MS)):
        heartbeat = Heartbeat()
        heartbeat.begin(interval_ms, 0, 0.0)
        heartbeat.beat(0)
        assert heartbeat.due_ms() == kept_ms
