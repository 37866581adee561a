"""Recovery codes, which let one in again without the password; and signing in by one of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from textual.widgets import Button, Static

from tuichat.client.errors import ClientError, RefusedError
from tuichat.text.safe_text import safe_line
from tuichat.translation import _, ngettext
from tuichat.tui.screens.field_form import FieldForm, FieldSpec

if TYPE_CHECKING:
    from tuichat.client.client import Client
    from tuichat.client.session import Accounts


class RecoveryForm(FieldForm):
    """Makes codes, and shows them this once."""

    def __init__(self, client: "Client") -> None:
        super().__init__()
        self._client = client
        self._codes: list[str] = []

    def heading(self) -> str:
        return _("Recovery codes")

    def note(self) -> str:
        return _(
            "Each code lets you in once, with a new password, should you forget yours. Keep them where you find them."
        )

    def fields(self) -> list[FieldSpec]:
        return [FieldSpec("password", _("Your password"), is_password=True)]

    def label(self) -> str:
        return _("make new codes")

    def on_mount(self) -> None:
        super().on_mount()
        self.run_worker(self._count())

    async def _count(self) -> None:
        try:
            found = await self._client.own.recovery()
        except ClientError as error:
            self.show_fault(str(error))
            return
        if not found.has_password:
            words = _("You have no password yet: set one first.")
        elif not found.left:
            words = _("You have no codes yet.")
        else:
            sentence = ngettext(
                "{count} code is left.", "{count} codes are left; new ones take their place.", found.left
            )
            words = sentence.format(count=found.left)
        self.query_one("#note", Static).update(f"{self.note()}\n\n{words}")

    async def submit(self) -> str | None:
        if self._codes:
            self.app.copy_to_clipboard("\n".join(self._codes))
            self.app.notify(_("Copied."), timeout=2)
            return None
        self._codes = [safe_line(code) for code in await self._client.own.make_recovery_codes(self.value("password"))]
        if not self.is_open:
            raise RefusedError(
                _("New codes were made, but you left before they were shown. The old ones are void: make codes again.")
            )
        self.query_one("#password").parent.display = False  # type: ignore[union-attr]  # a field stands in a row
        pairs = zip(self._codes[::2], self._codes[1::2], strict=False)
        lines = "\n".join(f"    {left}    {right}" for left, right in pairs)
        told = _("They are shown this once. Write them down, or copy them.")
        self.query_one("#note", Static).update(f"{told}\n\n{lines}")
        button = self.query_one("#submit", Button)
        button.label = _("copy them")
        self.call_after_refresh(button.focus)
        return None


class RecoverForm(FieldForm):
    """Signs in by a recovery code; `added` holds the account's key then."""

    def __init__(self, accounts: "Accounts", url: str, login: str, pins: Mapping[str, str]) -> None:
        super().__init__()
        self._accounts = accounts
        self._url, self._login, self._pins = url, login, pins
        self.added: str | None = None

    def heading(self) -> str:
        return _("Forgot the password?")

    def note(self) -> str:
        return _(
            "A recovery code lets you in with a new password. Without one, ask who runs the server: "
            "`tuichat admin password reset NAME` gives you another."
        )

    def fields(self) -> list[FieldSpec]:
        return [
            FieldSpec("address", _("Server"), self._url, _("address, such as chat.example.org")),
            FieldSpec("name", _("User name"), self._login),
            FieldSpec("code", _("Recovery code"), "", "abcd-efgh-jkmn-pqrs"),
            FieldSpec("fresh", _("New password"), "", _("8 to 72 characters"), is_password=True),
        ]

    def label(self) -> str:
        return _("sign in")

    async def submit(self) -> str | None:
        url, name, code = (self.value(each).strip() for each in ("address", "name", "code"))
        if not (url and name and code and self.value("fresh")):
            raise RefusedError(_("Fill in all four lines."))
        client = await self._accounts.recover(url, name, code, self.value("fresh"), self._pins.get(url))
        self.added = client.key
        return _("You are signed in. That code is used up.")
