"""Spans of time as people type them: 10m, 1h30m, 2d."""

import re

from tuichat.commands.errors import CommandError
from tuichat.protocol.json import printable
from tuichat.translation import _

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
MAX_CHARACTERS = 30
_PART = re.compile(r"(\d{1,7})([smhdw])")
_WHOLE = re.compile(r"(?:\d{1,7}[smhdw])+")


def parse_duration(text: str) -> int:
    """Return a span in seconds, at least one. Raises CommandError, with how one is written."""
    typed = text.strip().lower()
    if len(typed) <= MAX_CHARACTERS and typed.isascii() and _WHOLE.fullmatch(typed):
        seconds = sum(int(count) * UNITS_S[unit] for count, unit in _PART.findall(typed))
        if seconds:
            return seconds
    raise CommandError(
        _("{text} is no span of time: write 30s, 10m, 1h30m, 2d or 1w.").format(
            text=printable(text[:MAX_CHARACTERS]) or '""'
        )
    )
