"""Tells many people of a room the same: in order, and what takes longer than a turn of the loop may in the next ones."""

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from tuichat.server.voice.participant import Participant, Signals

TELL_SLICE_S = 0.001
TOLD_UNTIMED = 32  # people between two looks at the clock; each takes about ten microseconds

logger = logging.getLogger(__name__)


class _Word(NamedTuple):
    people: Iterator[Participant]
    say: Callable[[Signals], None]
    told: Callable[[], None] | None


class Announcer:
    """`call_soon` is the loop's; without it everything is told at once."""

    def __init__(self, call_soon: Callable[[Callable[[], None]], object] | None = None) -> None:
        self._call_soon = call_soon
        self._words: deque[_Word] = deque()
        self._is_due = False

    def tell(
        self,
        people: Iterable[Participant],
        say: Callable[[Signals], None],
        told: Callable[[], None] | None = None,
    ) -> None:
        """Say something to each of `people`, and call `told` once all have heard it. `people` must not change meanwhile."""
        self._words.append(_Word(iter(people), say, told))
        if not self._is_due:
            self._work()

    def _work(self) -> None:
        end = math.inf if self._call_soon is None else time.perf_counter() + TELL_SLICE_S
        while self._words:
            word = self._words[0]
            for count, person in enumerate(word.people, 1):
                try:
                    word.say(person.signals)
                except Exception:  # one person's fault is not to keep it from the others
                    logger.exception("somebody in a room was not told of another")
                if count % TOLD_UNTIMED == 0 and time.perf_counter() >= end:
                    self._is_due = True
                    assert self._call_soon is not None
                    self._call_soon(self._go_on)
                    return
            self._words.popleft()
            if word.told is not None:
                word.told()

    def _go_on(self) -> None:
        self._is_due = False
        self._work()
