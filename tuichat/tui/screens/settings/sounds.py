"""The sounds of a server's soundboard, as a page of its settings."""

from tuichat.text.safe_text import safe_name
from tuichat.translation import _
from tuichat.tui.screens.settings.sound_changes import NEW, SoundChanges, key_of
from tuichat.tui.widgets.choice_rows import ChoiceRow


class SoundsPage(SoundChanges):
    def heading(self) -> str:
        return _("Sounds of the soundboard")

    def told(self) -> str:
        return "" if self.sounds else _("There are none yet.")

    async def load(self) -> None:
        self.sounds = await self.client.soundboard.of_guild(self.guild_id)

    def rows(self) -> list[ChoiceRow]:
        rows = [ChoiceRow(NEW, _("Make one from a file"))]
        for sound in self.sounds:
            words = self.words_of(sound)
            if sound.user:
                words.append(_("by {name}").format(name=safe_name(sound.user.display_name)))
            rows.append(ChoiceRow(key_of(sound), safe_name(sound.name), " · ".join(words)))
        return rows

    def chosen(self, name: str) -> None:
        sound = self.sound_of(name)
        if name == NEW:
            self.make()
        elif sound is not None:
            self.change(sound)
