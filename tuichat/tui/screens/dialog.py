"""What all dialogs share: a screen above the main one, in the dialogs' own style sheet."""

from pathlib import Path
from typing import Generic, TypeVar

from textual.screen import ModalScreen

from tuichat.tui import styles

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer], Generic[Answer]):
    """Its style sheet is read when the first dialog opens, not before the first frame."""

    CSS_PATH = Path(styles.__file__).parent / "dialog.tcss"
