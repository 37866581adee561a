"""The account at a glance, and the way to all that can be done with it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import Screen
from textual.widgets import Static

from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.account.deletion import DeletionForm
from tuichat.tui.screens.account.password import PasswordForm
from tuichat.tui.screens.account.profile import ProfileForm
from tuichat.tui.screens.account.recovery import RecoveryForm
from tuichat.tui.screens.account.sessions import SessionsForm
from tuichat.tui.screens.account.status import STATUSES, StatusForm
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows

if TYPE_CHECKING:
    from tuichat.client.client import Client
    from tuichat.client.session import Accounts

NOTIFICATIONS, GONE = "notifications", "gone"


class AccountMenu(Dialog[str | None]):
    """Answers NOTIFICATIONS when these are wanted, GONE when the account is not signed in any more."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, client: "Client", accounts: "Accounts", now_ms: Callable[[], int]) -> None:
        """`now_ms` is Unix time."""
        super().__init__()
        self._client = client
        self._accounts = accounts
        self._now_ms = now_ms

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static("", id="who", classes="dialog-title", markup=False)
            yield ChoiceRows(self._choose, id="choices")
            yield Static(_("enter opens it · esc goes back"), classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        rows = self.query_one(ChoiceRows)
        self._show()
        rows.move_cursor_to("profile")
        rows.focus()

    def _show(self) -> None:
        me = self._client.state.me
        name = safe_name(me.display_name) if me is not None else safe_name(self._client.account.username)
        where = getattr(self._client.account.address, "url", "").removeprefix("https://") or _("this computer")
        self.query_one("#who", Static).update(_("{name} on {server}").format(name=name, server=safe_line(where)))
        settings = self._client.state.settings
        dot, word = STATUSES.get(settings.status, STATUSES["online"])
        custom = safe_line(settings.custom_status.text or "") if settings.custom_status is not None else ""
        items = [
            ChoiceRow("profile", _("Profile")),
            ChoiceRow("status", _("Status"), f"{dot} {_(word)}" + (f" · {custom}" if custom else "")),
            ChoiceRow("notifications", _("Notifications")),
            ChoiceRow("password", _("Password")),
            *([ChoiceRow("recovery", _("Recovery codes"))] if "recovery" in self._client.state.features else []),
            ChoiceRow("sessions", _("Where you are signed in")),
            ChoiceRow("deletion", _("Delete the account"), is_dangerous=True),
        ]
        rows = self.query_one(ChoiceRows)
        rows.styles.height = len(items)
        rows.show_rows(items)

    def _choose(self, name: str) -> None:
        if name == NOTIFICATIONS:
            self.dismiss(NOTIFICATIONS)
            return
        if self._client.state.me is None:
            self.app.notify(_("Not connected yet: try again in a moment."), severity="warning", timeout=3)
            return
        self.app.push_screen(self._screen(name), lambda is_done: self._came_back(name, is_done=bool(is_done)))

    def _screen(self, name: str) -> Screen[bool]:
        match name:
            case "profile":
                return ProfileForm(self._client)
            case "status":
                return StatusForm(self._client, self._now_ms())
            case "password":
                return PasswordForm(self._client, self._accounts)
            case "recovery":
                return RecoveryForm(self._client)
            case "sessions":
                return SessionsForm(self._client)
            case _:
                return DeletionForm(self._client)

    def _came_back(self, name: str, *, is_done: bool) -> None:
        if is_done and name in ("sessions", "deletion"):
            self.dismiss(GONE)
        else:
            self._show()

    def action_close(self) -> None:
        self.dismiss(None)
