"""How loud one person is played, up to twice as loud as they come."""

from typing import TYPE_CHECKING

from tuichat.client.voice_desk import MAX_VOLUME_PERCENT
from tuichat.translation import _
from tuichat.tui.screens.slider_dialog import SliderDialog

if TYPE_CHECKING:
    from tuichat.client.voice_desk import VoiceDesk


class VolumeDialog(SliderDialog):
    """Every step is heard at once, and kept."""

    def __init__(self, desk: "VoiceDesk", account_key: str, user_id: int, name: str) -> None:
        """`name` is safe text."""
        heading = _("How loud {name} is for you").format(name=name)
        super().__init__(heading, desk.volume(account_key, user_id), MAX_VOLUME_PERCENT)
        self._desk = desk
        self._account_key = account_key
        self._user_id = user_id

    def note(self) -> str:
        return _("← → change it · 0 as they come · esc closes")

    def use(self, percent: int) -> int:
        """Play so loud from now on."""
        percent = super().use(percent)
        self._desk.set_volume(self._account_key, self._user_id, percent)
        return percent
