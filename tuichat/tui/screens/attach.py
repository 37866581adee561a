"""Asks which file is to go with the next message: a path that completes itself, and the size of what it names."""

import os
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.suggester import Suggester
from textual.widgets import Button, Input, Static

from tuichat.client.errors import ClientError
from tuichat.client.uploads import OutgoingFile, choose
from tuichat.text.safe_text import safe_line
from tuichat.text.size_words import size_words
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog

MAX_LISTED = 2000  # names of a folder that are looked at


class PathSuggester(Suggester):
    """Completes the last part of a path by what is in its folder."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return complete_path(value)


def expand(value: str) -> str:
    """Return the path that is meant; one written or pasted behind the `~/` that stands in the field counts alone."""
    if value.startswith(("~//", "~/~/")):
        value = value[2:]
    return os.path.expanduser(value)


def complete_path(value: str) -> str | None:
    """Return a path that begins with `value`, folders with their slash; None when there is none."""
    folder, _slash, start = value.rpartition("/")
    if not _slash:
        return None
    try:
        with os.scandir(expand(f"{folder}/")) as found:
            names = sorted(
                item.name + ("/" if item.is_dir() else "")
                for _number, item in zip(range(MAX_LISTED), found, strict=False)
                if item.name.startswith(start) and (start or not item.name.startswith(".")) and item.name.isprintable()
            )
    except (OSError, ValueError):
        return None
    return f"{folder}/{names[0]}" if names else None


class AttachDialog(Dialog[OutgoingFile]):
    """Answers with the chosen file."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, start: str = "~/") -> None:
        super().__init__()
        self._start = start

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(_("Attach a file"), classes="dialog-title", markup=False)
            yield Input(self._start, suggester=PathSuggester(), select_on_focus=False, id="path")
            yield Static(_("→ takes what is suggested"), classes="dialog-hint", id="preview", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(_("cancel"), id="no")
                yield Button(_("attach"), id="yes")

    def on_input_changed(self, event: Input.Changed) -> None:
        event.stop()
        path = Path(expand(event.value))
        words = _("→ takes what is suggested")
        try:
            if path.is_file():
                words = _("{name}, {size}").format(name=safe_line(path.name), size=size_words(path.stat().st_size))
        except (OSError, ValueError):
            pass
        self.query_one("#preview", Static).update(words)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self._choose()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "yes":
            self._choose()
        else:
            self.action_close()

    def _choose(self) -> None:
        try:
            self.dismiss(choose(Path(expand(self.query_one("#path", Input).value.strip()))))
        except ClientError as error:
            self.query_one("#preview", Static).update(safe_line(str(error)))

    def action_close(self) -> None:
        self.dismiss(None)
