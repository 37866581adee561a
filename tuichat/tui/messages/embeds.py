"""The embeds of a message as lines."""

from collections.abc import Sequence

import msgspec
from rich.style import Style

from tuichat.text import embed, markup
from tuichat.text.embed import Embed, Field
from tuichat.text.media import Media
from tuichat.text.message_time import when
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui.messages.drawing import Drawing, Pieces, beside, with_bar
from tuichat.tui.widgets.line import fit
from tuichat.tui.wrap import Piece

MAX_COLUMNS = 3  # of fields beside each other, as in Discord's own clients
MIN_COLUMN_CELLS = 16  # of a field beside others (taste)
GAP = 2
ASIDE_COLUMNS, ASIDE_ROWS = 12, 6  # of a thumbnail beside the text (taste)
MIN_WIDTH_OF_ASIDE = 44  # below it a thumbnail stands below the text (taste)
SHOWN_TYPES = ("image", "gifv")  # links to pictures, whose thumbnail is the picture
MAX_NAME_CHARACTERS = 256  # of a title, an author or a provider, as on the wire
MAX_FOOTER_CHARACTERS = 2048


def embed_lines(
    drawing: Drawing, raws: Sequence[msgspec.Raw], width: int, *, is_revealed: bool = False
) -> list[Pieces]:
    if not raws:
        return []
    lines: list[Pieces] = []
    for item in embed.read(raws):
        bar = Piece("┃ ", drawing.palette.role_colour(item.color)) if item.color else drawing.dim_bar()
        drawer = _EmbedDrawer(drawing, item, max(4, width - 2), is_revealed=is_revealed)
        lines += with_bar(bar, drawing.part("an embed", max(4, width - 2), drawer.lines))
    return lines or [[drawing.dim(fit(_("▤ something that a terminal cannot show"), width))]]


class _EmbedDrawer:
    def __init__(self, drawing: Drawing, item: Embed, width: int, *, is_revealed: bool) -> None:
        self._drawing = drawing
        self._palette = drawing.palette
        self._embed = item
        self._width = width
        self._is_revealed = is_revealed

    def lines(self) -> list[Pieces]:
        item = self._embed
        image, thumbnail = item.image, item.thumbnail
        if image is None and (item.type in SHOWN_TYPES or not (item.title or item.description or item.fields)):
            image, thumbnail = thumbnail, None
        aside: list[Pieces] = []
        full = self._width
        if thumbnail is not None and full >= MIN_WIDTH_OF_ASIDE:
            aside = self._drawing.media(thumbnail, ASIDE_COLUMNS, ASIDE_ROWS)
            thumbnail = None if aside else thumbnail
        if aside:
            self._width = full - ASIDE_COLUMNS - GAP
        lines = [*self._head(), *self._text(item.description or "", self._width), *self._fields()]
        if aside:
            lines = beside([(lines, self._width), (aside, ASIDE_COLUMNS)], GAP)
            self._width = full
        for media in (thumbnail, image):
            lines += [] if media is None else self._media(media)
        return lines + self._footer()

    def _media(self, media: Media) -> list[Pieces]:
        """Return a picture, its name where it is not shown."""
        lines = self._drawing.media(media, self._width)
        if lines or not media.url:
            return lines
        name = media.url.partition("?")[0].rpartition("/")[2][:MAX_NAME_CHARACTERS]
        spans = markup.masked_link(media.url, f"▤ {safe_line(name) or _('a picture')}")
        return self._drawing.spans(spans, self._width, self._palette.style("dim")) if spans[0].target else []

    def _text(self, text: str, width: int, style: str = "text") -> list[Pieces]:
        if not text:
            return []
        return self._drawing.markdown(text, width, self._palette.style(style), is_revealed=self._is_revealed)

    def _head(self) -> list[Pieces]:
        """Return who made it, and what it is called; both may be links."""
        item = self._embed
        lines: list[Pieces] = []
        if item.provider is not None and item.provider.name:
            lines += self._name(item.provider.name, item.provider.url, "dim")
        if item.author is not None and item.author.name:
            lines += self._name(item.author.name, item.author.url, "text")
        if item.title:
            lines += self._name(item.title, item.url, "bright")
        elif item.url:
            lines += self._name(item.url, item.url, "dim")
        return lines

    def _name(self, name: str, address: str | None, style: str) -> list[Pieces]:
        name = name[:MAX_NAME_CHARACTERS]
        if address:
            spans = markup.masked_link(address, safe_line(name))
            bold = self._palette.style(style) + Style(bold=style == "bright" or None)
            return self._drawing.spans(spans, self._width, bold)
        return self._text(name, self._width, style)

    def _fields(self) -> list[Pieces]:
        columns = max(1, min(MAX_COLUMNS, (self._width + GAP) // (MIN_COLUMN_CELLS + GAP)))
        lines: list[Pieces] = []
        for row in self._embed.field_rows(columns):
            if len(row) == 1:
                lines += self._field(row[0], self._width)
                continue
            # As wide as in a full row, so that the fields of several rows stand below each other.
            cells = (self._width - GAP * (columns - 1)) // columns
            lines += beside([(self._field(field, cells), cells) for field in row], GAP)
        return lines

    def _field(self, field: Field, width: int) -> list[Pieces]:
        name = self._text(field.name[:MAX_NAME_CHARACTERS], width, "bright")
        return [*name, *self._text(field.value, width)]

    def _footer(self) -> list[Pieces]:
        item, told = self._embed, self._drawing.clock
        text = item.footer.text if item.footer is not None and item.footer.text else ""
        parts = [safe_line(text[:MAX_FOOTER_CHARACTERS])]
        if told is not None and (moment := item.written_at) is not None:
            parts.append(when(moment, told))
        words = " · ".join(part for part in parts if part)
        return self._drawing.words(words, self._width, "dim") if words else []
