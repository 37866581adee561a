"""The emojis that one reacts with in a room, each by a digit: those used lately first, and the way to all others."""

from collections.abc import Sequence

from tuichat.text import emoji_names
from tuichat.text.safe_text import safe_name
from tuichat.translation import _
from tuichat.tui.screens.action_menu import ActionMenu, MenuRow

MAX_QUICK = 9  # digits
OTHER, OTHER_DIGIT = "other", "0"


class QuickReactions(ActionMenu):
    """Answers with an emoji, or OTHER."""

    def __init__(self, recent: Sequence[str]) -> None:
        """`recent` are unicode emojis, and a server's own as `name:id`."""
        offered = list(dict.fromkeys([*recent, *emoji_names.USUAL]))[:MAX_QUICK]
        rows = [MenuRow(value, _told(value), str(digit)) for digit, value in enumerate(offered, 1)]
        super().__init__([*rows, MenuRow(OTHER, _("another emoji"), OTHER_DIGIT)], _("React in the room"))


def _told(value: str) -> str:
    name, _colon, emoji_id = value.partition(":")
    if emoji_id:
        return f":{safe_name(name)}:"
    return f"{safe_name(value)}  {emoji_names.name_of(value)}"
