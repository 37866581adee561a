"""Choose an emoji by its name: those used lately first, then the server's own, then Unicode's."""

from collections.abc import Hashable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from tuichat.text import emoji_names
from tuichat.text.safe_text import safe_name
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look
from tuichat.tui.widgets.sign_input import SignInput

MAX_SHOWN = 60


class EmojiRow(ListRow, frozen=True):
    """`value` is the emoji, or `name:id` of a server's own."""

    value: str
    sign: str
    name: str

    @property
    def key(self) -> Hashable | None:
        return self.value


def emoji_rows(recent: Sequence[str], own: Sequence[tuple[str, int]], query: str) -> list[EmojiRow]:
    """Return what to offer: `recent` are values, `own` the server's emojis as name and id."""
    customs = [EmojiRow(f"{name}:{emoji_id}", f":{safe_name(name)}:", safe_name(name)) for name, emoji_id in own]
    wanted = query.casefold().strip(" :")
    if not wanted:
        known = {row.value: row for row in customs}
        signs = [*recent, *(each for each in emoji_names.USUAL if each not in recent)]
        first = [
            known.get(each) or EmojiRow(each, each, emoji_names.name_of(each))
            for each in signs
            if _is_there(each, known)
        ]
        return (first + [row for row in customs if row not in first])[:MAX_SHOWN]
    found = [row for row in customs if wanted in row.name.casefold()]
    found += [EmojiRow(emoji, emoji, name) for name, emoji in emoji_names.matching(wanted, MAX_SHOWN)]
    if not found and not query.isascii() and len(query.strip()) <= 8:
        found.append(EmojiRow(query.strip(), safe_name(query), _("as you typed it")))
    return found[:MAX_SHOWN]


def _is_there(value: str, customs: dict[str, EmojiRow]) -> bool:
    return ":" not in value or value in customs


class EmojiRows(LineList[EmojiRow]):
    BACKGROUND = "raised"

    class Taken(Message):
        def __init__(self, value: str) -> None:
            super().__init__()
            self.value = value

    def draw(self, row: EmojiRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        if row.sign.startswith(":"):
            return [builder.add(fit(row.sign, look.width - 3), palette.style("bright")).build(look.width)]
        builder.add(row.sign, palette.style("text")).space_to(6)
        return [builder.add(fit(row.name, max(1, look.width - 7)), palette.style("muted")).build(look.width)]

    def shows_cursor(self) -> bool:
        return True  # the focus is in the line above

    def choose(self, row: EmojiRow, action: str | None) -> None:
        self.post_message(self.Taken(row.value))


class EmojiPicker(Dialog[str | None]):
    """Answers with an emoji, or `name:id` of a server's own."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.SWITCHER)

    def __init__(self, recent: Sequence[str], own: Sequence[tuple[str, int]]) -> None:
        super().__init__()
        self._recent = recent
        self._own = own
        self._query: str | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="emoji-box", classes="dialog"):
            yield SignInput(placeholder=_("An emoji's name"), id="query")
            yield EmojiRows(id="emoji-rows")
            yield Static(_("enter takes it · ↑↓ choose · esc closes"), classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one(EmojiRows).can_focus = False
        self._show()
        self.set_focus(self.query_one(Input))

    def _show(self) -> None:
        query = self.query_one(Input).value
        if query != self._query:
            self._query = query
            rows = self.query_one(EmojiRows)
            rows.show_rows(emoji_rows(self._recent, self._own, query))
            rows.action_cursor_first()

    @on(Input.Changed)
    def _changed(self) -> None:
        self._show()

    @on(EmojiRows.Taken)
    def _taken(self, event: EmojiRows.Taken) -> None:
        self.dismiss(event.value)

    def action_cursor_up(self) -> None:
        self._show()
        self.query_one(EmojiRows).action_cursor_up()

    def action_cursor_down(self) -> None:
        self._show()
        self.query_one(EmojiRows).action_cursor_down()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._show()
        self.query_one(EmojiRows).action_choose()

    def action_close(self) -> None:
        self.dismiss(None)
