"""Threads and forums on the main screen: their lists, beginning one, and the way to the channel above."""

from textual import on

from tuichat.protocol.channel import POST_CHANNELS, THREADS, Channel
from tuichat.text.channel_names import ChannelNames, channel_name
from tuichat.text.markup import plain_text
from tuichat.translation import _
from tuichat.tui import gestures
from tuichat.tui.screens.chat.pin_count import PinCounting

MAX_PROPOSED_CHARACTERS = 40


class Threading(PinCounting):
    def open_channel(self, account_key: str, channel_id: int) -> None:
        client = self._clients.get(account_key)
        channel = None if client is None else client.state.channels.get(channel_id)
        if client is not None and channel is not None and channel.type in POST_CHANNELS:
            self._list_threads(account_key, channel)
        else:
            super().open_channel(account_key, channel_id)

    def _list_threads(self, account_key: str, channel: Channel) -> None:
        from tuichat.tui.screens.threads import ThreadsDialog

        client = self._clients[account_key]

        def left(thread_id: int | None) -> None:
            if thread_id is not None:
                self.open_channel(account_key, thread_id)

        self.app.push_screen(ThreadsDialog(client, channel, now=self._now, is_12h=self._is_12h), left)

    def action_bring_in(self) -> None:
        from tuichat.tui.screens.thread_people import bring_in

        client, channel_id = self.client, self.chosen.channel_id
        parent = self._channel_above()
        if client is None or channel_id is None or parent is None:
            self.app.notify(_("Open a thread first: others are brought into it."), severity="warning", timeout=3)
            return
        thread = (channel_id, channel_name(client.state.channels[channel_id]))
        bring_in(self, client, thread, parent.id, self.show_header)

    def _channel_above(self) -> Channel | None:
        """Return the channel that the thread shown belongs to; None where it is no thread."""
        state, channel_id = self.state, self.chosen.channel_id
        channel = state.channels.get(channel_id) if state is not None and channel_id is not None else None
        if state is None or channel is None or channel.type not in THREADS or not isinstance(channel.parent_id, int):
            return None
        return state.channels.get(channel.parent_id)

    def action_threads(self) -> None:
        state, channel_id = self.state, self.chosen.channel_id
        channel = self._channel_above() or (
            state.channels.get(channel_id) if state is not None and channel_id else None
        )
        if channel is None or state is None or state.guild_of(channel.id) is None:
            self.app.notify(_("Threads stand in a server's channels."), severity="warning", timeout=3)
            return
        self._list_threads(self.chosen.account_key, channel)

    @on(gestures.ParentAsked)
    def action_to_parent(self) -> None:
        parent = self._channel_above()
        if parent is None:
            self.app.notify(_("This is no thread."), timeout=2)
        else:
            self.open_channel(self.chosen.account_key, parent.id)

    def action_begin_thread(self) -> None:
        """Begin one at the selected message, else beside all of them."""
        from tuichat.tui.screens.new_thread import NewThread

        client, state, channel_id = self.client, self.state, self.chosen.channel_id
        channel = state.channels.get(channel_id) if state is not None and channel_id is not None else None
        if client is None or state is None or channel is None or state.guild_of(channel.id) is None:
            self.app.notify(_("Threads stand in a server's channels."), severity="warning", timeout=3)
            return
        if channel.type in THREADS:
            self.app.notify(_("A thread has no threads of its own."), severity="warning", timeout=3)
            return
        entry = self.messages.selected_entry
        message_id, name = None, ""
        if entry is not None and entry.key.isdigit():
            existing = ChannelNames(state, channel.id).thread_at(entry.message)
            if existing is not None:
                self.open_channel(client.key, existing.id)
                return
            message_id = int(entry.message.id)
            words = plain_text(entry.message.content, ChannelNames(state, channel.id))
            name = " ".join(words.split())[:MAX_PROPOSED_CHARACTERS]

        def begun(thread_id: int | None) -> None:
            if thread_id is not None:
                self.open_channel(client.key, thread_id)

        self.app.push_screen(NewThread(client, channel, message_id, name), begun)
