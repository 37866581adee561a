"""Reads a line: plain text, or a command's name and its words."""

from dataclasses import dataclass

from tuichat.commands.errors import CommandError
from tuichat.translation import _

PREFIX = "/"
MAX_LINE_CHARACTERS = 20_000  # taste: ten of the longest messages; a paste beyond that is a mistake


@dataclass(frozen=True, slots=True)
class PlainText:
    """A message to the current channel."""

    text: str


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a line and where it stands; quotes are part of the place, not of the text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    """A command as typed: its name in lower case, and the place in the line where its arguments begin."""

    name: str
    line: str
    name_end: int


def parse_line(line: str) -> PlainText | Call:
    """Tell text from a command. Two slashes at the beginning stand for one that is text. Raises CommandError."""
    if len(line) > MAX_LINE_CHARACTERS:
        raise CommandError(
            _("A line has at most {max_line_characters} characters, this one has {count}.").format(
                max_line_characters=MAX_LINE_CHARACTERS, count=len(line)
            )
        )
    if not line.startswith(PREFIX):
        return PlainText(line)
    if line.startswith(PREFIX * 2):
        return PlainText(line[1:])
    end = 1
    while end < len(line) and not line[end].isspace():
        end += 1
    if end == 1:
        raise CommandError(
            _("A command's name comes right after the slash; /help lists them. // sends a slash."), (0, 1)
        )
    return Call(line[1:end].lower(), line, end)


def next_word(line: str, start: int) -> Word | None:
    """Return the first word at or after `start`, None where only space is left.

    Double quotes keep spaces together; inside them \\" stands for a quote and \\\\ for a backslash. Raises CommandError for a
    quote that is not closed.
    """
    while start < len(line) and line[start].isspace():
        start += 1
    if start == len(line):
        return None
    if line[start] != '"':
        end = start
        while end < len(line) and not line[end].isspace():
            end += 1
        return Word(line[start:end], start, end)
    text: list[str] = []
    position = start + 1
    while position < len(line):
        character = line[position]
        if character == '"':
            return Word("".join(text), start, position + 1)
        if character == "\\" and line[position + 1 : position + 2] in ('"', "\\"):
            position += 1
            character = line[position]
        text.append(character)
        position += 1
    raise CommandError(_("A quote is opened and not closed."), (start, len(line)))


def remaining_text(line: str, start: int) -> Word | None:
    """Return everything from the first character at or after `start` that is no space, as it was typed."""
    text = line[start:].strip()
    if not text:
        return None
    begin = line.index(text, start)
    return Word(text, begin, begin + len(text))


def quoted(text: str) -> str:
    """Return a text as one word of a line, in quotes where it needs them."""
    if text and not text.startswith('"') and not any(character.isspace() for character in text) and "=" not in text:
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
