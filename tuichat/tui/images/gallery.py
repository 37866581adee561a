"""The pictures of messages: room for each is kept from the start, and one is loaded when it is first drawn."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Set
from pathlib import Path

from tuichat.errors import TuichatError
from tuichat.tui.faults import log_fault
from tuichat.tui.images import kitty
from tuichat.tui.images.half_blocks import half_block_lines
from tuichat.tui.images.mode import ImageMode
from tuichat.tui.images.source import PictureSource
from tuichat.tui.wrap import Piece

MAX_COLUMNS, MAX_ROWS = 48, 14  # of a picture in the list (taste)
MAX_KEPT_CELLS = 48 * MAX_COLUMNS * MAX_ROWS  # of drawn pictures; a terminal and this program hold no more
MAX_KEPT = 1000  # small ones
MAX_AT_ONCE = 2
PORTRAIT = "portrait"  # who asks for the picture of a profile, among the keys of messages

Fetch = Callable[[str], Awaitable[Path]]
_Key = tuple[str, int, int]


def cells_of(width: int, height: int, max_columns: int, max_rows: int = MAX_ROWS) -> tuple[int, int]:
    """Return the columns and rows that a picture of so many pixels takes, each at least one; a cell is twice as high as wide."""
    columns = max(1, min(MAX_COLUMNS, max_columns, kitty.MAX_CELLS, width // 8))
    rows = max(1, round(columns * height / width / 2))
    if rows > max_rows:
        rows = max_rows
        columns = max(1, min(columns, round(rows * 2 * width / height)))
    return columns, rows


class Gallery:
    """Draws pictures as `mode` has it. `fetch` loads a URL's file, `start` runs a task, `changed` is told who asked for one
    that is there now, or is no more; `write` sends to the terminal past the screen."""

    def __init__(
        self,
        mode: ImageMode,
        *,
        fetch: Fetch,
        start: Callable[[Awaitable[None]], object],
        changed: Callable[[Set[str]], None],
        write: Callable[[str], None],
        through_tmux: bool = False,
    ) -> None:
        self.mode = mode
        self._fetch = fetch
        self._start = start
        self._changed = changed
        self._write = write
        self._through_tmux = through_tmux
        self._lines: OrderedDict[_Key, list[list[Piece]]] = OrderedDict()
        self._cells = 0  # of all of them
        self._askers: dict[_Key, set[str]] = {}
        self._ids: dict[_Key, int] = {}
        self._failed: set[_Key] = set()
        self._loading: set[_Key] = set()
        self._room = asyncio.Semaphore(MAX_AT_ONCE)
        self._next_id = secrets.randbelow(0xF00000) + 0x10000

    def lines(
        self, source: PictureSource, max_columns: int, asker: str, max_rows: int = MAX_ROWS
    ) -> list[list[Piece]] | None:
        """Return as many lines whether or not the picture is here; an empty line where it is not, None where none is shown.

        `asker` is the message to be drawn anew when that changes.
        """
        return self.lines_in(source, *cells_of(source.width, source.height, max_columns, max_rows), asker)

    def lines_in(self, source: PictureSource, columns: int, rows: int, asker: str) -> list[list[Piece]] | None:
        """Likewise, in so many cells."""
        if self.mode is ImageMode.OFF:
            return None
        key = (source.name, columns, rows)
        known = self._lines.get(key)
        if known is not None:
            self._lines.move_to_end(key)
            self._askers.setdefault(key, set()).add(asker)
            return known
        if key not in self._failed:
            self._askers.setdefault(key, set()).add(asker)
            if key not in self._loading:
                self._loading.add(key)
                self._start(self._load(key, source.url))
        return [[] for _ in range(rows)]

    def has_failed(self, source: PictureSource) -> bool:
        return any(key[0] == source.name for key in self._failed)

    def close(self) -> None:
        """Free what the terminal holds."""
        for image_id in self._ids.values():
            self._write(kitty.deletion(image_id, through_tmux=self._through_tmux))
        self._ids.clear()
        self._lines.clear()
        self._cells = 0

    async def _load(self, key: _Key, url: str) -> None:
        from tuichat.tui.images import picture

        _name, columns, rows = key
        try:
            async with self._room:
                path = await self._fetch(url)
                if self.mode is ImageMode.KITTY:
                    content = await asyncio.to_thread(picture.png, path, columns, rows)
                    image_id, self._next_id = self._next_id, self._next_id + 1
                    self._ids[key] = image_id
                    self._write(kitty.transmission(image_id, content, columns, rows, through_tmux=self._through_tmux))
                    lines = kitty.placeholder_lines(image_id, columns, rows)
                else:
                    lines = half_block_lines(await asyncio.to_thread(picture.fitted, path, columns, rows * 2))
        except (TuichatError, picture.PictureFault):
            self._failed.add(key)
        except Exception as error:  # one picture must not take the screen with it
            log_fault("drawing a picture", error)
            self._failed.add(key)
        else:
            self._lines[key] = lines
            self._cells += columns * rows
        finally:
            self._loading.discard(key)
        askers = set(self._askers.get(key, ()))
        if key in self._failed:
            self._askers.pop(key, None)
        self._changed(askers | self._forget_old())

    def _forget_old(self) -> set[str]:
        """Free what was drawn longest ago; return who shows it."""
        askers: set[str] = set()
        while len(self._lines) > MAX_KEPT or (self._cells > MAX_KEPT_CELLS and len(self._lines) > 1):
            key, _lines = self._lines.popitem(last=False)
            self._cells -= key[1] * key[2]
            askers |= self._askers.pop(key, set())
            image_id = self._ids.pop(key, None)
            if image_id is not None:
                self._write(kitty.deletion(image_id, through_tmux=self._through_tmux))
        return askers
