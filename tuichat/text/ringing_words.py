"""Tells who is in a private call what became of its ringing: who declined, and who did not answer."""

from tuichat.client.voice_desk import Rung, Stage, VoiceView
from tuichat.text.safe_text import safe_name
from tuichat.translation import _

DECLINED_WITHIN_S = 25.0  # a server rings for half a minute; who has it stop earlier does so on purpose


class RingWatch:
    """Is shown every view, with the time."""

    def __init__(self) -> None:
        self._channel_id: int | None = None
        self._rings: dict[Rung, float] = {}  # since when, in seconds

    def look(self, view: VoiceView, now_s: float) -> list[str]:
        """Return a sentence for everybody whom the call has stopped ringing, and who has not come."""
        channel_id = view.channel_id if view.stage is Stage.CONNECTED else None
        before = self._rings if channel_id == self._channel_id else {}
        self._channel_id = channel_id
        self._rings = {} if channel_id is None else {rung: before.get(rung, now_s) for rung in view.ringing}
        there = {person.user_id for person in view.people}
        return [
            (
                _("{name} declined the call.") if now_s - since_s < DECLINED_WITHIN_S else _("{name} did not answer.")
            ).format(name=safe_name(rung.name, _("somebody")))
            for rung, since_s in before.items()
            if rung not in self._rings and rung.user_id not in there
        ]
