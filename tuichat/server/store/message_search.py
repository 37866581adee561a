"""What a search for messages asks of a store, and what it answers."""

import enum
import re

import msgspec

from tuichat.server.store.message_rows import MessageRow

MAX_COUNTED = 10_000  # hits that are counted: as far as pages reach, for `offset` ends at 9975
MAX_PHRASES = 32  # of one search; what stands behind them is not looked for
MAX_PHRASE_WORDS = 64
DEFAULT_SLOP = 2

_PHRASE = re.compile(r'"([^"]*)"|([^\s"]+)')
# What SQLite's tokenizer takes for one long word, or for nothing, though people look for parts of it: scripts that are
# written without spaces, and pictures.
_ALONE = re.compile(
    "[\u2600-\u27bf\u2e80-\u2fdf\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U0001f000-\U0001faff\U00020000-\U0003ffff]"
)
_PICTURES = (range(0x2600, 0x27C0), range(0x1F000, 0x1FB00))


class AuthorKind(enum.Enum):
    USER = "user"
    BOT = "bot"
    WEBHOOK = "webhook"


class Has(enum.Enum):
    """What a message can have, in Discord's words."""

    IMAGE = "image"
    SOUND = "sound"
    VIDEO = "video"
    FILE = "file"
    STICKER = "sticker"
    EMBED = "embed"
    LINK = "link"
    POLL = "poll"
    SNAPSHOT = "snapshot"


class EmbedKind(enum.Enum):
    IMAGE = "image"
    VIDEO = "video"
    GIF = "gif"
    SOUND = "sound"
    ARTICLE = "article"


class SearchOrder(enum.Enum):
    """RELEVANCE puts first what holds the least beside the words that were looked for."""

    NEWEST = "newest"
    OLDEST = "oldest"
    RELEVANCE = "relevance"


class MessageSearch(msgspec.Struct, frozen=True, kw_only=True):
    """A search: every condition that is given must hold, and within one that lists several, any of them.

    The place is `channel_ids`, or all of `guild_id` but `hidden_ids`. `phrases` are words that stand together; several may
    have `slop` other words between one and the next, in any order. None looks for no words, an empty tuple finds nothing.
    """

    guild_id: int | None = None
    channel_ids: tuple[int, ...] = ()
    hidden_ids: tuple[int, ...] = ()
    phrases: tuple[str, ...] | None = None
    slop: int = DEFAULT_SLOP
    party_id: int | None = None  # who wrote a hit, or is named in it
    author_ids: tuple[int, ...] = ()
    author_kinds: frozenset[AuthorKind] = frozenset(AuthorKind)
    mention_ids: tuple[int, ...] = ()
    mention_role_ids: tuple[int, ...] = ()
    mentions_everyone: bool | None = None
    answered_ids: tuple[int, ...] = ()  # messages that are replied to
    answered_user_ids: tuple[int, ...] = ()  # whose messages are replied to
    is_pinned: bool | None = None
    has: frozenset[Has] = frozenset()
    has_not: frozenset[Has] = frozenset()
    embed_kinds: frozenset[EmbedKind] = frozenset()
    embed_providers: tuple[str, ...] = ()
    link_hosts: tuple[str, ...] = ()
    file_names: tuple[str, ...] = ()
    file_extensions: tuple[str, ...] = ()
    min_id: int | None = None  # both exclusive
    max_id: int | None = None
    order: SearchOrder = SearchOrder.NEWEST
    limit: int = 25
    offset: int = 0


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """One page of hits, in the order asked for. `total` ends at MAX_COUNTED."""

    total: int
    rows: list[MessageRow]


class SearchIndexing(msgspec.Struct, frozen=True, kw_only=True):
    """The messages of an older database are still being made searchable: ask again later."""

    indexed: int  # messages so far


def parse_phrases(content: str) -> tuple[str, ...]:
    """Split what a person typed into phrases: what stands in quotation marks, and every word beside them.

    What holds neither letters nor digits nor pictures is dropped, and a phrase that was there before. No sign has a
    meaning of its own.
    """
    phrases: dict[str, None] = {}
    text = content.encode(errors="replace").decode().replace("\0", " ")  # half characters and NUL are in no message
    for match in _PHRASE.finditer(text):
        words = searchable(match[1] if match[1] is not None else match[2]).split()
        phrase = " ".join(words[:MAX_PHRASE_WORDS])
        if any(character.isalnum() for character in phrase):
            phrases[phrase] = None
            if len(phrases) == MAX_PHRASES:
                break
    return tuple(phrases)


def searchable(text: str) -> str:
    """Return a text with every character that counts as a word standing alone, and pictures as words of letters."""
    return text if text.isascii() else _ALONE.sub(_stand_alone, text)


def _stand_alone(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f" u{code:x}x " if any(code in pictures for pictures in _PICTURES) else f" {match[0]} "
