"""Reminders on the main screen: of events that one is interested in, before they begin and as they do."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.timer import Timer

from tuichat.client import change, event_reminders
from tuichat.client.event_reminders import Occasion, Reminder
from tuichat.client.notice import is_busy
from tuichat.text.event_words import reminder_words
from tuichat.text.notice_text import Notice
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui.screens.chat.eventful import Eventful
from tuichat.tui.screens.chat.hallway import Hallways

if TYPE_CHECKING:
    from tuichat.client.reminder_book import ReminderBook
    from tuichat.config.schema import Settings

LONGEST_S = 60.0  # taste: how late a clock that was set, or a computer that slept, may make a reminder
TOLD_S = 12.0  # how long a reminder stands
MAX_TOLD = 20  # reminders that a notice may still lead to
_PLAIN = str.maketrans("[]\\", "()/")  # what a notice that can be clicked would take for its own signs


class Reminding(Eventful, Hallways):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._reminders: ReminderBook | None = None
        self._reminded: dict[int, Reminder] = {}  # what notices lead to, by number
        self._reminder_number = 0
        self._reminder_timer: Timer | None = None

    def use_reminders(self, book: "ReminderBook") -> None:
        """Tell reminders from now on, each that nobody of this profile has told."""
        self._reminders = book
        self.look_for_reminders()

    def take_changes(self, changes: Sequence[tuple[str, change.Change]]) -> None:
        super().take_changes(changes)
        told_anew = (change.EventsChanged, change.GuildsChanged, change.SettingsChanged)
        if any(isinstance(item, told_anew) for _key, item in changes):
            self.look_for_reminders()

    def look_for_reminders(self) -> None:
        """Tell what is due, and come back when the next one is."""
        if self._reminders is None or not self.is_attached:
            return
        now_ms, minutes = self.now_unix_ms(), self.settings.notifications.event_minutes
        due = [
            reminder
            for key, client in self._clients.items()
            if not self.is_quiet and not is_busy(client.state)
            for reminder in event_reminders.due(key, client.state, now_ms, minutes)
        ]
        if due:
            self.run_worker(self._remind(self._reminders, due), group="reminders")
        states = [client.state for client in self._clients.values()]
        next_ms = event_reminders.next_due_ms(states, now_ms, minutes)
        wait_s = LONGEST_S if next_ms is None else min(LONGEST_S, max(0.1, (next_ms - now_ms) / 1000))
        if self._reminder_timer is not None:
            self._reminder_timer.stop()
        self._reminder_timer = self.set_timer(wait_s, self.look_for_reminders)

    async def _remind(self, book: "ReminderBook", due: Sequence[Reminder]) -> None:
        claimed = await asyncio.to_thread(book.claim, [each.key for each in due], self.now_unix_ms())
        for reminder in due:
            if reminder.key in claimed:
                self._tell_reminder(reminder)

    def _tell_reminder(self, reminder: Reminder) -> None:
        client = self._clients.get(reminder.account_key)
        guild = client.state.guilds.get(reminder.guild_id) if client is not None else None
        event = guild.events.get(reminder.event_id) if guild is not None else None
        if client is None or guild is None or event is None:
            return
        sentence = reminder_words(client.state, event, self.now_unix_ms())
        if self.notifier is not None and not (self._is_focused and self.reports_focus):
            place = (client.key, int(event.channel_id or 0))
            self.notifier.show(Notice(safe_line(guild.guild.name), sentence, place), self.settings)
        self._reminder_number += 1
        self._reminded[self._reminder_number] = reminder
        self._reminded.pop(self._reminder_number - MAX_TOLD, None)
        is_room = reminder.occasion is Occasion.ON and event.channel_id is not None
        words = _("Come in (or {key})") if is_room else _("Show it (or {key})")
        doing = words.format(key=self._key_told("chat.to_event")).translate(_PLAIN)
        action = f"@click=app.open_reminded({self._reminder_number})"
        self.app.notify(
            f"[{action}]{sentence.translate(_PLAIN)}[/]\n[bold underline {action}]{doing}[/]", timeout=TOLD_S
        )

    def open_reminded(self, number: int) -> None:
        """Go to what a reminder told of: into the room of one that is on, else to its page."""
        reminder = self._reminded.get(number)
        client = self._clients.get(reminder.account_key) if reminder is not None else None
        if reminder is None or client is None:
            return
        guild = client.state.guilds.get(reminder.guild_id)
        event = guild.events.get(reminder.event_id) if guild is not None else None
        if event is not None and reminder.occasion is Occasion.ON and event.channel_id in client.state.channels:
            self._go_and_join(client.key, event.channel_id)
        else:
            self.show_event(client.key, reminder.guild_id, reminder.event_id)

    def action_to_event(self) -> None:
        if self._reminded:
            self.open_reminded(max(self._reminded))
        else:
            self.app.notify(_("You were reminded of no event yet."), timeout=3)
