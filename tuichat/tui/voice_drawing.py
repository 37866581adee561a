"""Signs of voice: meters, bars, sparklines, and the marks of people."""

from collections.abc import Sequence

from tuichat.client.voice_desk import Stage, VoicePerson, VoiceView
from tuichat.translation import N_
from tuichat.tui.styles.palette import Palette
from tuichat.tui.widgets.line import LineBuilder

QUIETEST_DB = -60.0  # taste: what is quieter is a room's noise
STEPS = "▁▂▃▄▅▆▇█"
STAIRS = "▂▄▆█"
MUTED, MUTED_BY_MODERATOR, DEAFENED, LISTENING, PRIORITY = "✕", "⊗", "∅", "◌", "★"
STAGE_WORDS = {
    Stage.OUT: N_("not in a call"),
    Stage.CONNECTING: N_("connecting …"),
    Stage.CONNECTED: N_("connected"),
    Stage.REJOINING: N_("joining again …"),
    Stage.FAILED: N_("the call failed"),
}
STAGE_SIGNS = {
    Stage.OUT: ("○", "dim"),
    Stage.CONNECTING: ("◌", "warn"),
    Stage.CONNECTED: ("●", "good"),
    Stage.REJOINING: ("◌", "warn"),
    Stage.FAILED: ("✕", "bad"),
}


def share(level_db: float) -> float:
    """Return where a level stands between silence (0) and the loudest there is (1)."""
    return min(1.0, max(0.0, 1 - level_db / QUIETEST_DB))


def add_meter(builder: LineBuilder, palette: Palette, view: VoiceView, width: int, action: str | None = None) -> None:
    """Draw the microphone's level with the gate's line; the line alone while the microphone is closed."""
    filled = 0 if view.input_db is None else round(share(view.input_db) * width)
    line = None if view.threshold_db is None else min(width - 1, int(share(view.threshold_db) * width))
    heard = "bad" if view.is_clipped else "good" if view.is_sending else "warn"
    for cell in range(width):
        if cell == line:
            builder.add("┃", palette.style("bright"), action)
        elif cell < filled:
            builder.add("━", palette.style(heard), action)
        else:
            builder.add("─", palette.style("line"), action)


def stairs(level_db: float, *, is_speaking: bool) -> str:
    """Return a person's level as a rising flight of up to four steps, empty while it is silent."""
    if not is_speaking:
        return ""
    return STAIRS[: max(1, round(share(level_db) * len(STAIRS)))]


def sparkline(values: Sequence[float], width: int, *, top: float) -> str:
    """Return the newest `width` values as columns, `top` and above being the highest; blanks stand for no value yet."""
    shown = values[-width:]
    columns = "".join(STEPS[min(len(STEPS) - 1, max(0, int(value / top * len(STEPS))))] for value in shown)
    return columns.rjust(width)


def marks(person: VoicePerson) -> list[tuple[str, str]]:
    """Return the signs behind a name with their styles, the most needed first."""
    found = []
    if person.is_server_muted:
        found.append((MUTED_BY_MODERATOR, "bad"))
    elif person.is_suppressed:
        found.append((LISTENING, "dim"))
    elif person.is_muted:
        found.append((MUTED, "bad"))
    if person.is_deafened or person.is_server_deafened:
        found.append((DEAFENED, "bad"))
    if person.is_priority:
        found.append((PRIORITY, "accent"))
    return found
