"""The soundboard: sounds that are played to everybody in the voice channel."""

from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.soundboard import Soundboard
from tuichat.protocol.soundboard import SoundboardSound
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.screens.field_form import FieldForm, FieldSpec
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows

MAX_SHOWN = 100
NEW = "new"
MAX_NAME_CHARACTERS = 32


class NewSoundForm(FieldForm):
    def __init__(self, soundboard: Soundboard, guild_id: int) -> None:
        super().__init__()
        self._soundboard = soundboard
        self._guild_id = guild_id

    def heading(self) -> str:
        return _("Make a sound")

    def note(self) -> str:
        return _("An MP3 or Ogg file of at most 512 KiB and 5.2 seconds.")

    def fields(self) -> list[FieldSpec]:
        return [
            FieldSpec("path", _("File"), "", "~/sounds/fanfare.ogg"),
            FieldSpec("name", _("Name"), "", _("empty: as the file is called")),
        ]

    def label(self) -> str:
        return _("make it")

    async def submit(self) -> str | None:
        typed = self.value("path").strip()
        if not typed:
            raise RefusedError(_("Say which sound: the path of a file on this computer."))
        name = (self.value("name").strip() or Path(typed).stem)[:MAX_NAME_CHARACTERS]
        await self._soundboard.create(self._guild_id, name, Path(typed))
        return _("{name} is made.").format(name=safe_name(name))


class SoundboardDialog(Dialog[None]):
    """Stays open, so that one sound may follow another."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, soundboard: Soundboard, guild_id: int, channel_id: int, *, may_make: bool) -> None:
        super().__init__()
        self._soundboard = soundboard
        self._guild_id = guild_id
        self._channel_id = channel_id
        self._may_make = may_make
        self._sounds: dict[str, SoundboardSound] = {}

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall"):
            yield Static(_("Soundboard"), classes="dialog-title", markup=False)
            yield ChoiceRows(self._choose, id="choices")
            yield Static(_("looking …"), id="note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self.query_one(ChoiceRows).focus()
        self._load()

    def _load(self) -> None:
        self.run_worker(self._find(), group="load", exclusive=True)

    async def _find(self) -> None:
        try:
            found = await self._soundboard.sounds(self._guild_id)
        except ClientError as error:
            self.query_one("#note", Static).update(safe_line(str(error)))
            return
        self._sounds = {f"={int(sound.sound_id)}": sound for sound in found[:MAX_SHOWN] if sound.available}
        rows = [
            ChoiceRow(key, safe_name(sound.name), safe_line(sound.emoji_name or ""))
            for key, sound in self._sounds.items()
        ]
        if self._may_make:
            rows.append(ChoiceRow(NEW, _("Make one from a file")))
        shown = self.query_one(ChoiceRows)
        shown.show_rows(rows)
        if shown.cursor_row is None:
            shown.action_cursor_first()
        words = (
            _("enter plays it to everybody here · / filters · esc closes") if rows else _("There are no sounds here.")
        )
        self.query_one("#note", Static).update(words)

    def _choose(self, row_id: str) -> None:
        sound = self._sounds.get(row_id)
        if sound is not None:
            self.run_to_end(self._play(sound))
        elif row_id == NEW:
            self.app.push_screen(NewSoundForm(self._soundboard, self._guild_id), self._made)

    def _made(self, is_made: bool | None) -> None:
        if is_made:
            self._load()

    async def _play(self, sound: SoundboardSound) -> None:
        try:
            await self._soundboard.play(self._channel_id, sound)
        except ClientError as error:
            self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=6)

    def action_close(self) -> None:
        self.dismiss(None)
