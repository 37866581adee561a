"""The server's REST routes as calls: limits obeyed, what may be repeated is repeated, answers bounded and checked."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlencode

from tuichat.client.endpoint import API_PATH, Endpoint, check_token_allowed
from tuichat.client.errors import (
    TOO_MANY_REQUESTS,
    RateLimitedError,
    RefusedError,
    UnreachableError,
)
from tuichat.client.rate_limit import LimitKey, RateLimits
from tuichat.client.refusal import UNAUTHORIZED, refusal
from tuichat.client.routes import Repeat, Request
from tuichat.config.secret import Token
from tuichat.local.http_library import import_without_certificates
from tuichat.protocol import codec, json
from tuichat.protocol.backoff import Backoff
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.rest.error import ErrorCode, RateLimitBody
from tuichat.translation import _

if TYPE_CHECKING:
    from aiohttp import ClientResponse

    from tuichat.client.http import Answer, HttpTransport

T = TypeVar("T")
MAX_FORM_ANSWER_BYTES = 1024 * 1024
MAX_SLOW_S = 6 * 3600  # the longest that a channel can be slow
MAX_LIMIT_WAIT_MS = 30_000  # taste: a person waits this long for a rate limit, and would rather be told after that
RETRY_BACKOFF = Backoff(first_ms=100, base_ms=200, cap_ms=2000)


async def load_transport() -> None:
    """Import what carries requests. Whoever knows that there will be some may do so while something else is waited for."""
    await asyncio.to_thread(import_without_certificates, "tuichat.client.http")


class Rest:
    """REST of one server as one account (or as nobody yet). Every call raises ClientError alone."""

    def __init__(
        self, endpoint: Endpoint, token: Token | None = None, renew: Callable[[], Awaitable[bool]] | None = None
    ) -> None:
        """`renew` is asked once a request when the token is not known any more; it sets `token` and says whether it could."""
        self.endpoint = endpoint
        self.token = token
        self._renew = renew
        self._limits = RateLimits()
        self._transport: HttpTransport | None = None
        self._opening = asyncio.Lock()

    async def aclose(self) -> None:
        """Let go of the connections; a later call opens new ones."""
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.close()

    async def move(self, endpoint: Endpoint) -> None:
        """Go on at another address of the same server."""
        if endpoint != self.endpoint:
            self.endpoint = endpoint
            await self.aclose()

    async def get(self, wanted: Request, kind: type[T]) -> T:
        """Carry out a request and read its answer into `kind`."""
        return self.read(wanted, await self.perform(wanted), kind)

    def read(self, wanted: Request, answer: bytes, kind: type[T]) -> T:
        """Read the body of an answer to a request into `kind`."""
        try:
            return json.decode(answer, kind, source=f"The answer to {wanted.route}")
        except ProtocolError as error:
            raise RefusedError(
                _("{host} answered something else than Discord's protocol: {error}").format(
                    host=self.endpoint.host, error=error
                )
            ) from error

    async def perform(self, wanted: Request) -> bytes:
        """Carry out a request and return its answer's body: waits for limits, repeats what may be repeated."""
        deadline = time.monotonic() + wanted.patience_s
        attempt = 0
        may_renew = self._renew is not None and self.token is not None
        while True:
            await self._wait_for_limit(wanted)
            try:
                answer = await self._exchange(wanted)
                if 200 <= answer.status < 300:
                    return answer.body
                if answer.status == UNAUTHORIZED and may_renew and self._renew is not None:
                    may_renew = False
                    if await self._renew():
                        continue
                if answer.status != TOO_MANY_REQUESTS:
                    raise refusal(self.endpoint.host, answer.status, answer.body, answer.headers.get("Location"))
            except UnreachableError as error:
                may_repeat = wanted.repeat is Repeat.SAFE or not error.was_sent
                delay_s = RETRY_BACKOFF.delay_ms(attempt, 0.5 + random.random() / 2) / 1000  # noqa: S311  # jitter, no secret
                if not may_repeat or time.monotonic() + delay_s >= deadline:
                    raise
                await asyncio.sleep(delay_s)
            else:
                self._check_wait(self._obey(wanted, answer.body, answer.headers))
            attempt += 1

    async def post_form(self, wanted: Request, body: AsyncIterable[bytes], headers: Mapping[str, str]) -> bytes:
        """Carry out a request once, whose body goes in pieces, and return its answer's body.

        Raises RateLimitedError, a transient one, whenever the server asks to wait.
        """
        await self._wait_for_limit(wanted)
        token = self.token.reveal() if self.token else None
        if token is not None:
            check_token_allowed(self.endpoint, token)
            headers = {**headers, "Authorization": token}
        transport = await self._open()
        key = LimitKey(wanted.route, wanted.major)
        self._limits.take(key, _now_ms())
        path = f"{API_PATH}{wanted.path}"
        async with transport.stream(wanted.method, path, body=body, headers=headers) as response:
            content = await transport.read(response, MAX_FORM_ANSWER_BYTES)
            self._limits.learn(key, response.headers, _now_ms())
            if 200 <= response.status < 300:
                return content
            if response.status == TOO_MANY_REQUESTS:
                raise self._must_wait(self._obey(wanted, content, response.headers))
            raise refusal(self.endpoint.host, response.status, content)

    @contextlib.asynccontextmanager
    async def stream(
        self, method: str, path: str, *, headers: Mapping[str, str], body: AsyncIterable[bytes] | None = None
    ) -> "AsyncIterator[ClientResponse]":
        """Send one request about a file, to a path that the server signed: no token goes with it, nothing is repeated."""
        transport = await self._open()
        async with transport.stream(method, path, body=body, headers=headers) as response:
            yield response

    async def _exchange(self, wanted: Request) -> "Answer":
        token = self.token.reveal() if self.token else None
        if token is not None:
            check_token_allowed(self.endpoint, token)
        transport = await self._open()
        headers = {} if token is None else {"Authorization": token}
        body = None
        if wanted.body is not None:
            body = codec.encode(wanted.body)
            headers["Content-Type"] = "application/json"
        if wanted.reason:
            headers["X-Audit-Log-Reason"] = quote(wanted.reason, safe="")
        path = f"{wanted.path}?{urlencode(wanted.query, doseq=True)}" if wanted.query else wanted.path
        key = LimitKey(wanted.route, wanted.major)
        self._limits.take(key, _now_ms())
        answer = await transport.exchange(wanted.method, path, body=body, headers=headers)
        self._limits.learn(key, answer.headers, _now_ms())
        return answer

    async def _open(self) -> "HttpTransport":
        if self._transport is None:
            async with self._opening:
                if self._transport is None:
                    # aiohttp takes a third of a second to import: in a thread, the screen goes on meanwhile.
                    await load_transport()
                    from tuichat.client.http import HttpTransport

                    self._transport = HttpTransport(self.endpoint)
        return self._transport

    async def _wait_for_limit(self, wanted: Request) -> None:
        key = LimitKey(wanted.route, wanted.major)
        while (delay_ms := self._limits.delay_ms(key, _now_ms())) > 0:
            self._check_wait(delay_ms)
            await asyncio.sleep(delay_ms / 1000)

    def _obey(self, wanted: Request, content: bytes, headers: Mapping[str, str]) -> int:
        """Note a 429, so that the next try waits, and return for how long, in milliseconds.

        Raises RateLimitedError where a channel is slow: that holds back nothing else.
        """
        try:
            body = json.decode(content, RateLimitBody, source="the answer")
            if body.code == ErrorCode.SLOWMODE:  # its route takes all else, and messages of other channels
                raise self._must_wait(max(0, round(min(body.retry_after, MAX_SLOW_S) * 1000)), ErrorCode.SLOWMODE)
            retry_after_s, is_global = body.retry_after, body.is_global
        except ProtocolError:
            retry_after_s, is_global = _seconds(headers.get("Retry-After")), False
        key = LimitKey(wanted.route, wanted.major)
        return self._limits.refuse(key, retry_after_s, _now_ms(), is_global=is_global)

    def _check_wait(self, wait_ms: int) -> None:
        if wait_ms > MAX_LIMIT_WAIT_MS:
            raise self._must_wait(wait_ms)

    def _must_wait(self, wait_ms: int, code: int = 0) -> RateLimitedError:
        words = _("{host} asks to wait {wait_s:.0f} s before this is done again: try it then.")
        sentence = words.format(host=self.endpoint.host, wait_s=wait_ms / 1000)
        return RateLimitedError(sentence, status=TOO_MANY_REQUESTS, code=code, wait_ms=wait_ms)


def _seconds(header: str | None) -> float:
    try:
        return float(header or "1")
    except ValueError:
        return 1.0


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000
