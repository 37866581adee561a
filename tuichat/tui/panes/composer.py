"""Where messages are written: grows with the text, sends on Enter, knows whether it answers or edits something."""

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from tuichat.protocol.message import MAX_CONTENT_CHARACTERS
from tuichat.tui import gestures, keys
from tuichat.tui.key_table import KeyTable

MAX_LINES = 8
COUNTED_FROM = 1800  # characters (taste)

# (text before the cursor, forwards) > how many characters to replace, and by what; None when nothing fits.
Completer = Callable[[str], "list[tuple[int, str]]"]


class Composer(TextArea):
    """Posts lines to send; its owner gives it text back when a line could not be used."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings_over_text()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, soft_wrap=True, tab_behavior="focus", compact=True, highlight_cursor_line=False)
        self.completer: Completer | None = None
        self.key_actions = KeyTable().composer_actions()
        self.has_files = False  # then a message needs no words
        self.paste_taker: Callable[[str], bool] | None = None  # says whether it took what was pasted
        self._has_purpose = False
        self._subtitle = ""
        self._offers: list[tuple[int, str]] = []
        self._offer = 0

    def show_purpose(self, title: str, subtitle: str, *, has_purpose: bool) -> None:
        """Say what Enter will do: `title` and `subtitle` stand in the frame."""
        # Content, not markup: names of channels and people stand in it.
        self.border_title = Content(title)
        self._subtitle = subtitle
        self._show_count()
        self._has_purpose = has_purpose
        self.set_class(has_purpose, "-purpose")

    def show_placeholder(self, text: str) -> None:
        """Say what is to be written here. Content, not markup: the name of a channel stands in it."""
        self.placeholder = Content(text)

    def _show_count(self) -> None:
        """Count the characters where they near what one message may hold."""
        count = len(self.text)
        if count < COUNTED_FROM:
            self.border_subtitle = Content(self._subtitle)
            self.remove_class("-too-long")
            return
        self.border_subtitle = Content(f"{count}/{MAX_CONTENT_CHARACTERS}")
        self.set_class(count > MAX_CONTENT_CHARACTERS, "-too-long")

    def set_text(self, text: str) -> None:
        """Show another text, with the cursor at its end."""
        self.text = text
        self.move_cursor(self.document.end)

    def mark(self, start: int, end: int) -> None:
        """Select characters `start` to `end`: what was wrong in the line."""
        self.selection = Selection(_location(self.text, start), _location(self.text, end))

    def insert_word(self, word: str) -> None:
        """Put a word at the cursor, with a blank before it where one is missing."""
        before = self._before_cursor()
        self.insert(word if not before or before[-1].isspace() else " " + word)

    def _before_cursor(self) -> str:
        return self.document.get_text_range((0, 0), self.cursor_location)

    def action_send(self) -> None:
        text = self.text
        if text.strip() or self._has_purpose or self.has_files:
            # Emptied here, not by the owner: what is typed next must not be added to what was just sent.
            self.set_text("")
            self.post_message(gestures.LineSubmitted(text))

    def action_edit_last(self) -> None:
        self.post_message(gestures.EditLastAsked())

    def action_clear(self) -> None:
        self.replace("", (0, 0), self.document.end)

    def action_newline(self) -> None:
        self.insert("\n")

    def action_complete(self) -> None:
        if self._offers:
            # Pressed again: the next offer instead of this one.
            shown = self._offers[self._offer][1]
            self._offer = (self._offer + 1) % len(self._offers)
            self._replace_before_cursor(len(shown), self._offers[self._offer][1])
            return
        offers = self.completer(self._before_cursor()) if self.completer else []
        if offers:
            self._replace_before_cursor(*offers[0])
            self._offers, self._offer = offers, 0
        elif not self.text:
            self.screen.focus_next()

    def _replace_before_cursor(self, count: int, text: str) -> None:
        start = len(self._before_cursor()) - count
        self.replace(text, _location(self.text, start), self.cursor_location)
        self.move_cursor(_location(self.text, start + len(text)))

    def render_line(self, y: int) -> Strip:
        if self.content_size.width < 1:
            return Strip.blank(0)  # there is no room even for the words that stand in an empty composer
        return super().render_line(y)

    async def _on_paste(self, event: events.Paste) -> None:
        if self.paste_taker is not None and self.paste_taker(event.text):
            event.prevent_default().stop()

    async def _on_key(self, event: events.Key) -> None:
        if event.key != "tab":
            self._offers = []
        action = self.key_actions.get(event.key)
        if action == "edit_last" and (self.text or self._has_purpose):
            action = None  # then the key moves the cursor
        if action is not None:
            event.prevent_default().stop()
            await self.run_action(action)
            return
        if event.key == "escape":
            if self._has_purpose:
                event.prevent_default().stop()
                self.post_message(gestures.PurposeLeft())
            return
        await super()._on_key(event)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        lines = min(MAX_LINES, max(1, self.wrapped_document.height))
        if self.styles.height is None or self.styles.height.value != lines + 2:
            self.styles.height = lines + 2
        self._show_count()
        if self.text and self.has_focus and not self.text.startswith("/"):
            self.post_message(gestures.Typed())


def _location(text: str, index: int) -> tuple[int, int]:
    """Return the row and column of a character."""
    before = text[:index].split("\n")
    return len(before) - 1, len(before[-1])
