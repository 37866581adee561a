"""The pins of a channel, in the list that shows its messages too."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.client.errors import ClientError
from tuichat.client.pins import PinList
from tuichat.client.state import State
from tuichat.protocol.permissions import Permissions
from tuichat.text.safe_text import safe_line
from tuichat.translation import _, ngettext
from tuichat.tui import keys, message_gestures
from tuichat.tui.messages.view import ViewPosition
from tuichat.tui.panes.message_list import MessageList
from tuichat.tui.screens.confirm import ConfirmDialog
from tuichat.tui.screens.found import FoundDialog


class PinsDialog(FoundDialog):
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)
    offers: tuple[str, ...] = ("open", "unpin")

    def __init__(
        self, state: State, channel_id: int, title: str, pins: PinList, *, now: Callable[[], datetime], is_12h: bool
    ) -> None:
        super().__init__(state, channel_id, now=now, is_12h=is_12h)
        self._heading = title
        self._pins = pins

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall -large"):
            yield Static(_("Pins of {channel}").format(channel=self._heading), classes="dialog-title", markup=False)
            yield MessageList(now=self._clock, id="found")
            yield Static("", id="found-note", classes="dialog-note", markup=False)

    async def on_mount(self) -> None:
        self.found_list.focus()
        nothing = _("Nothing is pinned here. An important message can be: pin it where it stands.")
        self.show_pages(self._pins, ViewPosition(), ("", nothing), tells_place=False)
        self.query_one("#found-note", Static).update(_("reading …"))
        await self.load_page()
        if not len(self._pins.found):
            return
        try:
            await self._pins.acknowledge()
        except ClientError:
            return  # seen all the same; a server without the route is none to complain of

    @property
    def _may_unpin(self) -> bool:
        if self.account_state.guild_of(self._channel_id) is None:
            return True
        wanted = Permissions.PIN_MESSAGES | Permissions.MANAGE_MESSAGES
        return bool(self.account_state.permissions(self._channel_id) & wanted)

    def page_loaded(self) -> None:
        count = len(self._pins.found)
        words = ngettext("{count} pin", "{count} pins", count).format(count=count)
        more = "+" if self._pins.found.has_newer else ""
        unpins = _(" · d takes the pin away") if self._may_unpin and count else ""
        jumps = _(" · enter jumps there") if count else ""
        self.query_one("#found-note", Static).update(f"{words}{more}{jumps}{unpins}" + _(" · esc closes"))

    @on(message_gestures.DeleteAsked)
    def _delete_asked(self, event: message_gestures.DeleteAsked) -> None:
        event.stop()
        if not self._may_unpin:
            self.app.notify(_("You may not take pins away here."), severity="warning", timeout=3)
            return
        message_id = int(event.key)

        async def decided(is_sure: bool | None) -> None:
            if not is_sure:
                return
            try:
                await self._pins.unpin(message_id)
            except ClientError as error:
                self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
                return
            self.found_list.timeline_changed()
            self.page_loaded()

        self.app.push_screen(ConfirmDialog(_("Take this pin away?"), "", _("unpin")), decided)
