"""Breaks styled text into lines of a width, in terminal cells."""

import re
from functools import cache

import msgspec
from rich.cells import cell_len
from rich.style import Style

from tuichat.text.graphemes import graphemes
from tuichat.tui.cells import forced_head, head
from tuichat.tui.direction import END, ISOLATE, is_from_right

# A line may break at blanks, and beside wide signs (CJK, emoji), which are written without blanks.
_WIDE = (
    "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60"
    "\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\U00020000-\U0003fffd"
)
_ASCII_WORD = re.compile(" +|[^ ]+")


class Piece(msgspec.Struct, frozen=True):
    """Text in one style; `action` is what a click on it means.

    `joins` is set on the first piece of a line that goes on from the one before: what stood at the break, a blank or nothing.
    """

    text: str
    style: Style
    action: str | None = None
    joins: str | None = None


def wrap(pieces: list[Piece], width: int) -> list[list[Piece]]:
    """Return lines of at most `width` cells (at least one line); words longer than a line are cut."""
    width = max(2, width)
    lines: list[list[Piece]] = [[]]
    joins: list[str | None] = [None]
    used = 0
    for word in _words(pieces):
        is_blank = word[0].text[0] == " "
        cells = sum(cell_len(piece.text) for piece in word)
        if used + cells <= width:
            lines[-1] += word
            used += cells
            continue
        if is_blank:
            # The blank at which a line breaks is not shown; what is left of it does not open the next one either.
            if used:
                lines.append([])
                joins.append(" ")
                used = 0
            continue
        if cells <= width:
            joins.append(" " if _strip_end(lines[-1]) else "")
            lines.append(list(word))
            used = cells
            continue
        for piece in word:
            rest = piece.text
            while rest:
                part = head(rest, width - used) if used else forced_head(rest, width)
                if not part:
                    lines.append([])
                    joins.append("")
                    used = 0
                    continue
                lines[-1].append(Piece(part, piece.style, piece.action))
                used += cell_len(part)
                rest = rest[len(part) :]
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    for line, join in zip(lines, joins, strict=False):
        if line and join is not None:
            line[0] = msgspec.structs.replace(line[0], joins=join)
    return _isolated(lines)


def _isolated(lines: list[list[Piece]]) -> list[list[Piece]]:
    """Keep lines that are written from right to left, whole, from turning around what will stand beside them."""
    for line in lines:
        if any(is_from_right(piece.text) for piece in line):
            line[0] = msgspec.structs.replace(line[0], text=ISOLATE + line[0].text)
            line[-1] = msgspec.structs.replace(line[-1], text=line[-1].text + END)
    return lines


def chop(pieces: list[Piece], width: int) -> list[list[Piece]]:
    """Return lines of at most `width` cells, cut wherever that is: code keeps its blanks."""
    lines: list[list[Piece]] = [[]]
    used = 0
    for piece in pieces:
        rest = piece.text
        while rest:
            part = head(rest, width - used) if used else forced_head(rest, width)
            if not part:
                lines.append([])
                used = 0
                continue
            lines[-1].append(Piece(part, piece.style, piece.action))
            used += cell_len(part)
            rest = rest[len(part) :]
    return _isolated(lines)


def _strip_end(line: list[Piece]) -> bool:
    """Take the blanks off a line's end; say whether there were any."""
    length = len(line)
    while line and not line[-1].text.strip(" "):
        line.pop()
    return len(line) < length


def _words(pieces: list[Piece]) -> list[list[Piece]]:
    """Return words and runs of blanks; a word may run through several pieces."""
    words: list[list[Piece]] = []
    can_join = False
    for piece in pieces:
        for index, (token, is_word) in enumerate(_tokens(piece.text)):
            part = Piece(token, piece.style, piece.action)
            if index == 0 and is_word and can_join:
                words[-1].append(part)
            else:
                words.append([part])
            can_join = is_word
    return words


def _tokens(text: str) -> list[tuple[str, bool]]:
    """Return blanks, wide signs and words, and for each whether it is a word."""
    if text.isascii():
        return [(token, token[0] != " ") for token in _ASCII_WORD.findall(text)]
    tokens: list[tuple[str, bool]] = []
    for run in _ASCII_WORD.findall(text):
        if run[0] == " " or not _wide().search(run):
            tokens.append((run, run[0] != " "))
            continue
        word = ""
        for sign in graphemes(run):
            if not _wide().match(sign):
                word += sign
                continue
            if word:
                tokens.append((word, True))
                word = ""
            tokens.append((sign, False))
        if word:
            tokens.append((word, True))
    return tokens


@cache
def _wide() -> re.Pattern[str]:
    # Made when the first text wants it: compiling these ranges takes as long as ten lines of layout.
    return re.compile(f"[{_WIDE}]")
