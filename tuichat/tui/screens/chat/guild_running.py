"""Running a server: the screens for it."""

from textual import on

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
