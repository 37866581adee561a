"""The own profile: names, what one says of oneself, picture and colour."""

from typing import TYPE_CHECKING

from msgspec import UNSET

from tuichat.client.errors import RefusedError
from tuichat.client.own_account import changed
from tuichat.client.picture_file import picture_edit
from tuichat.protocol.rest.account import EditUserRequest
from tuichat.protocol.user import OwnUser
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui.screens.field_form import FieldForm, FieldSpec, read_colour

if TYPE_CHECKING:
    from tuichat.client.client import Client


class ProfileForm(FieldForm):
    def __init__(self, client: "Client") -> None:
        super().__init__()
        self._client = client

    @property
    def _me(self) -> OwnUser:
        me = self._client.state.me
        if me is None:
            raise RefusedError(_("Not connected yet: try again in a moment."))
        return me

    def heading(self) -> str:
        return _("Your profile")

    def note(self) -> str:
        return _("What others see of you. Your user name is {name}.").format(name=safe_line(self._me.username))

    def fields(self) -> list[FieldSpec]:
        me = self._me
        colour = "" if me.accent_color is None else f"#{me.accent_color:06x}"
        picture = _("a file; none takes it away") if me.avatar else _("a file: PNG, JPEG, GIF or WebP")
        return [
            FieldSpec("display-name", _("Display name"), safe_line(me.global_name or ""), safe_line(me.username)),
            FieldSpec("pronouns", _("Pronouns"), safe_line(me.pronouns)),
            FieldSpec("bio", _("About me"), safe_line(me.bio), _("up to 190 characters")),
            FieldSpec("colour", _("Colour"), colour, "#c6a0f6"),
            FieldSpec("avatar", _("Picture"), "", picture),
        ]

    def label(self) -> str:
        return _("save")

    async def submit(self) -> str | None:
        me, before = self._me, {spec.id: spec.value for spec in self.fields()}
        # What is shown is safe text: a field that was not touched leaves what the server has.
        wanted = {name: self.value(name).strip() for name in before}
        edit = EditUserRequest(
            global_name=changed(wanted["display-name"], before["display-name"]),
            pronouns=changed(wanted["pronouns"], before["pronouns"]),
            bio=changed(wanted["bio"], before["bio"]),
            accent_color=UNSET if wanted["colour"] == before["colour"] else read_colour(wanted["colour"]),
            avatar=await picture_edit(wanted["avatar"]),
        )
        if edit == EditUserRequest():
            return _("Nothing was changed.")
        await self._client.own.edit(edit)
        return _("Your profile is saved, {name}.").format(name=wanted["display-name"] or me.username)
