"""Gestures of a call: into it and out of it, what is said and heard in it, and who is there."""

from typing import Any

from textual.screen import Screen

from tuichat.tui.gestures import Gesture


class EngineRetryAsked(Gesture):
    """The audio engine is to be started again."""


class StripWanted(Gesture):
    """A screen has come up on which a call is to be told of, if there is one."""

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__()
        self.screen = screen


class JoinCallAsked(Gesture):
    """The voice channel in view is to be joined, or the call of the private channel in view."""


class LeaveCallAsked(Gesture):
    pass


class CallChannelAsked(Gesture):
    """The channel of the call is to be shown."""


class MuteToggled(Gesture):
    pass


class DeafenToggled(Gesture):
    pass


class TalkPressed(Gesture):
    """The TALK button was pressed, or let go."""

    def __init__(self, is_pressed: bool) -> None:
        super().__init__()
        self.is_pressed = is_pressed


class CallStatsAsked(Gesture):
    """How well the call goes is to be shown, by person."""


class VoiceSettingsAsked(Gesture):
    pass


class SoundboardAsked(Gesture):
    pass


class VoicePersonChosen(Gesture):
    """Somebody in a voice channel was chosen: what can be done with them there is to be listed."""

    def __init__(self, user_id: int) -> None:
        super().__init__()
        self.user_id = user_id
