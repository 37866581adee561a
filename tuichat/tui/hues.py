"""Which of the theme's colours a person has: always the same one, and another one than the people beside."""

from collections.abc import Collection, Iterable

from tuichat.tui.styles.themes import HUES

MAX_SPREAD = 200  # people among whom colours are spread; in larger crowds each has the preferred one
# Fibonacci hashing (Knuth, The Art of Computer Programming, 6.4): ids made at nearly the same time differ in low bits only.
_MIX, _WORD = 0x9E3779B97F4A7C15, 2**64 - 1


def preferred_hue(some_id: int) -> int:
    """Return the colour of a user or guild, 0 to HUES - 1, by its id alone."""
    return (some_id * _MIX & _WORD) >> 61


def spread_hues(user_ids: Iterable[int]) -> dict[int, int]:
    """Give each user a colour: the preferred one, or the next that fewest of those who were there before have."""
    taken = [0] * HUES
    hues: dict[int, int] = {}
    for user_id in sorted(user_ids)[:MAX_SPREAD]:
        wanted = preferred_hue(user_id)
        hue = min(range(wanted, wanted + HUES), key=lambda number: (taken[number % HUES], number)) % HUES
        taken[hue] += 1
        hues[user_id] = hue
    return hues


class PeopleHues:
    """The colours of those who read one channel, spread again when their number changes."""

    def __init__(self) -> None:
        self._hues: dict[int, int] = {}
        self._spread_over = 0  # how many people the colours were spread over

    def of(self, user_id: int, among: Collection[int]) -> int:
        """Return which of the theme's colours a user without a coloured role has among these people."""
        if len(among) != self._spread_over:
            self._spread_over = len(among)
            self._hues = spread_hues(among)
        hue = self._hues.get(user_id)
        return preferred_hue(user_id) if hue is None else hue
