"""Presence: sessions that come and go, and what others see of it."""

from collections.abc import Iterable, Sequence

from msgspec import UNSET

from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import Activity, Presence, UserReference
from tuichat.server.actions.activity import DAY_MS
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.bus import event
from tuichat.server.presences import INVISIBLE, OFFLINE, OFFLINE_SHOWN, ONLINE, STATUSES, Shown

MAX_ACTIVITIES = 5  # taste
MAX_ACTIVITY_CHARACTERS = 128  # Discord's for an activity's name and state


def session_opened(
    ctx: Context,
    actor: Actor,
    session_id: str,
    *,
    status: str = ONLINE,
    activities: Sequence[Activity] = (),
    client: str = "desktop",
) -> None:
    """Note a new gateway session; `client` is desktop, mobile or web. An unknown status counts as online."""
    ctx.last_days.note(actor.user_id, ctx.now_ms() // DAY_MS)
    if ctx.presences.set(actor.user_id, session_id, _status(status), _clean(activities), client):
        _publish(ctx, actor.user_id)


def set_presence(
    ctx: Context, actor: Actor, session_id: str, status: str, activities: Sequence[Activity] | None = None
) -> None:
    """Change what a session claims; None keeps its activities empty."""
    client = ctx.presences.client_of(actor.user_id, session_id)
    if ctx.presences.set(actor.user_id, session_id, _status(status), _clean(activities or ()), client):
        _publish(ctx, actor.user_id)


def session_closed(ctx: Context, actor: Actor, session_id: str) -> None:
    """Forget a session that cannot be resumed any more."""
    if ctx.presences.remove(actor.user_id, session_id):
        _publish(ctx, actor.user_id)


def guild_presences(ctx: Context, state: GuildState, user_ids: Iterable[int]) -> list[Presence]:
    """The presences of those of a guild's members who are not offline."""
    found = []
    for user_id in user_ids:
        shown = ctx.presences.shown(user_id)
        if shown.status != OFFLINE:
            found.append(presence_object(user_id, shown))
    return found


def presence_object(user_id: int, shown: Shown, guild_id: Snowflake | None = None) -> Presence:
    return Presence(
        user=UserReference(id=Snowflake(user_id)),
        status=shown.status,
        activities=list(shown.activities),
        client_status=dict(shown.client_status),
        guild_id=UNSET if guild_id is None else guild_id,
    )


def friend_presences(ctx: Context, user_id: int) -> list[Presence]:
    """The presences of those of a user's friends who are not offline."""
    return [
        presence_object(friend_id, shown)
        for friend_id in ctx.relations.friend_ids(user_id)
        if (shown := ctx.presences.shown(friend_id)).status != OFFLINE
    ]


def show(ctx: Context, user_id: int, viewer_id: int) -> None:
    """Let a new friend see a user."""
    shown = ctx.presences.shown(user_id)
    if shown.status != OFFLINE:
        _tell(ctx, user_id, shown, [viewer_id])


def hide(ctx: Context, user_id: int, viewer_id: int) -> None:
    """Let one who is no friend any more see the user go, unless it sees it in a guild."""
    if ctx.presences.shown(user_id).status != OFFLINE and not ctx.guilds.share_guild(user_id, viewer_id):
        _tell(ctx, user_id, OFFLINE_SHOWN, [viewer_id])


def _tell(ctx: Context, user_id: int, shown: Shown, viewer_ids: Iterable[int]) -> None:
    """PRESENCE_UPDATE outside of guilds."""
    ctx.bus.publish(event("PRESENCE_UPDATE", presence_object(user_id, shown), user_ids=viewer_ids, is_lossy=True))


def _publish(ctx: Context, user_id: int) -> None:
    shown = ctx.presences.shown(user_id)
    friend_ids = [friend_id for friend_id in ctx.relations.friend_ids(user_id) if ctx.presences.is_connected(friend_id)]
    if friend_ids:
        _tell(ctx, user_id, shown, friend_ids)
    for state in ctx.guilds.of_user(user_id):
        payload = presence_object(user_id, shown, state.id)
        ctx.bus.publish(event("PRESENCE_UPDATE", payload, guild_id=state.id, is_lossy=True))


def _status(status: str) -> str:
    if status == OFFLINE:
        return INVISIBLE
    return status if status in STATUSES else ONLINE


def _clean(activities: Sequence[Activity]) -> list[Activity]:
    return [
        Activity(
            name=activity.name[:MAX_ACTIVITY_CHARACTERS],
            type=activity.type,
            created_at=activity.created_at,
            state=activity.state[:MAX_ACTIVITY_CHARACTERS] if activity.state else None,
        )
        for activity in activities[:MAX_ACTIVITIES]
    ]
