"""The doctor waits until it is known where the sound is, and asks one way after the other."""

import asyncio

import pytest

from tests.client.waiting import until
from tuichat.doctor import sound_place
from tuichat.doctor.sound_place import SoundPlace
from tuichat.voice.place_protocol import (
    PlaceRequest,
    PlacesChanged,
    PlaceState,
    TryWays,
    WaysTried,
)
from tuichat.voice.place_protocol import SoundPlace as Known

KEY = "0123456789abcdef"
LAPTOP = Known(key=KEY, name="ada's\x1b]2;x\x07 laptop", began_s=1.0)
TRY = TryWays("198.51.100.7", 50_000, 3)


def told(state: PlaceState, sentence: str = "", rtt_ms: float | None = None) -> PlacesChanged:
    return PlacesChanged(places=(LAPTOP,), key=KEY, state=state, sentence=sentence, rtt_ms=rtt_ms)


async def settled(place: SoundPlace, *reports: PlacesChanged) -> list[str]:
    """Return what was shown until it settled, which it does not before the last of these."""
    shown: list[str] = []
    waiting = asyncio.create_task(place.settle(shown.append))
    for report in reports:
        await asyncio.sleep(0)
        assert not waiting.done()
        place.take(report)
    await waiting
    return shown


async def test_this_machine_is_known_at_once() -> None:
    place = SoundPlace(lambda request: None)
    assert await settled(place, PlacesChanged()) == []
    assert (place.is_laptop, place.is_ready, place.name) == (False, True, "")


async def test_a_laptop_is_waited_for_and_its_name_is_safe() -> None:
    place = SoundPlace(lambda request: None)
    assert (
        await settled(place, told(PlaceState.CONNECTING), told(PlaceState.READY), told(PlaceState.READY, rtt_ms=9.0))
        == []
    )
    assert (place.is_laptop, place.is_ready) == (True, True)
    assert "\x1b" not in place.name
    assert "laptop" in place.name


async def test_the_question_to_its_owner_is_told_and_waited_for() -> None:
    place = SoundPlace(lambda request: None)
    assert await settled(place, told(PlaceState.ASKING, "Say yes there."), told(PlaceState.REFUSED, "no")) == [
        "Say yes there."
    ]
    assert not place.is_ready


@pytest.mark.parametrize("state", [None, PlaceState.CONNECTING, PlaceState.ASKING])
async def test_one_who_never_answers_is_not_waited_for_for_ever(
    state: PlaceState | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound_place, "ANSWER_TIMEOUT_S", 0.01)
    monkeypatch.setattr(sound_place, "CONSENT_TIMEOUT_S", 0.01)
    place = SoundPlace(lambda request: None)
    if state is not None:
        place.take(told(state))
    await place.settle(lambda line: None)
    assert not place.is_ready


async def test_ways_are_tried_one_after_the_other() -> None:
    asked: list[PlaceRequest] = []
    place = SoundPlace(asked.append)
    first, second = (asyncio.create_task(place.try_ways(TRY)) for _ in range(2))
    await until(lambda: len(asked) == 1)
    place.take(WaysTried(direct_ms=1.0))
    assert (await first).direct_ms == 1.0
    await until(lambda: len(asked) == 2)
    place.take(WaysTried(direct_ms=2.0))
    assert (await second).direct_ms == 2.0
    place.take(WaysTried())


async def test_without_an_answer_the_way_through_ssh_is_known_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound_place, "WAYS_TIMEOUT_S", 0.01)
    place = SoundPlace(lambda request: None)
    assert await place.try_ways(TRY) == WaysTried()
    place.take(told(PlaceState.READY, rtt_ms=23.0))
    assert await place.try_ways(TRY) == WaysTried(ssh_ms=23.0)
