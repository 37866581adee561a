"""Scenes of scheduled events: the row beside the channels, the list, the page of one, and the form."""

from msgspec.structs import replace

from tests.tui.samples import GRACE, GUILD, LINUS, ME, NAMES, TOWNHALL, user
from tests.tui.screens import Shown
from tuichat.client.change import EventsChanged
from tuichat.protocol.event_details import EventDetails
from tuichat.protocol.event_subscription import EventSubscriber
from tuichat.protocol.recurrence import Frequency, RecurrenceRule
from tuichat.protocol.scheduled_event import EntityMetadata, EntityType, EventStatus, ScheduledEvent
from tuichat.protocol.snowflake import Snowflake

WEEKLY, HIKE = 8001, 8002
ABOUT = (
    "What we shipped this week, and what we learned from it. Anybody may raise a hand.\n\n"
    "Bring one graph: of a delay, of a queue, of anything that has a unit."
)


def weekly_room() -> ScheduledEvent:
    """Every Friday at 18:00 in Paris, on a stage."""
    start = "2026-11-20T17:00:00+00:00"
    return ScheduledEvent(
        id=Snowflake(WEEKLY),
        guild_id=Snowflake(GUILD),
        channel_id=Snowflake(TOWNHALL),
        creator_id=Snowflake(GRACE),
        name="The weekly room",
        description=ABOUT,
        scheduled_start_time=start,
        scheduled_end_time="2026-11-20T18:00:00+00:00",
        status=EventStatus.SCHEDULED,
        entity_type=EntityType.STAGE_INSTANCE,
        user_count=len(NAMES),
        recurrence_rule=RecurrenceRule(start=start, frequency=Frequency.WEEKLY, by_weekday=[4]),
    )


def hike() -> ScheduledEvent:
    return ScheduledEvent(
        id=Snowflake(HIKE),
        guild_id=Snowflake(GUILD),
        creator_id=Snowflake(ME),
        name="A walk along the canal",
        scheduled_start_time="2026-12-05T09:00:00+00:00",
        scheduled_end_time="2026-12-05T12:00:00+00:00",
        status=EventStatus.SCHEDULED,
        entity_type=EntityType.EXTERNAL,
        entity_metadata=EntityMetadata(location="The lock behind the station"),
        user_count=1,
    )


def plan(shown: Shown, *events: ScheduledEvent) -> None:
    """Have the sample guild plan events, of which one is co-hosted and another interests the user."""
    state = shown.client.state
    guild = state.guilds[GUILD]
    planned = events or (weekly_room(), hike())
    guild.events = {int(event.id): event for event in planned}
    guild.event_details = {
        WEEKLY: EventDetails(
            event_id=Snowflake(WEEKLY),
            guild_id=Snowflake(GUILD),
            time_zone="Asia/Kathmandu",
            cohost_ids=[Snowflake(LINUS)],
        )
    }
    state.interested_ids = {HIKE}
    state.features = frozenset({*state.features, "event_details"})
    answers = shown.client.archive.answers
    answers[f"GET /guilds/{GUILD}/scheduled-events"] = lambda wanted: list(guild.events.values())
    people = [
        EventSubscriber(guild_scheduled_event_id=Snowflake(WEEKLY), user_id=Snowflake(each), user=user(each))
        for each in sorted(NAMES)
    ]
    for event in planned:
        answers[f"GET /guilds/{GUILD}/scheduled-events/{int(event.id)}/users"] = lambda wanted: people
    shown.client.emit(EventsChanged(GUILD))


async def events_planned(shown: Shown) -> None:
    """How many events there are stands above the channels."""
    plan(shown)
    await shown.settle()


async def events_listed(shown: Shown) -> None:
    plan(shown)
    await shown.press("alt+a")
    await shown.until("walk along")


async def event_page(shown: Shown) -> None:
    await events_listed(shown)
    await shown.press("enter")
    await shown.settle()


async def event_on(shown: Shown) -> None:
    """One that is on: it is gone to, and ended."""
    plan(shown, replace(weekly_room(), status=EventStatus.ACTIVE), hike())
    shown.chat.show_event(shown.client.key, GUILD, WEEKLY)
    await shown.settle()


async def event_form(shown: Shown) -> None:
    await events_listed(shown)
    await shown.press("n")
    await shown.settle()
    await shown.press(*"Honey", "tab", "tab", *"tomorrow 20:00", "tab", *"2h")


EVENT_SCENES = {scene.__name__: scene for scene in (events_planned, events_listed, event_page, event_on, event_form)}
