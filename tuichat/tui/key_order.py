"""Keys and pasted text act in the order in which they arrive, also when many arrive in one read."""

import asyncio

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.screen import ModalScreen, Screen
from textual.widget import Widget

MOUNT_LIMIT_S = 2.0  # a dialog that takes longer to appear than this gets its keys late, and in the wrong place (taste)


class OrderedKeysApp(App[int]):
    """Acts on a key at once, and only then looks at the next.

    Textual puts each key into the queue of the widget that has the focus when the key arrives, and what is bound to a key
    (Tab, Backspace, the arrows) runs a queue later. Of `name Tab password` in one read the password would begin in the
    field of the name, where it can be read.
    """

    has_new_key = False  # one whose effect is not drawn yet

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._take_in_order(event)
        else:
            await super().on_event(event)

    async def _take_in_order(self, event: events.Key | events.Paste) -> None:
        if not self.app_focus and isinstance(event, events.Key):
            self.app_focus = True
        await self._wait_for_dialog()
        self.has_new_key = True
        if isinstance(event, events.Key) and await self._check_bindings(event.key, priority=True):
            return
        event._set_forwarded()
        event.bubble = False  # type: ignore[misc]  # of this event alone: what follows here is the way that it would bubble
        for node in self._way_up():
            with node._context():
                await node._on_message(event)
            if event._stop_propagation:
                return
        if isinstance(event, events.Key) and not event._no_default_action:
            await self._check_bindings(event.key)

    def _way_up(self) -> list[Widget]:
        start: DOMNode = self.focused or self.screen
        return [node for node in start.ancestors_with_self if isinstance(node, Widget)]

    async def _wait_for_dialog(self) -> None:
        """Let a dialog that a key has just opened take the focus, before the next key is typed into it."""
        screen: MessagePump = self.screen
        if isinstance(screen, ModalScreen) and not screen._is_mounted:
            try:
                await asyncio.wait_for(screen._mounted_event.wait(), MOUNT_LIMIT_S)
            except TimeoutError:
                return


class EchoingScreen(Screen[None]):
    """Draws what a key does at once. Textual would wait for its next frame, a sixtieth of a second later."""

    def _on_idle(self, event: events.Idle) -> None:  # type: ignore[override]  # runs before Textual's own, which it does not replace
        app = self.app
        if self._dirty_widgets and isinstance(app, OrderedKeysApp) and app.has_new_key:
            app.has_new_key = False
            self._on_timer_update()
