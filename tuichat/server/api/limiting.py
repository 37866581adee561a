"""Where requests are held to their limits, before a route sees them, and told what is left."""

import functools
import math
import time
from collections.abc import Mapping

from tuichat.protocol import codec
from tuichat.protocol.rest.error import RateLimitBody
from tuichat.server.accounts import peer_key
from tuichat.server.api.exchange import Api, Request, Response
from tuichat.server.api.route_limits import RouteLimit
from tuichat.server.rate_limits import RateLimits, Standing

MAX_MAJOR_CHARACTERS = 100  # ids have 19, tokens some 70; what is longer is no good and shares a bucket
_INVALID_STATUSES = frozenset({401, 403, 429})

_peer_of = functools.lru_cache(maxsize=4096)(peer_key)


class LimitRequests:
    """Middleware of the application. Who comes without a good token is counted by address; this machine's user is not."""

    def __init__(self, api: Api, limits: RateLimits, routes: Mapping[tuple[str, str | None], RouteLimit]) -> None:
        """`routes` is keyed by method and template, with the first prefix."""
        self._api = api
        self._limits = limits
        self._routes = routes

    async def process_request(self, req: Request, resp: Response) -> None:
        """Refuse an address whose requests were wrong too often."""
        if self._limits.has_blocked and (peer := self._api.peer_address(req)):
            wait_ms = self._limits.blocked_ms(_peer_of(peer), _now_ms())
            if wait_ms:
                _refuse(resp, wait_ms, scope="global")

    async def process_resource(
        self, req: Request, resp: Response, resource: object, params: Mapping[str, object]
    ) -> None:
        """Count a request whose route is known."""
        route = self._routes.get((req.method, req.uri_template))
        if route is None:
            return
        now_ms = _now_ms()
        who: object = "token"
        if not route.is_open:
            actor = await self._api.who_asks(req)
            who = actor.user_id if actor is not None else _peer_of(self._api.peer_address(req))
            if who == "":
                return
            standing = self._limits.take_global(who, now_ms)
            if not standing.is_allowed:
                _refuse(resp, standing.reset_after_ms, scope="global")
                return
        if route.limit is None:
            return
        if route.major:
            who = (who, *(str(params[name])[:MAX_MAJOR_CHARACTERS] for name in route.major))
        standing = self._limits.take(route.limit, who, now_ms)
        _tell(resp, route, standing)
        if not standing.is_allowed:
            _refuse(resp, standing.reset_after_ms, scope="shared" if route.is_open else "user")

    async def process_response(self, req: Request, resp: Response, resource: object, req_succeeded: bool) -> None:
        """Count what an address should not have asked for."""
        if resp.status_code not in _INVALID_STATUSES:
            return
        peer = self._api.peer_address(req)
        if peer and resp.get_header("X-RateLimit-Scope") != "shared":  # others may have used that up
            self._limits.note_invalid(_peer_of(peer), _now_ms())


def _tell(resp: Response, route: RouteLimit, standing: Standing) -> None:
    assert route.limit is not None
    reset_after_s = standing.reset_after_ms / 1000
    resp.set_headers(
        [
            ("X-RateLimit-Limit", str(route.limit.limit)),
            ("X-RateLimit-Remaining", str(standing.remaining)),
            ("X-RateLimit-Reset", f"{time.time() + reset_after_s:.3f}"),
            ("X-RateLimit-Reset-After", f"{reset_after_s:.3f}"),
            ("X-RateLimit-Bucket", route.bucket_hash),
        ]
    )


def _refuse(resp: Response, wait_ms: int, *, scope: str) -> None:
    is_global = scope == "global"
    resp.status = 429
    resp.data = codec.encode(RateLimitBody(retry_after=wait_ms / 1000, is_global=is_global))
    resp.set_header("Retry-After", str(math.ceil(wait_ms / 1000)))
    resp.set_header("X-RateLimit-Scope", scope)
    resp.set_header("Via", "1.1 tuichat")  # without it discord.py takes a 429 for a ban
    if is_global:
        resp.set_header("X-RateLimit-Global", "true")
    resp.complete = True


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
