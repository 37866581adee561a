"""How much of what somebody may do in a while: counts in windows of time, told the time, bounded in memory."""

from collections import OrderedDict

import msgspec

MAX_WINDOWS = 50_000  # some 20 MB; beyond it those that were looked at longest ago are forgotten
SECOND_MS = 1000
INVALID_LIMIT, INVALID_WINDOW_MS = 10_000, 600_000  # answers 401, 403 and 429 an address; Discord's


class RateLimit(msgspec.Struct, frozen=True):
    """`limit` requests in `window_ms`, counted together for all routes that name the same bucket."""

    bucket: str
    limit: int
    window_ms: int


class Standing(msgspec.Struct, frozen=True):
    """Where a request stands in its window: what is left after it, and when all is there again."""

    is_allowed: bool
    remaining: int
    reset_after_ms: int


class Windows:
    """Counts by key. A key's window begins with its first count, and all of it is given back when it ends.

    At each new window two old ones are looked at, like the hand of a clock that goes round, and forgotten once they ended.
    """

    def __init__(self, max_windows: int) -> None:
        self._max_windows = max_windows
        self._windows: OrderedDict[object, list[int]] = OrderedDict()  # when it ends (ms), and how many were counted

    def __len__(self) -> int:
        return len(self._windows)

    def take(self, key: object, limit: int, window_ms: int, now_ms: int) -> Standing:
        """Count one, where there is one left."""
        window = self._windows.get(key)
        if window is None or now_ms >= window[0]:
            self._begin(key, now_ms + window_ms, now_ms)
            return Standing(True, limit - 1, window_ms)
        ends_ms, used = window
        if used >= limit:
            return Standing(False, 0, ends_ms - now_ms)
        window[1] = used + 1
        return Standing(True, limit - used - 1, ends_ms - now_ms)

    def _begin(self, key: object, ends_ms: int, now_ms: int) -> None:
        windows = self._windows
        windows[key] = [ends_ms, 1]
        windows.move_to_end(key)
        if len(windows) > self._max_windows:
            windows.popitem(last=False)
            return
        for _ in range(2):
            first = next(iter(windows))
            if now_ms >= windows[first][0]:
                del windows[first]
            else:
                windows.move_to_end(first)


class RateLimits:
    """The limits of one server: of routes, of all routes together, and of an address' invalid requests.

    Times are milliseconds of any one monotonic clock.
    """

    def __init__(self, requests_per_second: int, *, max_windows: int = MAX_WINDOWS) -> None:
        self._requests_per_second = requests_per_second
        self._max_windows = max_windows
        self._routes = Windows(max_windows)
        self._global = Windows(max_windows)
        self._invalid = Windows(max_windows)
        self._blocked: OrderedDict[str, int] = OrderedDict()  # until when (ms), by address

    def take(self, limit: RateLimit, who: object, now_ms: int) -> Standing:
        """Count a request of `who`: an account or an address, with the channel, guild or webhook that it is about."""
        return self._routes.take((limit.bucket, who), limit.limit, limit.window_ms, now_ms)

    def take_global(self, who: object, now_ms: int) -> Standing:
        """Count a request among all of an account or an address."""
        return self._global.take(who, self._requests_per_second, SECOND_MS, now_ms)

    def note_invalid(self, address: str, now_ms: int) -> None:
        """Count an answer that an address should not have asked for; too many block it until their window ends."""
        standing = self._invalid.take(address, INVALID_LIMIT, INVALID_WINDOW_MS, now_ms)
        if standing.remaining == 0 and address not in self._blocked:
            self._blocked[address] = now_ms + standing.reset_after_ms
            if len(self._blocked) > self._max_windows:
                self._blocked.popitem(last=False)

    def blocked_ms(self, address: str, now_ms: int) -> int:
        """Return how long an address is blocked yet; 0 where it is not."""
        if not self._blocked:
            return 0
        until_ms = self._blocked.get(address, 0)
        if until_ms and now_ms >= until_ms:
            del self._blocked[address]
        return max(0, until_ms - now_ms)

    @property
    def has_blocked(self) -> bool:
        """Whether any address is blocked: where none is, nobody has to look up theirs."""
        return bool(self._blocked)
