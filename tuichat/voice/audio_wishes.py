"""What the person and the call want of the sound, and what follows for devices and microphone: plain decisions."""

from typing import Literal

MuteStyle = Literal["close", "instant"]


class AudioWishes:
    """Set its attributes, then ask its properties."""

    def __init__(self) -> None:
        self.is_in_call = False
        self.is_muted = False
        self.mute_style: MuteStyle = "close"
        self.has_meter = False
        self.is_testing = False
        self.is_sounding = False

    @property
    def may_send(self) -> bool:
        """Whether the microphone goes to the others, if the gate lets it."""
        return self.is_in_call and not (self.is_testing or self.is_muted)

    @property
    def microphone(self) -> bool:
        """Whether the microphone is to be open."""
        is_kept = self.is_in_call and (not self.is_muted or self.mute_style == "instant")
        return is_kept or self.has_meter or self.is_testing

    @property
    def speaker(self) -> bool:
        """Whether the speaker is to be open; also while deafened, for one's own sounds."""
        return self.is_in_call or self.is_testing or self.is_sounding
