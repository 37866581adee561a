"""Writes lines: each whole, at once, and past the line that is just being typed where the terminal can do that."""

import os
import unicodedata
from collections.abc import Callable
from typing import TextIO

from tuichat.translation import _

_PLAIN_SIGNS = {"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "•": "*", "\u00a0": " ", "ß": "ss"}
MAX_LINE_CHARACTERS = 20_000  # taste: a terminal that wraps more than that shows nothing else


def _nothing_typed() -> str | None:
    return None


def _nobody_cares() -> None:
    pass


class Printer:
    """`messages` is where messages and answers go, `sentences` where tuichat speaks of itself; at a terminal both are one."""

    def __init__(self, messages: TextIO, sentences: TextIO) -> None:
        self._messages = messages
        self._sentences = sentences
        self.is_lost = False  # whether nobody reads any more
        self.on_lost: Callable[[], None] = _nobody_cares
        self.typed: Callable[[], str | None] = _nothing_typed
        """Returns what stands on the unfinished line, its prompt with it; None where there is none, or none to draw again."""

    def message(self, line: str) -> None:
        self._write(self._messages, line)

    def say(self, sentence: str) -> None:
        self._write(self._sentences, sentence)

    def ring(self) -> None:
        """Ring the bell of a terminal."""
        if not self.is_lost and self._messages.isatty():
            self._put(self._messages, "\a")

    def _write(self, stream: TextIO, line: str) -> None:
        if self.is_lost:
            return
        text = encodable(line[:MAX_LINE_CHARACTERS], stream)
        typed = self.typed()
        if typed is None:
            self._put(stream, f"{text}\n")
        else:
            typed = encodable(typed, stream)
            self._put(stream, f"{erasure(typed, _columns(stream))}{text}\n{typed}")

    def _put(self, stream: TextIO, text: str) -> None:
        try:
            stream.write(text)
            stream.flush()
        except (OSError, ValueError):  # the reader of a pipe is gone, or the terminal, or the stream is closed
            self.is_lost = True
            self.on_lost()


def erasure(typed: str, columns: int) -> str:
    """Return what takes an unfinished line off a terminal of so many columns: up to where it began, and all below it."""
    rows = [1 + max(0, _cells(line) - 1) // max(1, columns) for line in typed.split("\n")]
    rows_above = sum(rows) - 1
    up = f"\x1b[{rows_above}A" if rows_above else ""  # ECMA-48, CUU
    return f"{up}\r\x1b[J"  # likewise, ED


def _cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else unicodedata.combining(each) == 0 for each in text)


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except OSError:
        return 80


def encodable(text: str, stream: TextIO) -> str:
    """Return text that the stream's encoding can write: letters without what stands on them, signs by their names."""
    encoding = stream.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_encodable_sign(sign, encoding) for sign in text)
    return text


def _encodable_sign(sign: str, encoding: str) -> str:
    plain = _PLAIN_SIGNS.get(sign) or "".join(each for each in unicodedata.normalize("NFKD", sign) if each.isascii())
    for form in (sign, plain, f"[{unicodedata.name(sign, _('unknown sign')).lower()}]"):
        try:
            if form.encode(encoding):
                return form
        except UnicodeEncodeError:
            continue
    return "?"
