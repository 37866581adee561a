"""What all dialogs share: a screen above the main one, in the dialogs' own style sheet."""

from collections.abc import Awaitable
from pathlib import Path
from typing import Generic, TypeVar

from textual.screen import ModalScreen

from tuichat.tui import styles

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer], Generic[Answer]):
    """Its style sheet is read when the first dialog opens, not before the first frame."""

    CSS_PATH = Path(styles.__file__).parent / "dialog.tcss"

    def run_to_end(self, work: Awaitable[object]) -> None:
        """Run what changes something: it ends also when this screen is left, which cancels the screen's own workers."""
        self.app.run_worker(work, group="attempt")

    @property
    def is_open(self) -> bool:
        """Whether it was not left yet; once it was, its widgets may be gone at any time."""
        return self.is_attached and self in self.app.screen_stack

    def end(self, answer: Answer) -> None:
        """Be dismissed, if the user has not left meanwhile: what is dismissed is always the screen on top."""
        if self.app.screen is self:
            self.dismiss(answer)
