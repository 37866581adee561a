"""When a stream is taken for broken, and when it is tried again."""

from tuichat.voice.stream_health import LONGEST_RETRY_S, STALL_S, START_S, StreamHealth


def test_a_stream_that_stops_asking_is_stalled_after_a_second() -> None:
    health = StreamHealth()
    health.opened(0.0, 0)
    assert not health.is_stalled(0.1, 10)
    assert not health.is_stalled(0.1 + STALL_S, 10)
    assert health.is_stalled(0.2 + STALL_S, 10)


def test_a_stream_may_take_longer_to_begin() -> None:
    health = StreamHealth()
    health.opened(0.0, 7)
    assert not health.is_stalled(START_S, 7)
    assert health.is_stalled(START_S + 0.1, 7)


def test_tries_come_ever_later_and_never_later_than_two_seconds() -> None:
    health = StreamHealth()
    now_s, pauses = 0.0, []
    for _ in range(8):
        health.failed(now_s)
        began_s = now_s
        while not health.may_open(now_s):
            now_s += 0.25
        pauses.append(now_s - began_s)
    assert pauses[:4] == [0.25, 0.5, 1.0, 2.0]
    assert max(pauses) == LONGEST_RETRY_S


def test_news_of_the_sound_system_ends_the_pause() -> None:
    health = StreamHealth()
    health.failed(0.0)
    health.failed(0.0)
    assert not health.may_open(0.1)
    health.hurry()
    assert health.may_open(0.1)
