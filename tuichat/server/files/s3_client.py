"""Requests to one bucket of an S3-compatible storage: signed, tried again, and told apart when they fail."""

import asyncio
import html
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from tuichat.server.files.errors import FileMissing, FileStoreError
from tuichat.server.files.signature_v4 import EMPTY_SHA256, Credentials, canonical_path, canonical_query, sign

if TYPE_CHECKING:
    import aiohttp

ATTEMPTS = 4
FIRST_WAIT_S = 0.2  # doubled with each further attempt
CONNECT_LIMIT_S = 10.0
SILENCE_LIMIT_S = 30.0  # how long the storage may say nothing
MAX_ANSWER_BYTES = 4 * 1024 * 1024  # of a list of a thousand names
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})

MakeBody = Callable[[], AsyncIterator[bytes]]


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """Where files go. `endpoint` is https://HOST[:PORT]; objects are addressed as ENDPOINT/BUCKET/KEY."""

    endpoint: str
    name: str
    region: str
    credentials: Credentials


class S3Answer(msgspec.Struct, frozen=True):
    status: int
    headers: Mapping[str, str]
    body: bytes

    def texts(self, element: str) -> list[str]:
        """The texts of all elements of a name in the answer's XML, which has no attributes and no nesting of one name."""
        found = re.findall(rf"<{element}>([^<]*)</{element}>", self.body.decode("utf-8", "replace"))
        return [html.unescape(text) for text in found]


class S3Client:
    """One bucket. Every request is tried ATTEMPTS times while the storage is at fault."""

    def __init__(
        self,
        bucket: Bucket,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self._bucket = bucket
        self._host = urlsplit(bucket.endpoint).netloc
        self._sleep = sleep
        self._now_s = now_s
        self._session: aiohttp.ClientSession | None = None

    async def ask(
        self,
        method: str,
        key: str = "",
        *,
        query: Mapping[str, str] | None = None,
        body: bytes = b"",
        make_body: MakeBody | None = None,
        size_bytes: int | None = None,
        payload_sha256: str = EMPTY_SHA256,
        may_be_missing: bool = False,
    ) -> S3Answer:
        """Send a request and return its answer. A body is `body`, or what `make_body` yields at each attempt.

        Raises FileStoreError when the storage refuses it, or fails at every attempt; 404 is an answer where
        `may_be_missing`.
        """
        import aiohttp

        failure = ""
        for attempt in range(ATTEMPTS):
            if attempt:
                await self._sleep(FIRST_WAIT_S * 2 ** (attempt - 1))
            headers = {} if size_bytes is None and not body else {"Content-Length": str(size_bytes or len(body))}
            data = make_body() if make_body is not None else body or None
            try:
                async with self._send(method, key, query or {}, headers, data, payload_sha256) as response:
                    answer = S3Answer(
                        response.status, dict(response.headers), await response.content.read(MAX_ANSWER_BYTES)
                    )
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
                failure = f"{type(error).__name__}: {error}"[:200]
                continue
            if answer.status in _AGAIN or (answer.status == 200 and answer.texts("Code")):
                failure = _reason(answer)  # a 200 may be an error that began too late for its status
                continue
            if answer.status >= 300 and not (may_be_missing and answer.status == 404):
                raise FileStoreError(f"The storage at {self._host} refused a {method}: {_reason(answer)}.")
            return answer
        raise FileStoreError(f"The storage at {self._host} failed {ATTEMPTS} times: {failure}.")

    async def read(self, key: str, start: int, stop: int, chunk_bytes: int) -> AsyncIterator[bytes]:
        """Read a part of an object; after a cut connection it goes on where it was. Raises FileMissing, FileStoreError."""
        import aiohttp

        attempt = 0
        failure = ""
        while start < stop:
            if attempt >= ATTEMPTS:
                raise FileStoreError(f"The storage at {self._host} failed {ATTEMPTS} times: {failure}.")
            if attempt:
                await self._sleep(FIRST_WAIT_S * 2 ** (attempt - 1))
            attempt += 1
            headers = {"Range": f"bytes={start}-{stop - 1}"}
            try:
                async with self._send("GET", key, {}, headers, None, EMPTY_SHA256) as response:
                    if response.status == 404:
                        raise FileMissing(f"The file {key} is not in the storage.")
                    if response.status != 206:
                        failure = f"status {response.status} to a range"
                        if response.status in _AGAIN:
                            continue
                        raise FileStoreError(f"The storage at {self._host} refused to read: {failure}.")
                    async for chunk in response.content.iter_chunked(chunk_bytes):
                        attempt = 1  # it does answer
                        start += len(chunk)
                        if start > stop:
                            raise FileStoreError(f"The storage at {self._host} sent more than was asked for.")
                        yield chunk
            except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
                failure = f"{type(error).__name__}: {error}"[:200]

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _send(
        self,
        method: str,
        key: str,
        query: Mapping[str, str],
        headers: Mapping[str, str],
        data: bytes | AsyncIterator[bytes] | None,
        payload_sha256: str,
    ) -> "aiohttp.client._RequestContextManager":
        import aiohttp
        from yarl import URL

        if self._session is None:
            limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_LIMIT_S, sock_read=SILENCE_LIMIT_S)
            self._session = aiohttp.ClientSession(timeout=limits, auto_decompress=False)
        path = f"/{self._bucket.name}/{key}" if key else f"/{self._bucket.name}"
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._now_s()))
        signed = sign(
            self._bucket.credentials,
            self._bucket.region,
            method,
            path,
            query,
            {"Host": self._host, **headers},
            payload_sha256,
            stamp,
        )
        written = f"{self._bucket.endpoint}{canonical_path(path)}"
        if query:
            written += f"?{canonical_query(query)}"
        return self._session.request(
            method, URL(written, encoded=True), headers=signed, data=data, allow_redirects=False
        )


def _reason(answer: S3Answer) -> str:
    """What the storage says of a failure."""
    said = " ".join((*answer.texts("Code")[:1], *answer.texts("Message")[:1]))[:200]
    return f"status {answer.status}{': ' if said else ''}{said}"
