"""Interest in scheduled events: who says so, and who is told who does."""

from collections.abc import Sequence

from msgspec import UNSET

from tuichat.protocol.event_subscription import (
    EventSubscriber,
    ScheduledEventUserAdd,
    ScheduledEventUserRemove,
    SubscribedUser,
    SubscribedUsers,
    SubscriberCount,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors, wire
from tuichat.server.actions.access import require_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.scheduled_event_access import find, sees
from tuichat.server.actions.step import Step, write
from tuichat.server.bus import event
from tuichat.server.store.operations import Put, Remove
from tuichat.server.store.scheduled_event_rows import EventUserRow, ScheduledEventRow

MAX_PAGE = 100


async def list_subscribers(
    ctx: Context,
    actor: Actor,
    guild_id: int,
    event_id: int,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = MAX_PAGE,
    with_member: bool = False,
) -> list[EventSubscriber]:
    """Who is interested in an event, by id: those just before or just after one, or the first ones."""
    find(ctx, actor, guild_id, event_id)
    user_ids = await ctx.store.read_event_users(event_id, before=before, after=after, limit=limit)
    state, row = find(ctx, actor, guild_id, event_id)
    return [_subscriber(ctx, state, row, user_id, with_member=with_member) for user_id in user_ids]


def as_users(found: Sequence[EventSubscriber]) -> SubscribedUsers:
    """The same list as older clients of people want it."""
    users = []
    for each in found:
        assert each.user is not UNSET
        known = {field: getattr(each.user, field) for field in each.user.__struct_fields__}
        users.append(SubscribedUser(**known, guild_member=each.member))
    return SubscribedUsers(users=users)


async def count_subscribers(ctx: Context, actor: Actor, guild_id: int, event_id: int) -> SubscriberCount:
    find(ctx, actor, guild_id, event_id)
    counts = await ctx.store.count_event_users([event_id])
    return SubscriberCount(guild_scheduled_event_count=counts.get(event_id, 0))


async def subscribe(ctx: Context, actor: Actor, guild_id: int, event_id: int) -> EventSubscriber:
    """Say that one is interested in an event. Not for bots."""
    if actor.is_bot:
        raise errors.bots_cannot()
    state, row = find(ctx, actor, guild_id, event_id)
    async with state.lock:
        require_still(ctx, state)
        known = await ctx.store.read_events_of_user(actor.user_id)
        state, row = find(ctx, actor, guild_id, event_id)
        if row.id not in known:
            await write(ctx, interest(row, actor.user_id))
    return EventSubscriber(guild_scheduled_event_id=row.id, user_id=actor.user_id)


async def unsubscribe(ctx: Context, actor: Actor, guild_id: int, event_id: int) -> None:
    """Take that back. Raises ActionError 10071 for who was not interested. Not for bots."""
    if actor.is_bot:
        raise errors.bots_cannot()
    state, row = find(ctx, actor, guild_id, event_id)
    async with state.lock:
        require_still(ctx, state)
        known = await ctx.store.read_events_of_user(actor.user_id)
        state, row = find(ctx, actor, guild_id, event_id)
        if row.id not in known:
            raise errors.unknown_event_user()
        gone = ScheduledEventUserRemove(guild_scheduled_event_id=row.id, user_id=actor.user_id, guild_id=row.guild_id)
        told = event("GUILD_SCHEDULED_EVENT_USER_REMOVE", gone, guild_id=row.guild_id, channel_id=row.channel_id)
        await ctx.store.write([Remove(EventUserRow(event_id=row.id, user_id=actor.user_id))], [told])


async def list_own(ctx: Context, actor: Actor, guild_ids: Sequence[int]) -> list[EventSubscriber]:
    """The events of guilds that the actor is interested in, and sees."""
    for guild_id in guild_ids:
        require_guild(ctx, actor, guild_id)
    known = await ctx.store.read_events_of_user(actor.user_id)
    found = []
    for event_id in known:
        row = ctx.scheduled_events.get(event_id)
        state = None if row is None else ctx.guilds.get(row.guild_id)
        if row is not None and state is not None and row.guild_id in guild_ids and sees(state, actor.user_id, row):
            found.append(EventSubscriber(guild_scheduled_event_id=row.id, user_id=actor.user_id))
    return found


def interest(row: ScheduledEventRow, user_id: Snowflake) -> Step:
    """Somebody is interested in an event."""
    payload = ScheduledEventUserAdd(guild_scheduled_event_id=row.id, user_id=user_id, guild_id=row.guild_id)
    told = event("GUILD_SCHEDULED_EVENT_USER_ADD", payload, guild_id=row.guild_id, channel_id=row.channel_id)
    return Step([Put(EventUserRow(event_id=row.id, user_id=user_id))], [told])


def _subscriber(
    ctx: Context, state: GuildState, row: ScheduledEventRow, user_id: Snowflake, *, with_member: bool
) -> EventSubscriber:
    member = state.members.get(user_id) if with_member else None
    return EventSubscriber(
        guild_scheduled_event_id=row.id,
        user_id=user_id,
        user=ctx.users.wire(user_id),
        member=UNSET if member is None else wire.member(ctx, member),
    )
