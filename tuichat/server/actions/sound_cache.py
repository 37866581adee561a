"""The sounds in memory: those of guilds, and the default ones that come with this release."""

from collections.abc import Iterable
from importlib.resources import files

from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import SoundboardSound
from tuichat.server.store.rows import SoundRow

DEFAULT_CONTENT_TYPE = "audio/ogg"
_DEFAULTS = (
    ("chime", "\N{BELL}"),
    ("ba dum tss", "\N{DRUM WITH DRUMSTICKS}"),
    ("air horn", "\N{CHEERING MEGAPHONE}"),
    ("sad horn", "\N{TRUMPET}"),
    ("crickets", "\N{CRICKET}"),
    ("applause", "\N{CLAPPING HANDS SIGN}"),
)  # drawn by sounds/draw.sh; their ids count from 1, as Discord's do
DEFAULT_SOUNDS = tuple(
    SoundboardSound(sound_id=Snowflake(number), name=name, emoji_name=emoji)
    for number, (name, emoji) in enumerate(_DEFAULTS, 1)
)


def default_sound(sound_id: int) -> bytes | None:
    """The file of a default sound, None where there is none of this id."""
    if not 1 <= sound_id <= len(_DEFAULTS):
        return None
    name = _DEFAULTS[sound_id - 1][0].replace(" ", "_")
    return files("tuichat.server").joinpath("sounds", f"{name}.ogg").read_bytes()


class SoundCache:
    """Every guild's sounds, by id and by guild."""

    def __init__(self, rows: Iterable[SoundRow] = ()) -> None:
        self._by_id: dict[int, SoundRow] = {}
        self._by_guild: dict[int, dict[int, SoundRow]] = {}
        for row in rows:
            self.put(row)

    def get(self, sound_id: int) -> SoundRow | None:
        return self._by_id.get(sound_id)

    def of(self, guild_id: int) -> list[SoundRow]:
        """A guild's sounds, oldest first."""
        return [row for _, row in sorted(self._by_guild.get(guild_id, {}).items())]

    def put(self, row: SoundRow) -> None:
        self._by_id[row.id] = row
        self._by_guild.setdefault(row.guild_id, {})[row.id] = row

    def remove(self, row: SoundRow) -> None:
        self._by_id.pop(row.id, None)
        self._by_guild.get(row.guild_id, {}).pop(row.id, None)

    def forget_guild(self, guild_id: int) -> None:
        """A guild is gone, and its sounds with it."""
        for sound_id in self._by_guild.pop(guild_id, {}):
            del self._by_id[sound_id]
