"""A field whose cursor steps over whole signs, and which draws none in another width than it counts."""

from rich.text import Text
from textual.events import Key
from textual.widgets import Input
from textual.widgets.input import Selection

from tuichat.tui.widgets.sign_area import FORMING, SignText, as_drawn, sign_end, sign_start


class SignInput(Input):
    @property
    def _value(self) -> Text:
        text = super()._value
        if self.password:
            return text
        drawn = SignText(as_drawn(text.plain), no_wrap=True, overflow="ignore", end="")
        drawn.spans = text.spans
        return drawn

    async def _on_key(self, event: Key) -> None:
        if event.character in FORMING:
            event.stop().prevent_default()
            self.insert_text_at_cursor(event.character or "")
            return
        await super()._on_key(event)

    def action_cursor_left(self, select: bool = False) -> None:
        super().action_cursor_left(select)
        self._end_selection_at(sign_start(self.value, self.selection.end))

    def action_cursor_right(self, select: bool = False) -> None:
        super().action_cursor_right(select)
        end = self.selection.end
        if sign_start(self.value, end) != end:
            self._end_selection_at(sign_end(self.value, end))

    def _end_selection_at(self, place: int) -> None:
        start, end = self.selection
        if place != end:
            self.selection = Selection(place if start == end else start, place)

    def action_delete_left(self) -> None:
        place = self.cursor_position
        if self.selection.is_empty and place:
            self.delete(sign_start(self.value, place - 1), place)
        else:
            super().action_delete_left()

    def action_delete_right(self) -> None:
        place = self.cursor_position
        if self.selection.is_empty and place < len(self.value):
            self.delete(place, sign_end(self.value, place))
        else:
            super().action_delete_right()
