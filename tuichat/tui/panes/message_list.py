"""The messages of one channel, drawn line by line: only what is in view, and of that only what has changed."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import date, datetime
from typing import ClassVar

import msgspec
from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tuichat.client.state import Delivery, Entry, Timeline
from tuichat.tui import gestures, keys
from tuichat.tui.channel_names import ChannelNames
from tuichat.tui.message_time import written_at
from tuichat.tui.messages.layout import WRITTEN, EntryLook, MessageLayout, starts_group
from tuichat.tui.styles.palette import palette_of
from tuichat.tui.text_selection import Drawn, Lines, Place, TextSelection
from tuichat.tui.viewport import Anchor, Viewport
from tuichat.tui.viewport import Place as RowPlace
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.wrap import Piece, wrap

KEPT_ENTRIES = 600  # drawn messages that are kept: some ten screens
NEAR_TOP = 12  # messages above the view at which older ones are asked for
WHEEL_LINES = 3
MAX_GROUP = 10  # messages below one head, however fast their author writes (taste)
EMPTY_WIDTH = 46  # cells of a sentence where nothing else is (taste)


class ViewPosition(msgspec.Struct, frozen=True):
    """Where a channel was left, to come back to; anchor None is the end."""

    anchor: Anchor | None = None


class ChannelView(msgspec.Struct, frozen=True):
    """What a message list is given to show."""

    timeline: Timeline
    names: ChannelNames
    title: str  # of the channel, with its sign
    new_after: int | None  # messages after this one stand below the "new" line; None for no line
    is_12h: bool = False
    is_compact: bool = False


class _Keys:
    """A timeline as the viewport knows it."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def __len__(self) -> int:
        return len(self._timeline)

    def key_at(self, index: int) -> str:
        return self._timeline[index].key

    def index_of_key(self, key: str) -> int | None:
        return self._timeline.index_of_key(key)


_DrawnKey = tuple[str, int, EntryLook, int]


class MessageList(Widget, can_focus=True):
    """Shows a timeline; keys and mouse scroll it and select messages."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.bindings(keys.Scope.SELECTION),
        *keys.bindings(keys.Scope.MESSAGES),
    ]
    ALLOW_SELECT = False  # Textual's own selection knows nothing of messages
    FOCUS_ON_CLICK: ClassVar[bool] = (
        False  # who clicks a message and types on writes text, and does not delete messages
    )

    def __init__(self, *, now: Callable[[], datetime], id: str | None = None) -> None:
        super().__init__(id=id)
        self._now = now
        self._view: ChannelView | None = None
        self._keys = _Keys(Timeline(0))
        self._layout_of: MessageLayout | None = None
        self._viewport = Viewport()
        self._selected: str | None = None
        self._revealed: set[str] = set()
        self._drawn: OrderedDict[_DrawnKey, list[Line]] = OrderedDict()
        self._names_epoch = 0
        self._places_in_group: dict[str, int] = {}
        self._lines: list[Line] = []
        self._selection = TextSelection()
        self._pressed: Place | None = None  # where the mouse button went down
        self._has_dragged = False  # so that its release is no click
        self._words = ""  # shown where no channel is
        self._length = 0
        self._unseen = 0  # messages that came while the view was not at the end
        self._told: tuple[int, bool] | None = None
        self._asked_at_length = -1

    # What its owner calls.

    @property
    def follows(self) -> bool:
        return self._viewport.follows

    @property
    def selected_key(self) -> str | None:
        return self._selected

    def position(self) -> ViewPosition:
        return ViewPosition(self._viewport.anchor)

    def show_channel(self, view: ChannelView, position: ViewPosition) -> None:
        """Show another channel, where it was left."""
        self._view = view
        self._keys = _Keys(view.timeline)
        self._layout_of = None
        self._viewport = Viewport()
        self._viewport.anchor = position.anchor
        self._selected = None
        self._selection.clear()
        self._revealed.clear()
        self._drawn.clear()
        self._places_in_group.clear()
        self._lines = []
        self._length = len(view.timeline)
        self._unseen = 0
        self._told = None
        self._asked_at_length = -1
        self._sync()

    def show_nothing(self, words: str = "") -> None:
        """Be empty but for a sentence: no channel is open."""
        if self._view is None and self._words == words:
            return
        self._view = None
        self._words = words
        self._keys = _Keys(Timeline(0))
        self._lines = []
        self._drawn.clear()
        self.refresh()

    def set_new_after(self, message_id: int | None) -> None:
        """Move the "new" line, or take it away."""
        if self._view is not None and self._view.new_after != message_id:
            view = self._view
            self._view = msgspec.structs.replace(view, new_after=message_id)
            self._sync()

    def timeline_changed(self, *, added: int = 0) -> None:
        """Show what the timeline holds now; `added` messages came at its end."""
        if not self._viewport.follows:
            self._unseen += added
        self._sync()

    def names_changed(self) -> None:
        """Draw anew: somebody or something has another name or colour."""
        self._names_epoch += 1
        self._sync()

    def select(self, key: str | None) -> None:
        self._selected = key
        self._sync()

    def show_message(self, message_id: int) -> bool:
        """Bring a message into view and select it; False when it is not known here."""
        if self._view is None or self._view.timeline.find(message_id) is None:
            return False
        entry = self._view.timeline.find(message_id)
        assert entry is not None
        self._selected = entry.key
        self._show_selected()
        return True

    def scroll_to_end(self) -> None:
        self._viewport.follow()
        self._selected = None
        self._sync()

    # Laying out.

    @property
    def _height(self) -> int:
        return self.content_size.height

    def _entry_lines(self, index: int) -> list[Line]:
        view = self._view
        assert view is not None
        if index < 0:
            return self._intro_lines(view)
        entry = view.timeline[index]
        before = view.timeline[index - 1] if index else None
        today = self._now().date()
        look = EntryLook(
            width=self.content_size.width,
            starts_group=self._starts_group(index, view),
            day=self._day_line(entry, before),
            today=today,
            is_first_new=self._is_first_new(entry, before, view),
            is_selected=entry.key == self._selected,
            is_revealed=entry.key in self._revealed,
            is_12h=view.is_12h,
            is_compact=view.is_compact,
        )
        drawn_key = (entry.key, entry.revision, look, self._names_epoch)
        lines = self._drawn.get(drawn_key)
        if lines is None:
            if self._layout_of is None:
                self._layout_of = MessageLayout(view.names, palette_of(self))
            lines = self._drawn[drawn_key] = self._layout_of.lines(entry, look)
            if len(self._drawn) > KEPT_ENTRIES:
                self._drawn.popitem(last=False)
        else:
            self._drawn.move_to_end(drawn_key)
        return lines

    def _starts_group(self, index: int, view: ChannelView) -> bool:
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

    def _intro_lines(self, view: ChannelView) -> list[Line]:
        """Return what stands above the first message known."""
        timeline = view.timeline
        palette = palette_of(self)
        background = palette.background("main")
        width = self.content_size.width
        blank = LineBuilder(background).build(width)
        if timeline.has_older and (len(timeline) or timeline.is_loading or timeline.is_stale):
            words = "reading older messages …" if len(timeline) else "reading the messages …"
            text = (
                LineBuilder(background).space(2).add(fit(words, max(1, width - 2)), palette.style("dim")).build(width)
            )
            return [blank, text]
        head = LineBuilder(background).space(2).add(fit(view.title, max(1, width - 4)), palette.style("bright"))
        words = (
            "The beginning of the conversation."
            if len(timeline)
            else "Nothing here yet. Write the first message below."
        )
        body = LineBuilder(background).space(2).add(fit(words, max(1, width - 4)), palette.style("muted"))
        return [blank, head.build(width), body.build(width)]

    def _height_of(self, index: int) -> int:
        return len(self._entry_lines(index))

    def _sync(self) -> None:
        """Lay the view out and draw the lines that are not what they were."""
        if self._view is None or not self.is_attached or self.content_size.width < 1:
            return
        length = len(self._view.timeline)
        self._viewport.lay_out(self._keys, self._height, self._height_of)
        self._length = length
        self._draw_places()

    def _draw_places(self) -> None:
        places = self._viewport.places
        lines = [self._selected_line(place, self._entry_lines(place.index)[place.line]) for place in places]
        missing = self._height - len(lines)
        if missing > 0:
            # A short timeline stands at the bottom, above the composer.
            blank = LineBuilder(palette_of(self).background("main")).build(self.content_size.width)
            lines = [blank] * missing + lines
        old, self._lines = self._lines, lines
        if len(old) != len(lines):
            self.refresh()
        else:
            changed = [y for y, line in enumerate(lines) if line is not old[y] and line.strip != old[y].strip]
            for start, count in _runs(changed):
                self.refresh(Region(0, start, self.content_size.width, count))
        self._tell()

    def _tell(self) -> None:
        """Say what the view means: older messages are needed, the newest is seen, or some are below."""
        assert self._view is not None
        timeline = self._view.timeline
        if self._viewport.follows:
            self._unseen = 0
        below = self._unseen
        told = (below, self._viewport.follows)
        if told != self._told:
            self._told = told
            self.post_message(gestures.ViewMoved(below, self._viewport.follows))
        if self._viewport.follows and len(timeline):
            self.post_message(gestures.EndReached())
        first = self._viewport.places[0].index if self._viewport.places else 0
        wants_older = first <= NEAR_TOP and timeline.has_older and not timeline.is_loading and len(timeline) > 0
        if wants_older and self._asked_at_length != len(timeline):
            self._asked_at_length = len(timeline)
            self.post_message(gestures.OlderAsked())

    def history_failed(self) -> None:
        """Allow older messages to be asked for again."""
        self._asked_at_length = -1

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
        self._drawn.clear()
        self._lines = []
        self._sync()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._layout_of = None
        self._drawn.clear()
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
        self._selected = None
        self._scroll(-max(1, self._height - 2))
        self._sync()

    def action_page_down(self) -> None:
        self._selected = None
        self._scroll(max(1, self._height - 2))
        self._sync()

    def action_scroll_home(self) -> None:
        if self._view is not None:
            self._viewport.show_top(self._keys, self._height, self._height_of)
            self._draw_places()

    def action_scroll_end(self) -> None:
        self.scroll_to_end()

    # Selecting.

    @property
    def selected_entry(self) -> Entry | None:
        if self._view is None or self._selected is None:
            return None
        index = self._view.timeline.index_of_key(self._selected)
        return None if index is None else self._view.timeline[index]

    def _step(self, step: int) -> None:
        if self._view is None or not len(self._view.timeline):
            return
        timeline = self._view.timeline
        index = None if self._selected is None else timeline.index_of_key(self._selected)
        if index is None:
            in_view = [place.index for place in self._viewport.places if place.index >= 0]
            index = in_view[-1] if in_view else len(timeline) - 1
        elif index + step >= len(timeline):
            self.scroll_to_end()
            return
        else:
            index = max(0, index + step)
        self._selected = timeline[index].key
        self._show_selected()

    def _show_selected(self) -> None:
        assert self._view is not None
        assert self._selected is not None
        index = self._view.timeline.index_of_key(self._selected)
        if index is not None:
            self._viewport.lay_out(self._keys, self._height, self._height_of)
            self._viewport.show(index, self._keys, self._height, self._height_of)
            self._draw_places()

    def action_cursor_up(self) -> None:
        self._step(-1)

    def action_cursor_down(self) -> None:
        self._step(1)

    def action_activate(self) -> None:
        entry = self.selected_entry
        if entry is None:
            self._step(-1)
        elif entry.delivery is Delivery.FAILED:
            self.post_message(gestures.RetryAsked(entry.key))
        else:
            self._toggle_spoilers(entry.key)

    def action_reply(self) -> None:
        self._post_for_selected("reply")

    def action_edit(self) -> None:
        self._post_for_selected("edit")

    def action_delete(self) -> None:
        self._post_for_selected("delete")

    def action_copy(self) -> None:
        self._post_for_selected("copy")

    def _post_for_selected(self, action: str) -> None:
        entry = self.selected_entry
        if entry is None:
            self._step(-1)
            entry = self.selected_entry
        if entry is not None:
            self._act(action, entry)

    def _act(self, action: str, entry: Entry) -> None:
        """Do what a part of a message means: post it, or show its spoilers."""
        kind, _, rest = action.partition(":")
        if kind in ("edit", "delete", "copy") and entry.message.type not in WRITTEN:
            return  # what the server tells has no words of anybody
        match kind:
            case "reply":
                self.post_message(gestures.ReplyAsked(entry.key))
            case "edit":
                self.post_message(gestures.EditAsked(entry.key))
            case "delete" if entry.delivery is Delivery.FAILED:
                self.post_message(gestures.DiscardAsked(entry.key))
            case "delete":
                self.post_message(gestures.DeleteAsked(entry.key))
            case "copy":
                self.post_message(gestures.CopyAsked(entry.key))
            case "retry":
                self.post_message(gestures.RetryAsked(entry.key))
            case "discard":
                self.post_message(gestures.DiscardAsked(entry.key))
            case "reveal":
                self._toggle_spoilers(entry.key)
            case "link":
                self.post_message(gestures.LinkChosen(rest))
            case "channel":
                self.post_message(gestures.ChannelLinkChosen(int(rest)))
            case "jump":
                self.show_message(int(rest))

    def _toggle_spoilers(self, key: str) -> None:
        self._revealed ^= {key}
        self._sync()

    # Selecting text.

    @property
    def is_selecting_text(self) -> bool:
        return self._selection.is_active

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        is_of_selection = f"selection.{action}" in keys.BY_ID
        is_of_messages = f"messages.{action}" in keys.BY_ID
        if is_of_selection or is_of_messages:
            return is_of_selection if self._selection.is_active else is_of_messages
        return True

    def _selected_line(self, place: RowPlace, line: Line) -> Line:
        """Return a line with what of it is selected standing out."""
        if place.index < 0 or not self._selection.is_active:
            return line
        cells = self._selection.cells(self._keys, place.index, place.line, line)
        return line if cells is None else line.marked(*cells, palette_of(self).style("selected-text"))

    def _text_place(self, x: int, y: int) -> Place | None:
        """Return the place in a message's text that is shown at a cell of this widget."""
        number = y - (self._height - len(self._viewport.places))
        if not 0 <= number < len(self._viewport.places):
            return None
        place = self._viewport.places[number]
        if place.index < 0:
            return None
        return Place(self._keys.key_at(place.index), place.line, max(0, min(x, self.content_size.width - 1)))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._has_dragged = False
        offset = event.get_content_offset(self)
        if event.button != 1 or offset is None:
            return
        self._pressed = self._text_place(offset.x, offset.y)
        if self._selection.is_active:
            self._leave_selection()
        if self._pressed is not None:
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._pressed is None or not event.button:
            return
        offset = event.get_content_offset_capture(self)
        if offset.y < 0:
            self._scroll(-1)
        elif offset.y >= self._height:
            self._scroll(1)
        place = self._text_place(offset.x, max(0, min(offset.y, self._height - 1)))
        if place is None or (place == self._pressed and not self._has_dragged):
            return
        if not self._has_dragged:
            self._has_dragged = True
            self._begin_selection(self._pressed)
        self._selection.extend(place)
        self._sync()

    def on_mouse_up(self, event: events.MouseUp) -> None:
        self.release_mouse()
        self._pressed = None
        if self._has_dragged:
            self._copy_selection()

    def _select_around(self, x: int, y: int, *, whole: bool) -> None:
        """Select the word at a cell, or the whole line."""
        place = self._text_place(x, y)
        if place is not None:
            self._selected = None
            self._begin_selection(place)
            self._selection.grow(self._keys, self._entry_lines, whole=whole)
            self._sync()
            self._copy_selection()

    def _begin_selection(self, place: Place) -> None:
        self._selection.begin(place)
        self.post_message(gestures.SelectionMoved())

    def _leave_selection(self) -> None:
        self._selection.clear()
        self.post_message(gestures.SelectionMoved())
        self._sync()

    def _copy_selection(self) -> None:
        text = self._selection.text(self._keys, self._entry_lines)
        if text.strip():
            self.post_message(gestures.TextSelected(text))

    def action_select_text(self) -> None:
        """Begin at the selected message's first word, else at the newest one's in view."""
        if self.selected_entry is None:
            self._step(-1)
        entry = self.selected_entry
        index = None if entry is None else self._keys.index_of_key(entry.key)
        if entry is None or index is None:
            return
        lines = self._entry_lines(index)
        number = next((number for number, line in enumerate(lines) if line.text_start), 0)
        self._selected = None
        self._begin_selection(Place(entry.key, number, lines[number].text_start))
        self._sync()

    def action_cell_left(self) -> None:
        self._move_text_cursor(TextSelection.step_cell, -1)

    def action_cell_right(self) -> None:
        self._move_text_cursor(TextSelection.step_cell, 1)

    def action_line_up(self) -> None:
        self._move_text_cursor(TextSelection.step_line, -1)

    def action_line_down(self) -> None:
        self._move_text_cursor(TextSelection.step_line, 1)

    def action_word_left(self) -> None:
        self._move_text_cursor(TextSelection.step_word, -1)

    def action_word_right(self) -> None:
        self._move_text_cursor(TextSelection.step_word, 1)

    def action_line_start(self) -> None:
        self._move_text_cursor(TextSelection.to_edge, -1)

    def action_line_end(self) -> None:
        self._move_text_cursor(TextSelection.to_edge, 1)

    def action_other_end(self) -> None:
        self._selection.swap()
        self._show_text_cursor()

    def action_copy_text(self) -> None:
        self._copy_selection()
        self._leave_selection()

    def action_leave(self) -> None:
        self._leave_selection()

    def _move_text_cursor(self, move: Callable[[TextSelection, Drawn, Lines, int], None], step: int) -> None:
        move(self._selection, self._keys, self._entry_lines, step)
        self._show_text_cursor()

    def _show_text_cursor(self) -> None:
        """Scroll as little as shows the line of the cursor."""
        spot = self._selection.cursor_spot(self._keys, self._entry_lines)
        if spot is None:
            self._leave_selection()
            return
        self._viewport.lay_out(self._keys, self._height, self._height_of)
        self._viewport.show_line(spot[0], spot[1], self._keys, self._height, self._height_of)
        self._draw_places()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        offset = event.get_content_offset(self)
        if offset is None or self._view is None or self._has_dragged:
            return
        if event.chain > 1:
            self._select_around(offset.x, offset.y, whole=event.chain > 2)
            return
        number = offset.y - (self._height - len(self._viewport.places))
        if not 0 <= number < len(self._viewport.places):
            self.select(None)
            return
        place = self._viewport.places[number]
        if place.index < 0:
            self.select(None)
            return
        entry = self._view.timeline[place.index]
        action = self._lines[offset.y].action_at(offset.x)
        if action is not None:
            self._act(action, entry)
        else:
            self.select(entry.key if entry.key != self._selected else None)


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Return consecutive numbers as (first, count)."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][0] + runs[-1][1] == number:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((number, 1))
    return runs
