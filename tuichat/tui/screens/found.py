"""What the dialogs of found messages share: pages on scroll, a jump on Enter or click, a sentence below."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import msgspec
from textual import on

from tuichat.client.errors import ClientError
from tuichat.client.found import FoundMessages
from tuichat.client.state import Entry, State
from tuichat.text.channel_names import ChannelNames, channel_name
from tuichat.text.safe_text import safe_line
from tuichat.tui import gestures, message_gestures, rows
from tuichat.tui.messages.drawn_messages import ChannelView
from tuichat.tui.messages.view import ViewPosition
from tuichat.tui.panes.message_list import MessageList
from tuichat.tui.screens.dialog import Dialog


class Target(msgspec.Struct, frozen=True):
    """Where to go: a message of a channel."""

    channel_id: int
    message_id: int


class Pages(Protocol):
    """A list of messages that is read page by page."""

    found: FoundMessages

    async def load(self) -> None: ...


class FoundDialog(Dialog[Target | None]):
    """Answers with the message to go to. A subclass composes it, with a MessageList in it."""

    offers: tuple[str, ...] = ("open",)  # buttons of the selected message

    def __init__(self, state: State, channel_id: int, *, now: Callable[[], datetime], is_12h: bool) -> None:
        super().__init__()
        self.account_state = state
        self._channel_id = channel_id
        self._clock = now
        self._is_12h = is_12h
        self._pages: Pages | None = None

    @property
    def found_list(self) -> MessageList:
        return self.query_one(MessageList)

    def show_pages(
        self, pages: Pages, position: ViewPosition, beginning: tuple[str, str], *, tells_place: bool
    ) -> None:
        """Show messages from now on; `beginning` is said above the first one, and where there is none."""
        self._pages = pages
        names = ChannelNames(self.account_state, self._channel_id)
        view = ChannelView(
            pages.found,
            names,
            "",
            None,
            self._is_12h,
            place_of=self._place if tells_place else lambda entry: "",
            offers=self.offers,
            beginning=beginning,
        )
        self.found_list.show_channel(view, position)
        if position.anchor is None:
            self.found_list.show_top()

    def _place(self, entry: Entry) -> str:
        channel = self.account_state.channels.get(entry.message.channel_id)
        return "" if channel is None else rows.channel_kind(channel).value + channel_name(channel)

    async def load_page(self) -> None:
        """Read the next page and show it; what fails is told."""
        pages = self._pages
        if pages is None:
            return
        is_first = not len(pages.found)
        error: ClientError | None = None
        try:
            await pages.load()
        except ClientError as failure:
            error = failure
        if pages is not self._pages or not self.query(MessageList):
            return  # other results are shown by now, or the dialog is being closed
        if error is not None:
            self.loading_failed(error)
            return
        self.found_list.history_failed()
        self.found_list.timeline_changed()
        if is_first:
            self.found_list.show_top()
        self.page_loaded()

    def page_loaded(self) -> None:
        """Tell how many there are; the subclass does."""

    def loading_failed(self, error: ClientError) -> None:
        self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)

    @on(gestures.NewerAsked)
    def _newer_asked(self, event: gestures.NewerAsked) -> None:
        event.stop()
        self.run_worker(self.load_page())

    @on(message_gestures.MessageOpened)
    def _message_opened(self, event: message_gestures.MessageOpened) -> None:
        event.stop()
        index = None if self._pages is None else self._pages.found.index_of_key(event.key)
        if self._pages is not None and index is not None:
            message = self._pages.found[index].message
            self.leave(Target(int(message.channel_id), int(message.id)))

    @on(gestures.JumpAsked)
    def _jump_asked(self, event: gestures.JumpAsked) -> None:
        """The original of a reply that was found stands in the reply's channel."""
        event.stop()
        entry = self.found_list.selected_entry
        channel_id = self._channel_id if entry is None else int(entry.message.channel_id)
        self.leave(Target(channel_id, event.message_id))

    def leave(self, target: Target | None) -> None:
        self.dismiss(target)

    def action_close(self) -> None:
        self.leave(None)
