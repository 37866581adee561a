"""The contract of every store for scheduled events, and for who is interested in them."""

import msgspec

from tests.server.store.conftest import OpenStore, World
from tuichat.protocol.recurrence import Frequency, NWeekday, RecurrenceRule
from tuichat.protocol.scheduled_event import EntityType, EventStatus
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.bus import Event
from tuichat.server.store.operations import DeleteGuild, DeleteMember, EraseAccount, Put, Remove
from tuichat.server.store.scheduled_event_rows import EventExceptionRow, EventUserRow, ScheduledEventRow

STRANGER = Snowflake(99)


def in_voice(world: World) -> ScheduledEventRow:
    return ScheduledEventRow(
        id=world.take(),
        guild_id=world.guild,
        channel_id=world.channel,
        creator_id=world.ada,
        name="Bees",
        start_ms=5,
        end_ms=None,
        entity_type=EntityType.VOICE,
    )


def elsewhere(world: World) -> ScheduledEventRow:
    return ScheduledEventRow(
        id=world.take(),
        guild_id=world.guild,
        channel_id=None,
        creator_id=world.bob,
        name="Honey",
        description="Sweet",
        start_ms=5,
        end_ms=9,
        status=EventStatus.ACTIVE,
        entity_type=EntityType.EXTERNAL,
        entity_id=Snowflake(3),
        location="The hive",
        image="abc",
        recurrence=RecurrenceRule(
            start="2026-11-25T18:00:00+00:00", frequency=Frequency.MONTHLY, by_n_weekday=[NWeekday(n=2, day=2)]
        ),
        exceptions=(EventExceptionRow(original_ms=7, is_canceled=True), EventExceptionRow(original_ms=8, start_ms=9)),
        time_zone="Europe/Paris",
        cohost_ids=(world.ada, STRANGER),
    )


async def test_events_come_back_at_the_next_start(world: World, opening: tuple[OpenStore, list[Event]]) -> None:
    rows = [in_voice(world), elsewhere(world)]
    await world.store.write([Put(row) for row in rows])
    await world.store.close()
    store = await opening[0]()
    assert (await store.load()).scheduled_events == rows
    changed = msgspec.structs.replace(rows[1], status=EventStatus.COMPLETED, recurrence=None)
    await store.write([Put(changed), Remove(rows[0])])
    assert (await store.load()).scheduled_events == [changed]


async def test_who_is_interested_is_read_page_by_page(world: World) -> None:
    row, other = in_voice(world), elsewhere(world)
    users = sorted(world.take() for _ in range(5))
    interest = [Put(EventUserRow(event_id=row.id, user_id=user)) for user in reversed(users)]
    await world.store.write([Put(row), Put(other), *interest, *interest])
    read = world.store.read_event_users
    assert await read(row.id) == users
    assert await read(row.id, limit=2) == users[:2]
    assert await read(row.id, after=users[1], limit=2) == users[2:4]
    assert await read(row.id, before=users[4], limit=2) == users[2:4]
    assert await read(row.id, before=users[4], after=users[0], limit=2) == users[2:4]  # `before` counts alone
    assert await world.store.count_event_users([row.id, other.id]) == {row.id: 5}
    await world.store.write([Remove(EventUserRow(event_id=row.id, user_id=users[0]))])
    assert await read(row.id) == users[1:]


async def test_interest_goes_with_its_event_its_member_and_its_account(world: World) -> None:
    row, other = in_voice(world), elsewhere(world)
    interest = [
        EventUserRow(event_id=event.id, user_id=user) for event in (row, other) for user in (world.ada, STRANGER)
    ]
    await world.store.write([Put(row), Put(other), *map(Put, interest)])
    assert await world.store.read_events_of_user(STRANGER) == [row.id, other.id]
    await world.store.write([Remove(row)])
    assert await world.store.read_events_of_user(STRANGER) == [other.id]
    await world.store.write([EraseAccount(STRANGER)])
    assert await world.store.read_events_of_user(STRANGER) == []
    await world.store.write([DeleteMember(world.guild, world.ada)])
    assert await world.store.read_events_of_user(world.ada) == []


async def test_events_go_with_their_guild(world: World) -> None:
    row = in_voice(world)
    await world.store.write([Put(row), Put(EventUserRow(event_id=row.id, user_id=world.bob))])
    await world.store.write([DeleteGuild(world.guild)])
    assert (await world.store.load()).scheduled_events == []
    assert await world.store.read_events_of_user(world.bob) == []
