"""May this actor do this here: the checks that every action begins with."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.permissions import DIRECT, Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.bus import Event, event
from tuichat.server.store.channel_rows import ChannelRow


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where messages stand, and what the asker may do there: a guild's channel or thread, or a direct message.

    `guild` is None in a direct message, whose people are `channel.recipient_ids`.
    """

    channel: ChannelRow
    guild: GuildState | None
    granted: Permissions

    @property
    def guild_id(self) -> Snowflake | UnsetType:
        """The guild's id as payloads carry it."""
        return UNSET if self.guild is None else self.guild.id

    def event(self, name: str, payload: msgspec.Struct, *, is_lossy: bool = False) -> Event:
        """A dispatch to all who see this place."""
        if self.guild is None:
            return event(
                name, payload, channel_id=self.channel.id, user_ids=self.channel.recipient_ids, is_lossy=is_lossy
            )
        return event(name, payload, guild_id=self.guild.id, channel_id=self.channel.id, is_lossy=is_lossy)


def require_guild(ctx: Context, actor: Actor, guild_id: int) -> GuildState:
    """Find a guild for one of its members: 10004 when there is none, 50001 for strangers."""
    state = ctx.guilds.get(guild_id)
    if state is None:
        raise errors.unknown_guild()
    if not state.has_member(actor.user_id):
        raise errors.missing_access()
    return state


def require_in_guild(ctx: Context, actor: Actor, guild_id: int, *needed: Permissions) -> GuildState:
    """Find a guild where the actor has each of the permissions: else 10004, 50001 or 50013."""
    state = require_guild(ctx, actor, guild_id)
    granted = state.permissions(actor.user_id, ctx.now_ms())
    if any(granted & permission != permission for permission in needed):
        raise errors.missing_permissions()
    return state


def require_channel(
    ctx: Context, actor: Actor, channel_id: int, *needed: Permissions
) -> tuple[GuildState, ChannelRow, Permissions]:
    """Find a guild's channel, which is no thread, where the actor has each of the permissions: 10003 when there is none,
    50001 when the actor may not see it, 50013 when a permission is missing, 50024 for a thread, 50003 for a direct message."""
    place = require_place(ctx, actor, channel_id)
    if place.guild is None:
        raise errors.direct_message()
    if place.channel.thread is not None:
        raise errors.wrong_channel_type()
    _require(place.granted, needed)
    return place.guild, place.channel, place.granted


def require_place(ctx: Context, actor: Actor, channel_id: int, *needed: Permissions) -> Place:
    """Find a channel, thread or direct message where the actor has each of the permissions: 10003 when there is none,
    50001 when the actor may not see it, 50013 when a permission is missing."""
    state = ctx.guilds.of_channel(channel_id)
    if state is None:
        direct = ctx.directs.get(channel_id)
        if direct is None:
            raise errors.unknown_channel()
        if actor.user_id not in direct.recipient_ids:
            raise errors.missing_access()
        _require(DIRECT, needed)
        return Place(channel=direct, guild=None, granted=DIRECT)
    granted = state.permissions_in(actor.user_id, channel_id, ctx.now_ms())
    channel = state.find_channel(channel_id)
    if channel is None or not granted & Permissions.VIEW_CHANNEL:
        raise errors.missing_access()
    _require(granted, needed)
    return Place(channel=channel, guild=state, granted=granted)


def require_awake(place: Place) -> None:
    """Refuse what is not done in an archived thread (50083), nor in a locked one by those who do not manage threads (160005)."""
    thread = place.channel.thread
    if thread is None:
        return
    if thread.is_archived:
        raise errors.thread_archived()
    if thread.is_locked and not place.granted & Permissions.MANAGE_THREADS:
        raise errors.thread_locked()


def _require(granted: Permissions, needed: tuple[Permissions, ...]) -> None:
    if any(granted & permission != permission for permission in needed):
        raise errors.missing_permissions()


def require_still(ctx: Context, state: GuildState) -> None:
    """After waiting for the guild's lock: 10004 when the guild was deleted meanwhile."""
    if ctx.guilds.get(state.id) is not state:
        raise errors.unknown_guild()


def is_timed_out(ctx: Context, state: GuildState, user_id: int) -> bool:
    """Whether a timeout binds the member at this moment; owners and administrators it never does."""
    member = state.members.get(user_id)
    if member is None or (member.timeout_until_ms or 0) <= ctx.now_ms():
        return False
    return not state.permissions(user_id, ctx.now_ms()) & Permissions.ADMINISTRATOR


def outranks(state: GuildState, user_id: int, other_id: int) -> bool:
    """Whether a member's highest role stands above another's: the owner is above all, nobody above oneself or the owner."""
    if user_id == other_id or other_id == state.row.owner_id:
        return False
    return user_id == state.row.owner_id or state.top_role(user_id) > state.top_role(other_id)


def is_above_role(state: GuildState, user_id: int, role_id: int) -> bool:
    """Whether a member may manage a role: its own highest stands above it."""
    return user_id == state.row.owner_id or state.top_role(user_id) > state.rank(role_id)
