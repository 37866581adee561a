"""What the pages of a voice channel and of a room share: words, buttons, the microphone's meter, and TALK, which is held."""

from typing import TypeVar

from textual import events

from tuichat.client.voice_desk import VoiceView
from tuichat.text.call_words import away_word
from tuichat.translation import _
from tuichat.tui import call_gestures
from tuichat.tui.spoken_rows import ButtonsRow, WordsRow
from tuichat.tui.styles.palette import palette_of
from tuichat.tui.voice_drawing import add_meter
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look
from tuichat.tui.wrap import Piece, wrap

TALK = "talk"  # the action of a button that is held

RowT = TypeVar("RowT", bound=ListRow)


class SpokenPane(LineList[RowT]):
    """A subclass makes the rows of what it shows, for a width."""

    BACKGROUND = "main"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._is_holding = False  # the mouse, on TALK

    def rows_for(self, width: int) -> list[RowT]:
        raise NotImplementedError

    def on_resize(self) -> None:
        self.lay_out()

    def lay_out(self) -> None:
        """Show what there is to show now."""
        if not self.content_size.width:
            return  # its first size is still to come
        width = max(8, self.content_size.width - 1)
        had_cursor = self.cursor_row is not None
        self.show_rows(self.rows_for(width))
        if not had_cursor and self.has_focus:
            self.move_cursor_to("buttons")

    def on_focus(self) -> None:
        if self.cursor_row is None:
            self.move_cursor_to("buttons")

    def wrapped(self, text: str, style: str, width: int, indent: int = 0) -> list[WordsRow]:
        lines = wrap([Piece(text, palette_of(self).style(style))], width - indent)
        return [WordsRow("".join(piece.text for piece in line), style, indent) for line in lines]

    # Drawing.

    def draw_words(self, row: WordsRow, look: Look) -> Line:
        builder = LineBuilder(look.palette.background("main")).space(row.indent)
        return builder.add(fit(row.text, look.width - row.indent), look.palette.style(row.style)).build(look.width)

    def draw_buttons(self, row: ButtonsRow, look: Look) -> Line:
        palette = look.palette
        builder = LineBuilder(palette.background("main"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        for label, style, action in row.buttons:
            builder.add(label, palette.style(style), action).space()
        return builder.build(look.width)

    def draw_meter(self, view: VoiceView, look: Look) -> Line:
        palette = look.palette
        builder = LineBuilder(palette.background("main")).space(2)
        add_meter(builder, palette, view, min(30, max(6, look.width - 24)), "settings")
        if view.place.is_away:
            words = away_word(view.place)
        elif view.input_db is None:
            words = _("microphone closed")
        elif view.is_sending:
            words = _("you are heard")
        elif view.is_muted or view.is_deafened or view.is_server_muted:
            words = _("muted, microphone open")
        else:
            words = _("below the gate") if view.gate == "voice" else _("not talking")
        return builder.space().add(words, palette.style("good" if view.is_sending else "muted")).build(look.width)

    # TALK is held by the mouse.

    def _action_under(self, event: events.MouseEvent) -> str | None:
        offset = event.get_content_offset(self)
        number = -1 if offset is None else offset.y - self._filter_height + self._top
        if offset is None or not 0 <= number < len(self._places):
            return None
        index, line = self._places[number]
        lines = self._drawn.get(index)
        return lines[line].action_at(offset.x) if lines else None

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if self._action_under(event) == TALK:
            self._is_holding = True
            self.capture_mouse()
            self.post_message(call_gestures.TalkPressed(is_pressed=True))

    def on_mouse_up(self) -> None:
        if self._is_holding:
            self._is_holding = False
            self.release_mouse()
            self.post_message(call_gestures.TalkPressed(is_pressed=False))
