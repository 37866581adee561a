"""What comes too often is held, and told once."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.automation.bindings.rate import Rate


@given(st.integers(1, 5), st.integers(1, 20), st.lists(st.integers(0, 10), max_size=60))
def test_no_span_has_more_than_its_limit(count: int, span_s: int, steps: list[int]) -> None:
    rate, now_s, taken = Rate(count, span_s), 0, list[int]()
    for step in steps:
        now_s += step
        if rate.take(now_s):
            taken.append(now_s)
        assert sum(each > now_s - span_s for each in taken) <= count


def test_one_who_is_held_is_told_once_until_it_is_quiet() -> None:
    rate = Rate(1, 10)
    assert rate.take(0)
    assert [rate.take(second) or rate.tell() for second in (1, 2, 3)] == [True, False, False]
    assert rate.take(30)
    assert not rate.take(31)
    assert rate.tell()
