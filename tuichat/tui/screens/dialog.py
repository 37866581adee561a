"""What all dialogs share: a screen above the main one, in the dialogs' own style sheet."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Generic, TypeVar

from rich.console import RenderableType
from textual import events, on
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen
from textual.visual import Visual
from textual.widgets import Static

from tuichat.text.safe_text import safe_line
from tuichat.tui import call_gestures, styles
from tuichat.tui.widgets.dimmed_screen import DimmedScreen

Answer = TypeVar("Answer")


class Dialog(ModalScreen[Answer], Generic[Answer]):
    """Its style sheet is read when the first dialog opens, not before the first frame."""

    CSS_PATH = Path(styles.__file__).parent / "dialog.tcss"
    is_busy = False  # what `run_once` began is under way

    def render(self) -> RenderableType | Visual:  # type: ignore[override]  # Textual draws both
        rendered = super().render()
        if isinstance(rendered, BackgroundScreen):
            return DimmedScreen(rendered.screen, rendered.color)
        return rendered

    @on(events.Mount)
    def _show_call(self) -> None:
        self.post_message(call_gestures.StripWanted(self))

    def run_to_end(self, work: Awaitable[object]) -> None:
        """Run what changes something: it ends also when this screen is left, which cancels the screen's own workers."""
        self.app.run_worker(work, group="attempt")

    def run_once(self, work: Callable[[], Awaitable[object]]) -> None:
        """Run what changes something to its end, unless the last of it is under way: Enter twice begins one thread."""
        if self.is_busy:
            return
        self.is_busy = True

        async def once() -> None:
            try:
                await work()
            finally:
                self.is_busy = False

        self.run_to_end(once())

    def show_fault(self, sentence: str, at: str = "") -> None:
        """Show what went wrong in the Static `fault`, empty for nothing, and go to the widget `at` where it can be mended.

        Where the dialog was left meanwhile, a notice tells it.
        """
        if not self.is_open:
            if sentence:
                self.app.notify(safe_line(sentence), severity="error", markup=False, timeout=8)
            return
        fault = self.query_one("#fault", Static)
        fault.display = bool(sentence)
        fault.update(safe_line(sentence))
        if at:
            self.query_one(at).focus()

    @property
    def is_open(self) -> bool:
        """Whether it was not left yet; once it was, its widgets may be gone at any time."""
        return self.is_attached and self in self.app.screen_stack

    def end(self, answer: Answer) -> None:
        """Be dismissed, if the user has not left meanwhile: what is dismissed is always the screen on top."""
        if self.app.screen is self:
            self.dismiss(answer)
