"""Counts text in the cells that this terminal draws, and cuts it between signs only."""

from rich.cells import cell_len

from tuichat.text.graphemes import graphemes


def head(text: str, cells: int) -> str:
    """Return as much of a text's beginning as fits into `cells`, signs whole."""
    if cell_len(text) <= cells:
        return text
    length = used = 0
    for sign in graphemes(text):
        used += cell_len(sign)
        if used > cells:
            break
        length += len(sign)
    return text[:length]


def forced_head(text: str, cells: int) -> str:
    """Return the beginning that fits, never nothing: a sign wider than `cells` is cut between its characters.

    Signs have no greatest width: a stranger can chain as many letters of an Indic script as there is room for in a message.
    """
    fitting = head(text, cells)
    if fitting or not text:
        return fitting
    length = 1
    while length < len(text) and cell_len(text[: length + 1]) <= cells:
        length += 1
    return text[:length]
