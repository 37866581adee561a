"""Breaks styled text into lines of a width, in terminal cells."""

import re
from functools import cache

import msgspec
from rich.cells import cell_len, set_cell_size
from rich.style import Style

# A line may break at blanks, and beside wide characters (CJK, emoji), which are written without blanks.
_WIDE = "\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\U0001f300-\U0001faff\U00020000-\U0003fffd"
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
                room = width - used
                head = rest if cell_len(rest) <= room else _head(rest, room)
                if not head:
                    lines.append([])
                    joins.append("")
                    used = 0
                    continue
                lines[-1].append(Piece(head, piece.style, piece.action))
                used += cell_len(head)
                rest = rest[len(head) :]
    if len(lines) > 1 and not lines[-1]:
        lines.pop()
    for line, join in zip(lines, joins, strict=False):
        if line and join is not None:
            line[0] = msgspec.structs.replace(line[0], joins=join)
    return lines


def _head(text: str, cells: int) -> str:
    """Return as much of the text's beginning as fits into `cells`, with the marks of its last character."""
    if cells <= 0:
        return ""
    head = set_cell_size(text, cells)
    length = len(head)
    while length and not text.startswith(head[:length]):
        length -= 1
    while length < len(text) and cell_len(text[length]) == 0:
        length += 1
    return text[:length]


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
        for index, token in enumerate(_tokens(piece.text)):
            is_word = token[0] != " " and not (len(token) == 1 and _is_wide(token))
            part = Piece(token, piece.style, piece.action)
            if index == 0 and is_word and can_join:
                words[-1].append(part)
            else:
                words.append([part])
            can_join = is_word
    return words


def _tokens(text: str) -> list[str]:
    return (_ASCII_WORD if text.isascii() else _wide_word()).findall(text)


def _is_wide(token: str) -> bool:
    return cell_len(token) == 2


@cache
def _wide_word() -> re.Pattern[str]:
    # Made when the first text wants it: compiling these ranges takes as long as ten lines of layout.
    return re.compile(rf"[{_WIDE}]|[ ]+|[^ {_WIDE}]+")
