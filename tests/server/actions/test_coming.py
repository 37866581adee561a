"""What comes, over all guilds of somebody."""

from tests.server.actions.conftest import Town
from tests.server.actions.test_scheduled_events import at, edit, elsewhere, in_channel, plan
from tests.server.actions.test_voice_states import deny, make_channel
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import CreateGuildRequest
from tuichat.protocol.scheduled_event import EntityType, EventStatus
from tuichat.server.actions import coming, event_subscriptions, follows, guilds, scheduled_events


async def names(town: Town, who: str, **options: int) -> list[str]:
    found = await coming.list_coming(town.ctx, town.people[who], **options)
    return [each.event.name for each in found.events]


async def test_events_of_all_guilds_stand_in_order_of_time(town: Town) -> None:
    await plan(town, elsewhere(town, name="Late", scheduled_start_time=at(town, 5), scheduled_end_time=at(town, 6)))
    await plan(town, elsewhere(town, name="Soon"))
    other = await guilds.create_guild(town.ctx, town.bob, CreateGuildRequest(name="Bobs"))
    between = elsewhere(town, name="Between", scheduled_start_time=at(town, 3), scheduled_end_time=at(town, 4))
    await scheduled_events.create_event(town.ctx, town.bob, other.id, between)
    assert await names(town, "bob") == ["Soon", "Between", "Late"]
    assert await names(town, "bob", limit=2) == ["Soon", "Between"]
    assert await names(town, "ada") == ["Soon", "Late"]
    assert await names(town, "eve") == []


async def test_each_says_where_it_is_and_what_one_has_to_do_with_it(town: Town) -> None:
    channel_id = await make_channel(town, "Stage", ChannelType.STAGE)
    made = await plan(town, in_channel(town, channel_id, EntityType.STAGE_INSTANCE))
    (plain,) = (await coming.list_coming(town.ctx, town.bob)).events
    assert (plain.guild_name, plain.channel_name) == ("Town", "Stage")
    assert (plain.is_interested, plain.follows_guild, plain.follows_creator) == (False, False, False)
    assert (plain.event.user_count, plain.begins_ms) == (1, town.clock.ms + 3_600_000)
    await event_subscriptions.subscribe(town.ctx, town.bob, town.guild_id, made.id)
    await follows.follow_guild(town.ctx, town.bob, town.guild_id)
    await follows.follow_user(town.ctx, town.bob, town.ada.user_id)
    (known,) = (await coming.list_coming(town.ctx, town.bob)).events
    assert (known.is_interested, known.follows_guild, known.follows_creator) == (True, True, True)
    assert known.event.user_count == 2


async def test_what_is_hidden_has_begun_or_is_over_does_not_come(town: Town) -> None:
    channel_id = await make_channel(town, "Secret", ChannelType.VOICE)
    await plan(town, in_channel(town, channel_id, name="Hidden"))
    begun, off = await plan(town, elsewhere(town)), await plan(town, elsewhere(town))
    await deny(town, channel_id, Permissions.VIEW_CHANNEL)
    await edit(town, begun.id, status=EventStatus.ACTIVE)
    await edit(town, off.id, status=EventStatus.CANCELED)
    assert await names(town, "bob") == []
    assert await names(town, "ada") == ["Hidden"]
