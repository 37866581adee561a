"""Searching messages: in a channel, a server, or all private channels at once."""

import asyncio
from collections.abc import Sequence
from enum import Enum

import msgspec

from tuichat.client.errors import ClientError
from tuichat.client.found import FoundMessages
from tuichat.client.rest import Rest
from tuichat.client.routes import Request, make_request
from tuichat.protocol import json
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.message import Message
from tuichat.protocol.search import IndexNotReady, SearchAnswer
from tuichat.translation import _

PAGE = 25  # the most that a server gives at once
MAX_OFFSET = 9975  # Discord's documentation, "Search Guild Messages"
MAX_PRIVATE = 40  # taste: private channels that are searched at once, those written in lately
MAX_WAIT_S = 30.0


class Order(Enum):
    """How what is found is sorted."""

    NEWEST = "newest"
    OLDEST = "oldest"
    RELEVANCE = "relevance"


class SearchQuery(msgspec.Struct, frozen=True):
    """What to look for; empty fields ask for nothing."""

    content: str = ""
    author_ids: tuple[int, ...] = ()
    channel_ids: tuple[int, ...] = ()
    mention_ids: tuple[int, ...] = ()
    has: tuple[str, ...] = ()
    min_id: int | None = None
    max_id: int | None = None
    is_pinned: bool | None = None

    @property
    def is_empty(self) -> bool:
        return self == SearchQuery()


class IndexNotReadyError(ClientError):
    """The server still reads its older messages into its index; ask again after `retry_after_s`."""

    def __init__(self, retry_after_s: float, documents: int) -> None:
        super().__init__(_("The server is still reading older messages into its index."))
        self.retry_after_s = min(max(retry_after_s, 0.5), MAX_WAIT_S)
        self.documents = documents


class Source(msgspec.Struct):
    """One place that is searched, and how far its answers were read."""

    path: str  # of the route: /guilds/1 or /channels/2
    offset: int = 0
    total: int | None = None
    is_read: bool = False
    waiting: list[Message] = msgspec.field(default_factory=list)


def search_request(source: Source, query: SearchQuery, order: Order) -> Request:
    kind, identity = source.path.strip("/").split("/")
    fields: dict[str, object] = {
        "content": query.content,
        "author_id": query.author_ids,
        "channel_id": query.channel_ids if kind == "guilds" else (),
        "mentions": query.mention_ids,
        "has": query.has,
        "min_id": query.min_id,
        "max_id": query.max_id,
        "pinned": None if query.is_pinned is None else str(query.is_pinned).lower(),
        "sort_by": "relevance" if order is Order.RELEVANCE else "timestamp",
        "sort_order": "asc" if order is Order.OLDEST else "desc",
        "limit": PAGE,
        "offset": source.offset,
    }
    parameters: dict[str, str | list[str]] = {}
    for name, value in fields.items():
        if isinstance(value, tuple):
            if value:
                parameters[name] = [str(each) for each in value]
        elif value not in (None, ""):
            parameters[name] = str(value)
    return make_request("GET", f"/{kind}/{{}}/messages/search", identity, query=parameters)


class Results:
    """What one search finds, page by page; places are merged by time."""

    def __init__(self, rest: Rest, query: SearchQuery, order: Order, paths: Sequence[str]) -> None:
        self.found = FoundMessages()
        self.found.has_newer = True
        self._rest = rest
        self._query = query
        self._order = order if len(paths) == 1 or order is Order.OLDEST else Order.NEWEST
        self._sources = [Source(path) for path in paths]

    @property
    def total(self) -> int:
        """Return how many messages match, as far as the places have told."""
        return sum(source.total or 0 for source in self._sources)

    async def load(self) -> None:
        """Add the next page. Raises ClientError, IndexNotReadyError among them; then it can be asked for again."""
        if self.found.is_loading or not self.found.has_newer:
            return
        self.found.is_loading = True
        try:
            page: list[Message] = []
            while len(page) < PAGE:
                hungry = [source for source in self._sources if not source.waiting and not source.is_read]
                if hungry:
                    await asyncio.gather(*(self._fetch(source) for source in hungry))
                filled = [source for source in self._sources if source.waiting]
                if not filled:
                    break
                pick = min if self._order is Order.OLDEST else max
                page.append(pick(filled, key=lambda source: source.waiting[0].id).waiting.pop(0))
            is_last = not any(source.waiting or not source.is_read for source in self._sources)
            self.found.add(page, is_last=is_last)
        finally:
            self.found.is_loading = False

    async def _fetch(self, source: Source) -> None:
        body = await self._rest.perform(search_request(source, self._query, self._order))
        answer = _read(body)
        hits: list[Message] = [hit for neighbours in answer.messages for hit in neighbours if hit.hit]
        source.waiting += hits
        source.total = max(0, answer.total_results)
        source.offset += PAGE
        source.is_read = len(answer.messages) < PAGE or source.offset >= min(source.total, MAX_OFFSET + 1)


def _read(body: bytes) -> SearchAnswer:
    try:
        return json.decode(body, SearchAnswer, source="The answer to a search")
    except ProtocolError as error:
        try:
            waiting = json.decode(body, IndexNotReady, source="The answer to a search")
        except ProtocolError:
            raise ClientError(
                _("The server's answer to a search cannot be read: {error}").format(error=error)
            ) from error
        raise IndexNotReadyError(waiting.retry_after, waiting.documents_indexed) from error


class Search:
    """Begins searches."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def in_channel(self, channel_id: int, query: SearchQuery, order: Order) -> Results:
        return Results(self._rest, query, order, [f"/channels/{int(channel_id)}"])

    def in_guild(self, guild_id: int, query: SearchQuery, order: Order) -> Results:
        return Results(self._rest, query, order, [f"/guilds/{int(guild_id)}"])

    def in_channels(self, channel_ids: Sequence[int], query: SearchQuery, order: Order) -> Results:
        """Search private channels; `query.channel_ids` leaves out others."""
        wanted = [each for each in channel_ids if not query.channel_ids or each in query.channel_ids]
        return Results(self._rest, query, order, [f"/channels/{int(each)}" for each in wanted[:MAX_PRIVATE]])
