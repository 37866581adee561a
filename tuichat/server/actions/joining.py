"""Joining and leaving a guild: what is written and told, whichever way somebody comes or goes."""

import msgspec

from tuichat.protocol.channel import MESSAGE_CHANNELS
from tuichat.protocol.dispatch.guild import RoleDelete
from tuichat.protocol.dispatch.member import MemberAdd, MemberRemove
from tuichat.protocol.guild import UnavailableGuild
from tuichat.protocol.message import MessageType
from tuichat.protocol.permissions import ALL
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import event_detail_steps, message_objects, voice_telling, wire
from tuichat.server.actions.access import Place
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.presence import presence_object
from tuichat.server.actions.ready import LARGE_THRESHOLD, full_guild_for
from tuichat.server.actions.step import Step as Step
from tuichat.server.actions.step import write as write
from tuichat.server.actions.thread_steps import followers_left
from tuichat.server.actions.voice_objects import AUDIENCE_EVENT
from tuichat.server.bus import Event, event
from tuichat.server.presences import OFFLINE
from tuichat.server.store.message_rows import MessageRow
from tuichat.server.store.operations import DeleteMember, DeleteRole, Operation, Put
from tuichat.server.store.rows import LeftTimeoutRow, MemberRow
from tuichat.server.store.social_rows import PrivacyRow

MAX_GUILDS = 100
SUPPRESS_JOIN_MESSAGES = 1 << 0  # of a guild's system_channel_flags


def join(
    ctx: Context,
    state: GuildState,
    user_id: Snowflake,
    *,
    role_ids: tuple[Snowflake, ...] = (),
    is_temporary: bool = False,
    is_quiet: bool = False,
) -> Step:
    """A user becomes a member. The caller holds the guild's lock, and `ctx.users` knows the user.

    Coming back ends no timeout. `is_quiet`: no message says that it came, and in a large guild, whose members clients ask for,
    neither it nor its leaving is told to sessions that want no more of an audience than its numbers.

    Told in this order: GUILD_MEMBER_ADD to the members, GUILD_CREATE to the newcomer, then that it is here and the join message to all.
    """
    now_ms, until_ms = ctx.now_ms(), state.left_timeouts_ms.get(user_id, 0)
    row = MemberRow(
        guild_id=state.id,
        user_id=user_id,
        joined_ms=now_ms,
        role_ids=role_ids,
        is_temporary=is_temporary,
        timeout_until_ms=until_ms if until_ms > now_ms else None,
    )
    member = wire.member(ctx, row)
    added = MemberAdd(**{field: getattr(member, field) for field in member.__struct_fields__}, guild_id=state.id)
    operations: list[Operation] = [Put(row)]
    is_guest = is_quiet and len(state.members) >= LARGE_THRESHOLD
    told_added = event("GUILD_MEMBER_ADD", added, guild_id=state.id)
    events = [
        msgspec.structs.replace(told_added, replaced_by=AUDIENCE_EVENT) if is_guest else told_added,
        event(
            "GUILD_CREATE",
            full_guild_for(ctx, state, row, without_audiences=True),
            guild_id=state.id,
            user_ids=[user_id],
        ),
        *(
            event(AUDIENCE_EVENT, told, guild_id=state.id, user_ids=[user_id])
            for told in voice_telling.audiences(ctx, state, row)
        ),
    ]
    if (here := ctx.presences.shown(user_id)).status != OFFLINE:
        told = presence_object(user_id, here, state.id)
        events.append(event("PRESENCE_UPDATE", told, guild_id=state.id, is_lossy=True))
    privacy = _restricted(ctx, state, user_id)
    if privacy is not None:
        operations.append(Put(privacy))
    welcome = None if is_quiet else _join_message(ctx, state, user_id)
    if welcome is not None:
        operations.append(Put(welcome))
        shown = message_objects.message(ctx, state, welcome)
        place = Place(channel=state.channels[welcome.channel_id], guild=state, granted=ALL)
        events.append(message_objects.created(ctx, place, welcome, shown))

    def remember() -> None:
        ctx.guilds.put_member(state, row)
        if is_guest:
            state.guest_ids.add(user_id)
        if privacy is not None:
            ctx.privacy.put(privacy)
        if welcome is not None:
            state.last_message_ids[welcome.channel_id] = welcome.id

    return Step(operations, events, remember)


def leave(ctx: Context, state: GuildState, user_id: int) -> Step:
    """A user is a member no more. The caller holds the guild's lock. A bot's own role goes with it; a timeout stays."""
    gone = MemberRemove(guild_id=state.id, user=ctx.users.wire(user_id))
    operations: list[Operation] = [DeleteMember(state.id, user_id)]
    is_guest = user_id in state.guest_ids and state.members[user_id].is_temporary
    told_gone = event("GUILD_MEMBER_REMOVE", gone, guild_id=state.id)
    events = [
        event("GUILD_DELETE", UnavailableGuild(id=state.id), guild_id=state.id, user_ids=[user_id]),
        msgspec.structs.replace(told_gone, replaced_by=AUDIENCE_EVENT) if is_guest else told_gone,
        *followers_left(state, user_id),
    ]
    own_roles = [
        role_id
        for role_id in state.members[user_id].role_ids
        if role_id in state.roles and state.roles[role_id].is_managed
    ]
    for role_id in own_roles:
        operations.append(DeleteRole(role_id))
        events.append(role_deleted(state, role_id))

    unhosted = event_detail_steps.unhosting(ctx, state, user_id)
    operations += unhosted.operations
    events += unhosted.events

    until_ms = state.members[user_id].timeout_until_ms or 0
    kept_ms = until_ms if until_ms > ctx.now_ms() else 0
    is_kept = bool(kept_ms) or user_id in state.left_timeouts_ms
    if is_kept:
        operations.append(Put(LeftTimeoutRow(guild_id=state.id, user_id=Snowflake(user_id), until_ms=kept_ms)))

    def forget() -> None:
        ctx.guilds.remove_member(state, user_id)
        state.guest_ids.discard(user_id)
        if is_kept:
            state.left_timeouts_ms[user_id] = kept_ms
        for role_id in own_roles:
            state.remove_role(role_id)

    return Step(operations, events, unhosted.before_publish, forget)


def role_deleted(state: GuildState, role_id: Snowflake) -> Event:
    return event("GUILD_ROLE_DELETE", RoleDelete(guild_id=state.id, role_id=role_id), guild_id=state.id)


def _restricted(ctx: Context, state: GuildState, user_id: int) -> PrivacyRow | None:
    """The privacy of one who takes no direct messages from members of guilds that it joins; None for all others."""
    privacy = ctx.privacy.get(user_id)
    if not privacy.restricts_new_guilds or state.id in privacy.restricted_guild_ids:
        return None
    current = {guild.id for guild in ctx.guilds.of_user(user_id)}
    kept = [guild_id for guild_id in privacy.restricted_guild_ids if guild_id in current]
    return msgspec.structs.replace(privacy, restricted_guild_ids=(*kept, state.id))


def _join_message(ctx: Context, state: GuildState, user_id: Snowflake) -> MessageRow | None:
    channel = state.channels.get(state.row.system_channel_id or 0)
    is_suppressed = state.row.settings.system_channel_flags & SUPPRESS_JOIN_MESSAGES
    if channel is None or channel.type not in MESSAGE_CHANNELS or is_suppressed:
        return None
    return MessageRow(id=ctx.next_id(), channel_id=channel.id, author_id=user_id, type=MessageType.MEMBER_JOIN)
