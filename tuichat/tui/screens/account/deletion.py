"""Deleting the own account: typed out, since nothing brings it back."""

from typing import TYPE_CHECKING

from tuichat.client.errors import RefusedError
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui.screens.field_form import FieldForm, FieldSpec

if TYPE_CHECKING:
    from tuichat.client.client import Client


class DeletionForm(FieldForm):
    """Answers True when the account is gone."""

    is_dangerous = True

    def __init__(self, client: "Client") -> None:
        super().__init__()
        self._client = client
        me = client.state.me
        self._username = me.username if me is not None else client.account.username

    def heading(self) -> str:
        return _("Delete {name} for good?").format(name=safe_line(self._username))

    def note(self) -> str:
        owned = [
            safe_line(guild.guild.name)
            for guild in self._client.state.guilds.values()
            if self._client.state.me is not None and guild.guild.owner_id == self._client.state.me.id
        ]
        words = _(
            "Your profile, friends, settings and sign-ins are deleted. What you wrote stays, by a “Deleted User”. "
            "Nothing brings the account back."
        )
        if owned:
            words += "\n\n" + _("First give away or delete what you own: {servers}.").format(
                servers=", ".join(owned[:5])
            )
        return words

    def fields(self) -> list[FieldSpec]:
        return [
            FieldSpec("name", _("Your user name"), "", safe_line(self._username)),
            FieldSpec("password", _("Your password"), "", _("empty, if you have none"), is_password=True),
        ]

    def label(self) -> str:
        return _("delete it")

    async def submit(self) -> str | None:
        if self.value("name").strip() != self._username:
            raise RefusedError(_("Type your user name, {name}, to say that you mean it.").format(name=self._username))
        await self._client.own.delete(self.value("password"))
        return _("The account is deleted.")
