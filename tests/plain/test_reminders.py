"""Plain mode says what one is to be reminded of, once."""

from collections.abc import Mapping
from datetime import datetime
from typing import cast

from tests.client.test_event_reminders import MINUTE, START, known
from tuichat.client.client import Client
from tuichat.client.reminder_book import ReminderBook
from tuichat.config.paths import Profile
from tuichat.config.schema import NotificationSettings
from tuichat.plain.reminders import Reminders


class Account:
    def __init__(self) -> None:
        self.state = known()


async def said(at_ms: int, **settings: object) -> list[str]:
    lines: list[str] = []
    clients = cast(Mapping[str, Client], {"server/1000": Account()})
    reminders = Reminders(
        clients,
        NotificationSettings(**settings),  # type: ignore[arg-type]  # fields of any type
        ReminderBook(Profile()),
        lines.append,
        lambda: datetime.fromtimestamp(at_ms / 1000).astimezone(),
    )
    for _twice in range(2):
        await reminders.look()
    return lines


async def test_an_event_that_comes_is_said_once() -> None:
    assert await said(START - 10 * MINUTE) == ["Honey evening begins in 10 minutes, The hive"]
    assert await said(START - 9 * MINUTE) == []  # also by the next start of tuichat


async def test_who_wants_no_notices_gets_none() -> None:
    assert await said(START - MINUTE, do_not_disturb=True) == []
    assert await said(START - MINUTE, event_minutes=0) == []
