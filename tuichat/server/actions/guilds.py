"""Guilds: making, showing, changing, leaving and deleting them."""

import msgspec
from msgspec import UNSET

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.guild import Guild, PartialGuild, UnavailableGuild
from tuichat.protocol.permissions import DEFAULT_EVERYONE
from tuichat.protocol.rest import CreateGuildRequest, ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors, fields, guild_editing, joining, wire
from tuichat.server.actions.access import require_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.ready import full_guild_for
from tuichat.server.bus import Event, event
from tuichat.server.store.operations import DeleteGuild, Put
from tuichat.server.store.rows import ChannelRow, GuildRow, MemberRow, RoleRow

MAX_PAGE = 200


class ChannelPlan(msgspec.Struct, frozen=True):
    """A channel of a new guild; `parent` is the index of its category in the plan."""

    name: str
    type: ChannelType
    parent: int | None = None
    topic: str | None = None


DEFAULT_CHANNELS = (
    ChannelPlan("Text channels", ChannelType.CATEGORY),
    ChannelPlan("Voice channels", ChannelType.CATEGORY),
    ChannelPlan("general", ChannelType.TEXT, 0),
    ChannelPlan("General", ChannelType.VOICE, 1),
)


async def create_guild(ctx: Context, actor: Actor, request: CreateGuildRequest) -> Guild:
    """Make a guild with a text and a voice channel; the actor owns it. Not for bots."""
    if actor.is_bot:
        raise errors.bots_cannot()
    name = fields.require_name("name", request.name, *guild_editing.NAME_CHARACTERS)
    async with ctx.edits.hold(actor.user_id):  # many at once would all find room
        require_room(ctx, actor.user_id)
        state = plan_guild(ctx, name, actor.user_id, DEFAULT_CHANNELS)
        await write_guild(ctx, state)
    return wire.guild(ctx, state)


async def get_guild(ctx: Context, actor: Actor, guild_id: int, *, with_counts: bool = False) -> Guild:
    return wire.guild(ctx, require_guild(ctx, actor, guild_id), with_counts=with_counts)


async def delete_guild(ctx: Context, actor: Actor, guild_id: int) -> None:
    """Delete a guild with all that is in it: its owner alone."""
    state = require_guild(ctx, actor, guild_id)
    async with state.lock:
        require_still(ctx, state)
        if state.row.owner_id != actor.user_id:
            raise errors.missing_permissions()
        gone = event("GUILD_DELETE", UnavailableGuild(id=state.id), guild_id=state.id, user_ids=list(state.members))

        def forget() -> None:
            ctx.guilds.remove(state)
            ctx.notices.forget_guild(state.id)

        await ctx.store.write([DeleteGuild(state.id)], [gone], after_publish=forget)


async def leave_guild(ctx: Context, actor: Actor, guild_id: int) -> None:
    """Leave a guild; its owner deletes it, or gives it away first."""
    state = require_guild(ctx, actor, guild_id)
    async with state.lock:
        require_still(ctx, state)
        require_guild(ctx, actor, guild_id)
        if state.row.owner_id == actor.user_id:
            raise errors.ActionError(400, 50055, "Invalid Guild: its owner cannot leave it")
        await joining.write(ctx, joining.leave(ctx, state, actor.user_id))


async def list_my_guilds(
    ctx: Context,
    actor: Actor,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = MAX_PAGE,
    with_counts: bool = False,
) -> list[PartialGuild]:
    """A page of the actor's guilds, oldest first."""
    fields.require_range("limit", limit, 1, MAX_PAGE)
    found = [
        state
        for state in ctx.guilds.of_user(actor.user_id)
        if (before is None or state.id < before) and (after is None or state.id > after)
    ]
    page = found[-limit:] if before is not None else found[:limit]
    return [
        PartialGuild(
            id=state.id,
            name=state.row.name,
            owner=state.row.owner_id == actor.user_id,
            permissions=state.permissions(actor.user_id, ctx.now_ms()),
            icon=state.row.icon,
            banner=state.row.banner,
            features=wire.features(state.row),
            approximate_member_count=len(state.members) if with_counts else UNSET,
            approximate_presence_count=wire.count_online(ctx, state) if with_counts else UNSET,
        )
        for state in page
    ]


def require_room(ctx: Context, user_id: int) -> None:
    """Refuse one guild too many."""
    if len(ctx.guilds.of_user(user_id)) >= joining.MAX_GUILDS:
        raise errors.limit_reached(ErrorCode.MAX_GUILDS, "guilds", joining.MAX_GUILDS)


def plan_guild(ctx: Context, name: str, owner_id: Snowflake, plans: tuple[ChannelPlan, ...]) -> GuildState:
    """A new guild in memory; join messages go to its first text channel."""
    guild_id = ctx.next_id()
    rows: list[ChannelRow] = []
    positions: dict[bool, int] = {}
    for plan in plans:
        is_category = plan.type is ChannelType.CATEGORY
        position = positions[is_category] = positions.get(is_category, -1) + 1
        rows.append(
            ChannelRow(
                id=ctx.next_id(),
                type=plan.type,
                guild_id=guild_id,
                name=plan.name,
                position=position,
                parent_id=None if plan.parent is None else rows[plan.parent].id,
                topic=plan.topic,
            )
        )
    first_text = next((row.id for row in rows if row.type == ChannelType.TEXT), None)
    state = GuildState(GuildRow(id=guild_id, name=name, owner_id=owner_id, system_channel_id=first_text))
    state.put_role(RoleRow(id=guild_id, guild_id=guild_id, name="@everyone", permissions=DEFAULT_EVERYONE))
    for row in rows:
        state.put_channel(row)
    state.put_member(MemberRow(guild_id=guild_id, user_id=owner_id, joined_ms=ctx.now_ms()))
    return state


async def write_guild(ctx: Context, state: GuildState, *more: Put, events: tuple[Event, ...] = ()) -> None:
    """Write a planned guild, with `more` in the same transaction, and tell its members."""
    created = [
        event("GUILD_CREATE", full_guild_for(ctx, state, member), guild_id=state.id, user_ids=[member.user_id])
        for member in state.members.values()
    ]
    await ctx.store.write(
        [
            Put(state.row),
            *(Put(row) for row in state.roles.values()),
            *(Put(row) for row in state.channels.values()),
            *(Put(row) for row in state.members.values()),
            *more,
        ],
        [*created, *events],
        before_publish=lambda: ctx.guilds.add(state),
    )
