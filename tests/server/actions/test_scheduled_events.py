"""What a guild plans: who may, what is asked of it, how it begins and ends, and who hears of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec import UNSET

from tests.server.actions.conftest import Town, outcome, refused
from tests.server.actions.test_voice_states import deny, make_channel
from tests.server.files.pictures_drawn import data_uri, picture
from tuichat.protocol import codec
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.recurrence import Frequency, RecurrenceRule
from tuichat.protocol.rest.channel import OverwriteRequest
from tuichat.protocol.rest.guild import CreateInviteRequest
from tuichat.protocol.scheduled_event import (
    CreateScheduledEventRequest,
    EditScheduledEventRequest,
    EntityMetadata,
    EntityType,
    EventStatus,
    ScheduledEvent,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import CreateStageRequest, StageInstance
from tuichat.server.actions import (
    audit,
    channels,
    event_subscriptions,
    guilds,
    invites,
    overwrites,
    scheduled_event_steps,
    scheduled_events,
    stages,
)
from tuichat.server.actions.images import ImageKind, find_image
from tuichat.server.actions.ready import full_guild
from tuichat.server.actions.stage_objects import shown

HOUR_MS = 3_600_000
UNKNOWN, INVALID, NO_PERMISSION, NO_ACCESS, FINISHED = 10070, 50035, 50013, 50001, 180000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(town: Town, hours: float) -> str:
    """The time in some hours, as a library writes it."""
    return (EPOCH + timedelta(milliseconds=town.clock.ms + int(hours * HOUR_MS))).isoformat()


def elsewhere(town: Town, **fields: Any) -> CreateScheduledEventRequest:
    known: dict[str, Any] = {
        "name": "Honey",
        "privacy_level": 2,
        "entity_type": EntityType.EXTERNAL,
        "scheduled_start_time": at(town, 1),
        "scheduled_end_time": at(town, 2),
        "entity_metadata": EntityMetadata(location="The hive"),
    }
    return CreateScheduledEventRequest(**(known | fields))


def in_channel(town: Town, channel_id: int, kind: int = EntityType.VOICE, **fields: Any) -> CreateScheduledEventRequest:
    known: dict[str, Any] = {
        "name": "Bees",
        "privacy_level": 2,
        "entity_type": kind,
        "channel_id": Snowflake(channel_id),
        "scheduled_start_time": at(town, 1),
    }
    return CreateScheduledEventRequest(**(known | fields))


async def plan(town: Town, request: CreateScheduledEventRequest, who: str = "ada") -> ScheduledEvent:
    return await scheduled_events.create_event(town.ctx, town.people[who], town.guild_id, request)


async def edit(town: Town, event_id: int, who: str = "ada", **fields: Any) -> ScheduledEvent:
    request = EditScheduledEventRequest(**fields)
    return await scheduled_events.edit_event(town.ctx, town.people[who], town.guild_id, event_id, request)


async def listed(town: Town, who: str = "bob", **options: bool) -> list[ScheduledEvent]:
    return await scheduled_events.list_events(town.ctx, town.people[who], town.guild_id, **options)


async def new_stage(town: Town) -> Snowflake:
    return await make_channel(town, "Stage", ChannelType.STAGE)


async def test_an_event_is_planned_shown_changed_and_deleted(town: Town) -> None:
    made = await plan(town, elsewhere(town, description="Sweet", image=data_uri(picture())))
    assert (made.status, made.entity_type, made.channel_id) == (EventStatus.SCHEDULED, EntityType.EXTERNAL, None)
    assert made.entity_metadata == EntityMetadata(location="The hive")
    assert made.creator is not UNSET
    assert (made.creator.id, made.creator_id) == (town.ada.user_id, town.ada.user_id)
    assert made.image is not None
    assert await find_image(town.ctx, ImageKind.EVENT_COVER, made.id, made.image) is not None
    assert await listed(town) == [made]
    assert full_guild(town.ctx, town.bob.user_id, town.guild_id).guild_scheduled_events == [made]
    (counted,) = await listed(town, with_user_count=True)
    assert counted.user_count == 1  # who plans it is interested in it
    changed = await edit(town, made.id, name="Mead", description=None, image=None, scheduled_end_time=at(town, 3))
    assert (changed.name, changed.description, changed.image) == ("Mead", None, None)
    assert await scheduled_events.get_event(town.ctx, town.bob, town.guild_id, made.id) == changed
    assert await find_image(town.ctx, ImageKind.EVENT_COVER, made.id) is None
    await scheduled_events.delete_event(town.ctx, town.ada, town.guild_id, made.id)
    assert await listed(town) == []
    with refused(UNKNOWN, 404):
        await scheduled_events.get_event(town.ctx, town.ada, town.guild_id, made.id)
    for what in ("CREATE", "UPDATE", "DELETE", "USER_ADD"):
        assert len(town.told(f"GUILD_SCHEDULED_EVENT_{what}")) == 1
    log = await audit.list_entries(town.ctx, town.ada, town.guild_id)
    assert [entry.action_type for entry in log.audit_log_entries[:3]] == [102, 101, 100]


async def test_an_edit_that_changes_nothing_is_not_told(town: Town) -> None:
    made = await plan(town, elsewhere(town))
    assert await edit(town, made.id, name="Honey", status=EventStatus.SCHEDULED) == made
    assert town.told("GUILD_SCHEDULED_EVENT_UPDATE") == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"description": "x" * 1001}, "description"),
        ({"privacy_level": 1}, "privacy_level"),
        ({"entity_type": 4}, "entity_type"),
        ({"entity_type": 2}, "channel_id"),
        ({"channel_id": Snowflake(5)}, "channel_id"),
        ({"entity_metadata": None}, "entity_metadata"),
        ({"entity_metadata": EntityMetadata()}, "entity_metadata"),
        ({"entity_metadata": EntityMetadata(location="x" * 101)}, "entity_metadata"),
        ({"scheduled_end_time": None}, "scheduled_end_time"),
        ({"scheduled_start_time": "soon"}, "scheduled_start_time"),
        ({"scheduled_start_time": "2020-01-01T00:00:00Z"}, "scheduled_start_time"),
        ({"scheduled_start_time": "9020-01-01T00:00:00Z"}, "scheduled_start_time"),
        ({"scheduled_end_time": "2020-01-01T00:00:00Z"}, "scheduled_end_time"),
        ({"scheduled_end_time": "9020-01-01T00:00:00Z"}, "scheduled_end_time"),
        ({"image": "data:text/plain;base64,eA=="}, "image"),
        ({"recurrence_rule": RecurrenceRule(start="2026-11-25T18:00:00Z", frequency=9)}, "recurrence_rule"),
    ],
)
async def test_what_cannot_be_planned_is_told_by_its_field(town: Town, fields: dict[str, Any], field: str) -> None:
    with refused(INVALID) as refusal:
        await plan(town, elsewhere(town, **fields))
    assert refusal.value.errors is not None
    assert list(refusal.value.errors) == [field]


async def test_an_event_is_in_a_channel_of_its_kind(town: Town) -> None:
    stage, voice = await new_stage(town), town.channel("General")
    for channel_id, kind in (
        (town.general, EntityType.VOICE),
        (stage, EntityType.VOICE),
        (voice, EntityType.STAGE_INSTANCE),
    ):
        with refused(INVALID):
            await plan(town, in_channel(town, channel_id, kind))
    made = await plan(town, in_channel(town, voice, entity_metadata=EntityMetadata(location="gone")))
    assert (made.channel_id, made.entity_metadata, made.scheduled_end_time) == (voice, None, None)
    with refused(INVALID):
        await edit(town, made.id, entity_type=EntityType.EXTERNAL, entity_metadata=EntityMetadata(location="There"))
    there: dict[str, Any] = {"entity_metadata": EntityMetadata(location="There"), "scheduled_end_time": at(town, 3)}
    moved = await edit(town, made.id, entity_type=EntityType.EXTERNAL, channel_id=None, **there)
    assert (moved.channel_id, moved.entity_metadata) == (None, EntityMetadata(location="There"))
    back = await edit(town, made.id, entity_type=EntityType.STAGE_INSTANCE, channel_id=stage)
    assert (back.channel_id, back.entity_metadata) == (stage, None)


async def test_who_may_plan_and_change_events(town: Town) -> None:
    voice, stage = town.channel("General"), await new_stage(town)
    for name, expected in (("bob", NO_PERMISSION), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)):
        assert await outcome(plan(town, elsewhere(town), name)) == expected
    await town.give_role("bob", Permissions.CREATE_EVENTS)
    own = await plan(town, elsewhere(town), "bob")
    assert (await edit(town, own.id, "bob", name="Mine")).name == "Mine"
    others = await plan(town, elsewhere(town))
    with refused(NO_PERMISSION, 403):
        await edit(town, others.id, "bob", name="Mine")
    with refused(NO_PERMISSION, 403):
        await scheduled_events.delete_event(town.ctx, town.bob, town.guild_id, others.id)
    await town.give_role("mod", Permissions.MANAGE_EVENTS)
    assert (await edit(town, own.id, "mod", name="Ours")).name == "Ours"
    assert await outcome(plan(town, in_channel(town, stage, EntityType.STAGE_INSTANCE), "bob")) == NO_PERMISSION
    assert isinstance(await plan(town, in_channel(town, voice), "bob"), ScheduledEvent)
    await deny(town, voice, Permissions.CONNECT)
    assert await outcome(plan(town, in_channel(town, voice), "bob")) == NO_PERMISSION


async def test_an_event_in_a_channel_is_for_who_sees_that(town: Town) -> None:
    voice = town.channel("General")
    made = await plan(town, in_channel(town, voice))
    (told,) = town.told("GUILD_SCHEDULED_EVENT_CREATE")
    assert (told.guild_id, told.channel_id) == (town.guild_id, voice)
    await deny(town, voice, Permissions.VIEW_CHANNEL)
    assert await listed(town) == []
    assert full_guild(town.ctx, town.bob.user_id, town.guild_id).guild_scheduled_events == []
    for refusal in (
        scheduled_events.get_event(town.ctx, town.bob, town.guild_id, made.id),
        event_subscriptions.subscribe(town.ctx, town.bob, town.guild_id, made.id),
        event_subscriptions.list_subscribers(town.ctx, town.bob, town.guild_id, made.id),
    ):
        assert await outcome(refusal) == UNKNOWN


async def test_an_event_that_moves_appears_and_vanishes_for_who_sees_one_channel_alone(town: Town) -> None:
    voice = town.channel("General")
    hidden = await make_channel(town, "Hidden", ChannelType.VOICE)
    denied = OverwriteRequest(id=Snowflake(town.guild_id), deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, hidden, town.guild_id, denied)
    made = await plan(town, in_channel(town, hidden))
    everybody = frozenset(map(int, town.state.members))
    seeing = frozenset(user_id for user_id in everybody if town.state.can_view(user_id, hidden))
    assert town.bob.user_id not in seeing
    town.published.clear()
    await edit(town, made.id, channel_id=voice)
    (told,), (appeared,) = town.told("GUILD_SCHEDULED_EVENT_UPDATE"), town.told("GUILD_SCHEDULED_EVENT_CREATE")
    assert (told.user_ids, appeared.user_ids) == (seeing, everybody - seeing)
    town.published.clear()
    await edit(town, made.id, channel_id=hidden)
    (told,), (gone,) = town.told("GUILD_SCHEDULED_EVENT_UPDATE"), town.told("GUILD_SCHEDULED_EVENT_DELETE")
    assert (told.user_ids, gone.user_ids) == (seeing, everybody - seeing)
    assert codec.decode(gone.body, ScheduledEvent).channel_id == voice  # not where it went


async def test_an_event_in_a_stage_opens_the_stage_and_ends_it(town: Town) -> None:
    stage_id = await new_stage(town)
    made = await plan(town, in_channel(town, stage_id, EntityType.STAGE_INSTANCE))
    begun = await edit(town, made.id, status=EventStatus.ACTIVE)
    stage = town.state.stages[stage_id]
    assert (stage.topic, stage.guild_scheduled_event_id, begun.entity_id) == ("Bees", made.id, stage.id)
    assert begun.status == EventStatus.ACTIVE
    (told,) = town.told("STAGE_INSTANCE_CREATE")
    assert codec.decode(told.body, StageInstance) == shown(stage)
    ended = await edit(town, made.id, status=EventStatus.COMPLETED)
    assert (ended.status, ended.entity_id, town.state.stages) == (EventStatus.COMPLETED, None, {})
    assert len(town.told("STAGE_INSTANCE_DELETE")) == 1
    assert await listed(town) == []
    assert (await scheduled_events.get_event(town.ctx, town.bob, town.guild_id, made.id)).status == ended.status


async def test_an_event_takes_the_place_of_a_stage_that_is_live(town: Town) -> None:
    stage_id = await new_stage(town)
    other = await stages.open_stage(town.ctx, town.ada, CreateStageRequest(channel_id=stage_id, topic="Wasps"))
    made = await plan(town, in_channel(town, stage_id, EntityType.STAGE_INSTANCE))
    await edit(town, made.id, status=EventStatus.ACTIVE)
    (gone,) = town.told("STAGE_INSTANCE_DELETE")
    assert codec.decode(gone.body, StageInstance).id == other.id
    assert town.state.stages[stage_id].topic == "Bees"


async def test_an_event_ends_when_another_one_begins_on_its_stage(town: Town) -> None:
    stage_id = await new_stage(town)
    first, second = [await plan(town, in_channel(town, stage_id, EntityType.STAGE_INSTANCE)) for _ in range(2)]
    for made in (first, second):
        await edit(town, made.id, status=EventStatus.ACTIVE)
    assert [event.id for event in await listed(town)] == [second.id]
    assert town.state.stages[stage_id].guild_scheduled_event_id == second.id


async def test_an_event_ends_with_its_stage_and_is_deleted_with_it(town: Town) -> None:
    stage_id = await new_stage(town)
    made = await plan(town, in_channel(town, stage_id, EntityType.STAGE_INSTANCE))
    await edit(town, made.id, status=EventStatus.ACTIVE)
    await stages.close_stage(town.ctx, town.ada, stage_id)
    row = town.ctx.scheduled_events.get(made.id)
    assert row is not None
    assert row.status == EventStatus.COMPLETED
    other = await plan(town, in_channel(town, stage_id, EntityType.STAGE_INSTANCE))
    await edit(town, other.id, status=EventStatus.ACTIVE)
    await scheduled_events.delete_event(town.ctx, town.ada, town.guild_id, other.id)
    assert town.state.stages == {}


async def test_a_status_follows_from_the_one_before_alone(town: Town) -> None:
    made = await plan(town, elsewhere(town))
    with refused(INVALID):
        await edit(town, made.id, status=EventStatus.COMPLETED)
    await edit(town, made.id, status=EventStatus.ACTIVE)
    for fields in (
        {"status": EventStatus.CANCELED},
        {"status": EventStatus.SCHEDULED},
        {"scheduled_start_time": at(town, 1.5)},
    ):
        with refused(INVALID):
            await edit(town, made.id, **fields)
    await edit(town, made.id, scheduled_end_time=at(town, 5), status=EventStatus.COMPLETED)
    with refused(FINISHED):
        await edit(town, made.id, name="Late")
    cancelled = await plan(town, elsewhere(town))
    assert (await edit(town, cancelled.id, status=EventStatus.CANCELED)).status == EventStatus.CANCELED
    with refused(FINISHED):
        await edit(town, cancelled.id, status=EventStatus.SCHEDULED)


async def test_a_recurring_event_that_ends_is_scheduled_for_its_next_time(town: Town) -> None:
    rule = RecurrenceRule(start=at(town, 1), frequency=Frequency.DAILY)
    made = await plan(town, elsewhere(town, recurrence_rule=rule))
    await edit(town, made.id, status=EventStatus.ACTIVE)
    then = await edit(town, made.id, status=EventStatus.COMPLETED)
    assert (then.id, then.status) == (made.id, EventStatus.SCHEDULED)
    times = [
        (datetime.fromisoformat(event.scheduled_start_time), datetime.fromisoformat(event.scheduled_end_time or ""))
        for event in (made, then)
    ]
    assert times[1] == (times[0][0] + timedelta(days=1), times[0][1] + timedelta(days=1))
    earlier = await edit(town, made.id, scheduled_start_time=at(town, 24))
    assert earlier.recurrence_rule is not None
    assert earlier.recurrence_rule.start == earlier.scheduled_start_time  # it recurs at the new time of day
    cancelled = await edit(town, made.id, status=EventStatus.CANCELED)
    assert cancelled.status == EventStatus.CANCELED


async def test_what_is_planned_in_a_channel_goes_with_it(town: Town) -> None:
    stage_id = await new_stage(town)
    on, planned = [await plan(town, in_channel(town, stage_id, EntityType.STAGE_INSTANCE)) for _ in range(2)]
    await edit(town, on.id, status=EventStatus.ACTIVE)
    town.published.clear()
    await channels.delete_channel(town.ctx, town.ada, stage_id)
    told = [codec.decode(event.body, ScheduledEvent) for event in town.told("GUILD_SCHEDULED_EVENT_UPDATE")]
    assert [(event.id, event.status) for event in told] == [
        (on.id, EventStatus.COMPLETED),
        (planned.id, EventStatus.CANCELED),
    ]
    assert await listed(town) == []


async def test_a_guild_plans_a_hundred_events(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduled_events, "MAX_PLANNED", 2)
    first = await plan(town, elsewhere(town))
    await plan(town, elsewhere(town))
    with refused(30038):
        await plan(town, elsewhere(town))
    await edit(town, first.id, status=EventStatus.CANCELED)
    await plan(town, elsewhere(town))


async def test_the_oldest_events_that_are_over_are_forgotten(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduled_event_steps, "MAX_FINISHED", 2)
    made = [await plan(town, elsewhere(town, image=data_uri(picture()))) for _ in range(3)]
    for event in made:
        await edit(town, event.id, status=EventStatus.CANCELED)
    assert [row.id for row in town.ctx.scheduled_events.finished(town.guild_id)] == [made[1].id, made[2].id]
    assert [row.id for row in (await town.ctx.store.load()).scheduled_events] == [made[1].id, made[2].id]
    assert await find_image(town.ctx, ImageKind.EVENT_COVER, made[0].id) is None


async def test_events_go_with_their_guild(town: Town) -> None:
    made = await plan(town, elsewhere(town))
    await guilds.delete_guild(town.ctx, town.ada, town.guild_id)
    assert town.ctx.scheduled_events.get(made.id) is None
    assert (await town.ctx.store.load()).scheduled_events == []


async def test_the_audit_log_tells_nothing_of_the_hidden_channel_that_an_event_left(town: Town) -> None:
    hidden = await make_channel(town, "Hidden", ChannelType.VOICE)
    denied = OverwriteRequest(id=Snowflake(town.guild_id), deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, hidden, town.guild_id, denied)
    made = await plan(town, in_channel(town, hidden, name="Secret"))
    await edit(town, made.id, channel_id=town.channel("General"), name="Known")
    log = await audit.list_entries(town.ctx, town.ada, town.guild_id)
    entry = next(entry for entry in log.audit_log_entries if entry.action_type == 101)
    assert entry.changes is not UNSET
    assert b"old_value" not in bytes(entry.changes)
    assert [event.name for event in log.guild_scheduled_events] == ["Known"]


async def test_a_stage_can_be_opened_for_an_event_that_is_planned_there(town: Town) -> None:
    stage_id, other = await new_stage(town), await make_channel(town, "Other", ChannelType.STAGE)
    made = await plan(town, in_channel(town, stage_id, EntityType.STAGE_INSTANCE))
    await town.give_role("mod", Permissions.MUTE_MEMBERS | Permissions.MOVE_MEMBERS)

    async def open_stage(channel_id: Snowflake, event_id: Snowflake, who: str = "ada") -> StageInstance:
        request = CreateStageRequest(channel_id=channel_id, topic="Wasps", guild_scheduled_event_id=event_id)
        return await stages.open_stage(town.ctx, town.people[who], request)

    with refused(UNKNOWN, 404):
        await open_stage(other, made.id)
    with refused(NO_PERMISSION, 403):
        await open_stage(stage_id, made.id, "mod")
    stage = await open_stage(stage_id, made.id)
    assert (stage.topic, stage.guild_scheduled_event_id) == ("Wasps", made.id)
    row = town.ctx.scheduled_events.get(made.id)
    assert row is not None
    assert (row.status, row.entity_id) == (EventStatus.ACTIVE, stage.id)
    await stages.close_stage(town.ctx, town.ada, stage_id)
    with refused(UNKNOWN, 404):
        await open_stage(stage_id, made.id)


async def test_an_invite_shows_the_event_that_it_is_asked_for_with(town: Town) -> None:
    code = (await invites.create_invite(town.ctx, town.ada, town.general, CreateInviteRequest())).code
    hidden = await make_channel(town, "Hidden", ChannelType.VOICE)
    denied = OverwriteRequest(id=Snowflake(town.guild_id), deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, hidden, town.guild_id, denied)
    told, secret = await plan(town, elsewhere(town)), await plan(town, in_channel(town, hidden))
    over = await plan(town, elsewhere(town))
    await edit(town, over.id, status=EventStatus.CANCELED)
    shown = []
    for event_id in (told.id, secret.id, over.id, 1, None):
        invite = await invites.get_invite(town.ctx, None, code, event_id=event_id)
        event = invite.guild_scheduled_event
        shown.append(None if event is UNSET else (event.id, event.user_count))
    assert shown == [(told.id, 1), None, None, None, None]
