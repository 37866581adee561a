"""A picture on the whole screen, and the way to the next one of the channel."""

import array
import asyncio
import contextlib
import secrets
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import ClassVar

import msgspec
from rich.style import Style
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tuichat.errors import TuichatError
from tuichat.protocol.message import Attachment
from tuichat.text.safe_text import safe_name
from tuichat.text.size_words import size_words
from tuichat.translation import _
from tuichat.tui import call_gestures, keys
from tuichat.tui.faults import log_fault
from tuichat.tui.images import kitty, sixel
from tuichat.tui.images.half_blocks import half_block_lines
from tuichat.tui.images.mode import ImageMode
from tuichat.tui.styles.palette import Palette, palette_of
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_bar import LineBar
from tuichat.tui.wrap import Piece

MAX_ZOOM = 8
PAN = 0.25  # of what is in view
CELL_PIXELS = (10, 20)  # where the terminal does not say (taste)


class ShownPicture(msgspec.Struct, frozen=True):
    entry_key: str
    number: int
    attachment: Attachment


def fitted(width: int, height: int, columns: int, rows: int) -> tuple[int, int]:
    """Return the cells of the largest picture of this shape in so many columns and rows."""
    shown_rows = max(1, min(rows, round(columns * height / width / 2)))
    shown_columns = max(1, min(columns, round(shown_rows * 2 * width / height)))
    return shown_columns, shown_rows


class PictureCanvas(Widget):
    """Shows lines in its middle."""

    def __init__(self) -> None:
        super().__init__(id="picture")
        self._lines: list[list[Piece]] = []
        self._cells = 0

    def show(self, lines: list[list[Piece]], cells: int) -> None:
        self._lines, self._cells = lines, cells
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        builder = LineBuilder(palette_of(self).background("main"))
        number = y - (self.content_size.height - len(self._lines)) // 2
        if 0 <= number < len(self._lines):
            builder.space((width - self._cells) // 2)
            for piece in self._lines[number]:
                builder.add(piece.text, piece.style)
        return builder.build(width).strip


class PictureBar(LineBar):
    """Name, place and what can be done, for the mouse too."""

    def __init__(self) -> None:
        super().__init__(id="picture-bar")
        self._words = ""

    def show(self, words: str) -> None:
        self._words = words
        self.redraw()

    def draw(self, width: int, palette: Palette) -> list[Line]:
        chips = LineBuilder(palette.background("main"))
        for label, action in (
            ("←", "previous"),
            ("→", "next"),
            ("+", "zoom_in"),
            ("-", "zoom_out"),
            (_("save"), "save"),
            (_("open"), "open"),
            (_("copy URL"), "copy_url"),
            ("✕", "close"),
        ):
            chips.add(f" {label} ", palette.style("chip"), action).space()
        return [
            LineBuilder(palette.background("main")).add(fit(self._words, width), palette.style("text")).build(width),
            chips.build(width),
        ]

    def act(self, action: str) -> None:
        self.call_later(self.screen.run_action, action)


class PictureViewer(Screen[None]):
    """Fetches one picture at a time; `ask` is told what is to be done with one: save, open, url."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.VIEWER)
    DEFAULT_CSS = """
    #picture { height: 1fr; }
    #picture-bar { height: 2; padding: 0 1; }
    """

    def __init__(
        self,
        pictures: Sequence[ShownPicture],
        index: int,
        mode: ImageMode,
        *,
        fetch: Callable[[str], Awaitable[Path]],
        ask: Callable[[ShownPicture, str], None],
        write: Callable[[str], None],
        through_tmux: bool = False,
    ) -> None:
        super().__init__()
        self._pictures = pictures
        self._index = index
        self._mode = mode
        self._fetch = fetch
        self._ask = ask
        self._write = write
        self._through_tmux = through_tmux
        self._zoom = 1
        self._centre = (0.5, 0.5)
        self._image_id: int | None = None

    def compose(self) -> ComposeResult:
        yield PictureCanvas()
        yield PictureBar()

    @property
    def picture(self) -> ShownPicture:
        return self._pictures[self._index]

    @on(events.Mount)
    def _show_call(self) -> None:
        self.post_message(call_gestures.StripWanted(self))

    def on_resize(self) -> None:
        self._show()

    def on_unmount(self) -> None:
        self._free()

    def _free(self) -> None:
        if self._image_id is not None:
            self._write(kitty.deletion(self._image_id, through_tmux=self._through_tmux))
            self._image_id = None

    def _show(self, note: str = "") -> None:
        file = self.picture.attachment
        place = _("{number} of {count}").format(number=self._index + 1, count=len(self._pictures))
        zoom = f"  {self._zoom}×" if self._zoom > 1 else ""
        # What the user must see stands before a name that may be long.
        words = (
            f"{place}{zoom}  {size_words(file.size)}  {file.width}×{file.height}  {safe_name(file.filename, 'file')}"
        )
        self.query_one(PictureBar).show(f"{place}  {note}" if note else words)
        if not note and self.query_one(PictureCanvas).content_size.width > 1:
            self.run_worker(self._draw(), exclusive=True, group="picture", exit_on_error=True)

    async def _draw(self) -> None:
        from tuichat.tui.images import picture

        canvas = self.query_one(PictureCanvas)
        file = self.picture.attachment
        size = canvas.content_size
        assert isinstance(file.width, int)
        assert isinstance(file.height, int)
        most = min(size.width, kitty.MAX_CELLS) if self._mode is ImageMode.KITTY else size.width
        columns, rows = fitted(file.width, file.height, most, min(size.height, kitty.MAX_CELLS))
        view = (self._zoom, self._centre)
        url = file.proxy_url or file.url
        try:
            path = await self._fetch(f"{url}{'&' if '?' in url else '?'}width=2048&height=2048")
            if self._mode is ImageMode.KITTY:
                image = await asyncio.to_thread(
                    picture.part, path, columns * CELL_PIXELS[0], rows * CELL_PIXELS[1], *view
                )
                content = await asyncio.to_thread(picture.png_bytes, image)
                self._free()
                self._image_id = secrets.randbelow(0xE00000) + 0x10000
                self._write(kitty.transmission(self._image_id, content, columns, rows, through_tmux=self._through_tmux))
                canvas.show(kitty.placeholder_lines(self._image_id, columns, rows), columns)
            elif self._mode is ImageMode.SIXEL:
                cell = cell_pixels()
                image = await asyncio.to_thread(picture.part, path, columns * cell[0], rows * cell[1], *view)
                text = await asyncio.to_thread(sixel.encode, image)
                canvas.show([[Piece(" " * columns, Style())] for _row in range(rows)], columns)
                left = canvas.content_region.x + (size.width - columns) // 2
                top = canvas.content_region.y + (size.height - rows) // 2
                # After the blank cells have been drawn, which would wipe it away.
                self.call_after_refresh(self._write, f"\x1b7\x1b[{top + 1};{left + 1}H{text}\x1b8")
            else:
                image = await asyncio.to_thread(picture.part, path, columns, rows * 2, *view)
                canvas.show(half_block_lines(image), columns)
        except (TuichatError, picture.PictureFault) as error:
            canvas.show([], 0)
            self._show(_("cannot be shown: {reason}").format(reason=safe_name(str(error))))
        except Exception as error:
            log_fault("drawing a picture", error)
            canvas.show([], 0)
            self._show(_("cannot be shown; `tuichat logs` says where it failed"))

    def _go(self, step: int) -> None:
        index = self._index + step
        if 0 <= index < len(self._pictures):
            self._index, self._zoom, self._centre = index, 1, (0.5, 0.5)
            self._show()

    def action_next(self) -> None:
        self._go(1)

    def action_previous(self) -> None:
        self._go(-1)

    def action_zoom_in(self) -> None:
        self._zoom = min(MAX_ZOOM, self._zoom * 2)
        self._show()

    def action_zoom_out(self) -> None:
        self._zoom = max(1, self._zoom // 2)
        self._show()

    def _pan(self, x: float, y: float) -> None:
        edge = 0.5 / self._zoom
        step = PAN / self._zoom
        self._centre = (
            min(max(self._centre[0] + x * step, edge), 1 - edge),
            min(max(self._centre[1] + y * step, edge), 1 - edge),
        )
        self._show()

    def action_pan_left(self) -> None:
        self._pan(-1, 0)

    def action_pan_right(self) -> None:
        self._pan(1, 0)

    def action_pan_up(self) -> None:
        self._pan(0, -1)

    def action_pan_down(self) -> None:
        self._pan(0, 1)

    def action_save(self) -> None:
        self._ask(self.picture, "save")

    def action_open(self) -> None:
        self._ask(self.picture, "open")

    def action_copy_url(self) -> None:
        self._ask(self.picture, "url")

    def action_close(self) -> None:
        self.dismiss(None)


def cell_pixels() -> tuple[int, int]:
    """Return the pixels of a cell as the terminal tells the system, or what is usual."""
    with contextlib.suppress(ImportError, OSError, AttributeError, ValueError):
        import fcntl
        import termios

        window = array.array("H", [0, 0, 0, 0])
        fcntl.ioctl(sys.__stdout__.fileno(), termios.TIOCGWINSZ, window)  # type: ignore[union-attr]  # None: suppressed
        rows, columns, width, height = window
        if rows and columns and width >= columns and height >= rows:
            return min(40, width // columns), min(80, height // rows)
    return CELL_PIXELS
