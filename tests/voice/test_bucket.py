"""A few at once, then one by one."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.voice.bucket import Bucket


def test_a_few_at_once_then_one_by_one() -> None:
    bucket = Bucket(3, 5.0)
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
    assert bucket.wait_s(100.0) == 5.0
    assert not bucket.take(104.9)
    assert bucket.take(105.0)
    assert not bucket.take(105.0)


def test_after_a_pause_it_is_full_and_no_fuller() -> None:
    bucket = Bucket(3, 5.0)
    assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(1000.0) for _ in range(4)] == [True, True, True, False]


@given(
    st.integers(1, 8),
    st.sampled_from([0.5, 1.0, 4.0]),
    st.lists(st.integers(0, 40), max_size=60),
)
def test_it_counts_as_a_bucket_that_is_filled_up_does(room: int, every_s: float, steps: list[int]) -> None:
    bucket, held, now_s = Bucket(room, every_s), float(room), 0.0
    for step in steps:
        now_s += step / 4  # binary fractions: nothing is rounded
        held = min(float(room), held + step / 4 / every_s)
        may = held >= 1.0
        assert bucket.wait_s(now_s) == max(0.0, (1.0 - held) * every_s)
        assert bucket.take(now_s) is may
        held -= may
