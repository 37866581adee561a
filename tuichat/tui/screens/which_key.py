"""What may follow the leader key: a popup at the bottom, whose keys are pressed or clicked."""

from collections.abc import Hashable

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.translation import N_, _, ngettext
from tuichat.tui.key_table import KeyTable, shown
from tuichat.tui.keys import ACTIONS
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

# What the first keys of longer sequences stand for.
BRANCHES = {
    "g": N_("server"),
    "m": N_("message"),
    "v": N_("view"),
    "t": N_("tabs"),
    "c": N_("channel"),
    "a": N_("account"),
    "j": N_("jump"),
    "u": N_("files"),
    "h": N_("voice"),
    "r": N_("room"),
}
COLUMN = 34  # cells of one entry (taste)


class Step(ListRow, frozen=True):
    """A key that may come next: it does something, or leads on to more."""

    sign: str  # the key as a sequence names it
    label: str
    action_id: str | None
    count: int = 0  # of the sequences that go on from here

    @property
    def key(self) -> Hashable | None:
        return self.sign


def steps(pressed: tuple[str, ...]) -> list[Step]:
    """Return what may come after these keys, in the order of the table."""
    found: dict[str, Step] = {}
    depth = len(pressed)
    for action in ACTIONS:
        signs = tuple(action.leader.split())
        if len(signs) <= depth or signs[:depth] != pressed:
            continue
        sign = signs[depth]
        if len(signs) == depth + 1:
            found[sign] = Step(sign, action.label, action.id)
        else:
            count = found[sign].count + 1 if sign in found else 1
            found[sign] = Step(sign, BRANCHES.get(sign, "…"), None, count)
    return sorted(found.values(), key=lambda step: (step.action_id is None, step.sign.casefold()))


class StepRows(LineList[Step]):
    BACKGROUND = "raised"

    def draw(self, row: Step, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("cursor" if look.has_cursor else "raised")).space()
        # A letter stands as it is typed: "N", where a single key elsewhere is told as "shift+n".
        sign = row.sign if len(row.sign) == 1 else shown(row.sign)
        builder.add(sign, palette.style("accent-bold")).space_to(4)
        label = _(row.label)
        if row.action_id is None:
            label += "  " + ngettext("+{count} key", "+{count} keys", row.count).format(count=row.count)
        style = palette.style("muted" if row.action_id is None else "text")
        return [builder.add(fit(label, max(1, look.width - builder.cells)), style).build(look.width)]

    def choose(self, row: Step, action: str | None) -> None:
        screen = self.screen
        if isinstance(screen, WhichKeyScreen):
            screen.take(row.sign)


class WhichKeyScreen(Dialog[str | None]):
    """Answers with the id of the action that the sequence names; any key that leads nowhere ends it."""

    def __init__(self, table: KeyTable) -> None:
        super().__init__()
        self._table = table
        self._pressed: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="which-key", classes="dialog"):
            yield Static("", id="which-key-title", classes="dialog-note", markup=False)
            yield StepRows(id="which-key-rows")

    def on_mount(self) -> None:
        self._show()

    def _show(self) -> None:
        rows = steps(self._pressed)
        leader = shown(self._table.leader)
        self.query_one("#which-key-title", Static).update(
            " ".join([leader, *self._pressed, "…"]) + "   " + _("esc ends, backspace goes back")
        )
        found = self.query_one(StepRows)
        found.show_rows(rows)
        found.styles.height = min(len(rows), max(3, self.app.size.height - 6))
        found.focus()

    async def _on_key(self, event: events.Key) -> None:
        key = event.character if event.character and event.character.isprintable() else event.key
        if event.key in ("up", "down", "enter", "pageup", "pagedown"):
            return
        event.prevent_default().stop()
        if event.key == "escape":
            self.dismiss(None)
        elif event.key == "backspace":
            self._pressed = self._pressed[:-1]
            self._show()
        else:
            self.take(key)

    def take(self, sign: str) -> None:
        """Go on by one key."""
        step = next((step for step in steps(self._pressed) if step.sign == sign), None)
        if step is None:
            self.dismiss(None)
            self.app.notify(
                _("{keys} is no sequence.").format(keys=" ".join([shown(self._table.leader), *self._pressed, sign])),
                severity="warning",
                timeout=3,
                markup=False,
            )
        elif step.action_id is not None:
            self.dismiss(step.action_id)
        else:
            self._pressed = (*self._pressed, sign)
            self._show()
