"""Which lines of a timeline are in view: follows the end, or stays anchored on a message whatever comes above or below.

Knows heights and keys only, and asks for no more messages than the view shows, so that its work does not grow with
the length of the timeline.
"""

from collections.abc import Callable
from typing import Protocol

import msgspec


class Keyed(Protocol):
    """A sequence of messages, told apart by keys that stay."""

    def __len__(self) -> int: ...

    def key_at(self, index: int) -> str: ...

    def index_of_key(self, key: str) -> int | None: ...

    def index_near(self, key: str) -> int | None: ...


class Anchor(msgspec.Struct, frozen=True):
    """The view's first line is line `offset` of the message `key`; below 0 it is that many lines above it."""

    key: str
    offset: int


class Place(msgspec.Struct, frozen=True):
    """One line of the view: which line of which message; index -1 is what stands before the first message."""

    index: int
    line: int


class Viewport:
    """The view's place in a timeline. `anchor` None means that it follows the end."""

    def __init__(self) -> None:
        self.anchor: Anchor | None = None
        self.goes_on = False  # further messages follow the last one known: its end is not to be followed
        self.places: list[Place] = []
        self._keys: list[str] = []  # of the messages in view, to find a new anchor when the old one is gone
        self._hint = 0  # where the anchor was found last

    @property
    def follows(self) -> bool:
        return self.anchor is None

    def follow(self) -> None:
        self.anchor = None

    def lay_out(self, messages: Keyed, height: int, height_of: Callable[[int], int]) -> None:
        """Find the lines in view. `height_of(index)` tells a message's lines; index -1 asks for what stands before the first."""
        if self.anchor is not None:
            index = self._find(messages)
            if index is not None:
                # A message that became lower, by another width or an edit, still holds the view.
                offset = min(self.anchor.offset, height_of(index) - 1)
                start = self._normal(messages, index, offset, height_of)
                places = self._forward(messages, *start, height, height_of)
                last = Place(len(messages) - 1, height_of(len(messages) - 1) - 1)
                if places and len(places) >= height and places[-1] != last:
                    self._take(messages, places)
                    return
            # The view reaches the end, or what it stood at is gone: show the end, and follow it.
            self.anchor = None
        places = self._backward(messages, height, height_of)
        if self.goes_on and places:
            self.anchor = Anchor("", 0)  # found below
        self._take(messages, places)

    def _take(self, messages: Keyed, places: list[Place]) -> None:
        self.places = places
        self._keys = [messages.key_at(index) for index in dict.fromkeys(place.index for place in places) if index >= 0]
        if self.anchor is not None and places:
            first = places[0]
            if first.index >= 0:
                self.anchor = Anchor(messages.key_at(first.index), first.line)
                self._hint = first.index
            elif len(messages):
                before = sum(place.index < 0 for place in places)
                self.anchor = Anchor(messages.key_at(0), -before)
                self._hint = 0

    def _find(self, messages: Keyed) -> int | None:
        """Return the anchor's index; when its message is gone, that of the next one that was in view."""
        assert self.anchor is not None
        if 0 <= self._hint < len(messages) and messages.key_at(self._hint) == self.anchor.key:
            return self._hint
        index = messages.index_of_key(self.anchor.key)
        if index is None:
            gone = self.anchor.key
            for key in self._keys:
                index = messages.index_of_key(key)
                if index is not None:
                    self.anchor = Anchor(key, 0)
                    break
            else:
                index = messages.index_near(gone)
                if index is not None:
                    self.anchor = Anchor(messages.key_at(index), 0)
        if index is not None:
            self._hint = index
        return index

    @staticmethod
    def _normal(messages: Keyed, index: int, line: int, height_of: Callable[[int], int]) -> tuple[int, int]:
        """Return the same place with the line inside its message."""
        while line < 0 and index >= 0:
            index -= 1
            line += height_of(index)
        if index < 0:
            return -1, max(0, line)
        while index < len(messages) - 1 and line >= height_of(index):
            line -= height_of(index)
            index += 1
        return index, line

    @staticmethod
    def _forward(messages: Keyed, index: int, line: int, height: int, height_of: Callable[[int], int]) -> list[Place]:
        places: list[Place] = []
        while index < len(messages) and len(places) < height:
            lines = height_of(index)
            places += [Place(index, number) for number in range(line, lines)]
            index, line = index + 1, 0
        return places[:height]

    @staticmethod
    def _backward(messages: Keyed, height: int, height_of: Callable[[int], int]) -> list[Place]:
        blocks: list[list[Place]] = []
        count = 0
        index = len(messages) - 1
        while index >= -1 and count < height:
            block = [Place(index, number) for number in range(height_of(index))]
            blocks.append(block)
            count += len(block)
            index -= 1
        places = [place for block in reversed(blocks) for place in block]
        return places[-height:] if height else []

    def scroll(self, lines: int, messages: Keyed, height: int, height_of: Callable[[int], int]) -> None:
        """Move the view down by `lines` (up when negative), as far as there are messages."""
        if not self.places or not len(messages):
            return
        if lines > 0 and self.anchor is None:
            return
        first = self.places[0]
        index, line = (
            self._normal(messages, max(first.index, -1), first.line + lines, height_of)
            if first.index >= 0
            else (self._from_intro(first.line + lines, messages, height_of))
        )
        self._anchor_at(messages, index, line, height_of)
        self.lay_out(messages, height, height_of)

    def _from_intro(self, line: int, messages: Keyed, height_of: Callable[[int], int]) -> tuple[int, int]:
        intro = height_of(-1)
        if line < intro:
            return -1, max(0, line)
        return self._normal(messages, 0, line - intro, height_of)

    def _anchor_at(self, messages: Keyed, index: int, line: int, height_of: Callable[[int], int]) -> None:
        if index < 0:
            self.anchor = Anchor(messages.key_at(0), line - height_of(-1))
            self._hint = 0
        else:
            self.anchor = Anchor(messages.key_at(index), line)
            self._hint = index

    def show_top(self, messages: Keyed, height: int, height_of: Callable[[int], int]) -> None:
        """Show the first message known."""
        if len(messages):
            self._anchor_at(messages, -1, 0, height_of)
        self.lay_out(messages, height, height_of)

    def show_below_top(
        self, index: int, lines: int, messages: Keyed, height: int, height_of: Callable[[int], int]
    ) -> None:
        """Show a message with about so many lines above it."""
        self._anchor_at(messages, index, -lines, height_of)
        self.lay_out(messages, height, height_of)

    def show(self, index: int, messages: Keyed, height: int, height_of: Callable[[int], int]) -> None:
        """Move the view as little as shows the whole message; one higher than the view shows its beginning."""
        lines = height_of(index)
        inside = [place for place in self.places if place.index == index]
        if len(inside) >= min(lines, height):
            return
        if (self.places and index > self.places[-1].index) or (
            inside and inside[0].line == 0 and self.places[0].index != index
        ):
            # It lies below: its last line becomes the view's last one.
            places = self._upward(index, height, height_of)
            self._anchor_at(messages, places[0].index, places[0].line, height_of)
        else:
            self._anchor_at(messages, index, 0, height_of)
        self.lay_out(messages, height, height_of)

    def show_line(self, index: int, line: int, messages: Keyed, height: int, height_of: Callable[[int], int]) -> None:
        """Move the view as little as shows one line of a message."""
        wanted = Place(index, line)
        if wanted in self.places or not self.places:
            return
        first = self.places[0]
        if (index, line) < (first.index, first.line):
            self._anchor_at(messages, index, line, height_of)
            self.lay_out(messages, height, height_of)
        else:
            last = self.places[-1]
            distance = line - last.line if index == last.index else height_of(last.index) - 1 - last.line + line + 1
            distance += sum(height_of(between) for between in range(last.index + 1, index))
            self.scroll(distance, messages, height, height_of)

    @staticmethod
    def _upward(index: int, height: int, height_of: Callable[[int], int]) -> list[Place]:
        places: list[Place] = []
        if height_of(index) >= height:
            return [Place(index, 0)]
        while index >= -1 and len(places) < height:
            places = [Place(index, number) for number in range(height_of(index))] + places
            index -= 1
        return places[-height:]
