"""Says in one line that an event that one is interested in comes, and that it begins."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from tuichat.client import event_reminders
from tuichat.client.notice import is_busy
from tuichat.client.reminder_book import ReminderBook
from tuichat.commands.naming.places import Clients
from tuichat.config.schema import NotificationSettings
from tuichat.text.event_words import reminder_words
from tuichat.text.quiet_hours import is_quiet

LOOK_EVERY_S = 20.0  # taste: so late may a reminder be


class Reminders:
    def __init__(
        self,
        clients: Clients,
        notifications: NotificationSettings,
        book: ReminderBook,
        say: Callable[[str], None],
        now: Callable[[], datetime],
    ) -> None:
        """`clients` are those of all accounts, also of such as come later."""
        self._clients = clients
        self._notifications = notifications
        self._book = book
        self._say = say
        self._now = now

    async def run(self) -> None:
        """Go on for as long as tuichat runs. Cancel it to end."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Say what is due."""
        now = self._now()
        if self._notifications.do_not_disturb or is_quiet(self._notifications.quiet_hours, now):
            return
        now_ms = int(now.timestamp() * 1000)
        due = [
            reminder
            for key, client in self._clients.items()
            if not is_busy(client.state)
            for reminder in event_reminders.due(key, client.state, now_ms, self._notifications.event_minutes)
        ]
        claimed = await asyncio.to_thread(self._book.claim, [each.key for each in due], now_ms) if due else set()
        for reminder in due:
            state = self._clients[reminder.account_key].state
            guild = state.guilds.get(reminder.guild_id)
            event = guild.events.get(reminder.event_id) if guild is not None else None
            if reminder.key in claimed and event is not None:
                self._say(reminder_words(state, event, now_ms))
