"""Selecting text in the messages, across them, by mouse and keys."""

from collections.abc import Callable
from datetime import datetime

from textual import events

from tuichat.tui import message_gestures
from tuichat.tui.messages.view import MessageView
from tuichat.tui.text_selection import Drawn, Lines, Place, TextSelection


class TextSelecting(MessageView):
    """A view in which text can be selected; what is selected is posted when the mouse lets go, or a key says so."""

    def __init__(self, *, now: Callable[[], datetime], id: str | None = None) -> None:
        super().__init__(now=now, id=id)
        self._pressed: Place | None = None  # where the mouse button went down
        self._has_dragged = False  # so that its release is no click

    @property
    def is_selecting_text(self) -> bool:
        return self._selection.is_active

    def _text_place(self, x: int, y: int) -> Place | None:
        """Return the place in a message's text that is shown at a cell of this widget."""
        place = self._place_at(y)
        if place is None or place.index < 0:
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
            self._drawn.selected = None
            self._begin_selection(place)
            self._selection.grow(self._keys, self._lines_of, whole=whole)
            self._sync()
            self._copy_selection()

    def _begin_selection(self, place: Place) -> None:
        self._selection.begin(place)
        self.post_message(message_gestures.SelectionMoved())

    def _leave_selection(self) -> None:
        self._selection.clear()
        self.post_message(message_gestures.SelectionMoved())
        self._sync()

    def _copy_selection(self) -> None:
        text = self._selection.text(self._keys, self._lines_of)
        if text.strip():
            self.post_message(message_gestures.TextSelected(text))

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
        move(self._selection, self._keys, self._lines_of, step)
        self._show_text_cursor()

    def _show_text_cursor(self) -> None:
        """Scroll as little as shows the line of the cursor."""
        spot = self._selection.cursor_spot(self._keys, self._lines_of)
        if spot is None:
            self._leave_selection()
            return
        self._viewport.lay_out(self._keys, self._height, self._height_of)
        self._viewport.show_line(spot[0], spot[1], self._keys, self._height, self._height_of)
        self._draw_places()
