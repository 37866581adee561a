"""Who was asked into a room, blocked from it, and muted in it: for its hosts, who take it back here."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.client.errors import ClientError
from tuichat.protocol.live_room import LiveRoomKeeping
from tuichat.protocol.user import User
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows

if TYPE_CHECKING:
    from tuichat.client.client import Client

INVITED, BLOCKED = "invited", "blocked"


class KeepingDialog(Dialog[None]):
    """Enter on somebody takes back what was done; what is left is asked for again."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, client: "Client", channel_id: int, kept: LiveRoomKeeping) -> None:
        super().__init__()
        self._client = client
        self._channel_id = channel_id
        self._kept = kept

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall"):
            yield Static(_("Kept while this room is live"), classes="dialog-title", markup=False)
            yield ChoiceRows(self._chosen, id="choices")
            yield Static("", id="fault", classes="dialog-fault", markup=False)
            yield Static(_("enter takes it back · esc closes"), classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one("#fault").display = False
        self._show()
        rows = self.query_one(ChoiceRows)
        rows.focus()
        rows.action_cursor_first()

    def _show(self) -> None:
        rows: list[ChoiceRow] = []
        for heading, kind, button, users in (
            (_("Blocked"), BLOCKED, _("unblock"), self._kept.blocked),
            (_("Asked in"), INVITED, _("take back"), self._kept.invited),
        ):
            rows.append(ChoiceRow("", f"{heading} — {len(users)}"))
            rows += [ChoiceRow(f"{kind} {int(user.id)}", self._called(user), button=button) for user in users]
        names = [self._named(int(each)) for each in self._kept.muted_ids]
        rows.append(ChoiceRow("", _("Muted by a host, until they unmute themselves") + f" — {len(names)}"))
        rows += [ChoiceRow(f"muted {number}", name) for number, name in enumerate(names)]
        self.query_one(ChoiceRows).show_rows(rows)

    def _called(self, user: User) -> str:
        return safe_name(self._client.state.display_name(self._channel_id, user))

    def _named(self, user_id: int) -> str:
        return safe_name(self._client.state.person_name(self._channel_id, user_id), _("somebody"))

    def _chosen(self, row_id: str) -> None:
        kind, _blank, number = row_id.partition(" ")
        rooms = self._client.live_rooms
        deeds: dict[str, Callable[[int, int], Awaitable[None]]] = {BLOCKED: rooms.unblock, INVITED: rooms.uninvite}
        if kind in deeds:
            self.run_once(lambda: self._take_back(deeds[kind](self._channel_id, int(number))))

    async def _take_back(self, deed: Awaitable[None]) -> None:
        try:
            await deed
            self._kept = await self._client.live_rooms.keeping(self._channel_id)
        except ClientError as error:
            self.show_fault(safe_line(str(error)))
            return
        if self.is_open:
            self.show_fault("")
            self._show()

    def action_close(self) -> None:
        self.dismiss(None)
