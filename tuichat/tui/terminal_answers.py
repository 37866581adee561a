"""Takes what the terminal tells of itself out of what is read from it, whenever it comes and in whatever pieces.

Only the answers to `terminal_queries.PICTURE_QUERIES` are taken: XTVERSION, kitty's graphics, and the primary device attributes
(DA1), which every terminal gives and which come last.
"""

import re
from collections.abc import Callable

from textual.message import Message

from tuichat.tui.terminal_queries import Answers, parse_answers

HELD_S = 1.0  # within one answer, which a slow link may tear apart; then what is held was typed
ESCAPE_HELD_S = 0.1  # a single ESC is a key as likely
AWAITED_S = 10.0  # a terminal that has not answered by then does not

ESCAPE = "\x1b"
_WHOLE = re.compile(r"\x1bP>\|[^\x1b]{0,200}\x1b\\|\x1b_Gi=31;[^\x1b]{0,200}\x1b\\|\x1b\[\?[\d;]{0,200}c")
# The beginning of one at the end of what was read.
_BEGUN = re.compile(
    r"""\x1b(?:
        P(?:>(?:\|[^\x1b]{0,200}\x1b?)?)?
      | _(?:G(?:i(?:=(?:3(?:1(?:;[^\x1b]{0,200}\x1b?)?)?)?)?)?)?
      | \[(?:\?[\d;]{0,200})?
    )?\Z""",
    re.VERBOSE,
)


class TerminalAnswered(Message):
    """The terminal told what it is and how it shows pictures."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        super().__init__()


class AnswerFilter:
    """One conversation, begun when it is made; `clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._begun_s = clock()
        self._held, self._held_s = "", 0.0
        self._taken = ""
        self.answers: Answers | None = None  # once the last of them is here

    @property
    def is_awaited(self) -> bool:
        return self.answers is None and self._clock() < self._begun_s + AWAITED_S

    def filtered(self, data: str) -> str:
        """Return what is to be read of the next piece."""
        data, self._held = self._held + data, ""
        if not self.is_awaited:
            return data
        self._taken += "".join(_WHOLE.findall(data))
        data = _WHOLE.sub("", data)
        answers = parse_answers(self._taken.encode())
        if answers.attributes is not None:
            self.answers = answers
        elif begun := _BEGUN.search(data):
            data, self._held, self._held_s = data[: begun.start()], begun[0], self._clock()
        return data

    def released(self) -> str:
        """Return what was held for too long to be a part of an answer."""
        limit_s = ESCAPE_HELD_S if self._held == ESCAPE else HELD_S
        if not self._held or self._clock() < self._held_s + limit_s:
            return ""
        held, self._held = self._held, ""
        return held
