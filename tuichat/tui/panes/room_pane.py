"""A stage: the room that is live on it, who speaks, asks and listens there, and what can be done."""

from collections.abc import Callable, Hashable
from typing import ClassVar

from rich.cells import cell_len
from rich.style import Style
from textual.binding import BindingType

from tuichat.client.room_view import RoomPerson
from tuichat.text.safe_text import safe_name
from tuichat.translation import _, ngettext
from tuichat.tui import call_gestures, keys, message_gestures, room_gestures
from tuichat.tui.room_floats import Float, float_cells
from tuichat.tui.room_layout import RoomLayout
from tuichat.tui.room_rows import (
    GAP,
    AnyRow,
    AudienceRow,
    FlowRow,
    FoldRow,
    LinkRow,
    MoreRow,
    PersonRow,
    RoomContent,
    Section,
    StageRow,
)
from tuichat.tui.spoken_pane import TALK, SpokenPane
from tuichat.tui.spoken_rows import INDENT, PARTING, ButtonsRow, MeterRow, WordsRow
from tuichat.tui.voice_drawing import MUTED, marks, stairs
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import Look

NEAR_LINES = 3  # taste: below the last line in view
SHORT = 26  # lines; below that the room is drawn without air
STAIRS_CELLS = 5
CALL_ACTIONS = {"settings": call_gestures.VoiceSettingsAsked, "retry": call_gestures.EngineRetryAsked}


def _asks(deed: str) -> "Callable[[RoomPane], None]":
    """Return the method of an action that asks for a deed, with whom the cursor is on."""

    def ask(pane: "RoomPane") -> None:
        pane.ask(deed)

    return ask


class RoomPane(SpokenPane[AnyRow]):
    """Posts what is to be done, who was chosen, and that more of the audience is wanted."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.ROOM)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._content: RoomContent | None = None
        self._is_whole = False  # all of a long description is shown
        self._missed_id: int | None = None  # on whom the cursor was, who is not told in the room for now

    def show(self, content: RoomContent) -> None:
        before, self._content = self._content, content
        if before is not None and before.view.channel_id != content.view.channel_id:
            self.show_rows([])  # the cursor and the view of another stage mean nothing here
            self._move_view(0)
            self._is_whole = False
            self._missed_id = None
        if content != before:
            self.lay_out()

    @property
    def content(self) -> RoomContent | None:
        return self._content

    @property
    def chosen_person(self) -> RoomPerson | None:
        row = self.cursor_row
        return row.person if isinstance(row, PersonRow) else None

    def person_key(self, user_id: int) -> Hashable:
        """Return the key of the row that somebody has, None where nobody knows them."""
        found = (row for row in self.rows if isinstance(row, PersonRow) and row.person.user_id == user_id)
        return next((row.key for row in found), None)

    def rows_for(self, width: int) -> list[AnyRow]:
        if self._content is None:
            return []
        is_short = self.content_size.height < SHORT
        return RoomLayout(self._content, width, is_short=is_short, is_whole=self._is_whole).rows()

    def lay_out(self) -> None:
        person = self.chosen_person
        super().lay_out()
        if person is not None and self.cursor_row is None:
            self._follow(person.user_id)
        elif self._missed_id is not None:
            self._follow(self._missed_id)
        self.look_for_end()

    def _follow(self, user_id: int) -> None:
        """Stay on somebody who went from one part of the room to another, also where their name comes later."""
        key = self.person_key(user_id)
        if key is not None or self._missed_id is None:
            self.move_cursor_to(key or "buttons")
        self._missed_id = user_id if key is None else None

    # The audience.

    def look_for_end(self) -> None:
        """Ask for more of the audience where the end of what is known is in view, or nearly; for what is true by now where
        any of it is."""
        if self._content is None or self._filter is not None or not self._content.view.has_more_audience:
            return
        end = self._top + self._view_height + NEAR_LINES
        wanted = AudienceRow if self._content.view.is_audience_old else MoreRow
        if any(isinstance(self._rows[index], wanted) for index, _line in self._places[:end]):
            self.post_message(room_gestures.AudienceWanted())

    def _move_view(self, top: int) -> None:
        before = self._top
        super()._move_view(top)
        if self._top != before:
            self.look_for_end()

    def cursor_moved(self) -> None:
        self._missed_id = None
        self.post_message(room_gestures.RoomCursorMoved())

    # Drawing.

    def draw(self, row: AnyRow, look: Look) -> list[Line]:
        match row:
            case WordsRow():
                return [self.draw_words(row, look)]
            case ButtonsRow():
                return [self.draw_buttons(row, look)]
            case MeterRow():
                return [self.draw_meter(row.view, look)]
            case FlowRow():
                return [self._parts(row, look)]
            case FoldRow():
                return [self._fold(row, look)]
            case LinkRow():
                return [self._link(row, look)]
            case StageRow():
                return [self._stage(row, look)]
            case PersonRow():
                return [self._person(row, look)]
            case MoreRow():
                return [self._more(row, look)]

    def _parts(self, row: FlowRow, look: Look) -> Line:
        builder = LineBuilder(look.palette.background("main")).space(row.indent)
        for number, (text, style) in enumerate(row.parts):
            builder.space(GAP if number else 0)
            builder.add(fit(text, max(1, look.width - builder.cells)), look.palette.style(style))
        return builder.build(look.width)

    def _fold(self, row: FoldRow, look: Look) -> Line:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "main"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        builder.add(fit(row.text, max(1, look.width - builder.cells - 3)), palette.style(row.style)).space()
        return builder.add("▴" if self._is_whole else "▾", palette.style("accent")).build(look.width)

    def _link(self, row: LinkRow, look: Look) -> Line:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "main"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent")).add("↗ ", palette.style("muted"))
        words = fit(row.words, max(1, look.width - builder.cells))
        return builder.add(words, palette.style("link") + Style(link=row.address), "link").build(look.width)

    def _stage(self, row: StageRow, look: Look) -> Line:
        palette = look.palette
        builder = LineBuilder(palette.background("main")).space(row.indent)
        builder.add(fit(row.text, max(1, look.width - float_cells(look.width) - row.indent)), palette.style(row.style))
        return self._with_floats(builder, row.floats, look)

    def _with_floats(self, builder: LineBuilder, passing: tuple[Float, ...], look: Look) -> Line:
        if passing:
            builder.space_to(look.width - float_cells(look.width))
            for each in passing:
                builder.add(each.text, look.palette.style(each.style))
        return builder.build(look.width)

    def _person(self, row: PersonRow, look: Look) -> Line:
        palette, person = look.palette, row.person
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "main"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        speaks = row.heard is not None and row.heard.is_speaking
        sign, style = self._sign(row, speaks=speaks)
        builder.add(sign, palette.style(style))
        begin = builder.cells
        is_stage = row.section in (Section.STAGE, Section.CHANNEL)
        end = look.width - (float_cells(look.width) if is_stage else sum(cell_len(each[0]) + 1 for each in row.buttons))
        after = STAIRS_CELLS + 2 if is_stage else 0
        room = max(4, min(row.name_cells, end - begin - after))
        chip = f" {_('host')} " if person.is_host and is_stage else ""
        name = fit(safe_name(person.name, _("somebody")), max(2, room - (cell_len(chip) + 1 if chip else 0)))
        builder.add(name, palette.style("good-bold" if speaks else "bright" if person.is_me else "text"))
        if chip:
            builder.space().add(chip, palette.style("badge-quiet"))
        builder.space_to(begin + room + 1)
        if is_stage:
            self._sound(builder, row, look)
        room = end - builder.cells - 2
        told = PARTING.join(part for part in row.told if part)
        if cell_len(told) > room:
            told = next((part for part in row.told if part), "")
        if told and cell_len(told) <= room:
            builder.space().add(told, palette.style("muted"))
        if row.buttons:
            builder.space_to(end)
            for label, button_style, action in row.buttons:
                builder.add(label, palette.style(button_style), action).space()
        return self._with_floats(builder, row.floats, look)

    def _sign(self, row: PersonRow, *, speaks: bool) -> tuple[str, str]:
        match row.section:
            case Section.HANDS:
                return f"{row.number:>2} ", "accent-bold"
            case Section.INVITED:
                return "◌ ", "warn"
            case _:
                return ("● ", "good") if speaks else ("○ ", "dim")

    def _sound(self, builder: LineBuilder, row: PersonRow, look: Look) -> None:
        """Draw how loud somebody on the stage is, and what keeps them from being heard."""
        palette = look.palette
        level_db = row.heard.level_db if row.heard is not None else 0.0
        speaks = row.heard is not None and row.heard.is_speaking
        end = builder.cells + STAIRS_CELLS
        if speaks:
            builder.add(stairs(level_db, is_speaking=True), palette.style("good")).space_to(end)
        if row.heard is not None:
            for sign, style in marks(row.heard)[:2]:
                builder.add(sign, palette.style(style))
        elif row.person.is_muted:
            builder.add(MUTED, palette.style("bad"))
        builder.space_to(end)

    def _more(self, row: MoreRow, look: Look) -> Line:
        palette = look.palette
        words = ngettext("… {count} more", "… {count} more", row.count).format(count=row.count)
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "main"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        return builder.add(fit(words, look.width - INDENT), palette.style("dim")).build(look.width)

    # What the user does.

    def choose(self, row: AnyRow, action: str | None) -> None:
        match row:
            case PersonRow():
                if action is None:
                    self.post_message(room_gestures.RoomPersonChosen(row.person.user_id))
                else:
                    self.ask(action)
            case ButtonsRow() if action is None:
                self.ask(row.buttons[0][2])
            case FoldRow():
                self._is_whole = not self._is_whole
                self.lay_out()
            case LinkRow():
                self.action_link()
            case MoreRow():
                self.post_message(room_gestures.AudienceWanted())
            case _ if action in CALL_ACTIONS:
                self.post_message(CALL_ACTIONS[action]())
            case _ if action is not None and action != TALK:  # which is held
                self.ask(action)

    def ask(self, deed: str) -> None:
        person = self.chosen_person
        self.post_message(room_gestures.RoomDeedAsked(deed, person.user_id if person is not None else None))

    def action_link(self) -> None:
        link = next((row for row in self.rows if isinstance(row, LinkRow)), None)
        if link is None or not self.display:
            self.ask("link")
        else:
            self.post_message(message_gestures.LinkChosen(link.address))

    action_start = _asks("start")
    action_join_or_leave = _asks("join_or_leave")
    action_hand = _asks("hand")
    action_accept = _asks("accept")
    action_decline_invitation = _asks("decline_invitation")
    action_mute_self = _asks("mute_self")
    action_react = _asks("react")
    action_ping = _asks("ping")
    action_edit = _asks("edit")
    action_hands = _asks("hands")
    action_keeping = _asks("keeping")
    action_end = _asks("end")
    action_invite_up = _asks("invite_up")
    action_decline_hand = _asks("decline_hand")
    action_move_down = _asks("move_down")
    action_mute = _asks("mute")
    action_host = _asks("host")
    action_remove = _asks("remove")
    action_block = _asks("block")
    action_profile = _asks("profile")
