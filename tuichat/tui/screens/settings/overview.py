"""What a server is called, looks like and says of itself, and its end."""

from typing import TYPE_CHECKING

from msgspec import UNSET

from tuichat.client.errors import RefusedError
from tuichat.client.own_account import changed
from tuichat.client.picture_file import picture_edit
from tuichat.client.state import GuildState
from tuichat.protocol.rest.guild import EditGuildRequest
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui.screens.field_form import FieldForm, FieldSpec

if TYPE_CHECKING:
    from tuichat.client.client import Client


class OverviewForm(FieldForm):
    def __init__(self, client: "Client", guild: GuildState) -> None:
        super().__init__()
        self._client = client
        self._guild = guild.guild

    def heading(self) -> str:
        return _("Name, description and picture")

    def note(self) -> str:
        return _("What members see above the channels, and who is invited.")

    def fields(self) -> list[FieldSpec]:
        picture = _("a file; none takes it away") if self._guild.icon else _("a file: PNG, JPEG, GIF or WebP")
        return [
            FieldSpec("name", _("Name"), safe_line(self._guild.name), _("2 to 100 characters")),
            FieldSpec("description", _("Description"), safe_line(self._guild.description or ""), _("what it is about")),
            FieldSpec("icon", _("Picture"), "", picture),
        ]

    def label(self) -> str:
        return _("save")

    async def submit(self) -> str | None:
        before = {spec.id: spec.value for spec in self.fields()}
        # What is shown is safe text: a field that was not touched leaves what the server has.
        name, description = self.value("name").strip(), self.value("description").strip()
        if not name:
            raise RefusedError(_("A server needs a name."))
        edit = EditGuildRequest(
            name=UNSET if name == before["name"] else name,
            description=changed(description, before["description"]),
            icon=await picture_edit(self.value("icon").strip()),
        )
        if edit == EditGuildRequest():
            return _("Nothing was changed.")
        await self._client.guild_settings.edit(self._guild.id, edit)
        return _("{name} is saved.").format(name=name)


class GuildDeletionForm(FieldForm):
    """Answers True when the server is gone."""

    is_dangerous = True

    def __init__(self, client: "Client", guild: GuildState) -> None:
        super().__init__()
        self._client = client
        self._guild = guild.guild

    def heading(self) -> str:
        return _("Delete {name} for good?").format(name=safe_line(self._guild.name))

    def note(self) -> str:
        return _("Its channels and all that was written there are deleted, for everybody. Nothing brings it back.")

    def fields(self) -> list[FieldSpec]:
        return [FieldSpec("name", _("The server's name"), "", safe_line(self._guild.name))]

    def label(self) -> str:
        return _("delete it")

    async def submit(self) -> str | None:
        # A name may hold what cannot be typed: as it is shown is enough.
        if self.value("name").strip() not in (self._guild.name.strip(), safe_line(self._guild.name).strip()):
            raise RefusedError(
                _("Type the server's name, {name}, to say that you mean it.").format(name=safe_line(self._guild.name))
            )
        await self._client.guild_settings.delete(self._guild.id)
        return _("{name} is deleted.").format(name=safe_line(self._guild.name))
