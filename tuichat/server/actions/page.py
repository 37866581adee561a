"""What a page says it is about: the words and the picture of its Open Graph, Twitter and plain HTML headers."""

import contextlib
import re
import unicodedata
from html.parser import HTMLParser
from urllib.parse import urljoin

import msgspec

MAX_TITLE_CHARACTERS = 256
MAX_DESCRIPTION_CHARACTERS = 350
MAX_SITE_CHARACTERS = 100
MAX_URL_CHARACTERS = 2048
MAX_TAGS = 2000  # of a head; what stands behind is not read
FED_AT_ONCE = 8192
_CHARSET = re.compile(rb"""<meta[^>]{1,200}charset\s*=\s*["']?\s*([a-zA-Z0-9_:.-]{1,40})""", re.IGNORECASE)
_COLOUR = re.compile(r"#(?P<short>[0-9a-fA-F]{3})|#(?P<long>[0-9a-fA-F]{6})")
_ENDS_HEAD = frozenset({"body", "main", "article", "div", "p"})


class PagePicture(msgspec.Struct, frozen=True):
    """A picture that a page names, and the size that it claims."""

    url: str
    width: int | None = None
    height: int | None = None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    title: str | None = None
    description: str | None = None
    site: str | None = None
    kind: str | None = None  # og:type
    colour: int | None = None
    picture: PagePicture | None = None


class _HeadEnded(Exception):  # not a fault
    """All that is of use was read."""


def read_page(body: bytes, url: str, charset: str | None = None) -> Page:
    """Read the head of a page. Whatever the bytes are, the answer is a page, perhaps an empty one."""
    reader = _HeadReader()
    text = _decode(body, charset)
    try:
        for start in range(0, len(text), FED_AT_ONCE):
            reader.feed(text[start : start + FED_AT_ONCE])
    except (_HeadEnded, AssertionError, ValueError):  # the last two are the parser's own, of broken declarations
        pass
    return _page(reader, url)


class _HeadReader(HTMLParser):
    """Collects the first of each kind of meta, and the title."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.meta: dict[str, str] = {}
        self.title = ""
        self._is_in_title = False
        self._tags = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tags += 1
        if tag in _ENDS_HEAD or self._tags > MAX_TAGS:
            raise _HeadEnded
        if tag == "title":
            self._is_in_title = not self.title
        elif tag == "meta":
            found = dict(attrs)
            name = (found.get("property") or found.get("name") or "").strip().lower()
            content = found.get("content")
            if name and content and len(name) <= 60:
                self.meta.setdefault(name, content[:4096])

    def handle_endtag(self, tag: str) -> None:
        if tag == "head":
            raise _HeadEnded
        if tag == "title":
            self._is_in_title = False

    def handle_data(self, data: str) -> None:
        if self._is_in_title and len(self.title) < 1024:
            self.title += data


def _page(reader: _HeadReader, url: str) -> Page:
    meta = reader.meta
    picture_url = _first(meta, "og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
    return Page(
        title=_text(_first(meta, "og:title", "twitter:title") or reader.title, MAX_TITLE_CHARACTERS),
        description=_text(
            _first(meta, "og:description", "twitter:description", "description"), MAX_DESCRIPTION_CHARACTERS
        ),
        site=_text(_first(meta, "og:site_name"), MAX_SITE_CHARACTERS),
        kind=_text(_first(meta, "og:type"), 40),
        colour=_colour(_first(meta, "theme-color")),
        picture=_picture(url, picture_url, meta),
    )


def _first(meta: dict[str, str], *names: str) -> str | None:
    return next((meta[name] for name in names if meta.get(name, "").strip()), None)


def _text(text: str | None, limit: int) -> str | None:
    """Return text on one line, without control and bidi characters; None when nothing is left."""
    if text is None:
        return None
    kept = "".join(" " if letter.isspace() else letter for letter in text[: limit * 8])
    kept = "".join(letter for letter in kept if letter == " " or unicodedata.category(letter)[0] != "C")
    kept = " ".join(kept.split())
    if len(kept) > limit:
        kept = kept[: limit - 1].rstrip() + "…"
    return kept or None


def _picture(page_url: str, url: str | None, meta: dict[str, str]) -> PagePicture | None:
    if url is None:
        return None
    try:
        whole = urljoin(page_url, url.strip())
        whole.encode()
    except ValueError:
        return None
    if not whole.startswith(("http://", "https://")) or len(whole) > MAX_URL_CHARACTERS or not whole.isprintable():
        return None
    width, height = _side(meta.get("og:image:width")), _side(meta.get("og:image:height"))
    return PagePicture(whole, width, height) if width and height else PagePicture(whole)


def _side(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) <= 5 and int(text) > 0 else None


def _colour(text: str | None) -> int | None:
    found = _COLOUR.fullmatch((text or "").strip())
    if found is None:
        return None
    return int(found["long"] or "".join(2 * digit for digit in found["short"]), 16)


def _decode(body: bytes, charset: str | None) -> str:
    found = _CHARSET.search(body[:2048])
    for name in (charset, None if found is None else found[1].decode("ascii")):
        if name is None:
            continue
        with contextlib.suppress(LookupError, ValueError):  # there is no such encoding, or it is none of text
            return body.decode(name, "replace")
    return body.decode("utf-8", "replace")
