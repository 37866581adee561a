"""Reads what a terminal sends as Textual does, but for pastes, answers and keys that are let go: none ever becomes keys.

Textual leaves a bracketed paste at the first ESC in it, and takes the next 32 signs as keys: Enter would send, Ctrl+Q quit. Many
terminals take ESC out of what is pasted; kitty and tmux do not, and whoever wrote the text may have put it in.
"""

from collections.abc import Iterable
from typing import ClassVar

from textual import events
from textual._xterm_parser import XTermParser
from textual.message import Message

from tuichat.tui.key_release import KeyEvent, KeyHeld, KeyReleased, without_type
from tuichat.tui.terminal_answers import ESCAPE, AnswerFilter, TerminalAnswered

BEGIN, END = "\x1b[200~", "\x1b[201~"  # xterm's ctlseqs, "Bracketed Paste Mode"


class PasteFilter:
    """Takes ESC out of pastes, in whatever pieces they come."""

    def __init__(self) -> None:
        self._is_pasting = False
        self._seen = ""  # the last signs outside of a paste, which may be a part of its beginning
        self._held = ""  # the last signs of a paste, which may be a part of its end

    def filtered(self, data: str) -> str:
        """Return what is to be read of the next piece, empty while it is not known what it means."""
        passed = ""
        while data:
            if not self._is_pasting:
                place = (self._seen + data).find(BEGIN)
                if place < 0:
                    self._seen = (self._seen + data)[1 - len(BEGIN) :]
                    return passed + data
                count = place + len(BEGIN) - len(self._seen)
                passed, data = passed + data[:count], data[count:]
                self._is_pasting, self._seen = True, ""
            else:
                inside, end, data = (self._held + data).partition(END)
                self._held = "" if end else _beginning_of_end(inside)
                passed += inside.removesuffix(self._held).replace(ESCAPE, "") + end
                self._is_pasting = not end
        return passed


def _beginning_of_end(text: str) -> str:
    """Return the last signs of a text that the end of a paste may go on from."""
    return next((END[:count] for count in range(len(END) - 1, 0, -1) if text.endswith(END[:count])), "")


class PasteParser(XTermParser):
    """Textual's parser behind a PasteFilter, and an AnswerFilter while the terminal is asked."""

    answers: ClassVar[AnswerFilter | None] = None  # of the process: Textual makes a parser for each thread that reads
    _pastes: PasteFilter | None = None

    def feed(self, data: str) -> Iterable[Message]:
        if not data:
            yield from super().feed(data)  # the end of the input
            return
        asked = PasteParser.answers
        if asked is not None:
            data = asked.filtered(data)
            if asked.answers is not None:
                PasteParser.answers = None
                yield TerminalAnswered(asked.answers)
        yield from self._typed(data)

    def tick(self) -> Iterable[Message]:
        if PasteParser.answers is not None:
            yield from self._typed(PasteParser.answers.released())
        yield from super().tick()

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:
        sequence, told = without_type(sequence)
        for event in super()._sequence_to_key_events(sequence, alt):
            # What calls this posts whatever has a key.
            if told is KeyEvent.HELD:
                yield KeyHeld(event.key)  # type: ignore[misc]
            yield KeyReleased(event.key) if told is KeyEvent.RELEASED else event  # type: ignore[misc]

    def _typed(self, data: str) -> Iterable[Message]:
        if self._pastes is None:
            self._pastes = PasteFilter()
        if passed := self._pastes.filtered(data):
            yield from super().feed(passed)
