"""Interest in what a guild plans: saying so, taking it back, and who is told."""

from tests.server.actions.conftest import Town, refused
from tests.server.actions.test_scheduled_events import elsewhere, listed, plan
from tuichat.protocol import codec
from tuichat.protocol.event_subscription import EventSubscriber, ScheduledEventUserAdd, ScheduledEventUserRemove
from tuichat.server.actions import event_subscriptions, guilds


async def subscribers(town: Town, event_id: int, **options: bool | int) -> list[EventSubscriber]:
    return await event_subscriptions.list_subscribers(town.ctx, town.bob, town.guild_id, event_id, **options)  # type: ignore[arg-type]  # a test's own words


async def test_interest_is_said_once_and_taken_back(town: Town) -> None:
    made = await plan(town, elsewhere(town))
    town.published.clear()
    for _ in range(2):
        said = await event_subscriptions.subscribe(town.ctx, town.bob, town.guild_id, made.id)
        assert (said.guild_scheduled_event_id, said.user_id, said.response) == (made.id, town.bob.user_id, 1)
    (told,) = town.told("GUILD_SCHEDULED_EVENT_USER_ADD")
    assert codec.decode(told.body, ScheduledEventUserAdd).user_id == town.bob.user_id
    assert (await listed(town, with_user_count=True))[0].user_count == 2
    counted = await event_subscriptions.count_subscribers(town.ctx, town.bob, town.guild_id, made.id)
    assert counted.guild_scheduled_event_count == 2
    (own,) = await event_subscriptions.list_own(town.ctx, town.bob, [town.guild_id])
    assert own.guild_scheduled_event_id == made.id
    await event_subscriptions.unsubscribe(town.ctx, town.bob, town.guild_id, made.id)
    (told,) = town.told("GUILD_SCHEDULED_EVENT_USER_REMOVE")
    assert codec.decode(told.body, ScheduledEventUserRemove).guild_id == town.guild_id
    with refused(10071, 404):
        await event_subscriptions.unsubscribe(town.ctx, town.bob, town.guild_id, made.id)


async def test_the_list_is_read_in_pages_with_members_where_asked(town: Town) -> None:
    made = await plan(town, elsewhere(town))
    for name in ("mod", "bob", "hush"):
        await event_subscriptions.subscribe(town.ctx, town.people[name], town.guild_id, made.id)
    ids = sorted(town.people[name].user_id for name in ("ada", "mod", "bob", "hush"))
    assert [found.user_id for found in await subscribers(town, made.id)] == ids
    assert [found.user_id for found in await subscribers(town, made.id, after=ids[0], limit=2)] == ids[1:3]
    assert [found.user_id for found in await subscribers(town, made.id, before=ids[3], limit=2)] == ids[1:3]
    (plain,) = await subscribers(town, made.id, limit=1)
    (whole,) = await subscribers(town, made.id, limit=1, with_member=True)
    shown = event_subscriptions.as_users([plain, whole]).users
    assert [b'"member"' in codec.encode(found) for found in (plain, whole)] == [False, True]
    assert [b'"guild_member"' in codec.encode(user) for user in shown] == [False, True]
    assert {user.id for user in shown} == {ids[0]}


async def test_who_leaves_is_interested_no_more(town: Town) -> None:
    made = await plan(town, elsewhere(town))
    await event_subscriptions.subscribe(town.ctx, town.bob, town.guild_id, made.id)
    await guilds.leave_guild(town.ctx, town.bob, town.guild_id)
    found = await event_subscriptions.list_subscribers(town.ctx, town.ada, town.guild_id, made.id)
    assert [each.user_id for each in found] == [town.ada.user_id]


async def test_bots_and_strangers_say_nothing(town: Town) -> None:
    made = await plan(town, elsewhere(town))
    bot = await town.add_bot()
    for actor, code in ((bot, 20001), (town.eve, 50001)):
        with refused(code, 403):
            await event_subscriptions.subscribe(town.ctx, actor, town.guild_id, made.id)
        with refused(code, 403):
            await event_subscriptions.unsubscribe(town.ctx, actor, town.guild_id, made.id)
    with refused(50001, 403):
        await event_subscriptions.list_own(town.ctx, town.eve, [town.guild_id])
