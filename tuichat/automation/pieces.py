"""Cuts text into messages that are as long as they may be."""

from collections.abc import Iterator

from tuichat.protocol.message import MAX_CONTENT_CHARACTERS


def pieces(text: str, limit: int = MAX_CONTENT_CHARACTERS) -> Iterator[str]:
    """Yield a text in parts of at most `limit` characters, cut at the end of a line, else at a blank, else anywhere.

    What is blank alone makes no message, since none can be.
    """
    rest = text.strip("\r\n")
    while len(rest) > limit:
        cut = _cut(rest, limit)
        piece = rest[:cut].rstrip("\r\n")
        rest = rest[cut:].removeprefix("\r").removeprefix("\n")
        if piece.strip():
            yield piece
    if rest.strip():
        yield rest


def _cut(text: str, limit: int) -> int:
    """Return where a text is cut: no later than `limit`, and later than 0."""
    at_line = text.rfind("\n", 1, limit + 1)
    if at_line > 0:
        return at_line
    at_blank = text.rfind(" ", 1, limit)
    return at_blank + 1 if at_blank > 0 else limit
