"""Routes: searching messages."""

import enum
from typing import TypeVar

from tuichat.protocol.search import IndexNotReady, SearchAnswer
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors, search
from tuichat.server.api.exchange import (
    Request,
    Resource,
    Response,
    answer,
    parse_id,
    query_bool,
    query_id,
    query_int,
    query_text,
)
from tuichat.server.store.message_search import (
    DEFAULT_SLOP,
    AuthorKind,
    EmbedKind,
    Has,
    MessageSearch,
    SearchOrder,
    parse_phrases,
)

K = TypeVar("K", bound=enum.Enum)

# Discord's documentation, "Search Guild Messages".
MAX_PAGE = 25
MAX_OFFSET = 9975
MAX_CONTENT_CHARACTERS = 1024
MAX_SLOP = 100
MAX_CHANNELS = 500
MAX_LISTED = 100
MAX_TEXT_CHARACTERS = 256
MAX_FILENAME_CHARACTERS = 1024


class GuildSearch(Resource):
    """The messages of a guild by words, people, places, time and what they have."""

    async def on_get(self, req: Request, resp: Response, guild_id: Snowflake) -> None:
        actor = await self.actor(req)
        found = await search.search_guild(
            self.context,
            actor,
            guild_id,
            _read_search(req),
            _ids(req, "channel_id", MAX_CHANNELS),
            include_nsfw=query_bool(req, "include_nsfw"),
        )
        _answer(resp, found)


class ChannelSearch(Resource):
    """The messages of a channel or a direct message, likewise."""

    async def on_get(self, req: Request, resp: Response, channel_id: Snowflake) -> None:
        actor = await self.actor(req)
        _answer(resp, await search.search_channel(self.context, actor, channel_id, _read_search(req)))


def _answer(resp: Response, found: SearchAnswer | IndexNotReady) -> None:
    answer(resp, found, 202 if isinstance(found, IndexNotReady) else 200)


def _read_search(req: Request) -> MessageSearch:
    """Read the query, all but the place. Raises ActionError 50035 naming the parameter and its limit."""
    content = query_text(req, "content", max_characters=MAX_CONTENT_CHARACTERS)
    has, has_not = _choices(req, "has", Has)
    kinds, not_kinds = _choices(req, "author_type", AuthorKind)
    embed_kinds, _ = _choices(req, "embed_type", EmbedKind, may_be_negative=False)
    return MessageSearch(
        phrases=parse_phrases(content) if content.strip() else None,
        slop=query_int(req, "slop", DEFAULT_SLOP, minimum=0, maximum=MAX_SLOP),
        author_ids=_ids(req, "author_id"),
        author_kinds=(kinds or frozenset(AuthorKind)) - not_kinds,
        mention_ids=_ids(req, "mentions"),
        mention_role_ids=_ids(req, "mentions_role_id"),
        mentions_everyone=_maybe_bool(req, "mention_everyone"),
        answered_ids=_ids(req, "replied_to_message_id"),
        answered_user_ids=_ids(req, "replied_to_user_id"),
        is_pinned=_maybe_bool(req, "pinned"),
        has=has,
        has_not=has_not,
        embed_kinds=embed_kinds,
        embed_providers=_texts(req, "embed_provider"),
        link_hosts=_texts(req, "link_hostname"),
        file_names=_texts(req, "attachment_filename", MAX_FILENAME_CHARACTERS),
        file_extensions=_texts(req, "attachment_extension"),
        min_id=query_id(req, "min_id"),
        max_id=query_id(req, "max_id"),
        order=_order(req, has_words=bool(content.strip())),
        limit=query_int(req, "limit", MAX_PAGE, minimum=1, maximum=MAX_PAGE),
        offset=query_int(req, "offset", 0, minimum=0, maximum=MAX_OFFSET),
    )


def _order(req: Request, *, has_words: bool) -> SearchOrder:
    """By time where no words were looked for, for then everything is as relevant."""
    sort_by = _choice(req, "sort_by", ("timestamp", "relevance"))
    sort_order = _choice(req, "sort_order", ("desc", "asc"))
    if sort_by == "relevance" and has_words:
        return SearchOrder.RELEVANCE
    return SearchOrder.OLDEST if sort_order == "asc" else SearchOrder.NEWEST


def _choice(req: Request, name: str, choices: tuple[str, ...]) -> str:
    """One of a few words; the first one where the query has none."""
    text = query_text(req, name) or choices[0]
    if text not in choices:
        raise _no_choice(name, choices)
    return text


def _choices(
    req: Request, name: str, kind: type[K], *, may_be_negative: bool = True
) -> tuple[frozenset[K], frozenset[K]]:
    """The words of a list, and those that stand there with a minus."""
    known = {str(choice.value): choice for choice in kind}
    wanted: tuple[set[K], set[K]] = (set(), set())
    for index, text in enumerate(_listed(req, name)):
        is_negative = may_be_negative and text.startswith("-")
        choice = known.get(text[1:] if is_negative else text)
        if choice is None:
            raise _no_choice(f"{name}.{index}", tuple(known))
        wanted[is_negative].add(choice)
    return frozenset(wanted[False]), frozenset(wanted[True])


def _ids(req: Request, name: str, limit: int = MAX_LISTED) -> tuple[int, ...]:
    listed = _listed(req, name, limit)
    return tuple(parse_id(f"{name}.{index}", text) for index, text in enumerate(listed))


def _texts(req: Request, name: str, max_characters: int = MAX_TEXT_CHARACTERS) -> tuple[str, ...]:
    listed = _listed(req, name)
    for index, text in enumerate(listed):
        if len(text) > max_characters:
            raise errors.too_long(f"{name}.{index}", max_characters)
    return tuple(listed)


def _listed(req: Request, name: str, limit: int = MAX_LISTED) -> list[str]:
    value = req.params.get(name)
    listed = value if isinstance(value, list) else [] if value is None else [value]
    if len(listed) > limit:
        raise errors.too_long(name, limit)
    return [str(text) for text in listed if text != ""]


def _maybe_bool(req: Request, name: str) -> bool | None:
    return None if req.params.get(name) in (None, "") else query_bool(req, name)


def _no_choice(name: str, choices: tuple[str, ...]) -> errors.ActionError:
    listed = ", ".join(f"'{choice}'" for choice in choices)
    return errors.invalid_field(name, "BASE_TYPE_CHOICES", f"Value must be one of {{{listed}}}.")


ROUTES = {"/guilds/{guild_id}/messages/search": GuildSearch, "/channels/{channel_id}/messages/search": ChannelSearch}
