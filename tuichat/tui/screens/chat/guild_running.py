"""Running a server: the screens for it."""

from textual import on

from tuichat.protocol.channel import THREADS
from tuichat.translation import _
from tuichat.tui import gestures
from tuichat.tui.screens.chat.notices import Notices


class GuildRunning(Notices):
    @on(gestures.GuildSettingsAsked)
    def action_guild_settings(self) -> None:
        from tuichat.tui.screens.settings.menu import GuildMenu

        client, guild_id = self.client, self.chosen.guild_id
        if client is None or guild_id is None or guild_id not in client.state.guilds:
            self.app.notify(_("Go to a server first: these are its settings."), severity="warning", timeout=3)
            return
        self.app.push_screen(GuildMenu(client, guild_id))

    @on(gestures.ChannelSettingsAsked)
    def action_channel_settings(self) -> None:
        """Show those of the channel in view, of a thread's channel where it is one."""
        from tuichat.tui.screens.settings.channel import ChannelPage

        client, channel_id = self.client, self.chosen.channel_id
        channel = client.state.channels.get(channel_id) if client is not None and channel_id is not None else None
        if client is not None and channel is not None and channel.type in THREADS:
            channel = client.state.channels.get(channel.parent_id) if isinstance(channel.parent_id, int) else None
        if client is None or channel is None or not isinstance(channel.guild_id, int):
            self.app.notify(
                _("Go to a channel of a server first: these are its settings."), severity="warning", timeout=3
            )
            return
        self.app.push_screen(ChannelPage(client, int(channel.guild_id), int(channel.id)))
