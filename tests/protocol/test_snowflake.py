"""Snowflakes: order, time, and what strangers send in their place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.snowflake import EPOCH_MS, MAX_SNOWFLAKE, Snowflake, SnowflakeGenerator

NOW = 1_800_000_000_000


def test_an_id_tells_its_time() -> None:
    assert Snowflake(175928847299117063).timestamp_ms == 1_462_015_105_796  # the example of Discord's documentation
    assert SnowflakeGenerator().next(NOW).timestamp_ms == NOW


@given(st.lists(st.integers(-5_000, 5_000), max_size=200))
def test_ids_rise_whatever_the_clock_does(steps: list[int]) -> None:
    generator, now, last = SnowflakeGenerator(), NOW, Snowflake(0)
    for step in steps:
        now += step
        taken = generator.next(now)
        assert taken > last
        assert generator.last == taken
        last = taken


def test_more_ids_than_a_millisecond_has_borrow_from_the_next() -> None:
    generator = SnowflakeGenerator()
    taken = [generator.next(NOW) for _ in range(10_000)]
    assert taken == sorted(set(taken))
    assert taken[-1].timestamp_ms == NOW + 2


@given(st.integers(0, 2**40), st.integers(0, 1023))
def test_a_generator_goes_on_after_the_last_id(offset: int, worker: int) -> None:
    last = SnowflakeGenerator(5).next(NOW + offset)
    assert SnowflakeGenerator(worker, last).next(NOW) > last - (1 << 22)
    assert SnowflakeGenerator(5, last).next(NOW) > last
    assert SnowflakeGenerator(5, last | 0xFFF).next(NOW) > last | 0xFFF


def test_workers_never_take_the_same_id() -> None:
    ids = [SnowflakeGenerator(worker).next(NOW) for worker in range(1024)]
    assert len(set(ids)) == 1024
    for worker in (-1, 1024):
        with pytest.raises(ValueError, match="0 to 1023"):
            SnowflakeGenerator(worker)


@pytest.mark.parametrize(
    ("value", "expected"), [("0", 0), ("42", 42), (42, 42), (str(MAX_SNOWFLAKE), MAX_SNOWFLAKE), ("007", 7)]
)
def test_strings_and_integers_are_read(value: object, expected: int) -> None:
    assert Snowflake.parse(value) == expected


@pytest.mark.parametrize(
    "value", ["", "-1", "+1", " 1", "1.0", "1e3", "٣", "x", "9" * 19, "1" * 20, -1, 2**63, True, None, 1.0, [], b"1"]
)
def test_all_else_is_refused_with_a_sentence(value: object) -> None:
    with pytest.raises(ValueError, match="snowflake"):
        Snowflake.parse(value)


def test_the_epoch_is_discords() -> None:
    assert Snowflake(0).timestamp_ms == EPOCH_MS == 1_420_070_400_000
