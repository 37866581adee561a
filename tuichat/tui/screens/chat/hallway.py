"""The hallway from the main screen: opening it, coming into a room, and being told who of those one follows is live."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from tuichat.client import change
from tuichat.client.arrival import arrived
from tuichat.client.hallway_board import ComingEntry, LiveEntry
from tuichat.client.notice import Circumstances, Verdict, judge_live
from tuichat.protocol.live_room import FoundRoom
from tuichat.text.hallway_words import went_live
from tuichat.text.notice_text import Notice
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui.key_table import shown
from tuichat.tui.keys import BY_ID
from tuichat.tui.screens.chat.finding import Finding
from tuichat.tui.screens.chat.notices import Notices

if TYPE_CHECKING:
    from tuichat.client.client import Client
    from tuichat.config.schema import Settings
    from tuichat.tui.screens.hallway import Entry

TOLD_S = 8.0  # how long a notice of a room stands
MAX_TOLD = 20  # rooms that a notice may still lead to
GATHER_MS, MAX_AT_ONCE = 10_000, 3  # taste: more notices of rooms than this in that time are told as one
_PLAIN = str.maketrans("[]\\", "()/")  # what a notice that can be clicked would take for its own signs


class Hallways(Finding, Notices):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._told_live: dict[int, LiveEntry] = {}  # rooms that notices lead to, by number
        self._told_number = 0
        self._told_at_ms: list[int] = []

    def action_hallway(self) -> None:
        self.show_hallway()

    def show_hallway(self, words: str = "") -> bool:
        from tuichat.tui.screens.hallway import HallwayScreen

        screen = HallwayScreen(self._clients, self.account_names(), self._now, is_12h=self._is_12h, query=words.strip())
        self.app.push_screen(screen, self._hallway_left)
        return True

    def _hallway_left(self, entry: "Entry | None") -> None:
        if isinstance(entry, LiveEntry):
            self.enter_room(entry)
        elif isinstance(entry, ComingEntry):
            self._go_to_event(entry)

    def _go_to_event(self, entry: ComingEntry) -> None:
        """Show an event; one that is not known yet, by where it will be: its channel, else its server."""
        event = entry.coming.event
        client = self._clients.get(entry.account_key)
        guild = client.state.guilds.get(event.guild_id) if client is not None else None
        if guild is not None and event.id in guild.events:
            self.show_event(entry.account_key, int(event.guild_id), int(event.id))
        elif client is not None and event.channel_id is not None and event.channel_id in client.state.channels:
            self.open_channel(entry.account_key, event.channel_id)
        else:
            self.go_to_guild(entry.account_key, event.guild_id)

    def show_event(self, account_key: str, guild_id: int, event_id: int) -> None:
        """Show the page of an event; what knows events does it."""

    # Coming into a room.

    def enter_room(self, entry: LiveEntry) -> None:
        """Join a live room and show it; one of a server that one is not in lets one in as a guest first."""
        client = self._clients.get(entry.account_key)
        if client is not None:
            self.attempt(self._enter(client, entry.found))

    async def _enter(self, client: "Client", found: FoundRoom) -> None:
        channel_id = int(found.room.channel_id)
        if channel_id not in client.state.channels:
            await client.live_rooms.join_public(channel_id)
            if not await arrived(client, channel_id):
                words = _("You are let in; the room appears as soon as the connection is back.")
                self.app.notify(words, severity="warning", timeout=6)
                return
        self.open_channel(client.key, channel_id)
        if not self.desk.view.is_here(client.key, channel_id):
            self.join_call(client.key, channel_id)

    # Notices of who is live.

    def take_changes(self, changes: "Sequence[tuple[str, change.Change]]") -> None:
        super().take_changes(changes)
        for account_key, item in changes:
            client = self._clients.get(account_key)
            if isinstance(item, change.FollowedWentLive) and client is not None:
                self._hear_live(client, item)

    def _hear_live(self, client: "Client", told: change.FollowedWentLive) -> None:
        channel_id = int(told.found.room.channel_id)
        is_watched = self.desk.view.is_here(client.key, channel_id)
        circumstances = Circumstances(is_watched=is_watched, is_quiet=self.is_quiet)
        author_id = None if told.user is None else int(told.user.id)
        if judge_live(client.state, channel_id, author_id, circumstances) is not Verdict.NOTIFY:
            return
        sentence = went_live(told, shows_topic=self.settings.notifications.show_text)
        if self.notifier is not None and not (self._is_focused and self.reports_focus):
            title = safe_name(told.found.guild_name if told.user is None else told.user.display_name)
            self.notifier.show(Notice(title, safe_line(sentence), (client.key, channel_id)), self.settings)
        self._tell_live(LiveEntry(client.key, told.found), sentence)

    def _tell_live(self, entry: LiveEntry, sentence: str) -> None:
        """Tell on the screen, so that a click comes in."""
        self._told_number += 1
        self._told_live[self._told_number] = entry
        self._told_live.pop(self._told_number - MAX_TOLD, None)
        now_ms = self.now_unix_ms()
        self._told_at_ms = [*(each for each in self._told_at_ms if each + GATHER_MS > now_ms), now_ms]
        if len(self._told_at_ms) > MAX_AT_ONCE + 1:
            return
        if len(self._told_at_ms) > MAX_AT_ONCE:
            words = _("More of those whom you follow are live: {key} shows them.")
            self.app.notify(words.format(key=self._key_told("chat.hallway")), timeout=TOLD_S, markup=False)
            return
        doing = _("Come in (or {key})").format(key=self._key_told("chat.to_live"))
        action = f"@click=app.open_told({self._told_number})"
        self.app.notify(
            f"[{action}]{sentence.translate(_PLAIN)}[/]\n[bold underline {action}]{doing.translate(_PLAIN)}[/]",
            timeout=TOLD_S,
        )

    def _key_told(self, action_id: str) -> str:
        """Return an action's keys, else its sequence after the leader key."""
        return self.key_table.told(action_id) or f"{shown(self.key_table.leader)} {BY_ID[action_id].leader}"

    def open_told(self, number: int) -> None:
        """Come into the room that a notice told of."""
        entry = self._told_live.get(number)
        if entry is not None:
            self.enter_room(entry)

    def action_to_live(self) -> None:
        if self._told_live:
            self.open_told(max(self._told_live))
        else:
            self.app.notify(_("Nobody whom you follow went live yet."), timeout=3)
