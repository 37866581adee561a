"""Where the desk's sound is, as the voice process tells it, and one's place in a call while it is away."""

from collections.abc import Callable

from msgspec.structs import replace

from tuichat.client.sound_hold import HOLD_S, SoundHold
from tuichat.client.voice_desk import VoicePlace
from tuichat.translation import _
from tuichat.voice.place_protocol import HERE, ChoosePlace, PlacesChanged, PlaceState


class DeskPlace:
    """`changed` is called when one is to be muted for others or no more, and while a call's last seconds are counted.

    `leave` is given the sentence that says why the call is over.
    """

    def __init__(
        self,
        ask: Callable[[ChoosePlace], None],
        *,
        is_in_call: Callable[[], bool],
        changed: Callable[[], None],
        leave: Callable[[str], None],
    ) -> None:
        self._ask = ask
        self._is_in_call = is_in_call
        self._leave = leave
        self._told = PlacesChanged()
        self._hold = SoundHold(changed, self._give_up)

    @property
    def is_away(self) -> bool:
        """Whether one is to be muted for the others, since the sound is away."""
        return self._hold.is_away

    @property
    def view(self) -> VoicePlace:
        told = self._told
        return VoicePlace(
            key=told.key,
            name=next((each.name for each in told.places if each.key == told.key), ""),
            state=told.state,
            sentence=told.sentence,
            rtt_ms=told.rtt_ms,
            leaves_in_s=self._hold.leaves_in_s,
            chosen=told.chosen,
            laptops=told.places,
        )

    def take(self, report: PlacesChanged) -> None:
        self._told = report
        self.look()

    def look(self) -> None:
        """Follow whether there is a call to keep."""
        self._hold.look(self._told, is_in_call=self._is_in_call())

    def engine_gone(self) -> None:
        """Have a call whose sound was on a laptop go on there alone: the next engine would begin it with this machine's."""
        if self._is_in_call() and self._told.key != HERE:
            self._told = replace(self._told, state=PlaceState.LOST, rtt_ms=None)
            self._ask(ChoosePlace(self._told.key))
        else:
            self._told = PlacesChanged()
        self.look()

    def close(self) -> None:
        self._hold.close()

    def _give_up(self) -> None:
        sentence = _(
            "The sound of {name} did not come back within {seconds} s, so you have left. Join again when it is there."
        )
        self._leave(sentence.format(name=self.view.name or _("your laptop"), seconds=HOLD_S))
