"""Another password: every other sign-in of the account ends with it."""

from typing import TYPE_CHECKING

from tuichat.client.errors import RefusedError
from tuichat.translation import _
from tuichat.tui.screens.field_form import FieldForm, FieldSpec

if TYPE_CHECKING:
    from tuichat.client.client import Client
    from tuichat.client.session import Accounts


class PasswordForm(FieldForm):
    def __init__(self, client: "Client", accounts: "Accounts") -> None:
        super().__init__()
        self._client = client
        self._accounts = accounts

    def heading(self) -> str:
        return _("Another password")

    def note(self) -> str:
        return _("You stay signed in here. Everywhere else it has to be typed anew.")

    def fields(self) -> list[FieldSpec]:
        none_yet = _("empty, if you have none yet")
        return [
            FieldSpec("current", _("In use now"), "", none_yet, is_password=True),
            FieldSpec("new", _("New one"), "", _("8 to 72 characters"), is_password=True),
            FieldSpec("again", _("Once more"), "", is_password=True),
        ]

    def label(self) -> str:
        return _("change it")

    async def submit(self) -> str | None:
        new = self.value("new")
        if not 8 <= len(new) <= 72:
            raise RefusedError(_("A password has 8 to 72 characters; this one has {count}.").format(count=len(new)))
        if new != self.value("again"):
            raise RefusedError(_("The new password was not typed the same twice."))
        await self._accounts.change_password(self._client.key, self.value("current"), new)
        return _("The password is changed.")
