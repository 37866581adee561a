"""Rows of permissions with what is said of each: allowed, denied, or nothing; a click on a word takes that stance."""

from collections.abc import Callable, Hashable

from tuichat.client.overwrite_draft import Stance
from tuichat.translation import _
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

NARROW = 44  # cells, below which signs stand for words


class StanceRow(ListRow, frozen=True):
    """A permission, with an empty `id` a heading; without a stance something to do. All texts are safe."""

    id: str
    label: str
    stance: Stance | None = None
    is_changed: bool = False
    value: str = ""
    is_dangerous: bool = False

    @property
    def key(self) -> Hashable | None:
        return self.id or None

    @property
    def words(self) -> str:
        return f"{self.label} {self.value}"


class StanceRows(LineList[StanceRow]):
    """Calls back with the id of what was chosen, and the stance that was clicked; None: the next one."""

    BACKGROUND = "raised"

    def __init__(self, chosen: Callable[[str, Stance | None], None], moved: Callable[[], None], *, id: str) -> None:
        super().__init__(id=id, classes="dialog-rows")
        self._chosen = chosen
        self._moved = moved

    def draw(self, row: StanceRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        if not row.id:
            heading = LineBuilder(palette.background("raised"))
            return [heading.add(fit(row.label.upper(), look.width), palette.style("dim")).build(look.width)]
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        words = _words(look.width)
        room = look.width - 4 - (sum(len(word) + 2 for word in words.values()) if row.stance is not None else 0)
        label = f"{row.label} *" if row.is_changed else row.label
        builder.add(fit(label, max(1, room)), palette.style("bad" if row.is_dangerous else "text"))
        if row.stance is None:
            if row.value:
                builder.space(2).add(fit(row.value, max(1, look.width - builder.cells - 1)), palette.style("accent"))
            return [builder.build(look.width)]
        builder.space_to(look.width - sum(len(word) + 2 for word in words.values()) - 1)
        styles = {Stance.ALLOW: "good", Stance.DENY: "bad", Stance.INHERIT: "bright"}
        for stance, word in words.items():
            is_taken = stance is row.stance
            text, style = (f"[{word}]", styles[stance]) if is_taken else (f" {word} ", "dim")
            builder.add(text, palette.style(style), stance.value)
        return [builder.build(look.width)]

    def choose(self, row: StanceRow, action: str | None) -> None:
        if row.id:
            self._chosen(row.id, None if action is None else Stance(action))

    def cursor_moved(self) -> None:
        self._moved()


def _words(width: int) -> dict[Stance, str]:
    if width < NARROW:
        return {Stance.ALLOW: "✓", Stance.DENY: "✕", Stance.INHERIT: "·"}
    return {Stance.ALLOW: _("allow"), Stance.DENY: _("deny"), Stance.INHERIT: _("inherit")}
