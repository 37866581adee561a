"""How strangers' chat markdown becomes lines of pieces: what every part of a message is drawn with."""

import re
from collections.abc import Callable, Sequence

from rich.cells import cell_len
from rich.style import Style

from tuichat.text import markup
from tuichat.text.channel_names import ChannelNames
from tuichat.text.markup import CodeBlock, Mark, Paragraph, Span
from tuichat.text.media import Media
from tuichat.text.message_time import Clock
from tuichat.translation import _
from tuichat.tui.faults import log_fault
from tuichat.tui.images.gallery import MAX_ROWS, Gallery
from tuichat.tui.images.mode import ImageMode
from tuichat.tui.images.source import PictureSource, of_emoji, of_media
from tuichat.tui.messages.highlighting import HIGHLIGHTER
from tuichat.tui.styles.palette import Palette
from tuichat.tui.widgets.line import fit
from tuichat.tui.wrap import Piece, chop, wrap

MAX_SHOWN_CHARACTERS = 12_000  # no server that speaks the protocol sends more in one message
MAX_SHOWN_LINES = 400
INLINE_COLUMNS = 2  # of an emoji in a line of text, as of those of Unicode
_WORD = re.compile("[^ ]+")

Pieces = list[Piece]  # one line


class Drawing:
    """Draws text in the names and colours of one channel."""

    def __init__(
        self,
        names: ChannelNames,
        palette: Palette,
        gallery: Gallery | None = None,
        asker: str = "",
        told: Clock | None = None,
    ) -> None:
        """Without a gallery pictures are told by their names. `asker` is the key of the message that is drawn, `told` how
        moments are told in it."""
        self.names = names
        self.gallery = gallery
        self.palette = palette
        self.clock = told
        self._asker = asker

    def part(self, name: str, width: int, draw: Callable[[], list[Pieces]]) -> list[Pieces]:
        """Return the lines of a part of a message, or one that stands for it: the other parts can be drawn all the same."""
        try:
            return draw()
        except Exception as error:
            log_fault(f"drawing {name} of message {self._asker}", error)
            words = _("✕ this part of the message cannot be shown; `tuichat logs` says where it failed")
            return [[Piece(fit(words, width), self.palette.style("bad"))]]

    def picture(self, source: PictureSource, width: int, action: str | None, max_rows: int = MAX_ROWS) -> list[Pieces]:
        """Return the room of a picture of at most `width` columns, with the picture as soon as it is here.

        Nothing where none are shown.
        """
        return self.part("a picture", width, lambda: self._picture_lines(source, width, action, max_rows))

    def _picture_lines(self, source: PictureSource, width: int, action: str | None, max_rows: int) -> list[Pieces]:
        lines = None if self.gallery is None else self.gallery.lines(source, width, self._asker, max_rows)
        if self.gallery is None or lines is None:
            return []
        if not lines[0]:
            words = _("the picture cannot be shown") if self.gallery.has_failed(source) else _("loading …")
            return [[self.dim(fit(words, width), action)], *([self.dim(" ", action)] for _line in lines[1:])]
        return [[Piece(piece.text, piece.style, action) for piece in line] for line in lines]

    def media(self, media: Media, width: int, max_rows: int = MAX_ROWS) -> list[Pieces]:
        """Return the room of a picture that is known by its address; nothing where it is not shown."""
        source = of_media(media)
        target = markup.masked_link(media.url, "-")[0].target
        action = f"picture:{target}" if target else None
        return [] if source is None else self.picture(source, max(2, width), action, max_rows)

    def emoji(self, name: str, target: str, columns: int, rows: int) -> list[Pieces] | None:
        """Return a server's own emoji as a picture of so many cells, whether or not it is here.

        None where there is none: half blocks would show it as a few dots, so it is told by its name there.
        """
        if self.gallery is None or self.gallery.mode is not ImageMode.KITTY:
            return None
        lines = self.gallery.lines_in(of_emoji(target), columns, rows, self._asker)
        if lines is None:
            return None
        action = f"emoji:{name}"
        if not lines[0]:
            return [
                [self.dim(fit("▣" if row == rows - 1 else "", columns).ljust(columns), action)] for row in range(rows)
            ]
        return [[Piece(piece.text, piece.style, action) for piece in line] for line in lines]

    def dim(self, text: str, action: str | None = None) -> Piece:
        return Piece(text, self.palette.style("dim"), action)

    def dim_bar(self) -> Piece:
        return Piece("┃ ", self.palette.style("dim"))

    def markdown(self, text: str, width: int, base: Style, *, is_revealed: bool = False) -> list[Pieces]:
        """Return a stranger's chat markdown as lines of at most `width` cells."""
        lines: list[Pieces] = []
        for block in markup.parse(text[:MAX_SHOWN_CHARACTERS], self.names, self.clock):
            if isinstance(block, CodeBlock):
                lines += (
                    self._quoted(self._code_lines(block, width - 2))
                    if block.is_quote
                    else self._code_lines(block, width)
                )
            else:
                lines += self._paragraph_lines(block, width, base, is_revealed=is_revealed)
        return lines

    def spans(self, spans: Sequence[Span], width: int, base: Style) -> list[Pieces]:
        """Return spans that stand by themselves as lines."""
        return wrap([self._piece(span, base, is_revealed=True) for span in spans], width)

    def words(self, text: str, width: int, style: str) -> list[Pieces]:
        """Return safe words as lines."""
        return wrap([Piece(text, self.palette.style(style))], width)

    def barred(self, text: str, bar: Piece, width: int, *, is_revealed: bool = False) -> list[Pieces]:
        """Return a stranger's chat markdown with a bar before each line."""
        inner = self.markdown(text, max(4, width - 2), self.palette.style("text"), is_revealed=is_revealed)
        return with_bar(bar, inner)

    def _code_lines(self, block: CodeBlock, width: int) -> list[Pieces]:
        style = self.palette.style("code")
        inner = max(2, width - 4)
        lines: list[Pieces] = []
        for runs in HIGHLIGHTER.lines(block.language, block.lines[: MAX_SHOWN_LINES + 1]):
            for number, part in enumerate(chop([Piece(text, self.palette.style(name)) for text, name in runs], inner)):
                used = sum(cell_len(piece.text) for piece in part)
                lead = Piece("  ", style, joins="" if number else None)
                lines.append([lead, *part, Piece(" " * (inner - used) + "  ", style)])
        return lines

    def _paragraph_lines(self, block: Paragraph, width: int, base: Style, *, is_revealed: bool) -> list[Pieces]:
        pieces = [self._piece(span, base, is_revealed=is_revealed) for span in block.spans]
        if block.is_quote:
            width -= 2
        lines = self._hung(wrap(pieces, width - block.indent), block)
        return self._quoted(lines) if block.is_quote else lines

    def _quoted(self, lines: list[Pieces]) -> list[Pieces]:
        return with_bar(Piece("▏ ", self.palette.style("quote-bar")), lines)

    def _hung(self, lines: list[Pieces], block: Paragraph) -> list[Pieces]:
        """Put an item's sign before its first line, and the others below its words."""
        if not block.indent:
            return lines
        sign = Piece(" " * (block.indent - cell_len(block.bullet)) + block.bullet, self.palette.style("muted"))
        blank = Piece(" " * block.indent, Style())
        return [[blank if number else sign, *line] for number, line in enumerate(lines)]

    def _piece(self, span: Span, base: Style, *, is_revealed: bool) -> Piece:
        palette = self.palette
        mark = span.mark
        if Mark.SPOILER in mark and not is_revealed:
            # The text itself must not reach the terminal: it could be selected and copied there.
            hidden = _WORD.sub(lambda word: "▒" * cell_len(word[0]), span.text)
            return Piece(hidden, palette.style("spoiler"), "reveal")
        style = base
        action = None
        if Mark.EMOJI in mark:
            name = span.text.strip(":")
            picture = self.emoji(name, span.target, INLINE_COLUMNS, 1)
            if picture is not None:
                return picture[0][0]
            style = palette.style("chip")
            action = f"emoji:{name}"
        elif Mark.CODE in mark:
            style = palette.style("code")
            action = f"time:{span.target}" if Mark.TIME in mark else None
        elif Mark.LINK in mark:
            style = palette.style("link") + Style(link=span.target)
            action = f"link:{span.target}"
        elif Mark.MENTION_OF_ME in mark:
            style = palette.style("mention-of-me")
            action = f"user:{span.target}" if span.target else None
        elif Mark.MENTION in mark:
            style = palette.style("mention")
            if span.target:
                action = f"slash:{span.target[1:]}" if span.target.startswith("/") else f"user:{span.target}"
            if span.colour:
                style += palette.role_colour(span.colour)
        elif Mark.CHANNEL in mark:
            style = palette.style("mention")
            action = f"channel:{span.target}"
        elif Mark.SUBTLE in mark:
            style = palette.style("dim")
        elif Mark.HEADING in mark:
            style = palette.style("bright")
        attributes = Style(
            bold=True if Mark.BOLD in mark else None,
            italic=True if Mark.ITALIC in mark else None,
            underline=True if Mark.UNDERLINE in mark else None,
            strike=True if Mark.STRIKE in mark else None,
        )
        return Piece(span.text, style + attributes, action)


def with_bar(bar: Piece, lines: Sequence[Pieces]) -> list[Pieces]:
    return [[bar, *line] for line in lines]


def beside(columns: Sequence[tuple[list[Pieces], int]], gap: int) -> list[Pieces]:
    """Put columns of lines beside each other, each with the cells that its lines have at most."""
    lines: list[Pieces] = []
    for number in range(max((len(column) for column, _width in columns), default=0)):
        line: Pieces = []
        blank = 0
        for column, width in columns:
            pieces = column[number] if number < len(column) else []
            if pieces:
                line += [Piece(" " * blank, Style()), *pieces] if blank else pieces
                blank = 0
            blank += width - sum(cell_len(piece.text) for piece in pieces) + gap
        lines.append(line)
    return lines
