"""How wide a terminal draws what terminals disagree about: measured once a terminal, kept, and counted by from then on."""

import logging
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from rich.cells import cell_len

from tuichat.config.kept_file import KeptFile
from tuichat.config.private_files import PrivateFileError
from tuichat.text import safe_text
from tuichat.text.signs import SAMPLES as SIGNS
from tuichat.text.signs import Kind
from tuichat.tui.cells import count_one, zero_width
from tuichat.tui.direction import isolate

logger = logging.getLogger(__name__)

SPACING_MARK = "\u0915\u093e"  # a letter and a vowel that stands beside it, in the same cell or in one of its own
CONJUNCT = "\u0915\u094d\u0937"  # two letters joined to one, in the cells of both or in one
WIDENED = "\u2630"  # a trigram: two cells since Unicode 16
ISOLATED = "\u2068a\u2069"  # a letter between signs that keep the direction of writing inside
SAMPLES = (*(sample for samples in SIGNS.values() for sample in samples), SPACING_MARK, WIDENED, ISOLATED, CONJUNCT)
_WIDENED = (range(0x2630, 0x2638), range(0x268A, 0x2690), range(0x1D300, 0x1D357), range(0x1D360, 0x1D377))

MAX_TERMINALS = 50  # kept (taste)
_NAMES = (
    "TERM_PROGRAM",
    "LC_TERMINAL",
    "VTE_VERSION",
    "KONSOLE_VERSION",
    "WT_SESSION",
    "KITTY_WINDOW_ID",
    "WEZTERM_PANE",
)
_VERSIONS = (
    "TERM_PROGRAM",
    "TERM_PROGRAM_VERSION",
    "LC_TERMINAL",
    "LC_TERMINAL_VERSION",
    "VTE_VERSION",
    "KONSOLE_VERSION",
)
_PRESENCE = ("TMUX", "STY", "ZELLIJ", "SSH_CONNECTION", "WT_SESSION", "KITTY_WINDOW_ID", "WEZTERM_PANE")
_TELLING_TERMS = (
    "xterm-kitty",
    "xterm-ghostty",
    "foot",
    "alacritty",
    "wezterm",
    "contour",
    "mlterm",
    "linux",
    "rxvt",
    "st-",
)


class DrawnWidths(msgspec.Struct, frozen=True):
    """The cells that a terminal drew each sample in; what was not measured is not in it."""

    columns: dict[str, int] = {}

    @classmethod
    def of(cls, columns: Sequence[int]) -> "DrawnWidths | None":
        """Return what these answers mean, in the order of the samples; None when some are missing."""
        return cls(dict(zip(SAMPLES, columns, strict=True))) if len(columns) == len(SAMPLES) else None

    @property
    def is_complete(self) -> bool:
        return self.columns.keys() == set(SAMPLES)

    @property
    def shown(self) -> frozenset[Kind]:
        """The kinds of signs that are drawn as wide as they are counted."""
        return frozenset(
            kind
            for kind, samples in SIGNS.items()
            if all(self.columns.get(sample) == cell_len(sample) for sample in samples)
        )

    @property
    def marks_take_a_cell(self) -> bool:
        return self.columns.get(SPACING_MARK) == 2

    @property
    def isolates(self) -> bool:
        """Whether the signs that keep a direction of writing inside take no cell."""
        return self.columns.get(ISOLATED) == 1

    def narrow(self) -> set[int]:
        """Return the characters that are drawn in one cell, and counted otherwise."""
        codes: set[int] = set()
        if self.marks_take_a_cell:
            codes.update(code for code in zero_width() if unicodedata.category(chr(code)) == "Mc")
        if self.columns.get(WIDENED) == 1:
            codes.update(code for each in _WIDENED for code in each)
        return codes

    def count(self) -> None:
        """Show and count text as this terminal draws it, from now on."""
        safe_text.show(self.shown, parts_letters=self.columns.get(CONJUNCT, 2) != 2)
        count_one(frozenset(self.narrow()))
        isolate(is_wanted=self.isolates)


class WidthBook:
    """What was measured, kept for each terminal. Calls take a few milliseconds of disk."""

    def __init__(self, state_dir: Path, environment: Mapping[str, str]) -> None:
        self._file = KeptFile(state_dir / "widths.json", dict[str, DrawnWidths])
        self._environment = environment

    def read(self) -> DrawnWidths:
        """Return what was measured in this terminal; nothing for one that is new."""
        return (self._file.read() or {}).get(terminal_name(self._environment), DrawnWidths())

    def keep(self, widths: DrawnWidths) -> None:
        name = terminal_name(self._environment)
        try:
            with self._file.locked():
                kept = self._file.read() or {}
                if kept.pop(name, None) == widths:
                    return
                kept[name] = widths
                self._file.write(dict(list(kept.items())[-MAX_TERMINALS:]))
        except (PrivateFileError, OSError) as error:
            logger.warning("the widths of this terminal could not be kept: %s", error)

    def must_ask(self) -> bool:
        """Whether this terminal has to be asked: it is new, or goes by a name that others go by as well."""
        if self._environment.get("TERM", "") in ("", "dumb"):
            return False
        return not (has_name(self._environment) and self.read().is_complete)


def terminal_name(environment: Mapping[str, str]) -> str:
    """Return what tells a terminal from others: its names, their versions, and what stands around it."""
    told = [f"{name}={environment[name][:80]}" for name in ("TERM", *_VERSIONS) if environment.get(name)]
    return " ".join([*told, *(name for name in _PRESENCE if environment.get(name))])


def has_name(environment: Mapping[str, str]) -> bool:
    """Whether the environment says which program the terminal is; over SSH many are just an xterm."""
    return any(environment.get(name) for name in _NAMES) or environment.get("TERM", "").startswith(_TELLING_TERMS)
