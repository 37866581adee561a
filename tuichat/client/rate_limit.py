"""When a request may go out, by what the server has said of its limits: pure, and told the time."""

from collections.abc import Mapping
from dataclasses import dataclass

MAX_KNOWN = 2000  # taste: routes and buckets to remember; the oldest are learned again when needed
MAX_WAIT_MS = 3_600_000  # an hour; what a header asks beyond that is taken for a mistake


@dataclass(frozen=True, slots=True)
class LimitKey:
    """What shares a limit: a route, and the channel, guild or webhook it is about (the major parameter)."""

    route: str
    major: str = ""


@dataclass(slots=True)
class _Bucket:
    """`limit` and `window_ms` are what the next window is taken to be like, once this one is over; None: not told."""

    remaining: int
    reset_ms: int
    limit: int | None = None
    window_ms: int = 0


class RateLimits:
    """The limits of one account on one server. Times are ms of any one monotonic clock."""

    def __init__(self) -> None:
        self._bucket_names: dict[str, str] = {}
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._global_until_ms = 0

    def delay_ms(self, key: LimitKey, now_ms: int) -> int:
        """Return how long a request has to wait, 0 where it may go now."""
        until = self._global_until_ms
        bucket = self._buckets.get(self._bucket_key(key))
        if bucket is not None and bucket.remaining <= 0:
            until = max(until, bucket.reset_ms)
        return max(0, until - now_ms)

    def take(self, key: LimitKey, now_ms: int) -> None:
        """Count a request that goes out now; its answer will say how many are left."""
        bucket = self._buckets.get(self._bucket_key(key))
        if bucket is None:
            return
        if now_ms >= bucket.reset_ms:
            if bucket.limit is None:
                del self._buckets[self._bucket_key(key)]
                return
            # All who waited go now: no more of them than the new window has room for.
            bucket.remaining, bucket.reset_ms = bucket.limit, now_ms + bucket.window_ms
        bucket.remaining -= 1

    def learn(self, key: LimitKey, headers: Mapping[str, str], now_ms: int) -> None:
        """Take the rate limit headers of an answer; headers that make no sense are passed over."""
        name = headers.get("X-RateLimit-Bucket", "")[:128]
        limit = _number(headers.get("X-RateLimit-Limit"))
        remaining = _number(headers.get("X-RateLimit-Remaining"))
        reset_after_s = _number(headers.get("X-RateLimit-Reset-After"))
        if remaining is None or reset_after_s is None:
            return
        if name:
            self._remember_name(key.route, name)
        window_ms = _wait_ms(reset_after_s)
        reset_ms = now_ms + window_ms
        bucket_key = self._bucket_key(key)
        known = self._buckets.get(bucket_key)
        if known is None:
            while len(self._buckets) >= MAX_KNOWN:
                del self._buckets[next(iter(self._buckets))]
            known = self._buckets[bucket_key] = _Bucket(int(remaining), reset_ms)
        elif now_ms < known.reset_ms:  # answers may overtake each other: the least is true
            known.remaining = min(known.remaining, int(remaining))
            known.reset_ms = max(known.reset_ms, reset_ms)
        else:
            known.remaining, known.reset_ms = int(remaining), reset_ms
        known.limit = int(limit) if limit else None
        known.window_ms = max(known.window_ms, window_ms)

    def refuse(self, key: LimitKey, retry_after_s: float, now_ms: int, *, is_global: bool) -> int:
        """Take a 429 and return how long to wait, in ms."""
        wait_ms = _wait_ms(retry_after_s)
        if is_global:
            self._global_until_ms = max(self._global_until_ms, now_ms + wait_ms)
        else:
            bucket = self._buckets.setdefault(self._bucket_key(key), _Bucket(0, 0))
            bucket.remaining, bucket.reset_ms = 0, now_ms + wait_ms
        return wait_ms

    def _bucket_key(self, key: LimitKey) -> tuple[str, str]:
        return self._bucket_names.get(key.route, key.route), key.major

    def _remember_name(self, route: str, name: str) -> None:
        if route not in self._bucket_names and len(self._bucket_names) >= MAX_KNOWN:
            del self._bucket_names[next(iter(self._bucket_names))]
        self._bucket_names[route] = name


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value < 1e9 else None  # also keeps NaN and infinity out


def _wait_ms(seconds: float) -> int:
    if not 0 <= seconds < 1e9:
        return 1000
    return min(int(seconds * 1000) + 1, MAX_WAIT_MS)
