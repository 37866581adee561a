"""Gestures of a room: what is to be done in it, and with whom."""

from tuichat.tui.gestures import Gesture


class RoomDeedAsked(Gesture):
    """Something is to be done in the room in view: `deed` is an action's name in the table of keys, `user_id` whom the
    cursor is on."""

    def __init__(self, deed: str, user_id: int | None = None) -> None:
        super().__init__()
        self.deed = deed
        self.user_id = user_id


class RoomPersonChosen(Gesture):
    """Somebody in the room was chosen: what can be done with them is to be listed."""

    def __init__(self, user_id: int) -> None:
        super().__init__()
        self.user_id = user_id


class AudienceWanted(Gesture):
    """The end of what is known of the audience came into view."""


class RoomCursorMoved(Gesture):
    """The cursor is on somebody else, or on nobody."""
