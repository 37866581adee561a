"""`s/old/new/`: the short way to correct what was written last."""

import re
from dataclasses import dataclass

_LINE = re.compile(r"s/((?:[^/\\\n]|\\.)+)/((?:[^/\\\n]|\\.)*)/([gi]{0,2})\s*")
_ESCAPED = re.compile(r"\\([/\\])")


@dataclass(frozen=True, slots=True)
class Substitution:
    """`old` is text, no pattern; of several places only the first is meant unless `is_everywhere`."""

    old: str
    new: str
    is_everywhere: bool = False
    ignores_case: bool = False

    def apply(self, text: str) -> str | None:
        """Return the corrected text, None where `old` is not in it."""
        pattern = re.compile(re.escape(self.old), re.IGNORECASE if self.ignores_case else 0)
        corrected, places = pattern.subn(lambda _: self.new, text, count=0 if self.is_everywhere else 1)
        return corrected if places else None


def parse_substitution(line: str) -> Substitution | None:
    """Return what a line corrects, None where it is something else.

    The last slash is needed, so that "s/he" stays a word; \\/ stands for a slash inside, and a blank before the s makes it text.
    """
    parts = _LINE.fullmatch(line)
    if parts is None:
        return None
    old, new = (_ESCAPED.sub(r"\1", part) for part in parts.group(1, 2))
    return Substitution(old, new, "g" in parts[3], "i" in parts[3])
