"""Where the desk's sound is, with and without a call, and what an engine that ends leaves of it."""

from tuichat.client.desk_place import DeskPlace
from tuichat.voice.place_protocol import HERE, ChoosePlace, PlacesChanged, PlaceState, SoundPlace

LAPTOP = SoundPlace(key="0123456789abcdef", name="mobile", began_s=1.0)
THERE = PlacesChanged(places=(LAPTOP,), key=LAPTOP.key, rtt_ms=23.0)


class Call:
    """Somebody in a call, or not."""

    def __init__(self, *, is_in_call: bool) -> None:
        self.is_in_call = is_in_call
        self.asked: list[ChoosePlace] = []
        self.left: list[str] = []
        self.place = DeskPlace(
            self.asked.append, is_in_call=lambda: self.is_in_call, changed=lambda: None, leave=self.left.append
        )


def test_the_laptop_is_known_by_its_name() -> None:
    call = Call(is_in_call=False)
    assert (call.place.view.key, call.place.view.name) == (HERE, "")
    call.place.take(THERE)
    assert (call.place.view.key, call.place.view.name, call.place.view.rtt_ms) == (LAPTOP.key, "mobile", 23.0)


async def test_a_call_on_a_laptop_waits_for_it_when_the_engine_ends() -> None:
    call = Call(is_in_call=True)
    call.place.take(THERE)
    call.place.engine_gone()
    assert call.asked == [ChoosePlace(LAPTOP.key)]
    assert (call.place.view.state, call.place.view.rtt_ms) == (PlaceState.LOST, None)
    assert call.place.is_away
    call.place.take(THERE)
    assert not call.place.is_away
    call.place.close()


def test_without_a_call_nothing_of_the_engine_is_kept() -> None:
    call = Call(is_in_call=False)
    call.place.take(THERE)
    call.place.engine_gone()
    assert call.asked == []
    assert not call.place.view.is_laptop
