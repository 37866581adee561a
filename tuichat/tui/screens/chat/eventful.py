"""Scheduled events on the main screen: their list, the page of one, and going to where one is."""

from collections.abc import Sequence

from textual import on

from tuichat.client import change
from tuichat.client.arrival import arrived
from tuichat.client.planned_events import is_on
from tuichat.translation import _
from tuichat.tui import gestures
from tuichat.tui.screens.chat.tabbing import Tabbing


class Eventful(Tabbing):
    def take_changes(self, changes: Sequence[tuple[str, change.Change]]) -> None:
        super().take_changes(changes)
        here = (self.chosen.account_key, self.chosen.guild_id)
        if any(isinstance(item, change.EventsChanged) and (key, item.guild_id) == here for key, item in changes):
            self.show_channels()

    @on(gestures.EventsAsked)
    def action_events(self) -> None:
        from tuichat.tui.screens.events.listing import EventsDialog

        client, guild_id = self.client, self.chosen.guild_id
        if client is None or guild_id is None or guild_id not in client.state.guilds:
            self.app.notify(_("Go to a server first: events are a server's."), severity="warning", timeout=3)
            return
        account_key = client.key

        def left(channel_id: int | None) -> None:
            self._go_and_join(account_key, channel_id)

        dialog = EventsDialog(client, guild_id, now=self._now, is_12h=self._is_12h, gallery=self.gallery)
        self.app.push_screen(dialog, left)

    def show_event(self, account_key: str, guild_id: int, event_id: int) -> None:
        """Show the page of an event; nothing where it is gone."""
        from tuichat.tui.screens.events.page import EventPage

        client = self._clients.get(account_key)
        guild = client.state.guilds.get(guild_id) if client is not None else None
        if client is None or guild is None or event_id not in guild.events:
            self.app.notify(_("That event is over, or was taken away."), timeout=3)
            return

        def left(channel_id: int | None) -> None:
            self._go_and_join(account_key, channel_id)

        page = EventPage(client, guild_id, event_id, now=self._now, is_12h=self._is_12h, gallery=self.gallery)
        self.app.push_screen(page, left)

    async def land(self, account_key: str, channel_id: int, event_id: int | None) -> None:
        """Go to where an invite led, once it is there: into a room that is live, to an event, else to a channel."""
        client = self._clients.get(account_key)
        if client is None or not await arrived(client, channel_id):
            return
        guild = client.state.guild_of(channel_id)
        event = guild.events.get(event_id or 0) if guild is not None else None
        if event is not None and is_on(event) and event.channel_id in client.state.channels:
            channel_id = int(event.channel_id)
        if client.state.room(channel_id) is not None:
            self._go_and_join(account_key, channel_id)
            return
        self.open_channel(account_key, channel_id)
        if event is not None:
            self.show_event(account_key, int(event.guild_id), int(event.id))

    def _go_and_join(self, account_key: str, channel_id: int | None) -> None:
        if channel_id is not None:
            self.open_channel(account_key, channel_id)
            if not self.desk.view.is_here(account_key, channel_id):
                self.join_call(account_key, channel_id)
