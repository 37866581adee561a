"""Where messages are written: grows with the text, sends on Enter, knows whether it answers or edits something."""

from collections.abc import Callable
from typing import ClassVar

import msgspec
from rich.text import Text
from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.document._history import EditHistory
from textual.strip import Strip
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from tuichat.protocol.message import MAX_CONTENT_CHARACTERS
from tuichat.translation import _
from tuichat.tui import gestures, keys
from tuichat.tui.completion import Offer
from tuichat.tui.key_table import KeyTable
from tuichat.tui.spelling import words_of
from tuichat.tui.widgets.sign_area import SignArea
from tuichat.tui.written_text import clean_paste, is_in_code

MAX_LINES = 8
MIN_LINES = 3  # what it may take of a low screen, of which it else takes a third (taste)
HISTORY_STEPS, STEP_PAUSE_S, STEP_CHARACTERS = 50, 2.0, 100  # of undo: kept, and what one step holds (taste)
COUNTED_FROM = 1800  # characters (taste)

# Is given the text before the cursor, and returns what may complete it, best first.
Completer = Callable[[str], list[Offer]]
# Is given what was pasted, cleaned, and answers whether it takes it over; it calls `insert_pasted` when it was to be text.
PasteTaker = Callable[[str], bool]


class Words(msgspec.Struct, frozen=True):
    """What stood in the composer, with the way back through its changes."""

    text: str
    selection: Selection
    history: EditHistory


class Composer(SignArea):
    """Posts lines to send; its owner gives it text back when a line could not be used."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings_over_text()

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, soft_wrap=True, tab_behavior="focus", compact=True, highlight_cursor_line=False)
        self.completer: Completer | None = None
        self.paste_taker: PasteTaker | None = None
        self.enter_sends = True
        self.history = _new_history()
        self._verb = ""
        self.key_actions = KeyTable().composer_actions()
        self.has_files = False  # then a message needs no words
        self._has_purpose = False
        self._subtitle = ""
        self._note = ""
        self._hint = ""
        self._goes_on = ""
        self._misspelled: frozenset[str] = frozenset()
        self.offers: list[Offer] = []  # shown over the composer
        self.chosen_offer = 0
        self._has_chosen = False  # by the arrows
        self._closed_word: int | None = None  # where the word begins whose offers were closed
        self._cycle: list[Offer] = []  # what Tab goes on through
        self._cycled = 0

    def show_purpose(self, title: str, subtitle: str, *, has_purpose: bool, verb: str = "") -> None:
        """Say what Enter will do: `title` and `subtitle` stand in the frame; `verb` is what becomes of the text."""
        self._verb = verb
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
            self.border_subtitle = Content(self._enter_words())
            self.remove_class("-too-long")
            return
        self.border_subtitle = Content(f"{count}/{MAX_CONTENT_CHARACTERS}")
        self.set_class(count > MAX_CONTENT_CHARACTERS, "-too-long")

    def show_note(self, note: str) -> None:
        """Say in the frame, instead of what Enter does, why it does not; empty for no more."""
        if note != self._note:
            self._note = note
            self._show_count()

    def show_hint(self, hint: str) -> None:
        """Say in the frame what to write at the cursor, where nothing keeps it from being sent; empty for no more."""
        if hint != self._hint:
            self._hint = hint
            self._show_count()

    def show_goes_on(self, words: str) -> None:
        """Say in the frame what goes on meanwhile, where nothing else is to be said there; empty for nothing."""
        if words != self._goes_on:
            self._goes_on = words
            self._show_count()

    def _enter_words(self) -> str:
        """Say what Enter does now."""
        if self._note or self._hint:
            return self._note or self._hint
        if self._goes_on:
            return self._goes_on
        if self.is_in_code:
            return _("in code: enter breaks the line")
        if not self.enter_sends and self._verb:
            return _("enter new line · alt+enter {verb}").format(verb=self._verb)
        return self._subtitle

    @property
    def is_in_code(self) -> bool:
        """Whether the cursor stands in a code block that is not closed yet."""
        return "```" in self.text and is_in_code(self.text, len(self._before_cursor()))

    def set_text(self, text: str) -> None:
        """Show another text, with the cursor at its end; there is no way back to the one before."""
        self.close_offers()
        self.history = _new_history()
        self.text = text
        self.move_cursor(self.document.end)

    def write_anew(self, text: str) -> None:
        """Show another text as one step that can be undone."""
        self.history.checkpoint()
        self.replace(text, (0, 0), self.document.end)
        self.move_cursor(self.document.end)

    def put_aside(self) -> Words:
        """Return what stands here, to be taken up again later."""
        return Words(self.text, self.selection, self.history)

    def take_up(self, words: Words) -> None:
        self.set_text(words.text)
        self.history = words.history
        self.history.checkpoint()
        self.selection = words.selection

    def insert_pasted(self, text: str) -> None:
        """Put pasted text in the place of what is selected, as one step that can be undone."""
        self.history.checkpoint()
        self.replace(text, *sorted(self.selection))
        self.move_cursor(self.cursor_location)
        self.history.checkpoint()
        self._tell_typed()

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
            self.close_offers()
            self.write_anew("")
            self.post_message(gestures.LineSubmitted(text))

    def action_send_anyway(self) -> None:
        self.action_send()

    def action_open_editor(self) -> None:
        self.post_message(gestures.EditorAsked())

    def action_search_lines(self) -> None:
        self.post_message(gestures.LineSearchAsked())

    def action_edit_last(self) -> None:
        self.post_message(gestures.EditLastAsked())

    def action_clear(self) -> None:
        self.replace("", (0, 0), self.document.end)

    def action_newline(self) -> None:
        self.replace("\n", *sorted(self.selection))
        self.scroll_cursor_visible()

    # Completion.

    def action_complete(self) -> None:
        if self._cycle:
            # Pressed again: the next offer instead of this one.
            shown = self._cycle[self._cycled].text
            self._cycled = (self._cycled + 1) % len(self._cycle)
            self._replace_before_cursor(len(shown), self._cycle[self._cycled].text)
            return
        offers = self.offers or (self.completer(self._before_cursor()) if self.completer else [])
        if offers:
            self._cycle, self._cycled = offers, min(self.chosen_offer, len(offers) - 1)
            self.take_offer(self._cycle[self._cycled])
        elif not self.text:
            self.screen.focus_next()

    def take_offer(self, offer: Offer) -> None:
        """Put an offer in the place of the word before the cursor, as one step that can be undone."""
        if offer.adds_word:
            self.post_message(gestures.WordAdded(offer.text))
            self.close_offers()
            return
        self.history.checkpoint()
        self._replace_before_cursor(offer.count, offer.text)
        self.close_offers()

    def close_offers(self) -> None:
        if self.offers:
            self.offers, self.chosen_offer = [], 0
            self.post_message(gestures.OffersChanged())

    def look_for_offers(self) -> None:
        """Offer what fits the word before the cursor: at each letter, and when more became known."""
        before = self._before_cursor()
        offers = self.completer(before) if self.completer is not None and self.has_focus else []
        word = len(before) - offers[0].count if offers else None
        if word is None or word != self._closed_word:
            self._closed_word = None
        if self._closed_word is not None or not offers:
            self.close_offers()
        elif offers != self.offers:
            self.offers, self.chosen_offer, self._has_chosen = offers, 0, False
            self.post_message(gestures.OffersChanged())

    # Spelling.

    def show_misspelled(self, words: frozenset[str]) -> None:
        """Underline these words."""
        if words != self._misspelled:
            self._misspelled = words
            self._line_cache.clear()
            self.refresh()

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        if self._misspelled:
            for place, word in words_of(line.plain):
                if word in self._misspelled:
                    line.stylize("underline", place, place + len(word))
        return line

    def action_correct(self) -> None:
        """Go to the end of the underlined word at the cursor, else of the next one, and ask for other spellings."""
        text, cursor = self.text, len(self._before_cursor())
        wrong = [(place, word) for place, word in words_of(text) if word in self._misspelled]
        place, word = next((each for each in wrong if each[0] + len(each[1]) >= cursor), wrong[0] if wrong else (0, ""))
        if word:
            self.move_cursor(_location(text, place + len(word)))
        self.post_message(gestures.CorrectionAsked(word))

    def show_offers(self, offers: list[Offer]) -> None:
        """Offer these for the word before the cursor."""
        self.offers, self.chosen_offer, self._has_chosen = offers, 0, False
        self.post_message(gestures.OffersChanged())

    def _act_on_offers(self, key: str) -> bool:
        """Let a key act on the offers that show, and say whether it did."""
        if not self.offers:
            return False
        if key in keys.OFFER_STEPS:
            self.chosen_offer = (self.chosen_offer + keys.OFFER_STEPS[key]) % len(self.offers)
            self._has_chosen = True
            self.post_message(gestures.OffersChanged())
            return True
        if key == keys.ENTER:
            offer = self.offers[self.chosen_offer]
            typed = self._before_cursor()[-offer.count :]
            if not offer.adds_word and typed.casefold() == offer.text.strip().casefold():
                return False  # it is all there: Enter sends
            if offer.is_free and not self._has_chosen:
                self.close_offers()
                return False
            self.take_offer(offer)
            return True
        if key == keys.ESCAPE:
            self._closed_word = len(self._before_cursor()) - self.offers[0].count
            self.close_offers()
            return True
        return False

    def _replace_before_cursor(self, count: int, text: str) -> None:
        start = len(self._before_cursor()) - count
        self.replace(text, _location(self.text, start), self.cursor_location)
        self.move_cursor(_location(self.text, start + len(text)))

    def render_line(self, y: int) -> Strip:
        if self.content_size.width < 1:
            return Strip.blank(0)  # there is no room even for the words that stand in an empty composer
        return super().render_line(y)

    async def _on_key(self, event: events.Key) -> None:
        action = self._action_of(event.key)
        if action != "complete":
            self._cycle = []
        if self._act_on_offers(event.key):
            event.prevent_default().stop()
            return
        if action != "complete" and not event.is_printable and event.key != keys.BACKSPACE:
            self.close_offers()  # they are for the word before the cursor, which is about to be another
        if action is not None:
            event.prevent_default().stop()
            await self.run_action(action)
            return
        if event.key == keys.ESCAPE:
            if self._has_purpose:
                event.prevent_default().stop()
                self.post_message(gestures.PurposeLeft())
            return
        await super()._on_key(event)
        if event.is_printable:
            self._tell_typed()
            self.look_for_offers()

    def _action_of(self, key: str) -> str | None:
        action = self.key_actions.get(key)
        if action == "edit_last" and (self.text or self._has_purpose):
            return None  # then the key moves the cursor
        if action == "send" and key == keys.ENTER and (not self.enter_sends or self.is_in_code):
            return "newline"
        if action == "newline" and key == keys.ALT_ENTER and not self.enter_sends:
            return "send"
        return action

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default().stop()
        text = clean_paste(event.text)
        if text and not (self.paste_taker is not None and self.paste_taker(text)):
            self.insert_pasted(text)

    def _tell_typed(self) -> None:
        if self.text and not self.text.startswith(("/", "s/")):
            self.post_message(gestures.Typed())

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        room = min(MAX_LINES, max(MIN_LINES, self.screen.size.height // 3 - 2))
        lines = min(room, max(1, self.wrapped_document.height))
        if self.styles.height is None or self.styles.height.value != lines + 2:
            self.styles.height = lines + 2
        self._show_count()
        self.post_message(gestures.TextChanged())

    def action_delete_left(self) -> None:
        super().action_delete_left()
        self.look_for_offers()

    def on_blur(self) -> None:
        self.close_offers()

    async def _on_mouse_down(self, event: events.MouseDown) -> None:
        self.close_offers()
        await super()._on_mouse_down(event)

    async def _on_click(self, event: events.Click) -> None:
        """Select a word by two clicks, a line by three."""
        row, column = self.cursor_location
        if event.chain == 2:
            start, end = _word_at(self.document.get_line(row), column)
            self.selection = Selection((row, start), (row, end))
        elif event.chain == 3:
            self.select_line(row)


def _new_history() -> EditHistory:
    return EditHistory(HISTORY_STEPS, STEP_PAUSE_S, STEP_CHARACTERS)


def _word_at(line: str, column: int) -> tuple[int, int]:
    """Return where the word around a column begins and ends."""
    start = end = column
    while start > 0 and not line[start - 1].isspace():
        start -= 1
    while end < len(line) and not line[end].isspace():
        end += 1
    return start, end


def _location(text: str, index: int) -> tuple[int, int]:
    """Return the row and column of a character."""
    before = text[:index].split("\n")
    return len(before) - 1, len(before[-1])
