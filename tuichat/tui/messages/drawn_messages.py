"""The messages of one view as lines: what is drawn once is kept, and drawn again only when something it shows has changed."""

from collections import OrderedDict
from collections.abc import Callable, Set
from datetime import date, datetime
from typing import Protocol

import msgspec
from msgspec import UNSET

from tuichat.client.state import Delivery, Entry
from tuichat.text.channel_names import ChannelNames
from tuichat.text.message_time import written_at
from tuichat.text.poll_words import poll_time
from tuichat.translation import _
from tuichat.tui.images.gallery import Gallery
from tuichat.tui.messages.layout import EntryLook, MessageLayout, starts_group
from tuichat.tui.styles.palette import Palette
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.wrap import Piece, wrap

KEPT_ENTRIES = 600  # drawn messages that are kept: some ten screens
MAX_GROUP = 10  # messages below one head, however fast their author writes (taste)


class Messages(Protocol):
    """What can be shown: a channel's timeline, what a search found, a channel's pins."""

    @property
    def has_older(self) -> bool: ...

    @property
    def has_newer(self) -> bool: ...

    @property
    def is_loading(self) -> bool: ...

    @property
    def is_stale(self) -> bool: ...

    def __len__(self) -> int: ...

    def __getitem__(self, index: int) -> Entry: ...

    def index_of_key(self, key: str) -> int | None: ...

    def find(self, message_id: int) -> Entry | None: ...

    def position(self, message_id: int) -> int:
        """Return the index at which a message of this id stands or would stand."""
        ...


class ChannelView(msgspec.Struct, frozen=True):
    """What a message list is given to show."""

    timeline: Messages
    names: ChannelNames
    title: str  # of the channel, with its sign
    new_after: int | None  # messages after this one stand below the "new" line; None for no line
    is_12h: bool = False
    is_compact: bool = False
    place_of: Callable[[Entry], str] | None = None  # where a message stands, told above it; for lists over channels
    offers: tuple[str, ...] | None = None  # buttons of the selected message; None for all that can be done
    beginning: tuple[str, str] | None = None  # the sentence above the first message, and the one where there is none

    @property
    def is_collection(self) -> bool:
        """Whether these are messages from here and there, which a click leads to."""
        return self.place_of is not None


_DrawnKey = tuple[str, int, EntryLook, int]


class DrawnMessages:
    """Draws the messages of a view at one width, each by its index; index -1 is what stands above the first."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.width = 0
        self.gallery: Gallery | None = None
        self.selected: str | None = None
        self.revealed: set[str] = set()
        self._now = now
        self._view: ChannelView | None = None
        self._palette: Palette | None = None
        self._layout: MessageLayout | None = None
        self._drawn: OrderedDict[_DrawnKey, list[Line]] = OrderedDict()
        self._names_epoch = 0
        self._places_in_group: dict[str, int] = {}

    def show(self, view: ChannelView | None) -> None:
        """Draw another channel's messages from now on."""
        self._view = view
        self._layout = None
        self.selected = None
        self.revealed.clear()
        self._drawn.clear()
        self._places_in_group.clear()

    def change(self, view: ChannelView) -> None:
        """Draw the same messages in another look."""
        self._view = view

    def forget(self) -> None:
        """Draw everything anew: the width or the colours are others."""
        self._layout = None
        self._drawn.clear()

    def forget_messages(self, keys: Set[str]) -> None:
        """Draw these messages anew: a picture of theirs has come, or is gone."""
        for drawn_key in [drawn_key for drawn_key in self._drawn if drawn_key[0] in keys]:
            del self._drawn[drawn_key]

    def names_changed(self) -> None:
        self._names_epoch += 1

    def lines(self, index: int, palette: Palette) -> list[Line]:
        view = self._view
        assert view is not None
        if index < 0:
            return self._intro_lines(view, palette)
        entry = view.timeline[index]
        before = view.timeline[index - 1] if index else None
        look = EntryLook(
            width=self.width,
            starts_group=self._starts_group(index, view),
            day=self._day_line(entry, before),
            today=self._now().date(),
            is_first_new=self._is_first_new(entry, before, view),
            is_selected=entry.key == self.selected,
            is_revealed=entry.key in self.revealed,
            is_12h=view.is_12h,
            is_compact=view.is_compact,
            poll=poll_time(entry.message, self._now()),
            now=self._now().replace(second=0, microsecond=0) if _tells_distance(entry) else None,
            place=view.place_of(entry) if view.place_of is not None else "",
            offers=view.offers,
        )
        drawn_key = (entry.key, entry.revision, look, self._names_epoch)
        lines = self._drawn.get(drawn_key)
        if lines is None:
            if self._layout is None or palette is not self._palette:
                self._layout, self._palette = MessageLayout(view.names, palette, self.gallery), palette
            lines = self._drawn[drawn_key] = self._layout.lines(entry, look)
            if len(self._drawn) > KEPT_ENTRIES:
                self._drawn.popitem(last=False)
        else:
            self._drawn.move_to_end(drawn_key)
        return lines

    def _starts_group(self, index: int, view: ChannelView) -> bool:
        if view.is_collection:
            return True
        entry = view.timeline[index]
        before = view.timeline[index - 1] if index else None
        return self._place_in_group(index, view) % MAX_GROUP == 0 or self._is_first_new(entry, before, view)

    def _place_in_group(self, index: int, view: ChannelView) -> int:
        """Return how many messages of the same author stand right before one, with no head between.

        What was once found stays, so that a head does not move when older messages come.
        """
        waiting: list[str] = []
        place = -1
        while True:
            entry = view.timeline[index]
            known = self._places_in_group.get(entry.key)
            if known is not None:
                place = known
                break
            waiting.append(entry.key)
            if index == 0 or starts_group(entry, view.timeline[index - 1]):
                break
            index -= 1
        for key in reversed(waiting):
            place += 1
            self._places_in_group[key] = place
        return place

    @staticmethod
    def _day_line(entry: Entry, before: Entry | None) -> date | None:
        day = written_at(entry.message).date()
        return day if before is None or written_at(before.message).date() != day else None

    @staticmethod
    def _is_first_new(entry: Entry, before: Entry | None, view: ChannelView) -> bool:
        limit = view.new_after
        if limit is None or entry.delivery is not Delivery.CONFIRMED or entry.message.id <= limit:
            return False
        return before is None or before.message.id <= limit

    def _intro_lines(self, view: ChannelView, palette: Palette) -> list[Line]:
        """Return what stands above the first message known."""
        timeline = view.timeline
        background = palette.background("main")
        blank = LineBuilder(background).build(self.width)

        def line(words: str, style: str) -> Line:
            text = fit(words, max(1, self.width - 4))
            return LineBuilder(background).space(2).add(text, palette.style(style)).build(self.width)

        def paragraph(words: str) -> list[Line]:
            pieces = wrap([Piece(words, palette.style("muted"))], max(1, self.width - 4))
            return [line("".join(piece.text for piece in row), "muted") for row in pieces]

        if timeline.has_older and (len(timeline) or timeline.is_loading or timeline.is_stale):
            words = _("reading older messages …") if len(timeline) else _("reading the messages …")
            return [blank, line(words, "dim")]
        beginning, nothing = view.beginning or (
            _("The beginning of the conversation."),
            _("Nothing here yet. Write the first message below."),
        )
        words = beginning if len(timeline) else nothing
        lines = [blank, line(view.title, "bright")] if view.title else [blank] if words else []
        return [*lines, *paragraph(words)] if words else lines


def _tells_distance(entry: Entry) -> bool:
    """Say whether a message may hold a moment that is told by how far away it is."""
    message = entry.message
    if ":R>" in message.content:
        return True
    raws = (*message.embeds, *message.components)
    if message.message_snapshots is not UNSET:
        raws += tuple(message.message_snapshots)
    return any(b":R>" in bytes(raw) for raw in raws)
