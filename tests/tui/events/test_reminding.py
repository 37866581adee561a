"""One is reminded on the screen and outside of it, once, and led to the event or into its room."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from msgspec.structs import replace

from tests.tui.event_scenes import WEEKLY, plan, weekly_room
from tests.tui.samples import GUILD, NOW, TOWNHALL, FakeClient, sample_state
from tests.tui.screens import Shown, running
from tests.tui.test_notices import KeepingNotifier
from tests.tui.voice_scenes import use_desk
from tuichat.client.reminder_book import ReminderBook
from tuichat.config.paths import Profile
from tuichat.config.schema import NotificationSettings, Settings
from tuichat.protocol.scheduled_event import EventStatus, ScheduledEvent
from tuichat.tui.screens.events.page import EventPage


def soon() -> ScheduledEvent:
    begins = NOW + timedelta(minutes=10)
    return replace(weekly_room(), scheduled_start_time=begins.isoformat(), scheduled_end_time=None)


@asynccontextmanager
async def reminded(event: ScheduledEvent, **settings: object) -> AsyncIterator[tuple[Shown, KeepingNotifier]]:
    wanted = NotificationSettings(**settings)  # type: ignore[arg-type]  # fields of any type
    async with running(FakeClient(sample_state()), settings=Settings(notifications=wanted)) as shown:
        notifier = KeepingNotifier()
        shown.chat.use_notifier(notifier)
        use_desk(shown)
        plan(shown, event)
        shown.client.state.interested_ids = {WEEKLY}
        shown.chat.use_reminders(ReminderBook(Profile()))
        await shown.app.workers.wait_for_complete([each for each in shown.app.workers if each.group == "reminders"])
        await shown.settle()
        yield shown, notifier


async def test_an_event_that_comes_is_told_and_a_click_shows_it() -> None:
    async with reminded(soon()) as (shown, notifier):
        await shown.until("The weekly room begins in 10 minutes")
        (notice,) = notifier.shown
        assert (notice.title, notice.body) == ("Textual Labs", "The weekly room begins in 10 minutes, ◈ townhall")
        await shown.click("Show it")
        assert isinstance(shown.app.screen, EventPage)


async def test_it_is_told_once() -> None:
    async with reminded(soon()) as (shown, notifier):
        shown.chat.look_for_reminders()
        await shown.settle()
        assert len(notifier.shown) == 1
    async with reminded(soon()) as (_shown, notifier):
        assert notifier.shown == []


async def test_one_that_begins_leads_into_its_room() -> None:
    async with reminded(replace(soon(), status=EventStatus.ACTIVE)) as (shown, notifier):
        await shown.until("The weekly room is on now")
        assert len(notifier.shown) == 1
        await shown.chat.run_by_id("chat.to_event")
        await shown.settle()
        assert shown.chat.chosen.channel_id == TOWNHALL
        assert ("join", shown.client.key, TOWNHALL) in shown.chat.desk.asked  # type: ignore[attr-defined]  # a fake one


async def test_quiet_hours_and_nought_minutes_tell_nothing() -> None:
    for settings in ({"do_not_disturb": True}, {"event_minutes": 0}):
        async with reminded(soon(), **settings) as (_shown, notifier):
            assert notifier.shown == []


async def test_without_interest_nothing_is_told() -> None:
    async with running(FakeClient(sample_state())) as shown:
        plan(shown, soon())
        shown.client.state.interested_ids = set()
        shown.chat.use_reminders(ReminderBook(Profile()))
        await shown.settle()
        assert "begins in" not in shown.text
        assert GUILD in shown.client.state.guilds
