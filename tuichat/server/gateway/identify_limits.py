"""How often an account may IDENTIFY: what /gateway/bot says, and what the gateway holds to."""

from collections import OrderedDict

import msgspec

from tuichat.protocol.rest.server import SessionStartLimit

DAY_MS = 24 * 60 * 60 * 1000
TOTAL = 1000  # a day, as Discord gives to a bot
MAX_CONCURRENCY = 16  # in five seconds, as Discord gives to a large bot
CONCURRENCY_WINDOW_MS = 5_000
LIFTED_TOTAL = 10_000_000  # of a server without limits: told in the same words, and never used up
LIFTED_MAX_CONCURRENCY = 100_000
MAX_ACCOUNTS = 50_000  # beyond it those that identified longest ago are forgotten


class _Budget(msgspec.Struct):
    day_start_ms: int
    used: int = 0
    window_start_ms: int = 0
    window_used: int = 0


class IdentifyLimits:
    """Counts IDENTIFYs by account, in milliseconds of any one clock."""

    def __init__(self, *, are_lifted: bool = False) -> None:
        self._total = LIFTED_TOTAL if are_lifted else TOTAL
        self._max_concurrency = LIFTED_MAX_CONCURRENCY if are_lifted else MAX_CONCURRENCY
        self._budgets: OrderedDict[int, _Budget] = OrderedDict()

    def take(self, user_id: int, now_ms: int) -> bool:
        """Count one IDENTIFY, and say whether it may go on."""
        budget = self._budgets.get(user_id)
        if budget is None or now_ms - budget.day_start_ms >= DAY_MS:
            budget = self._budgets[user_id] = _Budget(now_ms)
        self._budgets.move_to_end(user_id)
        if len(self._budgets) > MAX_ACCOUNTS:
            self._budgets.popitem(last=False)
        if now_ms - budget.window_start_ms >= CONCURRENCY_WINDOW_MS:
            budget.window_start_ms, budget.window_used = now_ms, 0
        if budget.used >= self._total or budget.window_used >= self._max_concurrency:
            return False
        budget.used += 1
        budget.window_used += 1
        return True

    def limit_of(self, user_id: int, now_ms: int) -> SessionStartLimit:
        """Tell an account what is left."""
        budget = self._budgets.get(user_id)
        used, reset_after_ms = 0, 0
        if budget is not None and now_ms - budget.day_start_ms < DAY_MS:
            used, reset_after_ms = budget.used, budget.day_start_ms + DAY_MS - now_ms
        return SessionStartLimit(
            total=self._total,
            remaining=self._total - used,
            reset_after=reset_after_ms,
            max_concurrency=self._max_concurrency,
        )
