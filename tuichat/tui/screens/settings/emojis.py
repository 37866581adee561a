"""The emoji that a server made for itself: another one from a picture, other names, one fewer."""

import asyncio
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tuichat.client.guild_emojis import MAX_IMAGE_BYTES, MAX_NAME_CHARACTERS
from tuichat.client.picture_file import read_picture
from tuichat.client.state import GuildState
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.permissions import Permissions
from tuichat.text.permission_words import needs
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui.screens.settings.new_expression import NewExpressionForm
from tuichat.tui.screens.settings.rows_page import RowsPage
from tuichat.tui.widgets.choice_rows import ChoiceRow

if TYPE_CHECKING:
    from tuichat.client.client import Client

_NO_NAME = re.compile(r"[^A-Za-z0-9_]+")


class EmojisPage(RowsPage):
    def __init__(self, client: "Client", guild: GuildState) -> None:
        super().__init__(client, int(guild.guild.id))
        self._emojis: list[Emoji] = []

    def heading(self) -> str:
        return _("Emoji")

    def told(self) -> str:
        return "" if self._emojis else _("There are none yet.")

    async def load(self) -> None:
        found = await self.client.guild_settings.emojis.of_guild(self.guild_id)
        self._emojis = sorted((each for each in found if each.id), key=lambda each: (each.name or "").casefold())

    def rows(self) -> list[ChoiceRow]:
        rows = [ChoiceRow("new", _("Make one from a picture"))]
        return rows + [self._row(emoji) for emoji in self._emojis]

    def _row(self, emoji: Emoji) -> ChoiceRow:
        parts = [_("by {name}").format(name=safe_name(emoji.user.display_name))] if emoji.user else []
        if emoji.animated:
            parts.append(_("it moves"))
        return ChoiceRow(f"={int(emoji.id or 0)}", f":{safe_line(emoji.name or '')}:", " · ".join(parts))

    def chosen(self, name: str) -> None:
        if name == "new":
            if self._may(Permissions.CREATE_GUILD_EXPRESSIONS):
                self.open(NewEmojiForm(self.client, self.guild_id))
            return
        emoji = next((each for each in self._emojis if f"={int(each.id or 0)}" == name), None)
        if emoji is not None:
            rows = [ChoiceRow("rename", _("Rename it")), ChoiceRow("delete", _("Delete it"), is_dangerous=True)]
            self.pick(f":{safe_line(emoji.name or '')}:", rows, partial(self._do, emoji))

    def _may(self, permission: Permissions) -> bool:
        may = bool(self.client.state.guild_permissions(self.guild_id) & permission)
        if not may:
            self.app.notify(needs(permission), markup=False, severity="warning", timeout=4)
        return may

    def _do(self, emoji: Emoji, what: str) -> None:
        emojis, emoji_id, name = self.client.guild_settings.emojis, int(emoji.id or 0), safe_line(emoji.name or "")
        if what == "delete":
            self.ask(
                _("Delete :{name}:?").format(name=name),
                _("Where it was written, its name alone is left."),
                _("delete"),
                partial(emojis.delete, self.guild_id, emoji_id),
                _(":{name}: is deleted.").format(name=name),
            )
            return

        heading, detail = _("Rename :{name}:").format(name=name), _("2 to 32 letters, digits and _")
        self.rename(heading, detail, name, MAX_NAME_CHARACTERS, partial(emojis.rename, self.guild_id, emoji_id))


class NewEmojiForm(NewExpressionForm):
    EXAMPLE = "~/pictures/party_parrot.gif"

    def heading(self) -> str:
        return _("Make an emoji")

    def note(self) -> str:
        words = _("A PNG, JPEG, GIF or WebP file of at most {limit} KiB; all are shown small.")
        return words.format(limit=MAX_IMAGE_BYTES // 1024)

    def file_label(self) -> str:
        return _("Picture")

    def without_file(self) -> str:
        return _("Say which picture: the path of a file on this computer.")

    def name_of(self, path: Path) -> str:
        return _NO_NAME.sub("_", path.stem).strip("_")[:MAX_NAME_CHARACTERS]

    async def make(self, path: Path, name: str) -> str:
        image = await asyncio.to_thread(read_picture, path, MAX_IMAGE_BYTES)
        await self.client.guild_settings.emojis.create(self.guild_id, name, image)
        return _(":{name}: is made.").format(name=name.strip(":"))
