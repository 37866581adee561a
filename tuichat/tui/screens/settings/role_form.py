"""Making a role, and changing how one is called and shown."""

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType
from textual.app import ComposeResult
from textual.widgets import Input

from tuichat.client.errors import RefusedError
from tuichat.protocol.guild import Role
from tuichat.protocol.rest.guild import RoleRequest
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui.screens.field_form import FieldForm, FieldSpec, read_colour
from tuichat.tui.screens.settings.colours import ColourDialog
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows

if TYPE_CHECKING:
    from tuichat.client.client import Client


class RoleForm(FieldForm):
    """Makes a role where there is none yet."""

    def __init__(self, client: "Client", guild_id: int, role: Role | None) -> None:
        super().__init__()
        self._client = client
        self._guild_id = guild_id
        self._role = role
        self._switches = {
            "hoist": role is not None and role.hoist,
            "mentionable": role is not None and role.mentionable,
        }
        self._before = dict(self._switches)

    def heading(self) -> str:
        return _("A new role") if self._role is None else _("The role {name}").format(name=safe_line(self._role.name))

    def note(self) -> str:
        return _("It allows what everybody may do, until you say more.") if self._role is None else ""

    def fields(self) -> list[FieldSpec]:
        name = "" if self._role is None else safe_line(self._role.name)
        colour = f"#{self._role.color:06x}" if self._role is not None and self._role.color else ""
        return [
            FieldSpec("name", _("Name"), name, _("1 to 100 characters")),
            FieldSpec("colour", _("Colour"), colour, _("none, or as #c6a0f6")),
        ]

    def more(self) -> ComposeResult:
        yield ChoiceRows(self._choose, id="choices")

    def label(self) -> str:
        return _("make it") if self._role is None else _("save")

    def on_mount(self) -> None:
        self._show()

    def _show(self) -> None:
        items = [
            ChoiceRow("colours", _("Choose a colour …")),
            ChoiceRow("hoist", _("Members listed apart"), _box(self._switches["hoist"])),
            ChoiceRow("mentionable", _("Everybody may mention it"), _box(self._switches["mentionable"])),
        ]
        if self._role is not None:
            items.append(ChoiceRow("permissions", _("What it allows …")))
        rows = self.query_one(ChoiceRows)
        rows.styles.height = len(items)
        rows.show_rows(items)

    def _choose(self, name: str) -> None:
        if name in self._switches:
            self._switches[name] = not self._switches[name]
            self._show()
        elif name == "colours":
            self.app.push_screen(ColourDialog(self.value("colour")), self._coloured)
        elif self._role is not None:
            from tuichat.tui.screens.settings.matrix import MatrixDialog

            self.app.push_screen(MatrixDialog(self._client, self._guild_id, int(self._role.id)))

    def _coloured(self, colour: str | None) -> None:
        if colour is not None:
            self.query_one("#colour", Input).value = colour

    def _switched(self, name: str) -> bool | UnsetType:
        return UNSET if self._switches[name] == self._before[name] else self._switches[name]

    async def submit(self) -> str | None:
        before = {spec.id: spec.value for spec in self.fields()}
        # What is shown is safe text: a field that was not touched leaves what the server has.
        name, colour = self.value("name").strip(), self.value("colour").strip()
        if not name:
            raise RefusedError(_("A role needs a name."))
        edit = RoleRequest(
            name=UNSET if name == before["name"] else name,
            color=UNSET if colour == before["colour"] else read_colour(colour) or 0,
            hoist=self._switched("hoist"),
            mentionable=self._switched("mentionable"),
        )
        if self._role is None:
            await self._client.roles.create(self._guild_id, edit)
            return _("The role {name} is made.").format(name=name)
        if edit == RoleRequest():
            return _("Nothing was changed.")
        await self._client.roles.edit(self._guild_id, self._role.id, edit)
        return _("The role {name} is saved.").format(name=name)


def _box(is_on: bool) -> str:
    return "[x]" if is_on else "[ ]"
