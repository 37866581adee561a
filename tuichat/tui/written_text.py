"""Text on its way into the composer, and where in it code is: pure, for the composer to decide by."""

import re

MAX_PASTE_CHARACTERS = 1_000_000  # taste: what nobody means to write; more is cut
_NEW_LINES = re.compile("\r\n?|[\u2028\u2029\x85\x0b\x0c]")
_CONTROLS = re.compile("\x1b\\[[0-9;?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[\x00-\x08\x0e-\x1f\x7f-\x9f]")
FENCE = "```"


def clean_paste(text: str) -> str:
    """Return pasted text with plain line breaks and without control characters and terminal sequences; tabs stay."""
    return _CONTROLS.sub("", _NEW_LINES.sub("\n", text[:MAX_PASTE_CHARACTERS]))


def is_in_code(text: str, index: int) -> bool:
    """Whether a place in a text lies in a block of code that was opened before it and is closed nowhere."""
    return text.count(FENCE, 0, index) % 2 == 1 and FENCE not in text[index:]
