"""The pictures of messages: room for each is kept from the start, and one is loaded when it is first drawn."""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from pathlib import Path

from tuichat.errors import TuichatError
from tuichat.protocol.message import Attachment
from tuichat.tui.images import kitty
from tuichat.tui.images.half_blocks import half_block_lines
from tuichat.tui.images.mode import ImageMode
from tuichat.tui.wrap import Piece

MAX_COLUMNS, MAX_ROWS = 48, 14  # of a picture in the list (taste)
MAX_KEPT = 48  # drawn pictures; a terminal and this program hold no more
MAX_AT_ONCE = 2
TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")

Fetch = Callable[[str], Awaitable[Path]]
_Key = tuple[str, int, int]


def cells_of(width: int, height: int, max_columns: int) -> tuple[int, int]:
    """Return the columns and rows that a picture of so many pixels takes, each at least one; a cell is twice as high as wide."""
    columns = min(MAX_COLUMNS, max_columns, kitty.MAX_CELLS, max(1, width // 8))
    rows = max(1, round(columns * height / width / 2))
    if rows > MAX_ROWS:
        rows = MAX_ROWS
        columns = max(1, min(columns, round(rows * 2 * width / height)))
    return columns, rows


def is_shown(attachment: Attachment) -> bool:
    """Say whether a file is a picture whose size is known before it is loaded."""
    return (
        attachment.content_type in TYPES
        and bool(attachment.url)
        and isinstance(attachment.width, int)
        and isinstance(attachment.height, int)
        and 0 < attachment.width <= 65_535
        and 0 < attachment.height <= 65_535
    )


class Gallery:
    """Draws pictures as `mode` has it. `fetch` loads a URL's file, `start` runs a task, `changed` is called when one is
    there, `write` sends to the terminal past the screen."""

    def __init__(
        self,
        mode: ImageMode,
        *,
        fetch: Fetch,
        start: Callable[[Awaitable[None]], object],
        changed: Callable[[], None],
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
        self._ids: dict[_Key, int] = {}
        self._failed: set[_Key] = set()
        self._loading: set[_Key] = set()
        self._room = asyncio.Semaphore(MAX_AT_ONCE)
        self._next_id = secrets.randbelow(0xF00000) + 0x10000

    def lines(self, attachment: Attachment, width: int) -> list[list[Piece]] | None:
        """Return as many lines whether or not the picture is here; an empty line where it is not, None where none is shown."""
        if self.mode is ImageMode.OFF or not is_shown(attachment):
            return None
        assert isinstance(attachment.width, int)
        assert isinstance(attachment.height, int)
        columns, rows = cells_of(attachment.width, attachment.height, width)
        key = (str(int(attachment.id)) + attachment.filename, columns, rows)
        known = self._lines.get(key)
        if known is not None:
            self._lines.move_to_end(key)
            return known
        if key not in self._loading and key not in self._failed:
            self._loading.add(key)
            self._start(self._load(key, attachment.proxy_url or attachment.url))
        return [[] for _ in range(rows)]

    def has_failed(self, attachment: Attachment) -> bool:
        name = str(int(attachment.id)) + attachment.filename
        return any(key[0] == name for key in self._failed)

    def close(self) -> None:
        """Free what the terminal holds."""
        for image_id in self._ids.values():
            self._write(kitty.deletion(image_id, through_tmux=self._through_tmux))
        self._ids.clear()
        self._lines.clear()

    async def _load(self, key: _Key, url: str) -> None:
        from tuichat.tui.images import picture

        _name, columns, rows = key
        # Drawn smaller by the server: twice the pixels of half blocks are enough for any of the ways.
        side = 960
        sized = f"{url}{'&' if '?' in url else '?'}width={side}&height={side}"
        try:
            async with self._room:
                path = await self._fetch(sized)
                if self.mode is ImageMode.KITTY:
                    content = await asyncio.to_thread(picture.png, path, columns, rows)
                    image_id, self._next_id = self._next_id, self._next_id + 1
                    self._ids[key] = image_id
                    self._write(kitty.transmission(image_id, content, columns, rows, through_tmux=self._through_tmux))
                    lines = kitty.placeholder_lines(image_id, columns, rows)
                else:
                    lines = half_block_lines(await asyncio.to_thread(picture.pixels, path, columns, rows * 2))
        except (TuichatError, picture.PictureFault):
            self._failed.add(key)
        else:
            self._lines[key] = lines
            self._forget_old()
        finally:
            self._loading.discard(key)
        self._changed()

    def _forget_old(self) -> None:
        while len(self._lines) > MAX_KEPT:
            key, _lines = self._lines.popitem(last=False)
            image_id = self._ids.pop(key, None)
            if image_id is not None:
                self._write(kitty.deletion(image_id, through_tmux=self._through_tmux))
