"""What the forms share that make an emoji or a sound of a file: its path, a name or else the file's, and a word when it is done."""

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from tuichat.client.errors import RefusedError
from tuichat.translation import _
from tuichat.tui.screens.field_form import FieldForm, FieldSpec

if TYPE_CHECKING:
    from tuichat.client.client import Client


class NewExpressionForm(FieldForm):
    """A subclass says what is made, and makes it."""

    EXAMPLE: ClassVar[str]  # such a file's path

    def __init__(self, client: "Client", guild_id: int) -> None:
        super().__init__()
        self.client = client
        self.guild_id = guild_id

    def file_label(self) -> str:
        return _("File")

    def without_file(self) -> str:
        """Return the sentence for who named no file."""
        raise NotImplementedError

    def name_of(self, path: Path) -> str:
        """Return the name that one of this file has, where none was typed."""
        raise NotImplementedError

    async def make(self, path: Path, name: str) -> str:
        """Make it of a file, and return what to tell. Raises ClientError."""
        raise NotImplementedError

    def fields(self) -> list[FieldSpec]:
        return [
            FieldSpec("path", self.file_label(), "", self.EXAMPLE),
            FieldSpec("name", _("Name"), "", _("empty: as the file is called")),
        ]

    def label(self) -> str:
        return _("make it")

    async def submit(self) -> str | None:
        typed = self.value("path").strip()
        if not typed:
            raise RefusedError(self.without_file())
        path = Path(typed)
        return await self.make(path, self.value("name").strip() or self.name_of(path))
