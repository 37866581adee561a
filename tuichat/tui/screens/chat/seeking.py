"""Seeking: searching messages, pins, and the way from what was found and back."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from tuichat.translation import _
from tuichat.tui.rows import Chosen
from tuichat.tui.screens.chat.finding import Finding

if TYPE_CHECKING:
    from tuichat.config.schema import Settings
    from tuichat.tui.screens.found import Target
    from tuichat.tui.screens.search import Searching


class Seeking(Finding):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._searching: dict[tuple[str, int | None], Searching] = {}  # the last one of each guild, by account
        self._found_at: Chosen | None = None  # where a search led, while Esc leads back to it

    def action_search(self) -> None:
        self._push_search(is_new=True)

    def _push_search(self, *, is_new: bool) -> None:
        from tuichat.tui.screens.search import SearchDialog, Searching

        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None:
            self.app.notify(_("Open a channel first: the search begins there."), severity="warning", timeout=3)
            return
        guild = client.state.guild_of(channel_id)
        guild_id = None if guild is None else int(guild.guild.id)
        key = (client.key, guild_id)
        if key not in self._searching or (is_new and self._searching[key].results is None):
            self._searching[key] = Searching()
        searching = self._searching[key]
        dialog = SearchDialog(
            client.state, channel_id, guild_id, client.search, searching, now=self._now, is_12h=self._is_12h
        )
        self.app.push_screen(dialog, self._search_left)

    def _search_left(self, target: "Target | None") -> None:
        self._found_at = None
        if target is not None:
            self._show_target(target)
            self._found_at = self.chosen

    def _show_target(self, target: "Target") -> None:
        self.open_channel(self.chosen.account_key, target.channel_id)
        if self.chosen.channel_id == target.channel_id:
            self.attempt(self.jump(target.message_id))

    def return_to_search(self) -> bool:
        if self._found_at is None or self._found_at != self.chosen:
            return False
        self._found_at = None
        self._push_search(is_new=False)
        return True

    def to_present(self) -> None:
        self._found_at = None
        super().to_present()

    def action_pins(self) -> None:
        from tuichat.tui.screens.pins import PinsDialog

        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None:
            self.app.notify(_("Open a channel first."), severity="warning", timeout=3)
            return
        dialog = PinsDialog(
            client.state,
            channel_id,
            self._title(),
            client.pins.of(channel_id),
            now=self._now,
            is_12h=self._is_12h,
        )
        self.app.push_screen(dialog, self._pins_left)

    def _pins_left(self, target: "Target | None") -> None:
        if target is not None:
            self._show_target(target)
