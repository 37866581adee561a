"""What is done with the sounds of a server wherever they are listed: another one from a file, other names, one fewer."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tuichat.client.change import Change, SoundsChanged
from tuichat.client.message_marks import emoji_of
from tuichat.client.soundboard import NAME_CHARACTERS
from tuichat.client.state import GuildState
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.soundboard import SoundboardSound
from tuichat.protocol.user import User
from tuichat.text.permission_words import needs
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui.screens.settings.new_expression import NewExpressionForm
from tuichat.tui.screens.settings.rows_page import RowsPage
from tuichat.tui.screens.slider_dialog import SliderDialog
from tuichat.tui.widgets.choice_rows import ChoiceRow

if TYPE_CHECKING:
    from tuichat.client.client import Client

NEW = "new"
CREATE, MANAGE = Permissions.CREATE_GUILD_EXPRESSIONS, Permissions.MANAGE_GUILD_EXPRESSIONS


class SoundChanges(RowsPage):
    """A subclass says which sounds there are, and how they are listed."""

    def __init__(self, client: "Client", guild: GuildState) -> None:
        super().__init__(client, int(guild.guild.id))
        self.sounds: list[SoundboardSound] = []

    def words_of(self, sound: SoundboardSound) -> list[str]:
        """Return a sound's emoji, and how loud it is where that is not in full, as safe text."""
        emoji = self.emoji_words(sound)
        return [*([emoji] if emoji else []), *([f"{percent_of(sound)} %"] if sound.volume < 1 else [])]

    def emoji_words(self, sound: SoundboardSound) -> str:
        """Return a sound's emoji as safe text, empty where it has none."""
        if sound.emoji_id is None:
            return safe_line(sound.emoji_name or "")
        own = self.guild.guild.emojis if self.guild is not None else []
        name = next((emoji.name for emoji in own if emoji.id == sound.emoji_id), None)
        return f":{safe_line(name)}:" if name else ""

    def sound_of(self, name: str) -> SoundboardSound | None:
        return next((each for each in self.sounds if key_of(each) == name), None)

    def make(self) -> None:
        if self.client.state.guild_permissions(self.guild_id) & CREATE:
            self.open(NewSoundForm(self.client, self.guild_id))
        else:
            self._refuse(needs(CREATE))

    def _heard(self, changes: Sequence[Change]) -> None:
        super()._heard(changes)
        if SoundsChanged(self.guild_id) in changes and self.is_open:
            self._begin_load()

    # One sound.

    def obstacle(self, sound: SoundboardSound) -> str:
        """Return why one cannot change a sound, as a sentence; empty where one can: their maker needs to make some only."""
        if not isinstance(sound.guild_id, int):
            return _("Every server has this sound: it stays as it is.")
        may, me = self.client.state.guild_permissions(self.guild_id), self.client.state.me
        is_own = me is not None and isinstance(sound.user, User) and sound.user.id == me.id
        return "" if may & (CREATE | MANAGE if is_own else MANAGE) else needs(MANAGE)

    def _refuse(self, reason: str) -> None:
        self.app.notify(reason, markup=False, severity="warning", timeout=4)

    def change(self, sound: SoundboardSound) -> None:
        """Offer what can be done with a sound."""
        if obstacle := self.obstacle(sound):
            self._refuse(obstacle)
            return
        emoji = self.emoji_words(sound)
        rows = [
            ChoiceRow("rename", _("Rename it")),
            ChoiceRow("emoji", _("Give it an emoji"), emoji),
            *([ChoiceRow("no_emoji", _("Take its emoji away"))] if emoji or sound.emoji_id else []),
            ChoiceRow("volume", _("How loud it is"), f"{percent_of(sound)} %"),
            ChoiceRow("delete", _("Delete it"), is_dangerous=True),
        ]
        self.pick(safe_name(sound.name), rows, partial(self._do, sound))

    def _do(self, sound: SoundboardSound, what: str) -> None:
        match what:
            case "rename":
                self._rename(sound)
            case "emoji":
                self._pick_emoji(sound)
            case "no_emoji":
                self.attempt(self.client.soundboard.set_emoji(self.guild_id, sound.sound_id, None))
            case "volume":
                self._set_volume(sound)
            case "delete":
                self.delete(sound)

    def _rename(self, sound: SoundboardSound) -> None:
        low, high = NAME_CHARACTERS
        name = safe_name(sound.name)
        heading = _("Rename {name}").format(name=name)
        detail = _("{low} to {high} characters").format(low=low, high=high)
        self.rename(heading, detail, name, high, partial(self.client.soundboard.rename, self.guild_id, sound.sound_id))

    def _pick_emoji(self, sound: SoundboardSound) -> None:
        from tuichat.tui.screens.emoji_picker import EmojiPicker

        def picked(value: str | None) -> None:
            if value is not None:
                self.attempt(self.client.soundboard.set_emoji(self.guild_id, sound.sound_id, emoji_of(value)))

        emojis = self.guild.guild.emojis if self.guild is not None else []
        own = [(emoji.name, int(emoji.id)) for emoji in emojis if emoji.name and emoji.id and emoji.available]
        self.app.push_screen(EmojiPicker((), own), picked)

    def _set_volume(self, sound: SoundboardSound) -> None:
        def taken(percent: int | None) -> None:
            if percent is not None and percent != percent_of(sound):
                self.attempt(self.client.soundboard.set_volume(self.guild_id, sound.sound_id, percent))

        self.app.push_screen(SoundVolumeDialog(sound), taken)

    def delete(self, sound: SoundboardSound) -> None:
        """Delete a sound once the user is sure."""
        if obstacle := self.obstacle(sound):
            self._refuse(obstacle)
            return
        name = safe_name(sound.name)
        self.ask(
            _("Delete the sound {name}?").format(name=name),
            _("Nobody can play it any more."),
            _("delete"),
            partial(self.client.soundboard.delete, self.guild_id, sound.sound_id),
            _("{name} is deleted.").format(name=name),
        )


class SoundVolumeDialog(SliderDialog):
    def __init__(self, sound: SoundboardSound) -> None:
        heading = _("How loud {name} is for everybody").format(name=safe_name(sound.name))
        super().__init__(heading, percent_of(sound))


class NewSoundForm(NewExpressionForm):
    EXAMPLE = "~/sounds/fanfare.ogg"

    def heading(self) -> str:
        return _("Make a sound")

    def note(self) -> str:
        return _("An MP3 or Ogg file of at most 512 KiB and 5.2 seconds.")

    def without_file(self) -> str:
        return _("Say which sound: the path of a file on this computer.")

    def name_of(self, path: Path) -> str:
        return path.stem[: NAME_CHARACTERS[1]]

    async def make(self, path: Path, name: str) -> str:
        await self.client.soundboard.create(self.guild_id, name, path)
        return _("{name} is made.").format(name=safe_name(name))


def key_of(sound: SoundboardSound) -> str:
    return f"={int(sound.sound_id)}"


def percent_of(sound: SoundboardSound) -> int:
    return round(100 * sound.volume)
