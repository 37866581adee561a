"""Every action by its name: run it, or give it another key."""

from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Static

from tuichat.errors import TuichatError
from tuichat.text.safe_text import safe_line
from tuichat.translation import N_, _
from tuichat.tui import keys
from tuichat.tui.key_table import KeyTable, shown
from tuichat.tui.keys import ACTIONS, BY_ID, Action, Scope
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look
from tuichat.tui.widgets.sign_input import SignInput

PLACES = {
    Scope.APP: "",
    Scope.CHAT: "",
    Scope.COMPOSER: N_("writing"),
    Scope.MESSAGES: N_("messages"),
    Scope.LIST: N_("lists"),
    Scope.VOICE: N_("voice"),
    Scope.ROOM: N_("room"),
    Scope.SELECTION: N_("selecting"),
}
KEYS_ALONE = (Scope.SELECTION,)  # of what cannot be done from here
IN_DIALOGS = N_("dialogs")
KEY_CELLS = 20
CHANGE = " ✎ "

Keep = Callable[[dict[str, str]], Awaitable[KeyTable]]


class ActionRow(ListRow, frozen=True):
    """`can_run` is false for actions that mean something in a dialog alone: they are here for their keys."""

    id: str
    label: str
    place: str
    told_keys: str
    can_run: bool

    @property
    def key(self) -> Hashable | None:
        return self.id


def action_rows(table: KeyTable, query: str = "") -> list[ActionRow]:
    """Return the actions that hold each word of a query in name, id or keys, in the table's order."""
    wanted = query.casefold().split()
    found = []
    for action in ACTIONS:
        place = _(PLACES.get(action.scope, IN_DIALOGS))
        row = ActionRow(action.id, _(action.label), place, _told(action, table), _can_run(action))
        text = f"{row.label} {row.id} {row.place} {row.told_keys}".casefold()
        if all(word in text for word in wanted):
            found.append(row)
    return sorted(found, key=lambda row: (not row.can_run, not row.label.casefold().startswith(query.casefold())))


def _can_run(action: Action) -> bool:
    return action.scope in PLACES and action.scope not in KEYS_ALONE


def _told(action: Action, table: KeyTable) -> str:
    told = table.told(action.id)
    if action.leader and table.leader:
        told = f"{told}  {shown(table.leader)} {action.leader}".strip()
    return told


class ActionRows(LineList[ActionRow]):
    BACKGROUND = "raised"

    class Taken(Message):
        def __init__(self, row: ActionRow, wants_key: bool) -> None:
            super().__init__()
            self.row = row
            self.wants_key = wants_key

    def draw(self, row: ActionRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        room = look.width - KEY_CELLS - 4 if look.width > 56 else look.width - KEY_CELLS // 2 - 4
        builder.add(fit(row.label, max(8, room - builder.cells - 1)), palette.style("text" if row.can_run else "muted"))
        if row.place and builder.cells + len(row.place) + 4 < room:
            builder.space(2).add(row.place, palette.style("dim"))
        keys_room = max(4, look.width - room - len(CHANGE) - 1)
        builder.space_to(room).add(fit(row.told_keys, keys_room), palette.style("accent"))
        if look.has_cursor:
            builder.space_to(look.width - len(CHANGE)).add(CHANGE, palette.style("chip-accent"), "change")
        return [builder.build(look.width)]

    def shows_cursor(self) -> bool:
        return True  # the focus is in the line above

    def choose(self, row: ActionRow, action: str | None) -> None:
        self.post_message(self.Taken(row, action == "change"))


class PaletteScreen(Dialog[str | None]):
    """Answers with the id of the action to run. Keys are changed here, kept for this profile and used at once."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(Scope.PALETTE)

    def __init__(self, table: KeyTable, own: Mapping[str, str], keep: Keep) -> None:
        """`own` are the keys of the settings by action; `keep` takes them with a change, and gives the table that results."""
        super().__init__()
        self._table = table
        self._own = dict(own)
        self._keep_keys = keep
        self._query: str | None = None
        self._waits_for: Action | None = None  # the action whose key is being chosen
        self._offered = ""  # the key pressed for it, while others use it

    def compose(self) -> ComposeResult:
        with Vertical(id="palette-box", classes="dialog"):
            yield SignInput(placeholder=_("What do you want to do?"), id="query")
            yield ActionRows(id="palette-rows")
            yield Static("", id="palette-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one(ActionRows).can_focus = False
        self._show("")
        self._tell("")
        self.set_focus(self.query_one(Input))

    def _tell(self, words: str) -> None:
        usual = _("enter runs it · {change} changes its key · {reset} takes the change back · esc closes").format(
            change=self._table.told("palette.change_key"), reset=self._table.told("palette.reset_key")
        )
        self.query_one("#palette-note", Static).update(words or usual)

    def _show(self, query: str, *, anew: bool = False) -> None:
        if query == self._query and not anew:
            return
        rows = self.query_one(ActionRows)
        rows.show_rows(action_rows(self._table, query))
        if query != self._query:
            rows.action_cursor_first()
        self._query = query

    @on(Input.Changed)
    def _changed(self) -> None:
        self._show(self.query_one(Input).value)  # not the message's: it may be older than what a key has shown already

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self._show(self.query_one(Input).value)
        self.query_one(ActionRows).action_choose()

    @on(ActionRows.Taken)
    def _taken(self, event: ActionRows.Taken) -> None:
        if event.wants_key or not event.row.can_run:
            self._ask_for_key(BY_ID[event.row.id])
        else:
            self.dismiss(event.row.id)

    def action_cursor_up(self) -> None:
        self._show(self.query_one(Input).value)
        self.query_one(ActionRows).action_cursor_up()

    def action_cursor_down(self) -> None:
        self._show(self.query_one(Input).value)
        self.query_one(ActionRows).action_cursor_down()

    def action_close(self) -> None:
        self.dismiss(None)

    # Keys.

    def action_change_key(self) -> None:
        row = self.query_one(ActionRows).cursor_row
        if row is not None:
            self._ask_for_key(BY_ID[row.id])

    def _ask_for_key(self, action: Action) -> None:
        self._waits_for, self._offered = action, ""
        self._tell(_('Press the new key for "{label}"; esc leaves it as it is.').format(label=_(action.label)))
        self.set_focus(None)

    async def action_reset_key(self) -> None:
        row = self.query_one(ActionRows).cursor_row
        if row is not None:
            await self._keep({row.id: None})

    async def key_pressed(self, key: str) -> None:
        """Take a key for the action that waits for one; one that others use is taken when it is pressed twice."""
        action = self._waits_for
        if action is None:
            return
        if key == "escape":
            self._end_waiting("")
            return
        users = self._table.users_of(key, action)
        if users and key != self._offered:
            self._offered = key
            names = ", ".join(_(user.label) for user in users[:3])
            self._tell(
                _(
                    '{key} is "{names}" already. Press it again to take it from there, or another key; esc leaves it.'
                ).format(key=shown(key), names=names)
            )
            return
        changes: dict[str, str | None] = {action.id: key}
        for user in users:
            changes[user.id] = ",".join(other for other in self._table.keys_of(user.id) if other != key)
        await self._keep(changes)

    async def _keep(self, changes: "dict[str, str | None]") -> None:
        """Keep these keys; None takes a change back."""
        own = dict(self._own)
        for action_id, text in changes.items():
            if text is None:
                own.pop(action_id, None)
            else:
                own[action_id] = text
        try:
            self._table = await self._keep_keys(own)
        except TuichatError as error:
            self._end_waiting(safe_line(str(error)))
            return
        self._own = own
        self._end_waiting(_("Kept."))

    def _end_waiting(self, words: str) -> None:
        self._waits_for, self._offered = None, ""
        self._tell(words)
        self._show(self._query or "", anew=True)
        self.set_focus(self.query_one(Input))

    async def on_key(self, event: events.Key) -> None:
        # Ahead of the bindings: any key may be the one that is wanted.
        if self._waits_for is not None:
            event.prevent_default().stop()
            await self.key_pressed(event.key)
