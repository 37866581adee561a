"""Servers and accounts: the accounts of this profile, which can be removed, and a form to sign in to another server."""

from collections.abc import MutableMapping, Set
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from tuichat.client.certificate import format_fingerprint
from tuichat.client.errors import CertificateError, ClientError
from tuichat.client.invite_link import read_link
from tuichat.client.state import Connection
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import N_, _
from tuichat.tui import keys
from tuichat.tui.screens.form import Field, Form

if TYPE_CHECKING:
    from tuichat.client.client import Client
    from tuichat.client.session import Accounts

CONNECTION_WORDS = {
    Connection.READY: N_("connected"),
    Connection.REFUSED: N_("not signed in"),
    Connection.OFFLINE: N_("offline"),
    Connection.CONNECTING: N_("connecting"),
    Connection.RECONNECTING: N_("reconnecting"),
}
OWN_SERVER = ""  # the answer of who wants the server on this computer, and has no account there
REGISTRATION_WORDS = {
    "open": N_("anybody may make an account"),
    "invite": N_("an account needs an invite"),
    "closed": N_("accounts are made by who runs it"),
}


class ServersScreen(Form[str | None]):
    """Answers with the key of an account that was added, if one was, or with OWN_SERVER."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.FORM)

    def __init__(
        self, accounts: "Accounts", personal_keys: Set[str], pinned: MutableMapping[str, str] | None = None
    ) -> None:
        super().__init__()
        self._accounts = accounts
        self._personal_keys = personal_keys
        # Fingerprints that the user chose to trust, by address; the caller keeps them while the form is closed.
        self._pins = {} if pinned is None else pinned
        self._offered: str | None = None  # the one to pin if the user says so
        self._registers = False
        self.landing: tuple[int, int | None] | None = None  # the channel, and the event, that an invite led to

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -large", can_focus=False):
            yield Static(_("Servers and accounts"), classes="dialog-title", markup=False)
            yield Vertical(id="accounts")
            yield _row(_("Add a server"), Field(placeholder=_("address, such as chat.example.org"), id="url"))
            yield Static("", id="server", classes="dialog-hint", markup=False)
            yield _row(_("User name"), Field(id="login"))
            yield _row(_("Password"), Field(password=True, id="password"), Button(_("forgot it?"), id="recover"))
            yield _row(_("Invite code"), Field(placeholder=_("where the server asks for one"), id="invite"))
            yield Static("", id="fault", classes="dialog-fault", markup=False)
            with Horizontal(id="buttons", classes="dialog-buttons"):
                yield Button(_("close"), id="close")
                yield Button(_("pin this certificate"), id="pin", classes="-danger")
                yield Button(_("make an account"), id="mode")
                yield Button(_("sign in"), id="submit")

    def on_mount(self) -> None:
        self.query_one("#pin").display = False
        self.query_one("#fault").display = False
        self._show_mode()
        self._show_accounts()
        self.set_focus(self.query_one("#url"))

    # The accounts there are.

    def _show_accounts(self) -> None:
        holder = self.query_one("#accounts", Vertical)
        holder.remove_children()
        lines: list[Widget] = [
            self._account_line(number, client) for number, client in enumerate(self._accounts.clients.values())
        ]
        lines = lines or [Static(_("No account yet."), classes="dialog-text", markup=False)]
        if not self._personal_keys & self._accounts.clients.keys():
            button = Button(_("start my own server"), classes="own-server")
            offer = Static(_("A server on this computer, for you"), classes="account-name", markup=False)
            lines.append(Horizontal(offer, button, classes="account-line"))
        holder.mount(*lines)

    def _account_line(self, number: int, client: "Client") -> Horizontal:
        address = getattr(client.account.address, "url", None)
        where = _("this computer") if address is None else address.removeprefix("https://")
        state = _(CONNECTION_WORDS[client.state.connection])
        text = _("{username} on {where} — {state}").format(
            username=safe_name(client.account.username), where=safe_line(where), state=state
        )
        button = Button(_("remove"), id=f"remove-{number}", name=client.key)
        return Horizontal(Static(text, classes="account-name", markup=False), button, classes="account-line")

    # The form.

    def _show_mode(self) -> None:
        self.query_one("#invite-row").display = self._registers
        self.query_one("#recover").display = not self._registers
        self.query_one("#mode", Button).label = _("I have an account") if self._registers else _("make an account")
        self.query_one("#submit", Button).label = _("make it") if self._registers else _("sign in")

    def _value(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value.strip()

    @property
    def _pinned(self) -> str | None:
        return self._pins.get(self._value("url"))

    def _show_fault(self, sentence: str) -> None:
        fault = self.query_one("#fault", Static)
        fault.display = bool(sentence)
        fault.update(sentence)
        if sentence:
            # What can be done about it stands below it.
            self.call_after_refresh(self.query_one("#buttons").scroll_visible, animate=False)

    def _go_to_first_empty(self) -> None:
        """Go to the field that is to be filled in next; to the button that signs in where none is left."""
        names = ["url", "login", "password", *(["invite"] if self._registers else [])]
        name = next((name for name in names if not self._value(name)), "submit")
        self.set_focus(self.query_one(f"#{name}"))

    def entered(self, field: Input) -> None:
        following = {"url": "login", "login": "password", "password": "invite" if self._registers else None}
        if (name := following.get(field.id or "")) is not None:
            self.set_focus(self.query_one(f"#{name}"))
        else:
            self._submit()

    @on(Input.Changed, "#url")
    def _url_changed(self) -> None:
        # What was pinned for one address says nothing of another.
        self._offered = None
        self.query_one("#pin").display = False
        self._show_fault("")
        self.query_one("#server", Static).update("")

    @on(Input.Blurred, "#url")
    def _url_left(self) -> None:
        self._probe()

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        button = event.button
        if button.id == "close":
            self.dismiss(None)
        elif button.id == "recover":
            self._recover()
        elif button.id == "mode":
            self._registers = not self._registers
            self._show_mode()
            self._go_to_first_empty()
        elif button.id == "pin" and self._offered is not None:
            self._pins[self._value("url")] = self._offered
            self._go_to_first_empty()
            button.display = False
            self._show_fault("")
            self._probe()
        elif button.id == "submit":
            self._submit()
        elif button.has_class("own-server"):
            self.dismiss(OWN_SERVER)
        elif button.name is not None:
            self._ask_to_remove(button.name)

    def _probe(self) -> None:
        if url := self._value("url"):
            self.run_worker(self._probed(url), group="probe", exclusive=True)

    async def _probed(self, url: str) -> None:
        line = self.query_one("#server", Static)
        line.update(_("looking …"))
        try:
            found = await self._accounts.probe(url, self._pinned)
        except ClientError as error:
            line.update("")
            self._take_error(error)
            return
        if found.certificate_problem:
            line.update("")
            self._offer_pin(found.certificate_problem, found.fingerprint or "")
            return
        words = _(REGISTRATION_WORDS.get(found.registration, ""))
        trust = _("Certificate pinned. ") if self._pinned else ""
        if found.server_id is None:
            line.update(
                _("{trust}It answers, but is not a tuichat server; what it lacks is hidden.").format(trust=trust)
            )
        else:
            line.update(
                safe_line(
                    _("{trust}tuichat {version}{registration}").format(
                        trust=trust, version=found.version, registration="; " + words if words else ""
                    )
                )
            )
        self._show_fault("")

    def _take_error(self, error: ClientError) -> None:
        if isinstance(error, CertificateError):
            self._offer_pin(error.problem, error.fingerprint or "")
        else:
            self._show_fault(safe_line(str(error)))

    def _offer_pin(self, problem: str, fingerprint: str) -> None:
        """Say in words what is wrong with the certificate; pinning it is a choice, never the default."""
        self._offered = fingerprint or None
        self.query_one("#pin").display = self._offered is not None
        sentence = safe_line(problem)
        if fingerprint:
            sentence += _(
                "\nIts SHA-256 fingerprint is\n{fingerprint}\nPin it only if who runs the server told you the "
                "same one by another way."
            ).format(fingerprint=_in_two_lines(format_fingerprint(fingerprint)))
        self._show_fault(sentence)

    def _submit(self) -> None:
        missing = [name for name in ("url", "login", "password") if not self._value(name)]
        if missing:
            words = {"url": _("the address"), "login": _("a user name"), "password": _("a password")}
            self._show_fault(_("Fill in {names}.").format(names=_(" and ").join(words[name] for name in missing)))
            self.set_focus(self.query_one(f"#{missing[0]}"))
            return
        self.run_worker(self._submitted_form(), group="submit", exclusive=True)

    async def _submitted_form(self) -> None:
        url, login = self._value("url"), self._value("login")
        password = self.query_one("#password", Input).value
        button = self.query_one("#submit", Button)
        was_focused = self.focused is button
        button.disabled = True
        self._show_fault("")
        try:
            if self._registers:
                invite = self._value("invite") or None
                # An invite for one person is used up by it.
                channel_id = await self._accounts.invited_to(url, invite, self._pinned) if invite else None
                client = await self._accounts.register(url, login, password, invite, self._pinned)
                if invite and channel_id is not None:
                    self.landing = channel_id, read_link(invite).event_id
            else:
                client = await self._accounts.sign_in(url, login, password, self._pinned)
        except ClientError as error:
            self._take_error(error)
        else:
            self.dismiss(client.key)
        finally:
            button.disabled = False
            if was_focused and self.is_current:
                # Disabled, the button has lost the focus. The password is what is typed anew; never is pinning the default.
                self.set_focus(self.query_one("#password"))

    def _recover(self) -> None:
        from tuichat.tui.screens.account.recovery import RecoverForm

        form = RecoverForm(self._accounts, self._value("url"), self._value("login"), self._pins)

        def done(is_in: bool | None) -> None:
            if is_in and form.added is not None:
                self.dismiss(form.added)

        self.app.push_screen(form, done)

    # Removing.

    def _ask_to_remove(self, account_key: str) -> None:
        from tuichat.tui.screens.confirm import ConfirmDialog

        client = self._accounts.clients.get(account_key)
        if client is None:
            return
        if account_key in self._personal_keys:
            detail = _("It stays on your own server: the next start of tuichat can sign in to it again.")
        else:
            detail = _("You will need its password to sign in again. Nothing on the server is deleted.")
        name = safe_name(client.account.username)

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.run_worker(self._removed(account_key))

        self.app.push_screen(
            ConfirmDialog(_("Remove {name} from this profile?").format(name=name), detail, _("remove")), decided
        )

    async def _removed(self, account_key: str) -> None:
        try:
            await self._accounts.remove(account_key)
        except ClientError as error:
            self._show_fault(safe_line(str(error)))
        self._show_accounts()

    def action_close(self) -> None:
        self.dismiss(None)


def _row(label: str, field: Field, *buttons: Button) -> Horizontal:
    row_id = None if field.id is None else f"{field.id}-row"
    return Horizontal(
        Static(label, classes="field-label", markup=False), field, *buttons, id=row_id, classes="field-row"
    )


def _in_two_lines(fingerprint: str) -> str:
    """Break a fingerprint in its middle, so that no line begins with a colon."""
    half = len("AB:") * 16
    return f"{fingerprint[:half]}\n{fingerprint[half:]}"
