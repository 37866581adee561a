"""The sounds in memory: those of guilds, and the default ones that come with this release."""

from collections.abc import Iterable
from importlib.resources import files

from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import SoundboardSound
from tuichat.server.actions.expression_cache import ExpressionCache
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


class SoundCache(ExpressionCache[SoundRow]):
    """Every guild's sounds."""

    def __init__(self, rows: Iterable[SoundRow] = ()) -> None:
        super().__init__(lambda row: row.guild_id, rows)
