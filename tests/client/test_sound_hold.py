"""A call is kept for half a minute without its sound, and a short stall changes nothing."""

from collections.abc import Iterator

import pytest

from tests.client.waiting import until
from tuichat.client.sound_hold import GRACE_S, HOLD_S, SETTLED_S, SoundHold
from tuichat.voice.place_protocol import PlacesChanged, PlaceState


class Kept:
    """A hold, what it asked for, and a clock that a test sets."""

    def __init__(self) -> None:
        self.now_s = 1000.0
        self.changes: list[tuple[bool, int | None]] = []
        self.left = 0
        self.hold = SoundHold(self._changed, self._leave, now_s=lambda: self.now_s, tick_s=0.001)

    def _changed(self) -> None:
        self.changes.append((self.hold.is_away, self.hold.leaves_in_s))

    def _leave(self) -> None:
        self.left += 1

    def look(self, state: PlaceState, *, is_in_call: bool = True) -> None:
        self.hold.look(PlacesChanged(state=state), is_in_call=is_in_call)


@pytest.fixture
def kept() -> Iterator[Kept]:
    made = Kept()
    yield made
    made.hold.close()


async def test_a_lost_laptop_mutes_counts_and_leaves_once(kept: Kept) -> None:
    kept.look(PlaceState.LOST)
    assert kept.changes == [(True, HOLD_S)]
    kept.now_s += 10
    await until(lambda: kept.changes[-1] == (True, HOLD_S - 10))
    kept.now_s += HOLD_S - 11
    await until(lambda: kept.changes[-1] == (True, 1))
    assert kept.left == 0
    kept.now_s += 1
    await until(lambda: kept.left == 1)
    assert kept.changes[-1] == (False, None)


async def test_a_stall_counts_only_after_its_grace(kept: Kept) -> None:
    kept.look(PlaceState.STALLED)
    kept.now_s += GRACE_S - 0.1
    kept.look(PlaceState.STALLED)
    assert kept.changes == []
    kept.now_s += 0.2
    await until(lambda: kept.changes == [(True, round(HOLD_S - GRACE_S - 0.1))])
    kept.look(PlaceState.READY)
    assert kept.changes[-1] == (False, None)
    assert kept.left == 0


async def test_a_stall_that_ends_in_time_is_never_told(kept: Kept) -> None:
    kept.look(PlaceState.STALLED)
    kept.now_s += 1
    kept.look(PlaceState.READY)
    kept.now_s += 100
    assert (kept.changes, kept.left) == ([], 0)


async def test_a_laptop_that_comes_back_for_moments_is_left_in_the_end(kept: Kept) -> None:
    for _ in range(HOLD_S // 9 + 1):
        kept.look(PlaceState.LOST)
        assert kept.hold.is_away
        kept.now_s += 8
        kept.look(PlaceState.READY)
        assert not kept.hold.is_away
        kept.now_s += 1
    kept.look(PlaceState.LOST)
    await until(lambda: kept.left == 1)


async def test_a_laptop_that_stayed_has_its_whole_time_again(kept: Kept) -> None:
    kept.look(PlaceState.LOST)
    kept.now_s += 20
    kept.look(PlaceState.READY)
    kept.now_s += SETTLED_S
    kept.look(PlaceState.LOST)
    assert kept.changes[-1] == (True, HOLD_S)


async def test_who_is_asked_at_the_laptop_has_as_long_as_it_takes(kept: Kept) -> None:
    kept.look(PlaceState.ASKING)
    assert kept.changes == [(True, None)]
    kept.now_s += 100
    kept.look(PlaceState.ASKING)
    assert kept.left == 0
    kept.look(PlaceState.CONNECTING)
    await until(lambda: kept.changes[-1] == (True, HOLD_S))
    kept.now_s += HOLD_S
    await until(lambda: kept.left == 1)


async def test_outside_of_a_call_nothing_is_held(kept: Kept) -> None:
    kept.look(PlaceState.LOST, is_in_call=False)
    assert kept.changes == []
    kept.look(PlaceState.LOST)
    kept.look(PlaceState.LOST, is_in_call=False)
    assert kept.changes[-1] == (False, None)
