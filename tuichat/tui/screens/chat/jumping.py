"""Jumping: to a message wherever it stands, a day, the first unread one, the present, and back to where one was."""

from datetime import datetime

from textual import on

from tuichat.client import timeline
from tuichat.translation import _
from tuichat.tui import gestures
from tuichat.tui.day_words import snowflake_at
from tuichat.tui.messages.view import ViewPosition
from tuichat.tui.screens.chat.reading import Reading

MAX_WAY_BACK = 30  # taste
PAGE = 50


class Jumping(Reading):
    async def jump(self, message_id: int, *, is_message: bool = True) -> None:
        """Bring a message of the channel shown into view; without `is_message` the first one from that id on.

        Raises ClientError.
        """
        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None:
            return
        memory, before = self.open_channel_memory, self.messages.position()
        await client.history.load_around(channel_id, message_id)
        if self.open_channel_memory is not memory:
            return  # the reader went on to another channel meanwhile
        self.show_stretch()
        if memory.came_from[-1:] != [before]:
            memory.came_from = [*memory.came_from, before][-MAX_WAY_BACK:]
        entry = self.messages.show_at(message_id)
        if is_message and entry is not None and entry.message.id == message_id:
            self.messages.select(entry.key)
        elif is_message:
            self.app.notify(_("That message is gone. This is where it stood."), severity="warning", timeout=4)

    def show_stretch(self) -> None:
        """Show what of the channel is being read now: its present, or a window into its past."""
        state, channel_id = self.state, self.chosen.channel_id
        if state is not None and channel_id is not None:
            self.messages.replace_messages(state.shown(channel_id))

    @on(gestures.JumpAsked)
    def _jump_asked(self, event: gestures.JumpAsked) -> None:
        self.attempt(self.jump(event.message_id))

    @on(gestures.NewerAsked)
    def _newer_asked(self) -> None:
        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None:
            return

        async def load() -> None:
            try:
                await client.history.load_newer(channel_id, PAGE)
            finally:
                self.messages.history_failed()

        self.attempt(load())

    @on(gestures.EndAsked)
    def _end_asked(self) -> None:
        self.to_present()

    def to_present(self) -> None:
        """Leave the past, and show the newest message."""
        client, channel_id = self.client, self.chosen.channel_id
        if client is not None and channel_id is not None:
            self.open_channel_memory.came_from = []
            client.history.leave_window(channel_id)
            self.show_stretch()
            self.messages.scroll_to_end()

    # A day.

    @on(gestures.DateAsked)
    def action_jump_to_date(self) -> None:
        from tuichat.tui.screens.day_dialog import DayDialog

        if self.chosen.channel_id is not None:
            self.app.push_screen(DayDialog(self._now(), is_12h=self._is_12h), self._day_chosen)

    def _day_chosen(self, moment: datetime | None) -> None:
        if moment is not None:
            self.attempt(self.jump(snowflake_at(moment), is_message=False))

    # What is unread.

    @on(gestures.UnreadAsked)
    def action_jump_to_unread(self) -> None:
        state, channel_id = self.state, self.chosen.channel_id
        if state is None or channel_id is None:
            return
        after = self.open_channel_memory.new_after
        if after is None:
            self.app.notify(_("Everything here is read."), timeout=2)
            return
        self.attempt(self.jump(after + 1, is_message=False))

    @on(gestures.ReadAsked)
    def _read_asked(self) -> None:
        client, channel_id = self.client, self.chosen.channel_id
        if client is not None and channel_id is not None:
            self._clear_new_line()
            self.attempt(client.mark_read(channel_id))

    # Back.

    def return_to_search(self) -> bool:
        """Show what a search found, where it led here; the subject of seeking does it."""
        return False

    def action_jump_back(self) -> None:
        if not self.open_channel_memory.came_from:
            self.app.notify(_("You have not jumped anywhere here."), timeout=2)
            return
        self.go_back_here()

    def go_back_here(self) -> bool:
        """Show what was in view before the last jump within this channel; False where there was none."""
        came_from = self.open_channel_memory.came_from
        if not came_from or self.chosen.channel_id is None:
            return False
        position = came_from.pop()
        self.messages.select(None)
        if position.anchor is None:
            self.to_present()
        else:
            self.attempt(self._restore(position))
        return True

    async def _restore(self, position: ViewPosition) -> None:
        client, channel_id, memory = self.client, self.chosen.channel_id, self.open_channel_memory
        if client is None or channel_id is None or position.anchor is None:
            return
        key = position.anchor.key
        state = client.state
        if key.isdigit() and not timeline.covers(state.shown(channel_id), int(key)):
            await client.history.load_around(channel_id, int(key))
        if self.open_channel_memory is memory:
            self.show_stretch()
            self.messages.restore(position)
