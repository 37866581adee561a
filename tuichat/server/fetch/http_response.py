"""An HTTP answer of a stranger as its bytes come: its head bounded, its body unpacked as far as it may grow."""

import zlib

import httptools

from tuichat.server.fetch.errors import FetchFailed, FetchRefused

MAX_HEAD_BYTES = 64 * 1024  # taste: sites with long content security policies stay under 20 KiB
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_UNPACKED = ("gzip", "x-gzip", "deflate")


class HttpResponse:
    """Collects one answer. `feed` takes bytes, `feed_eof` the end of the connection; `is_complete` says when to stop.

    With `may_cut`, a body ends at `max_bytes` and `is_cut` is set; else a longer one is refused.
    """

    def __init__(self, max_bytes: int, *, may_cut: bool) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}  # names in lower case; of one that came twice, the last
        self.body = bytearray()
        self.is_complete = False
        self.is_cut = False
        self.has_head = False
        self._max_bytes = max_bytes
        self._may_cut = may_cut
        self._head_bytes = 0
        self._inflater: zlib._Decompress | None = None
        self._is_first_chunk = True
        self._parser = httptools.HttpResponseParser(self)

    @property
    def is_redirect(self) -> bool:
        return self.status in _REDIRECTS and "location" in self.headers

    def feed(self, data: bytes) -> None:
        """Take bytes. Raises FetchFailed for what is no HTTP, FetchRefused for more than the limits."""
        if not self.has_head:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            raise FetchFailed("The server answered in another protocol.") from None
        except httptools.HttpParserCallbackError as error:
            if isinstance(error.__context__, (FetchFailed, FetchRefused)):
                raise error.__context__ from None
            raise FetchFailed("The server's answer is damaged.") from None
        except httptools.HttpParserError:
            if not self.is_complete:  # what follows a whole answer is nobody's
                raise FetchFailed("The server did not answer in HTTP.") from None
        if not self.has_head and self._head_bytes > MAX_HEAD_BYTES:
            raise FetchRefused(f"The server's answer begins with more than {MAX_HEAD_BYTES} bytes of headers.")

    def feed_eof(self) -> None:
        """The connection ended. Raises FetchFailed when more was to come."""
        is_measured = "content-length" in self.headers or "chunked" in self.headers.get("transfer-encoding", "").lower()
        if not self.has_head or (is_measured and not self.is_complete):
            raise FetchFailed("The server closed the connection before its answer was whole.")
        self.is_complete = True

    # What the parser calls.

    def on_message_begin(self) -> None:
        if not self.is_complete:
            self.headers = {}

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.has_head:
            self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        if self.is_complete:
            return
        self.status = self._parser.get_status_code()
        if self.status < 100:
            raise FetchFailed(f"The server answered with a status that is none: {self.status}.")
        if self.status < 200:  # 100 Continue, 103 Early Hints: the answer follows
            return
        self.has_head = True
        if self.is_redirect:
            self.is_complete = True
            return
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if encoding in _UNPACKED:
            self._inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)  # by its own header, gzip or zlib
        elif encoding not in ("identity", ""):
            raise FetchRefused(f"The server answered in an encoding that was not asked for: {encoding[:40]!r}.")
        length = self.headers.get("content-length", "")
        if not self._may_cut and length.isdigit() and int(length) > self._max_bytes:
            raise FetchRefused(f"The file has {length[:20]} bytes; at most {self._max_bytes} are fetched.")

    def on_body(self, data: bytes) -> None:
        if self.is_complete:
            return
        if self._inflater is None:
            self._take(data)
        else:
            self._unpack(data)

    def on_message_complete(self) -> None:
        self.is_complete = self.is_complete or self.has_head

    def _unpack(self, data: bytes) -> None:
        assert self._inflater is not None
        room = self._max_bytes - len(self.body) + 1
        try:
            self._take(self._inflater.decompress(data, room))
        except zlib.error:
            if not self._is_first_chunk or self.headers.get("content-encoding", "").strip().lower() != "deflate":
                raise FetchFailed("The server's answer is damaged.") from None
            self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)  # many mean the bare stream by "deflate"
            self._is_first_chunk = False
            self._unpack(data)
        self._is_first_chunk = False

    def _take(self, data: bytes) -> None:
        self.body += data
        if len(self.body) > self._max_bytes:
            if not self._may_cut:
                raise FetchRefused(f"The file is larger than {self._max_bytes} bytes, which is all that is fetched.")
            del self.body[self._max_bytes :]
            self.is_cut = self.is_complete = True
