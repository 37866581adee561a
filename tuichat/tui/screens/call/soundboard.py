"""The soundboard: sounds that are played to everybody in the voice channel."""

from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType

from tuichat.client.errors import ClientError
from tuichat.client.state import GuildState
from tuichat.protocol.soundboard import SoundboardSound
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.settings.sound_changes import CREATE, NEW, SoundChanges, key_of
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows

if TYPE_CHECKING:
    from tuichat.client.client import Client

MAX_SHOWN = 100


class SoundboardDialog(SoundChanges):
    """Stays open, so that one sound may follow another."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.SOUNDS)

    def __init__(self, client: "Client", guild: GuildState, channel_id: int) -> None:
        super().__init__(client, guild)
        self._channel_id = channel_id

    def heading(self) -> str:
        return _("Soundboard")

    def told(self) -> str:
        return "" if self.sounds else _("There are no sounds here.")

    def note(self) -> str:
        if not any(not self.obstacle(sound) for sound in self.sounds):
            return _("enter plays it to everybody here · / filters · esc closes")
        words = _("enter plays it to everybody here · {change} changes · {delete} deletes · esc closes")
        change, delete = keys.BY_ID["sounds.change"].keys[0], keys.BY_ID["sounds.delete"].keys[0]
        return words.format(change=change, delete=delete)

    async def load(self) -> None:
        found = await self.client.soundboard.sounds(self.guild_id)
        self.sounds = [sound for sound in found if sound.available][:MAX_SHOWN]

    def make_rows(self) -> ChoiceRows:
        return ChoiceRows(self.chosen, pressed=self._change_pressed, id="choices")

    def rows(self) -> list[ChoiceRow]:
        if self._is_loading:
            return []  # the cursor begins on a sound
        rows = [
            ChoiceRow(
                key_of(sound),
                safe_name(sound.name),
                " · ".join(self.words_of(sound)),
                button="" if self.obstacle(sound) else _("change"),
            )
            for sound in self.sounds
        ]
        may_make = self.client.state.guild_permissions(self.guild_id) & CREATE
        return [*rows, ChoiceRow(NEW, _("Make one from a file"))] if may_make else rows

    def chosen(self, name: str) -> None:
        sound = self.sound_of(name)
        if name == NEW:
            self.make()
        elif sound is not None:
            self.run_to_end(self._play(sound))

    async def _play(self, sound: SoundboardSound) -> None:
        try:
            await self.client.soundboard.play(self._channel_id, sound)
        except ClientError as error:
            self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=6)

    def _change_pressed(self, name: str) -> None:
        sound = self.sound_of(name)
        if sound is not None:
            self.change(sound)

    def _sound_under_cursor(self) -> SoundboardSound | None:
        row = self.query_one(ChoiceRows).cursor_row
        return None if row is None else self.sound_of(row.id)

    def action_change(self) -> None:
        if (sound := self._sound_under_cursor()) is not None:
            self.change(sound)

    def action_delete(self) -> None:
        if (sound := self._sound_under_cursor()) is not None:
            self.delete(sound)
