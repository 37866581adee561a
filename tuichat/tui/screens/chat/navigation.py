"""Going from channel to channel."""

from textual import on

from tuichat.translation import _
from tuichat.tui import gestures, message_gestures, rows
from tuichat.tui.rows import Chosen
from tuichat.tui.screens.chat.frame import NARROW
from tuichat.tui.screens.chat.room_page import RoomPage


class Navigation(RoomPage):
    def open_channel(self, account_key: str, channel_id: int) -> None:
        client = self._clients.get(account_key)
        if client is None:
            return
        channel = client.state.channels.get(channel_id)
        if channel is None:
            self.show_notice(_("That channel is not one that you see."))
            return
        if channel.type in rows.UNCHOOSABLE:
            self.show_notice(_("The screen cannot show this kind of channel yet."))
            return
        guild_id = int(channel.guild_id) if isinstance(channel.guild_id, int) else rows.PRIVATE
        self.go_to(Chosen(account_key, guild_id, channel_id))

    def go_to(self, chosen: Chosen) -> None:
        before = self.chosen
        super().go_to(chosen)
        self._hide_overlays()
        self._below, self._follows, self._is_past = 0, True, False
        self.composer.focus()
        if self.spoken_page is not None:
            self.desk.start()
            self._show_voice()
            self.spoken_page.focus()
        client = self.client
        if client is not None and chosen.channel_id is not None and chosen != before:
            self.attempt(client.open_channel(chosen.channel_id))
            if (
                chosen.guild_id
                and chosen.guild_id != before.guild_id
                and not client.state.lists_lazily(chosen.guild_id)
            ):
                self.attempt(client.members.ask_for_all(chosen.guild_id))
            self._open_member_list()

    @on(gestures.GuildChosen)
    def _guild_chosen(self, event: gestures.GuildChosen) -> None:
        self.go_to_guild(event.account_key, event.guild_id)
        if self.has_class(NARROW):
            self.add_class("-channels-shown")
            self.channels.focus()

    @on(gestures.AccountChosen)
    def _account_chosen(self, event: gestures.AccountChosen) -> None:
        self.go_to(Chosen(event.account_key))

    @on(gestures.ChannelChosen)
    def _channel_chosen(self, event: gestures.ChannelChosen) -> None:
        self.open_channel(event.account_key, event.channel_id)
        self._hide_overlays()
        self.main_pane.focus()

    @on(message_gestures.ChannelLinkChosen)
    def _channel_link_chosen(self, event: message_gestures.ChannelLinkChosen) -> None:
        self.open_channel(self.chosen.account_key, event.channel_id)

    @on(gestures.CategoryToggled)
    def _category_toggled(self, event: gestures.CategoryToggled) -> None:
        self._folded ^= {event.category_id}
        self.show_channels()
        self.keep_layout()

    def go_to_account(self, account_key: str) -> None:
        if account_key in self._clients and account_key != self.chosen.account_key:
            self.go_to(Chosen(account_key))
            self._choose_somewhere()

    @on(gestures.MemberRowsWanted)
    def _member_rows_wanted(self, event: gestures.MemberRowsWanted) -> None:
        self._open_member_list(event.first, event.last)

    def _open_member_list(self, first: int = 0, last: int = 0) -> None:
        """Ask for rows of a large guild's list of members; what was asked for already is not asked for again."""
        client, guild_id, channel_id = self.client, self.chosen.guild_id, self.chosen.channel_id
        if client is not None and channel_id is not None and guild_id and client.state.lists_lazily(guild_id):
            self.attempt(client.members.open_list(channel_id, first, last))
