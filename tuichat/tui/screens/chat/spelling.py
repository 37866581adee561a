"""Spelling: which words of the composer to underline, what to write instead, and one's own words."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from textual import on
from textual.timer import Timer

from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui import gestures
from tuichat.tui.completion import Offer
from tuichat.tui.screens.chat.writing import Writing

if TYPE_CHECKING:
    from tuichat.config.schema import Settings
    from tuichat.tui.spelling import OwnWords, Speller

CHECK_AFTER_S = 0.4  # of quiet (taste)


class Spelling(Writing):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._speller: Speller | None = None
        self._is_looked_for = False
        self._own_words: OwnWords | None = None
        self._spell_timer: Timer | None = None

    def use_own_words(self, words: "OwnWords") -> None:
        self._own_words = words

    def _find_speller(self) -> "Speller | None":
        """Return the program to ask, None where spelling is off or nothing is installed."""
        if not self._is_looked_for and self.settings.composer.spell_check:
            from tuichat.tui import spelling

            self._is_looked_for = True
            found = spelling.command(self.settings.composer.spell_language, self.settings.composer.spell_program)
            self._speller = None if found is None else spelling.Speller(found)
        return self._speller

    async def close_speller(self) -> None:
        if self._speller is not None:
            await self._speller.close()

    @on(gestures.TextChanged)
    def _spell_soon(self) -> None:
        if self._spell_timer is not None:
            self._spell_timer.stop()
        self._spell_timer = self.set_timer(CHECK_AFTER_S, self._spell) if self.composer.text else None

    def _spell(self) -> None:
        if self.composer.text and not self.composer.text.startswith("/") and self._find_speller() is not None:
            self.run_worker(self._check_spelling(), group="spelling", exclusive=True)

    async def _check_spelling(self) -> None:
        from tuichat.tui.spelling import words_of

        speller = self._speller
        if speller is None:
            return
        words = [word for _place, word in words_of(self.composer.text)]
        await speller.check(words)
        own = self._own_words.words if self._own_words is not None else set()
        self.composer.show_misspelled(frozenset(word for word in words if word in speller.unknown and word not in own))

    @on(gestures.CorrectionAsked)
    def _correction_asked(self, event: gestures.CorrectionAsked) -> None:
        word = event.word
        if self._speller is None or not word:
            words = _("No word is underlined.") if self._find_speller() else _("No spelling program is installed.")
            self.app.notify(words, timeout=3)
            return
        suggestions = self._speller.unknown.get(word, ())
        offers = [Offer(len(word), safe_line(each), safe_line(each)) for each in suggestions]
        offers.append(Offer(len(word), word, _("add to your words"), word, "+", adds_word=True))
        self.composer.show_offers(offers)

    @on(gestures.WordAdded)
    def _word_added(self, event: gestures.WordAdded) -> None:
        if self._own_words is not None:
            self.run_worker(asyncio.to_thread(self._own_words.add, event.word), group="own-words")
            self._own_words.words.add(event.word)
        self._spell()
