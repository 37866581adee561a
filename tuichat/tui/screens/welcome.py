"""The first start: says what happens while the personal server starts, and asks for a display name."""

import asyncio
import getpass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Static

from tuichat.config.paths import DEFAULT_PROFILE
from tuichat.errors import TuichatError
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.form import Field, Form

if TYPE_CHECKING:
    from tuichat.client.session import Accounts
    from tuichat.config.paths import Profile

MAX_NAME = 32  # characters of a display name, as on the wire
MAX_FAULT = 400  # characters shown of a sentence about a fault (taste)


def suggested_name(profile: "Profile") -> str:
    """Return the name to offer: the profile's when it has one of its own, else the user's."""
    if profile.name != DEFAULT_PROFILE:
        return profile.name
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user id without a name
        return ""


class WelcomeScreen(Form[str]):
    """Answers with the key of the account that was made, or with nothing when another server is wanted."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.FORM)

    def __init__(self, suggested_name: str) -> None:
        super().__init__()
        self._suggested = suggested_name
        self._accounts: Accounts | None = None
        self._has_server = asyncio.Event()  # it runs, or could not be started
        self._has_accounts = asyncio.Event()
        self._is_starting = False
        self._is_busy = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(_("Welcome to tuichat"), classes="dialog-title", markup=False)
            yield Static(
                _(
                    "You get a server of your own, on this computer; nobody else can reach it. What shall others "
                    "see as your name?"
                ),
                classes="dialog-text",
                markup=False,
            )
            yield Static(_("Display name"), classes="dialog-label", markup=False)
            yield Field(value=self._suggested, max_length=MAX_NAME, id="name", select_on_focus=False)
            yield Static(" ", id="progress", classes="dialog-note", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(_("another server"), id="other")
                yield Button(_("start"), id="start")

    def on_mount(self) -> None:
        self.set_focus(self.query_one(Input))

    def attach(self, accounts: "Accounts") -> None:
        """Say what signs in once there is a name."""
        self.start_server()
        self._accounts = accounts
        self._has_accounts.set()

    def start_server(self) -> None:
        """Start the server in the background while the name is being typed, and what talks to it is imported."""
        if not self._is_starting:
            self._is_starting = True
            self.run_worker(self._started(), group="server")

    async def _started(self) -> None:
        from tuichat.local.background import ensure_server

        try:
            await ensure_server(progress=self.show_progress)
            self.show_progress(_("Ready: press Enter."))
        except TuichatError as error:
            self._show_fault(error)
        finally:
            self._has_server.set()

    def show_progress(self, sentence: str) -> None:
        if not self.is_attached:
            return  # another server was wanted meanwhile
        note = self.query_one("#progress", Static)
        note.set_classes("dialog-note")
        note.update(safe_line(sentence))

    def _show_fault(self, error: TuichatError) -> None:
        if not self.is_attached:
            return
        note = self.query_one("#progress", Static)
        note.set_classes("dialog-fault")
        sentence = safe_line(str(error))
        if len(sentence) > MAX_FAULT:
            sentence = sentence[:MAX_FAULT] + _("… (tuichat logs has the rest)")
        note.update(_("{sentence} Enter tries again.").format(sentence=sentence))

    def entered(self, field: Input) -> None:
        self._sign_in()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "other":
            self.action_close()
        else:
            self._sign_in()

    def action_close(self) -> None:
        self.dismiss("")

    def _sign_in(self) -> None:
        name = safe_line(self.query_one(Input).value)
        if not name:
            self.show_progress(_("A name, please: one letter is enough."))
        elif not self._is_busy:
            self._is_busy = True
            self.run_worker(self._signed_in(name), group="sign-in")

    async def _signed_in(self, name: str) -> None:
        self.show_progress(_("Starting …"))
        await self._has_server.wait()
        await self._has_accounts.wait()
        assert self._accounts is not None
        try:
            client = await self._accounts.sign_in_personal(name, self.show_progress)
        except TuichatError as error:
            self._show_fault(error)
        else:
            self.dismiss(client.key)
        finally:
            self._is_busy = False
