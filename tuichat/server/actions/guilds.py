"""Guilds: making, showing, changing, leaving and deleting them."""

import msgspec
from msgspec import UNSET

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.guild import Guild, GuildPreview, PartialGuild, UnavailableGuild
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.guild import CreateGuildRequest, UseTemplateRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import errors, fields, follow_steps, guild_plans, joining, templates, wire
from tuichat.server.actions.access import require_guild, require_still
from tuichat.server.actions.channel_order import kind_of, next_position
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.images import ImageKind, keep_image, put_image
from tuichat.server.actions.ready import full_guild_for
from tuichat.server.bus import Event, event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.operations import DeleteGuild, Operation, Put

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
    """Make a guild, which the actor owns: with the roles and channels of the request, else the usual ones. Not for bots."""
    if actor.is_bot:
        raise errors.bots_cannot()
    if request.guild_template_code:
        wanted = UseTemplateRequest(name=request.name, icon=request.icon)
        return await create_from_template(ctx, actor, request.guild_template_code, wanted)
    return await found_guild(ctx, actor, request)


async def create_from_template(ctx: Context, actor: Actor, code: str, request: UseTemplateRequest) -> Guild:
    """Make a guild with the roles and channels of a template. Not for bots."""
    if actor.is_bot:
        raise errors.bots_cannot()
    plan, count = await templates.plan_of(ctx, code, request)
    return await found_guild(ctx, actor, plan, count)


async def found_guild(ctx: Context, actor: Actor, request: CreateGuildRequest, *more: Operation) -> Guild:
    """Make a guild as the request plans it, with `more` in the same write."""
    icon = await keep_image(ctx, "icon", request.icon) if request.icon else None
    async with ctx.edits.hold(actor.user_id):  # many at once would all find room
        require_room(ctx, actor.user_id)
        state = guild_plans.planned_guild(ctx, actor.user_id, request)
        if not request.channels:
            put_channels(ctx, state, DEFAULT_CHANNELS)
        if icon is not None:
            state.row = msgspec.structs.replace(state.row, icon=icon)
            more = (*more, put_image(ImageKind.ICON, state.id, icon))
        await write_guild(ctx, state, *more)
    return wire.guild(ctx, state)


async def preview_guild(ctx: Context, actor: Actor, guild_id: int) -> GuildPreview:
    """What a guild shows of itself: to its members, and to everybody where it is DISCOVERABLE; else 10004."""
    state = ctx.guilds.get(guild_id)
    if state is None or not (state.has_member(actor.user_id) or "DISCOVERABLE" in state.row.settings.features):
        raise errors.unknown_guild()
    shown = wire.guild(ctx, state)
    return GuildPreview(
        id=state.id,
        name=shown.name,
        icon=shown.icon,
        splash=shown.splash,
        discovery_splash=shown.discovery_splash,
        emojis=shown.emojis,
        features=shown.features,
        approximate_member_count=len(state.members),
        approximate_presence_count=wire.count_online(ctx, state),
        description=shown.description,
    )


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
            ctx.commands.forget_guild(state.id)
            ctx.sounds.forget_owner(state.id)
            ctx.scheduled_events.forget_guild(state.id)
            follow_steps.tell(ctx, ctx.follows.forget_guild(state.id))

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
    """A new guild in memory, with these channels."""
    state = guild_plans.planned_guild(ctx, owner_id, CreateGuildRequest(name=name))
    put_channels(ctx, state, plans)
    return state


def put_channels(ctx: Context, state: GuildState, plans: tuple[ChannelPlan, ...]) -> None:
    """Put channels into a new guild; join messages go to its first text channel."""
    rows: list[ChannelRow] = []
    for plan in plans:
        row = ChannelRow(
            id=ctx.next_id(),
            type=plan.type,
            guild_id=state.id,
            name=plan.name,
            parent_id=None if plan.parent is None else rows[plan.parent].id,
            topic=plan.topic,
        )
        rows.append(msgspec.structs.replace(row, position=next_position(rows, kind_of(row))))
        state.put_channel(rows[-1])
    first_text = next((row.id for row in rows if row.type == ChannelType.TEXT), None)
    state.row = msgspec.structs.replace(state.row, system_channel_id=first_text)


async def write_guild(ctx: Context, state: GuildState, *more: Operation, events: tuple[Event, ...] = ()) -> None:
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
