"""Requests wait as the server's headers say."""

from hypothesis import given
from hypothesis import strategies as st

from tuichat.client.rate_limit import MAX_KNOWN, MAX_WAIT_MS, LimitKey, RateLimits

SEND = LimitKey("POST /channels/{}/messages", "10")
SEND_ELSEWHERE = LimitKey("POST /channels/{}/messages", "11")
EDIT = LimitKey("PATCH /channels/{}/messages/{}", "10")


def headers(remaining: int, reset_after_s: float, bucket: str = "abc") -> dict[str, str]:
    """What a server tells; it may leave the limit out."""
    return {
        "X-RateLimit-Bucket": bucket,
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset-After": str(reset_after_s),
    }


def test_unknown_route_goes_at_once() -> None:
    assert RateLimits().delay_ms(SEND, 0) == 0


def test_empty_bucket_waits_until_its_reset() -> None:
    limits = RateLimits()
    limits.learn(SEND, headers(0, 2.5), 1000)
    assert limits.delay_ms(SEND, 1000) == 2501
    assert limits.delay_ms(SEND, 3600) == 0
    assert limits.delay_ms(SEND_ELSEWHERE, 1000) == 0, "another channel has a limit of its own"


def test_routes_of_one_bucket_share_what_is_left() -> None:
    limits = RateLimits()
    limits.learn(SEND, headers(3, 5), 0)
    limits.learn(EDIT, headers(0, 5), 0)
    assert limits.delay_ms(SEND, 0) == 5001


def test_requests_under_way_count_before_their_answers() -> None:
    limits = RateLimits()
    limits.learn(SEND, headers(2, 5), 0)
    limits.take(SEND, 1)
    limits.take(SEND, 1)
    assert limits.delay_ms(SEND, 1) == 5000


def test_answer_that_was_overtaken_gives_nothing_back() -> None:
    limits = RateLimits()
    limits.learn(SEND, headers(0, 5), 0)
    limits.learn(SEND, headers(1, 5), 10)
    assert limits.delay_ms(SEND, 10) > 0


def test_reset_bucket_starts_anew() -> None:
    limits = RateLimits()
    limits.learn(SEND, headers(0, 1), 0)
    limits.take(SEND, 2000)
    limits.learn(SEND, headers(4, 1), 2000)
    assert limits.delay_ms(SEND, 2000) == 0


def test_those_who_waited_together_do_not_all_go_together() -> None:
    limits = RateLimits()
    limits.learn(SEND, headers(0, 5) | {"X-RateLimit-Limit": "2"}, 0)
    now_ms = 5001
    for _ in range(2):
        assert limits.delay_ms(SEND, now_ms) == 0
        limits.take(SEND, now_ms)
    assert limits.delay_ms(SEND, now_ms) == 5001, "the third waits for the window after this one"
    limits.learn(SEND, headers(1, 2) | {"X-RateLimit-Limit": "2"}, now_ms + 10)
    assert limits.delay_ms(SEND, now_ms + 10) > 0


def test_refused_bucket_waits_and_goes_on() -> None:
    limits = RateLimits()
    limits.learn(SEND, headers(1, 5) | {"X-RateLimit-Limit": "2"}, 0)
    assert limits.refuse(SEND, 0.3, 100, is_global=False) == 301
    assert limits.delay_ms(SEND, 100) == 301
    assert limits.delay_ms(SEND, 401) == 0


def test_global_limit_stops_every_route() -> None:
    limits = RateLimits()
    assert limits.refuse(SEND, 0.5, 0, is_global=True) == 501
    assert limits.delay_ms(EDIT, 0) == 501
    assert limits.delay_ms(EDIT, 501) == 0


def test_absurd_wait_is_bounded() -> None:
    assert RateLimits().refuse(SEND, 1e8, 0, is_global=False) == MAX_WAIT_MS
    assert RateLimits().refuse(SEND, float("nan"), 0, is_global=False) == 1000


@given(st.dictionaries(st.sampled_from([*sorted(headers(0, 0)), "X-RateLimit-Limit"]), st.text()))
def test_any_headers_are_harmless(told: dict[str, str]) -> None:
    limits = RateLimits()
    limits.learn(SEND, told, 0)
    limits.take(SEND, 0)
    assert 0 <= limits.delay_ms(SEND, 0) <= MAX_WAIT_MS + 1


def test_what_is_remembered_is_bounded() -> None:
    limits = RateLimits()
    for number in range(3 * MAX_KNOWN):
        limits.learn(LimitKey(f"GET /{number}", str(number)), headers(0, 1000, f"bucket {number}"), 0)
    assert len(limits._buckets) <= MAX_KNOWN
    assert len(limits._bucket_names) <= MAX_KNOWN
