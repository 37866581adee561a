"""The members of a guild, or the people of a private channel: who is there, who is not."""

from collections.abc import Hashable, Sequence

from tuichat.translation import N_, _
from tuichat.tui import gestures
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

_DOTS = {
    "online": ("●", "good", ""),
    "idle": ("◐", "warn", N_("idle")),
    "dnd": ("⊖", "bad", N_("busy")),
    "offline": ("○", "dim", ""),
}


class HeadingRow(ListRow, frozen=True):
    text: str
    is_first: bool = False

    @property
    def height(self) -> int:
        return 1 if self.is_first else 2


class MemberRow(ListRow, frozen=True):
    user_id: int
    name: str
    status: str
    colour: int = 0  # of the highest coloured role, 0 for none
    activity: str = ""
    is_me: bool = False
    is_bot: bool = False
    is_in_voice: bool = False

    @property
    def key(self) -> Hashable | None:
        return self.user_id

    @property
    def height(self) -> int:
        return 2 if self.activity else 1


class UnknownRow(ListRow, frozen=True):
    """Somebody whom the server has not told of yet; the cursor may rest there, and what it rests on is asked for."""

    index: int

    @property
    def key(self) -> Hashable:
        return ("unknown", self.index)


AnyRow = HeadingRow | MemberRow | UnknownRow


class MemberList(LineList[AnyRow]):
    """Posts which member was chosen, and which rows are to be asked for."""

    def show_rows(self, rows: Sequence[AnyRow]) -> None:
        waiting = self._cursor if isinstance(self.cursor_row, UnknownRow) else None
        super().show_rows(rows)
        if self._cursor is None and waiting is not None and waiting < len(self._rows) and self._rows[waiting].key:
            self._set_cursor(waiting)
        self._want_rows()

    def _move_view(self, top: int) -> None:
        super()._move_view(top)
        self._want_rows()

    def _want_rows(self) -> None:
        shown = self._places[self._top : self._top + self._view_height]
        if any(isinstance(self._rows[index], UnknownRow) for index, _line in shown):
            self.post_message(gestures.MemberRowsWanted(shown[0][0], shown[-1][0]))

    def draw(self, row: AnyRow, look: Look) -> list[Line]:
        palette, side = look.palette, look.palette.background("side")
        if isinstance(row, HeadingRow):
            line = LineBuilder(side).space(2).add(fit(row.text, max(1, look.width - 3)), palette.style("dim"))
            return (
                [line.build(look.width)]
                if row.is_first
                else [LineBuilder(side).build(look.width), line.build(look.width)]
            )
        if isinstance(row, UnknownRow):
            unknown = palette.background("chosen") if look.has_cursor else side
            return [LineBuilder(unknown).space(4).add("…", palette.style("dim")).build(look.width)]
        background = palette.background("chosen") if look.has_cursor else side
        dot, dot_style, word = _DOTS.get(row.status, _DOTS["offline"])
        builder = LineBuilder(background).space(2).add(dot, palette.style(dot_style)).space()
        tag = _("bot") if row.is_bot else _("you") if row.is_me else _(word)
        if row.is_in_voice:
            tag = f"{tag} ♪".lstrip()
        room = max(1, look.width - builder.cells - (len(tag) + 2 if tag else 1))
        if row.status == "offline":
            style = palette.style("dim")
        else:
            style = palette.role_colour(row.colour) if row.colour else palette.style("text")
        builder.add(fit(row.name, room), style)
        if tag:
            builder.space_to(look.width - len(tag) - 1).add(tag, palette.style("dim"))
        lines = [builder.build(look.width)]
        if row.activity:
            activity = LineBuilder(background).space(4)
            lines.append(
                activity.add(fit(row.activity, max(1, look.width - 5)), palette.style("dim")).build(look.width)
            )
        return lines

    def choose(self, row: AnyRow, action: str | None) -> None:
        if isinstance(row, MemberRow):
            self.post_message(gestures.MemberChosen(row.user_id))
