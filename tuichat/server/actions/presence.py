"""Presence: sessions that come and go, and what others see of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeGuard

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol import codec
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import parse_timestamp
from tuichat.protocol.user import (
    Activity,
    ActivityAssets,
    ActivityEmoji,
    ActivityRequest,
    ActivityTimestamps,
    ClientInfo,
    Presence,
    SessionInfo,
    UserReference,
)
from tuichat.protocol.user_settings import CustomStatus
from tuichat.server.actions.activity import DAY_MS
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.bus import Event, event
from tuichat.server.presences import CUSTOM, INVISIBLE, OFFLINE, OFFLINE_SHOWN, ONLINE, STATUSES, Shown

MAX_ACTIVITIES = 5  # taste
MAX_ACTIVITY_CHARACTERS = 128  # Discord's for an activity's name, state and details
MAX_URL_CHARACTERS = 512
MAX_ASSET_CHARACTERS = 313
MAX_EMOJI_CHARACTERS = 32
MAX_SHOWN_SESSIONS = 15  # Discord's


def session_opened(
    ctx: Context,
    actor: Actor,
    session_id: str,
    *,
    status: str = ONLINE,
    activities: Sequence[ActivityRequest] = (),
    client: str = "desktop",
    os: str = "unknown",
    custom_status: CustomStatus | None = None,
) -> None:
    """Note a new gateway session; `client` is desktop, mobile or web, `custom_status` what the account's settings have.

    An unknown status counts as online.
    """
    now_ms = ctx.now_ms()
    ctx.last_days.note(actor.user_id, now_ms // DAY_MS)
    is_changed = ctx.presences.set(actor.user_id, session_id, _status(status), _clean(activities, now_ms), client, os)
    is_changed |= _set_custom(ctx, actor.user_id, custom_status)
    if is_changed:
        _publish(ctx, actor.user_id)
    _tell_own(ctx, actor, but_alone=True)


def set_presence(
    ctx: Context, actor: Actor, session_id: str, status: str, activities: Sequence[ActivityRequest] | None = None
) -> None:
    """Change what a session claims; None keeps its activities empty."""
    claim = ctx.presences.claims(actor.user_id).get(session_id)
    client, os = ("desktop", "unknown") if claim is None else (claim.client, claim.os)
    cleaned = _clean(activities or (), ctx.now_ms())
    if ctx.presences.set(actor.user_id, session_id, _status(status), cleaned, client, os):
        _publish(ctx, actor.user_id)
    _tell_own(ctx, actor)


def session_closed(ctx: Context, actor: Actor, session_id: str) -> None:
    """Forget a session that cannot be resumed any more."""
    if ctx.presences.remove(actor.user_id, session_id):
        _publish(ctx, actor.user_id)
    _tell_own(ctx, actor)


def follow_settings(ctx: Context, actor: Actor, status: str | None, custom_status: CustomStatus | None) -> None:
    """Show what a connected account's settings say now: its custom status, and a status on every session."""
    if not ctx.presences.is_connected(actor.user_id):
        return
    is_changed = _set_custom(ctx, actor.user_id, custom_status)
    if status is not None:
        is_changed |= ctx.presences.set_all(actor.user_id, _status(status))
    if is_changed:
        _publish(ctx, actor.user_id)
    _tell_own(ctx, actor)


def expire_statuses(ctx: Context) -> None:
    """Let the custom statuses go that ended."""
    for user_id in ctx.presences.expire_custom(ctx.now_ms()):
        _publish(ctx, user_id)


def own_sessions(ctx: Context, user_id: int) -> list[SessionInfo]:
    """A user's sessions as it sees them, the latest 15; `all` before them where they are several."""
    claims = ctx.presences.claims(user_id)
    sessions = [
        SessionInfo(
            session_id=session_id,
            client_info=ClientInfo(client=claim.client, os=claim.os),
            status=claim.status,
            activities=list(claim.activities),
        )
        for session_id, claim in list(claims.items())[-MAX_SHOWN_SESSIONS:]
    ]
    if len(sessions) < 2:
        return sessions
    shown = ctx.presences.shown(user_id)
    status = INVISIBLE if shown.status == OFFLINE else shown.status
    unknown = ClientInfo(client="unknown", os="unknown")
    overall = SessionInfo(
        session_id="all", client_info=unknown, status=status, activities=list(shown.activities), active=True
    )
    return [overall, *sessions]


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


def tell_user(ctx: Context, user_id: int) -> None:
    """Let friends know a user's new name or avatar, and those who have a direct message with it and no guild in common."""
    friend_ids = set(ctx.relations.friend_ids(user_id))
    partner_ids = {other for row in ctx.directs.of_user(user_id) for other in row.recipient_ids}
    strangers = [other for other in partner_ids - friend_ids - {user_id} if not ctx.guilds.share_guild(user_id, other)]
    user = ctx.users.wire(user_id)
    for viewer_ids, shown in ((friend_ids, ctx.presences.shown(user_id)), (strangers, OFFLINE_SHOWN)):
        connected = [viewer_id for viewer_id in viewer_ids if ctx.presences.is_connected(viewer_id)]
        if connected:
            payload = msgspec.structs.replace(presence_object(user_id, shown), user=user)
            ctx.bus.publish(event("PRESENCE_UPDATE", payload, user_ids=connected))


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


def _set_custom(ctx: Context, user_id: int, status: CustomStatus | None) -> bool:
    """Show a custom status of the settings, unless it ended; say whether others see a difference."""
    ends_ms = None if status is None or status.expires_at is None else parse_timestamp(status.expires_at)
    if status is None or (ends_ms is not None and ends_ms <= ctx.now_ms()):
        return ctx.presences.set_custom(user_id, None)
    emoji: ActivityEmoji | UnsetType = UNSET
    if status.emoji_name is not None or status.emoji_id is not None:
        emoji = ActivityEmoji(name=status.emoji_name or "", id=UNSET if status.emoji_id is None else status.emoji_id)
    activity = Activity(
        name="Custom Status", type=CUSTOM, created_at=ctx.now_ms(), state=status.text, id="custom", emoji=emoji
    )
    return ctx.presences.set_custom(user_id, activity, ends_ms)


def _tell_own(ctx: Context, actor: Actor, *, but_alone: bool = False) -> None:
    """SESSIONS_REPLACE to an account's own sessions; a first session knows without, `but_alone`."""
    if actor.is_bot:
        return
    sessions = own_sessions(ctx, actor.user_id)
    if sessions and not (but_alone and len(sessions) == 1):
        body = codec.encode(sessions)
        ctx.bus.publish(
            Event(name="SESSIONS_REPLACE", body=body, user_ids=frozenset({int(actor.user_id)}), is_lossy=True)
        )


def _clean(activities: Sequence[ActivityRequest], now_ms: int) -> list[Activity]:
    """What a client says that its user does, cut to what is shown; what has no name says nothing, but a custom status."""
    return [
        Activity(
            name=activity.name[:MAX_ACTIVITY_CHARACTERS] or "Custom Status",
            type=activity.type,
            created_at=now_ms,
            state=_cut(activity.state),
            details=UNSET if activity.details is UNSET else _cut(activity.details),
            url=activity.url[:MAX_URL_CHARACTERS] if _is_url(activity.url) else UNSET,
            emoji=_emoji(activity.emoji),
            timestamps=_timestamps(activity.timestamps),
            assets=_assets(activity.assets),
            application_id=activity.application_id,
            flags=activity.flags if isinstance(activity.flags, int) and 0 <= activity.flags < 1 << 31 else UNSET,
        )
        for activity in activities[:MAX_ACTIVITIES]
        if activity.name or activity.type == CUSTOM
    ]


def _cut(text: str | None) -> str | None:
    return text[:MAX_ACTIVITY_CHARACTERS] if text else None


def _is_url(url: object) -> TypeGuard[str]:
    return isinstance(url, str) and url.startswith(("http://", "https://"))


def _emoji(emoji: ActivityEmoji | UnsetType | None) -> ActivityEmoji | UnsetType:
    if not isinstance(emoji, ActivityEmoji):
        return UNSET
    return msgspec.structs.replace(emoji, name=emoji.name[:MAX_EMOJI_CHARACTERS])


def _timestamps(times: Mapping[str, int | float | str | None] | UnsetType | None) -> ActivityTimestamps | UnsetType:
    if not times:
        return UNSET
    return ActivityTimestamps(start=_time(times.get("start")), end=_time(times.get("end")))


def _time(value: int | float | str | None) -> int | UnsetType:
    """A time as a number, however a client wrote it; nothing for what is no time."""
    try:
        number = int(value) if value is not None and len(str(value)) <= 20 else -1
    except (ValueError, OverflowError):
        return UNSET
    return number if 0 <= number < 1 << 53 else UNSET


def _assets(assets: ActivityAssets | UnsetType | None) -> ActivityAssets | UnsetType:
    if not isinstance(assets, ActivityAssets):
        return UNSET
    cut = {
        name: text[:MAX_ASSET_CHARACTERS]
        for name in assets.__struct_fields__
        if isinstance(text := getattr(assets, name), str)
    }
    return ActivityAssets(**cut) if cut else UNSET
