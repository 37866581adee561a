"""Where the account is signed in, and signing out there: of one, or everywhere."""

from datetime import datetime
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button

from tuichat.client.errors import ClientError
from tuichat.protocol.profile import AuthSession
from tuichat.text.date_words import date_words
from tuichat.text.safe_text import safe_line
from tuichat.translation import _, ngettext
from tuichat.tui.screens.confirm import ConfirmDialog
from tuichat.tui.screens.field_form import FieldForm, FieldSpec
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows

if TYPE_CHECKING:
    from tuichat.client.client import Client

SHOWN_ROWS = 5


class SessionsForm(FieldForm):
    """Answers True when this sign-in ended too."""

    is_dangerous = True

    def __init__(self, client: "Client") -> None:
        super().__init__()
        self._client = client
        self._sessions: list[AuthSession] = []
        self._ends_here = False

    def heading(self) -> str:
        return _("Where you are signed in")

    def note(self) -> str:
        return _("Enter on a line signs out there. The server asks for your password, if you have one.")

    def fields(self) -> list[FieldSpec]:
        return [FieldSpec("password", _("Your password"), is_password=True)]

    def more(self) -> ComposeResult:
        rows = ChoiceRows(self._ask, id="sessions")
        rows.styles.height = SHOWN_ROWS
        yield rows
        with Horizontal(classes="dialog-buttons"):
            yield Button(_("everywhere, here too"), id="all", classes="-danger")

    def label(self) -> str:
        return _("everywhere else")

    def on_mount(self) -> None:
        super().on_mount()
        self.run_worker(self._load(), group="load", exclusive=True)

    async def _load(self) -> None:
        rows = self.query_one(ChoiceRows)
        rows.show_rows([ChoiceRow("", _("looking …"))])
        try:
            self._sessions = await self._client.own.sessions()
        except ClientError as error:
            rows.show_rows([])
            self.show_fault(str(error))
            return
        rows.show_rows([self._row(session) for session in self._sessions])

    def _row(self, session: AuthSession) -> ChoiceRow:
        info = session.client_info
        where = " · ".join(safe_line(each) for each in (info.platform, info.os, info.location) if each)
        here = _("this one") if session.id_hash == self._client.state.session_hash else ""
        return ChoiceRow(session.id_hash, _("since {when}").format(when=_when(session)), here or where or _("another"))

    def _ask(self, id_hash: str) -> None:
        session = next((each for each in self._sessions if each.id_hash == id_hash), None)
        if session is None:
            return

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.run_to_end(self._end([id_hash]))

        when = _("the sign-in of {when}").format(when=_when(session))
        self.app.push_screen(ConfirmDialog(_("Sign out {what}?").format(what=when), "", _("sign out")), decided)

    async def submit(self) -> str | None:
        await self._end([each.id_hash for each in self._sessions if each.id_hash != self._client.state.session_hash])
        return None

    @on(Button.Pressed, "#all")
    def _all_pressed(self, event: Button.Pressed) -> None:
        event.stop()

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.run_to_end(self._end([each.id_hash for each in self._sessions]))

        detail = _("You sign in again with your password. Nothing on the server is deleted.")
        self.app.push_screen(ConfirmDialog(_("Sign out everywhere, here too?"), detail, _("sign out")), decided)

    async def _end(self, hashes: list[str]) -> None:
        if not hashes:
            self.app.notify(_("You are signed in nowhere else."), timeout=3)
            return
        try:
            await self._client.own.end_sessions(hashes, self.value("password"))
        except ClientError as error:
            self.show_fault(str(error))
            return
        self.show_fault("")
        sentence = ngettext("{count} sign-in ended.", "{count} sign-ins ended.", len(hashes))
        self.app.notify(sentence.format(count=len(hashes)), timeout=3)
        if not self.is_open:
            return
        if self._client.state.session_hash in hashes:
            self.dismiss(True)
        else:
            await self._load()


def _when(session: AuthSession) -> str:
    try:
        return date_words(datetime.fromisoformat(session.approx_last_used_time).astimezone(), "%d %b %Y %H:%M")
    except (ValueError, OverflowError):
        return safe_line(session.approx_last_used_time)[:40]
