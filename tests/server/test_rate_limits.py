"""Windows of time: what is let through, what is told, and that memory is bounded."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.server.rate_limits import INVALID_LIMIT, INVALID_WINDOW_MS, RateLimit, RateLimits, Windows

SEND = RateLimit("message create", 2, 5000)
EDIT = RateLimit("message edit", 2, 5000)


def test_a_window_lets_so_many_through_and_says_what_is_left() -> None:
    limits = RateLimits(50)
    standings = [limits.take(SEND, (1, "10"), now_ms) for now_ms in (1000, 1500, 2000, 6000)]
    assert [standing.is_allowed for standing in standings] == [True, True, False, True]
    assert [standing.remaining for standing in standings] == [1, 0, 0, 1]
    assert [standing.reset_after_ms for standing in standings] == [5000, 4500, 4000, 5000]


def test_accounts_channels_and_buckets_are_counted_apart() -> None:
    limits = RateLimits(50)
    for limit, who in [(SEND, (1, "10")), (SEND, (1, "11")), (SEND, (2, "10")), (EDIT, (1, "10"))]:
        assert limits.take(limit, who, 0).remaining == 1


def test_routes_that_name_one_bucket_are_counted_together() -> None:
    limits = RateLimits(50)
    assert limits.take(RateLimit("pins", 2, 5000), 1, 0).remaining == 1
    assert limits.take(RateLimit("pins", 2, 5000), 1, 0).remaining == 0


def test_all_requests_of_an_account_have_a_limit_too() -> None:
    limits = RateLimits(3)
    assert [limits.take_global(1, 100).is_allowed for _ in range(4)] == [True, True, True, False]
    assert limits.take_global(2, 100).is_allowed
    assert not limits.take_global(1, 1099).is_allowed
    assert limits.take_global(1, 1100).is_allowed


def test_ten_thousand_wrong_requests_block_an_address_until_their_window_ends() -> None:
    limits = RateLimits(50)
    for _ in range(INVALID_LIMIT - 1):
        limits.note_invalid("192.0.2.1", 1000)
    assert limits.blocked_ms("192.0.2.1", 1000) == 0
    assert not limits.has_blocked
    limits.note_invalid("192.0.2.1", 2000)
    assert limits.has_blocked
    assert limits.blocked_ms("192.0.2.1", 2000) == INVALID_WINDOW_MS - 1000
    assert limits.blocked_ms("192.0.2.2", 2000) == 0
    limits.note_invalid("192.0.2.1", 300_000)  # what is refused meanwhile makes it no longer
    assert limits.blocked_ms("192.0.2.1", INVALID_WINDOW_MS + 999) == 1
    assert limits.blocked_ms("192.0.2.1", INVALID_WINDOW_MS + 1000) == 0
    assert not limits.has_blocked


def test_blocked_addresses_are_bounded_in_number() -> None:
    limits = RateLimits(50, max_windows=2)
    for last in range(4):
        for _ in range(INVALID_LIMIT):
            limits.note_invalid(f"192.0.2.{last}", 0)
    assert [limits.blocked_ms(f"192.0.2.{last}", 0) > 0 for last in range(4)] == [False, False, True, True]


def test_windows_that_ended_are_forgotten_by_and_by() -> None:
    windows = Windows(1000)
    for key in range(1000):
        windows.take(key, 5, 600_000 if key % 10 == 0 else 5000, 0)
    for key in range(1000):
        windows.take(f"new {key % 20}", 5, 10, 6000 + 20 * key)
    assert len(windows) <= 100 + 20


def test_windows_are_bounded_in_number() -> None:
    windows = Windows(max_windows=100)
    for key in range(10_000):
        windows.take(key, 5, 600_000, 0)
        assert len(windows) <= 100


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 40)), max_size=200),
    st.integers(1, 5),
    st.integers(1, 100),
)
def test_no_window_ever_lets_more_through_than_its_limit(
    steps: list[tuple[int, int]], limit: int, window_ms: int
) -> None:
    """What the standing tells comes true: nobody who goes by it is ever refused."""
    windows = Windows(1000)
    now_ms = 0
    told: dict[int, tuple[int, int]] = {}
    for key, pause_ms in steps:
        now_ms += pause_ms
        standing = windows.take(key, limit, window_ms, now_ms)
        remaining, reset_ms = told.get(key, (limit, 0))
        assert standing.is_allowed is (remaining > 0 or now_ms >= reset_ms)
        assert 0 <= standing.remaining < limit
        assert 0 < standing.reset_after_ms <= window_ms
        told[key] = (standing.remaining, now_ms + standing.reset_after_ms)
