"""What can be pressed in the selected message: buttons, menus, answers of polls and reactions, each by its number."""

from textual import events

from tuichat.client.state import Entry
from tuichat.tui import keys, message_gestures
from tuichat.tui.messages.chips import NUMBERED
from tuichat.tui.messages.text_selecting import TextSelecting
from tuichat.tui.widgets.line import Line, Zone

# What the list of all that can be pressed tells, the numbered things among it.
LISTED = (
    *NUMBERED,
    "poll:",
    "link:",
    "emoji:",
    "time:",
    "channel:",
    "user:",
    "reveal",
    "react",
    "dismiss",
    "file:",
    "jump:",
)


def pressables(lines: list[Line], beginnings: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return what can be pressed in drawn lines, in order and each once: what it means, and the words that stand on it."""
    found: dict[str, str] = {}
    for line in lines:
        for zone in line.zones:
            if not zone.action.startswith(beginnings):
                continue
            words = _told(zone) or line.strip.crop(zone.start, zone.end).text.strip()
            known = found.get(zone.action, "")
            found[zone.action] = f"{known} {words}".strip() if len(known) < 60 and words != known else known
    return list(found.items())


def _told(zone: Zone) -> str:
    """Return the words for a picture; empty for what has words of its own."""
    kind, _colon, what = zone.action.partition(":")
    return {"emoji": f":{what}:", "picture": f"▤ {what}"}.get(kind, "")


class Pressing(TextSelecting):
    """Messages whose parts can be pressed."""

    _digit = ""  # the key that was pressed last, where it is a digit

    @property
    def selected_entry(self) -> Entry | None:
        if self._view is None or self._drawn.selected is None:
            return None
        index = self._view.timeline.index_of_key(self._drawn.selected)
        return None if index is None else self._view.timeline[index]

    def _act(self, action: str, entry: Entry) -> None:
        """Do what a part of a message means; the subclass knows."""
        raise NotImplementedError

    def on_key(self, event: events.Key) -> None:
        """Remember which digit is pressed: the action that follows is not told its key."""
        self._digit = event.key if event.key in keys.DIGITS else ""

    def _lines_of_selected(self) -> list[Line]:
        key = self._drawn.selected
        index = None if key is None else self._keys.index_of_key(key)
        return [] if index is None else self._lines_of(index)

    def action_press(self) -> None:
        """Press what has the number of the key; without a number, list all that can be pressed."""
        entry, digit = self.selected_entry, self._digit
        self._digit = ""
        if entry is None:
            return
        lines = self._lines_of_selected()
        if not digit:
            self.post_message(message_gestures.PressablesAsked(entry.key, pressables(lines, LISTED)))
            return
        numbered = pressables(lines, NUMBERED)
        if int(digit) <= len(numbered):
            self._act(numbered[int(digit) - 1][0], entry)

    def press(self, key: str, action: str) -> None:
        """Do what was chosen from the list of all that can be pressed in a message."""
        entry = self.selected_entry
        if entry is not None and entry.key == key:
            self._act(action, entry)
