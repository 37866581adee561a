"""The view of messages: which lines stand where, scrolling, and what floats above them."""

from collections.abc import Callable, Set
from datetime import datetime
from typing import ClassVar

import msgspec
from rich.cells import cell_len
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip

from tuichat.client.state import Entry, Timeline
from tuichat.text.message_time import clock, day_name, written_at
from tuichat.translation import _, ngettext
from tuichat.tui import gestures
from tuichat.tui.images.gallery import Gallery
from tuichat.tui.messages.drawn_messages import ChannelView, DrawnMessages, Messages
from tuichat.tui.styles.palette import palette_of
from tuichat.tui.text_selection import TextSelection
from tuichat.tui.viewport import Anchor, Place, Viewport
from tuichat.tui.widgets.drawn_widget import DrawnWidget
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.wrap import Piece, wrap

NEAR_END = 12  # messages beyond the view at which further ones are asked for
WHEEL_LINES = 3
EMPTY_WIDTH = 46  # cells of a sentence where nothing else is (taste)


class ViewPosition(msgspec.Struct, frozen=True):
    """Where a channel was left, to come back to; anchor None is the end."""

    anchor: Anchor | None = None


class ShownMessages:
    """Messages as the viewport knows them."""

    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def __len__(self) -> int:
        return len(self._messages)

    def key_at(self, index: int) -> str:
        return self._messages[index].key

    def index_of_key(self, key: str) -> int | None:
        return self._messages.index_of_key(key)

    def index_near(self, key: str) -> int | None:
        """Return the index of the message that stands where one stood that is gone: the next one, else the last."""
        if not key.isdigit() or not len(self._messages):
            return None
        return min(self._messages.position(int(key)), len(self._messages) - 1)


class MessageView(DrawnWidget, can_focus=True):
    """Shows messages and scrolls them. A subclass says what keys and clicks do."""

    ALLOW_SELECT = False  # Textual's own selection knows nothing of messages
    FOCUS_ON_CLICK: ClassVar[bool] = (
        False  # who clicks a message and types on writes text, and does not delete messages
    )

    def __init__(self, *, now: Callable[[], datetime], id: str | None = None) -> None:
        super().__init__(id=id)
        self._now = now
        self._view: ChannelView | None = None
        self._keys = ShownMessages(Timeline(0))
        self._viewport = Viewport()
        self._drawn = DrawnMessages(now)
        self._lines: list[Line] = []
        self._selection = TextSelection()
        self._words = ""  # shown where no channel is
        self._unseen = 0  # messages that came while the view was not at the end
        self._told: tuple[int, bool, bool] | None = None
        self._asked_above: str | None = None  # the first key known when older messages were asked for
        self._asked_below: str | None = None

    # What its owner calls.

    @property
    def follows(self) -> bool:
        return self._viewport.follows

    @property
    def shown(self) -> Messages | None:
        return None if self._view is None else self._view.timeline

    @property
    def revealed(self) -> set[str]:
        """The keys of the messages whose spoilers are shown."""
        return self._drawn.revealed

    def position(self) -> ViewPosition:
        return ViewPosition(self._viewport.anchor)

    def show_channel(self, view: ChannelView, position: ViewPosition) -> None:
        """Show another channel, where it was left."""
        self._view = view
        self._keys = ShownMessages(view.timeline)
        self._viewport = Viewport()
        self._viewport.anchor = position.anchor
        self._selection.clear()
        self._drawn.show(view)
        self._lines = []
        self._unseen = 0
        self._told = None
        self.history_failed()
        self._sync()

    def use_gallery(self, gallery: Gallery) -> None:
        """Show pictures as this has them."""
        self._drawn.gallery = gallery
        self._drawn.forget()
        self._sync()

    def restore(self, position: ViewPosition) -> None:
        """Show what was in view."""
        self._viewport.anchor = position.anchor
        self._sync()

    def replace_messages(self, messages: Messages) -> None:
        """Show another stretch of the same channel; what is in view stays where it is as far as it is there too."""
        if self._view is not None and self._view.timeline is not messages:
            self._view = msgspec.structs.replace(self._view, timeline=messages)
            self._keys = ShownMessages(messages)
            self._drawn.change(self._view)
            self.history_failed()
            self._sync()

    def show_nothing(self, words: str = "") -> None:
        """Be empty but for a sentence: no channel is open."""
        if self._view is None and self._words == words:
            return
        self._view = None
        self._words = words
        self._keys = ShownMessages(Timeline(0))
        self._lines = []
        self._drawn.show(None)
        self.refresh()

    def set_new_after(self, message_id: int | None) -> None:
        """Move the "new" line, or take it away."""
        if self._view is not None and self._view.new_after != message_id:
            self._view = msgspec.structs.replace(self._view, new_after=message_id)
            self._drawn.change(self._view)
            self._sync()

    def timeline_changed(self, *, added: int = 0) -> None:
        """Show what the timeline holds now; `added` messages came at its end."""
        if not self._viewport.follows:
            self._unseen += added
        self._sync()

    def names_changed(self) -> None:
        """Draw anew: somebody or something has another name or colour."""
        self._drawn.names_changed()
        self._sync()

    def pictures_changed(self, keys: Set[str]) -> None:
        """Draw anew the messages of these keys: a picture of theirs has come, or is gone."""
        self._drawn.forget_messages(keys)
        self._sync()

    def times_changed(self) -> None:
        """Draw anew what tells how long something lasts yet."""
        self._sync()

    def show_top(self) -> None:
        """Show the first message known."""
        if self._view is not None:
            self._viewport.show_top(self._keys, self._height, self._height_of)
            self._draw_places()

    def show_at(self, message_id: int) -> Entry | None:
        """Bring the message of an id, or the next one after it, to the upper part of the view, and return it."""
        if self._view is None or not len(self._view.timeline):
            return None
        index = min(self._view.timeline.position(message_id), len(self._view.timeline) - 1)
        self._viewport.show_below_top(index, self._height // 3, self._keys, self._height, self._height_of)
        self._draw_places()
        return self._view.timeline[index]

    # Laying out.

    @property
    def _height(self) -> int:
        return self.content_size.height

    def _lines_of(self, index: int) -> list[Line]:
        return self._drawn.lines(index, palette_of(self))

    def _height_of(self, index: int) -> int:
        return len(self._lines_of(index))

    def _sync(self) -> None:
        """Lay the view out and draw the lines that are not what they were."""
        if self._view is None or not self.is_attached or self.content_size.width < 1:
            return
        self._drawn.width = self.content_size.width
        self._viewport.goes_on = self._view.timeline.has_newer or self._view.is_collection
        self._viewport.lay_out(self._keys, self._height, self._height_of)
        self._draw_places()

    def _draw_places(self) -> None:
        places = self._viewport.places
        lines = [self._selected_line(place, self._lines_of(place.index)[place.line]) for place in places]
        missing = self._height - len(lines)
        if missing > 0:
            # A short timeline stands at the bottom, above the composer; what was found stands at the top.
            blank = LineBuilder(palette_of(self).background("main")).build(self.content_size.width)
            lines = lines + [blank] * missing if self._is_on_top else [blank] * missing + lines
        if lines and (floating := self._floating_line(lines[0])) is not None:
            lines[0] = floating
        old, self._lines = self._lines, lines
        if len(old) != len(lines):
            self.refresh()
        else:
            changed = [y for y, line in enumerate(lines) if line is not old[y] and line.strip != old[y].strip]
            for start, count in _runs(changed):
                self.refresh(Region(0, start, self.content_size.width, count))
        self._tell()

    @property
    def _is_on_top(self) -> bool:
        return self._view is not None and self._view.is_collection

    def _place_at(self, y: int) -> Place | None:
        """Return what stands at a line of this widget; None for nothing."""
        places = self._viewport.places
        number = y if self._is_on_top else y - (self._height - len(places))
        return places[number] if 0 <= number < len(places) else None

    def _selected_line(self, place: Place, line: Line) -> Line:
        """Return a line with what of it is selected standing out."""
        if place.index < 0 or not self._selection.is_active:
            return line
        cells = self._selection.cells(self._keys, place.index, place.line, line)
        return line if cells is None else line.marked(*cells, palette_of(self).style("selected-text"))

    def _tell(self) -> None:
        """Say what the view means: further messages are needed, the newest is seen, or some are below."""
        assert self._view is not None
        timeline = self._view.timeline
        if self._viewport.follows:
            self._unseen = 0
        told = (self._unseen, self._viewport.follows, timeline.has_newer)
        if told != self._told:
            self._told = told
            self.post_message(gestures.ViewMoved(*told))
        if not len(timeline):
            return
        if self._viewport.follows:
            self.post_message(gestures.EndReached())
        places = self._viewport.places
        if timeline.is_loading or not places:
            return
        above, below = self._keys.key_at(0), self._keys.key_at(len(timeline) - 1)
        if timeline.has_older and places[0].index <= NEAR_END and self._asked_above != above:
            self._asked_above = above
            self.post_message(gestures.OlderAsked())
        elif timeline.has_newer and places[-1].index >= len(timeline) - NEAR_END and self._asked_below != below:
            self._asked_below = below
            self.post_message(gestures.NewerAsked())

    def history_failed(self) -> None:
        """Allow older and newer messages to be asked for again."""
        self._asked_above = self._asked_below = None

    # What floats above the first line.

    def _floating_line(self, under: Line) -> Line | None:
        """Return what stands in place of the view's first line: what is new above it, else its day."""
        view, places = self._view, self._viewport.places
        if view is None or view.is_collection or (self._viewport.follows and view.new_after is None) or not places:
            return None
        return self._unread_bar(view, places[0]) or (None if self._viewport.follows else self._day_chip(view, under))

    def _unread_bar(self, view: ChannelView, first: Place) -> Line | None:
        timeline, palette, width = view.timeline, palette_of(self), self.content_size.width
        if view.new_after is None or timeline.has_newer or not len(timeline):
            return None
        index = timeline.position(view.new_after + 1)
        count = len(timeline) - index
        if count <= 0 or index >= first.index:
            return None
        is_more = index == 0 and timeline.has_older
        since = clock(written_at(timeline[index].message), is_12h=view.is_12h)
        words = (
            _("more than {count} new").format(count=count)
            if is_more
            else ngettext("{count} new since {time}", "{count} new since {time}", count).format(count=count, time=since)
        )
        style = palette.style("chip-accent")
        buttons = ((f" {_('jump')} ", "bar:unread"), (f" {_('mark read')} ", "bar:read"))
        room = width - sum(cell_len(text) + 1 for text, _action in buttons) - 3
        builder = LineBuilder(style).add(fit(f" ↑ {words}", max(1, room)), Style(), "bar:unread").space_to(room)
        for text, action in buttons:
            builder.space().add(text, palette.style("chip"), action)
        return builder.build(width)

    def _day_chip(self, view: ChannelView, under: Line) -> Line | None:
        place = next((place for place in self._viewport.places if place.index >= 0), None)
        if place is None or self._viewport.places[0].index < 0:
            return None
        words = f" {day_name(written_at(view.timeline[place.index].message).date(), self._now().date())} "
        width = self.content_size.width
        start = width - cell_len(words)
        if start < 1:
            return None
        chip = LineBuilder(Style()).add(words, palette_of(self).style("chip"), "bar:date").build(width - start)
        zones = [zone for zone in under.zones if zone.end <= start]
        zones += [type(zone)(zone.start + start, zone.end + start, zone.action) for zone in chip.zones]
        return Line(Strip.join([under.strip.crop(0, start), chip.strip]), tuple(zones), under.text_start, under.joins)

    # Drawing.

    def render_line(self, y: int) -> Strip:
        if self._view is None:
            return self._empty_line(y)
        if y < len(self._lines) and self._lines[y].strip.cell_length == self.content_size.width:
            return self._lines[y].strip
        return Strip.blank(self.content_size.width, palette_of(self).background("main"))

    def _empty_line(self, y: int) -> Strip:
        width, palette = self.content_size.width, palette_of(self)
        builder = LineBuilder(palette.background("main"))
        lines = wrap([Piece(self._words, palette.style("muted"))], min(width, EMPTY_WIDTH))
        row = y - (self._height - len(lines)) // 2
        if 0 <= row < len(lines):
            text = "".join(piece.text for piece in lines[row])
            builder.space((width - cell_len(text)) // 2).add(text, palette.style("muted"))
        return builder.build(width).strip

    def on_resize(self) -> None:
        self._drawn.forget()
        self._lines = []
        self._sync()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._drawn.forget()
        if self.is_attached and self._view is not None:
            self._sync()

    # Moving.

    def _scroll(self, lines: int) -> None:
        if self._view is None:
            return
        self._viewport.scroll(lines, self._keys, self._height, self._height_of)
        self._draw_places()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-WHEEL_LINES)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(WHEEL_LINES)

    def action_page_up(self) -> None:
        self._drawn.selected = None
        self._scroll(-max(1, self._height - 2))
        self._sync()

    def action_page_down(self) -> None:
        self._drawn.selected = None
        self._scroll(max(1, self._height - 2))
        self._sync()

    def action_scroll_home(self) -> None:
        self.show_top()

    def action_scroll_end(self) -> None:
        self.scroll_to_end()

    def scroll_to_end(self) -> None:
        """Show the newest message; where the view is in the past, the present is asked for."""
        if self._view is not None and self._view.timeline.has_newer and not self._view.is_collection:
            self.post_message(gestures.EndAsked())
            return
        self._viewport.follow()
        self._drawn.selected = None
        self._sync()


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Return consecutive numbers as (first, count)."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][0] + runs[-1][1] == number:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((number, 1))
    return runs
