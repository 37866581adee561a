"""Reading: scrolling, older pages, the "new" line, what counts as read."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from textual import on

from tuichat.client import change
from tuichat.tui import gestures
from tuichat.tui.screens.chat.subject import Subject

if TYPE_CHECKING:
    from tuichat.config.schema import Settings


class Reading(Subject):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._is_focused = True  # the terminal
        self.kept_unread: int | None = None  # a channel that is to stay unread while it is shown

    def action_page_up(self) -> None:
        self.messages.action_page_up()

    def action_page_down(self) -> None:
        self.messages.action_page_down()

    def action_scroll_home(self) -> None:
        self.messages.action_scroll_home()

    def action_scroll_end(self) -> None:
        self.messages.action_scroll_end()

    @on(gestures.OlderAsked)
    def _older_asked(self) -> None:
        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None:
            return

        async def load() -> None:
            try:
                await client.load_history(channel_id)
            finally:
                self.messages.history_failed()

        self.attempt(load())

    @on(gestures.EndReached)
    def _end_reached(self) -> None:
        self._mark_read()

    @on(gestures.ViewMoved)
    def _view_moved(self, event: gestures.ViewMoved) -> None:
        self._below, self._follows, self._is_past = event.below, event.follows, event.is_past
        self.show_status()

    def _notice_message(self, account_key: str, added: change.MessageAdded) -> None:
        """Put the "new" line where the reader looked away."""
        client = self._clients.get(account_key)
        if client is None:
            return
        timeline = client.state.timelines.get(added.channel_id)
        index = timeline.index_of_key(added.key) if timeline is not None else None
        if timeline is None or index is None:
            return
        entry = timeline[index]
        is_here = (account_key, added.channel_id) == (self.chosen.account_key, self.chosen.channel_id)
        is_mine = client.state.me is not None and entry.message.author.id == client.state.me.id
        if is_here and is_mine:
            self._clear_new_line()
        elif is_here and not self._is_focused and self.open_channel_memory.new_after is None and index > 0:
            self.open_channel_memory.new_after = timeline[index - 1].message.id
            self.messages.set_new_after(self.open_channel_memory.new_after)

    def _clear_new_line(self) -> None:
        if self.chosen.channel_id is not None:
            self.open_channel_memory.new_after = None
            self.messages.set_new_after(None)

    def _mark_read(self) -> None:
        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None or not self._is_focused or channel_id == self.kept_unread:
            return
        if not self.shows_talk:
            return  # who speaks is shown, not what is written there
        if client.state.is_unread(channel_id) or client.state.mention_count(channel_id):
            self.attempt(client.mark_read(channel_id))

    def _focus_changed(self, is_focused: bool) -> None:
        """Notice that the reader looks at another window, or is back."""
        self._is_focused = is_focused
        if is_focused and self.messages.follows:
            self._mark_read()
