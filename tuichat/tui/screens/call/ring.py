"""A call that rings: who calls, and the two answers."""

import time
from collections.abc import Collection
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Static

from tuichat.client.voice_desk import Incoming
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _, ngettext
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog

MAX_NAMES = 5
QUIET_S = 1.0  # taste: who types faster than a key a second is writing something


class RingDialog(Dialog[bool | None]):
    """Answers whether it was accepted; None when the ringing ended, or the answer was put off: then it rings on.

    It comes while one may be typing, and an answer opens the microphone: no key answers before a second has passed
    without one, and until then letters go on to where they were meant for.
    """

    AUTO_FOCUS = ""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.RING)

    def __init__(self, incoming: Incoming, *, leaves: str = "", free_keys: Collection[str] = ()) -> None:
        """`leaves`: the call that an answer ends. `free_keys` do what they do everywhere in a call, however soon they come."""
        super().__init__()
        self.incoming = incoming
        self._leaves = leaves
        self._free_keys = free_keys
        self._key_s = 0.0  # when the last key came

    def compose(self) -> ComposeResult:
        names = [safe_name(name, _("somebody")) for name in self.incoming.names[:MAX_NAMES]]
        told = ngettext("{names} is in the call.", "{names} are in the call.", len(names)).format(
            names=", ".join(names)
        )
        with Vertical(classes="dialog"):
            title = _("☎ {title} calls").format(title=safe_line(self.incoming.title))
            yield Static(title, classes="dialog-title", markup=False)
            yield Static(told if names else "", classes="dialog-text", markup=False)
            if self._leaves:
                leaving = _("You leave {channel} when you answer.").format(channel=safe_line(self._leaves))
                yield Static(leaving, classes="dialog-text", markup=False)
            yield Static(_("a answers · d declines · esc lets it ring"), classes="dialog-note", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(_("decline"), id="decline", classes="-danger")
                yield Button(_("answer"), id="accept")

    def on_mount(self) -> None:
        self._key_s = time.monotonic()

    def on_key(self, event: events.Key) -> None:
        if event.key in self._free_keys:
            return
        before, self._key_s = self._key_s, time.monotonic()
        if event.key != "escape" and self._key_s - before < QUIET_S:
            event.prevent_default().stop()
            below = self.app.screen_stack[-2].focused if len(self.app.screen_stack) > 1 else None
            if below is not None and event.key not in ("tab", "shift+tab"):
                below.post_message(events.Key(event.key, event.character))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(event.button.id == "accept")

    def action_accept(self) -> None:
        self.dismiss(True)

    def action_decline(self) -> None:
        self.dismiss(False)

    def action_close(self) -> None:
        self.dismiss(None)
