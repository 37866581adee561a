"""The rows that pages of voice share: words, things to press, and what the microphone hears."""

from collections.abc import Hashable, Sequence

from rich.cells import cell_len

from tuichat.client.voice_desk import VoiceView
from tuichat.tui.widgets.line_list import ListRow

INDENT = 2  # of what stands below a heading
PARTING = " · "


Button = tuple[str, str, str]  # label, style and action


class WordsRow(ListRow, frozen=True):
    text: str
    style: str = "text"
    indent: int = 0


class ButtonsRow(ListRow, frozen=True):
    """What can be pressed: label, style and action of each."""

    buttons: tuple[Button, ...]

    @property
    def key(self) -> Hashable | None:
        return "buttons"


class MoreButtonsRow(ButtonsRow, frozen=True):
    """What did not fit in the first line of buttons; `number` is that of its line."""

    number: int = 1

    @property
    def key(self) -> Hashable | None:
        return ("buttons", self.number)


class MeterRow(ListRow, frozen=True):
    view: VoiceView


def fits(buttons: Sequence[Button], width: int) -> bool:
    return sum(cell_len(label) + 1 for label, *_rest in buttons) <= width - INDENT


def button_rows(groups: Sequence[Sequence[Button]], width: int) -> list[ButtonsRow]:
    """Return the buttons in one line where all fit, else each group in lines of its own."""
    together = [button for group in groups for button in group]
    lines: list[list[Button]] = []
    for group in [together] if fits(together, width) else groups:
        line: list[Button] = []
        for button in group:
            if line and not fits([*line, button], width):
                lines.append(line)
                line = []
            line.append(button)
        lines += [line] if line else []
    return [
        MoreButtonsRow(tuple(line), number) if number else ButtonsRow(tuple(line)) for number, line in enumerate(lines)
    ]


def in_parts(text: str, width: int, indent: int = INDENT) -> list[str]:
    """Break a line only where its parts meet."""
    lines: list[str] = []
    for part in text.split(PARTING):
        if lines and cell_len(lines[-1] + PARTING + part) <= width - indent:
            lines[-1] += PARTING + part
        else:
            lines.append(part)
    return lines
