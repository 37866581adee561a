"""When a dead engine is started again."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.voice.restart_policy import RestartPolicy


def test_each_death_waits_longer_up_to_the_limit() -> None:
    policy = RestartPolicy(max_deaths=9, window_s=60, first_delay_s=0.5, max_delay_s=3)
    assert [policy.after_death(now_s) for now_s in range(5)] == [0.5, 1, 2, 3, 3]


def test_too_many_deaths_in_the_window_give_up() -> None:
    policy = RestartPolicy(max_deaths=3, window_s=60)
    assert policy.after_death(0) is not None
    assert policy.after_death(30) is not None
    assert policy.after_death(59) is None


def test_old_deaths_do_not_count() -> None:
    policy = RestartPolicy(max_deaths=3, window_s=60, first_delay_s=0.5)
    assert [policy.after_death(now_s) for now_s in (0, 61, 122, 183)] == [0.5] * 4


def test_after_forgetting_the_count_starts_anew() -> None:
    policy = RestartPolicy(max_deaths=2, window_s=60)
    policy.after_death(0)
    assert policy.after_death(1) is None
    policy.forget()
    assert policy.after_death(2) is not None


@given(st.lists(st.floats(0, 100), max_size=60), st.integers(1, 6))
def test_it_gives_up_exactly_when_the_window_holds_the_limit(gaps_s: list[float], max_deaths: int) -> None:
    policy = RestartPolicy(max_deaths=max_deaths, window_s=60)
    now_s, deaths_s = 0.0, list[float]()
    for gap_s in gaps_s:
        now_s += gap_s
        deaths_s.append(now_s)
        recent = [death_s for death_s in deaths_s if now_s - death_s < 60]
        assert (policy.after_death(now_s) is None) == (len(recent) >= max_deaths)
