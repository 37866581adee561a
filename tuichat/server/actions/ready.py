"""What a session is told when it begins: whole guilds, as one user may see them."""

import msgspec

from tuichat.protocol.dispatch.read_state import ReadState, VersionedReadStates
from tuichat.protocol.dispatch.ready import ReadyApplication, VersionedGuildSettings
from tuichat.protocol.gateway import Capability
from tuichat.protocol.guild import FullGuild
from tuichat.protocol.guild_settings import UserGuildSettings
from tuichat.protocol.private_channel import PrivateChannel
from tuichat.protocol.relationship import Relationship
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.protocol.user import OwnUser, Presence, SessionInfo, User
from tuichat.protocol.user_settings import UserSettings
from tuichat.server.actions import (
    direct_objects,
    errors,
    guild_settings,
    presence,
    read_states,
    relationships,
    scheduled_event_objects,
    soundboard,
    stage_objects,
    user_settings,
    voice_objects,
    wire,
)
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.user_cache import own_user
from tuichat.server.store.rows import MemberRow
from tuichat.server.store.social_store import AccountRows

_PROTO = Capability.USER_SETTINGS_PROTO
LARGE_THRESHOLD = 250  # the most that IDENTIFY may ask for
# "If the guild has over 75k members, members and presences will only contain your bot" (Discord's documentation, "Guild Create").
MAX_SHOWN_MEMBERS = 75_000


class ReadyState(msgspec.Struct, frozen=True, kw_only=True):
    """READY of a user account, without its guilds and without what belongs to the session."""

    user: OwnUser
    private_channels: list[PrivateChannel]
    read_state: list[ReadState] | VersionedReadStates
    users: list[User]
    relationships: list[Relationship]
    presences: list[Presence]
    guild_settings: list[UserGuildSettings] | VersionedGuildSettings
    settings: UserSettings
    settings_proto: str | None
    notes: dict[str, str]
    sessions: list[SessionInfo]


class BotReadyState(msgspec.Struct, frozen=True, kw_only=True):
    """READY of a bot, whose guilds follow as GUILD_CREATE."""

    user: OwnUser
    application: ReadyApplication
    guild_ids: list[Snowflake]


def full_guild(
    ctx: Context,
    user_id: int,
    guild_id: int,
    *,
    large_threshold: int = LARGE_THRESHOLD,
    with_presences: bool = True,
    without_audiences: bool = False,
) -> FullGuild:
    """A guild as a member may see it. Raises ActionError for a stranger.

    Members: all up to `large_threshold`. Above it an account gets itself alone, and a member list when it asks for one; a bot
    those who are connected, up to MAX_SHOWN_MEMBERS. `with_presences` False leaves presences out, and all members but the
    user itself, as Discord does without the GUILD_PRESENCES intent. `without_audiences` leaves out who only listens to a stage.
    """
    state = ctx.guilds.get(guild_id)
    if state is None:
        raise errors.unknown_guild()
    member = state.members.get(user_id)
    if member is None:
        raise errors.missing_access()
    return full_guild_for(
        ctx,
        state,
        member,
        large_threshold=large_threshold,
        with_presences=with_presences,
        without_audiences=without_audiences,
    )


def full_guild_for(
    ctx: Context,
    state: GuildState,
    member: MemberRow,
    *,
    large_threshold: int = LARGE_THRESHOLD,
    with_presences: bool = True,
    without_audiences: bool = False,
) -> FullGuild:
    """The same for somebody who may be just about to join."""
    members = state.members
    member_count = len(members) + (member.user_id not in members)
    is_large = member_count > large_threshold
    is_account = not ctx.users.wire(member.user_id).bot
    if not with_presences or (is_large and (is_account or member_count > MAX_SHOWN_MEMBERS)):
        shown = [member]
    else:
        others = ctx.presences.connected_ids() if is_large else members
        shown = [members[user_id] for user_id in others if user_id in members and user_id != member.user_id]
        shown.append(member)
    seats = voice_objects.seen_by(ctx, state, member, without_audiences=without_audiences)
    shown_ids = {row.user_id for row in shown}
    shown += [
        members[seat.user_id] for seat in seats if seat.user_id not in shown_ids and seat.user_id in members
    ]  # a voice state says nothing without its member
    channels = state.visible_channels(member)
    seen_ids = {row.id for row in channels}
    guild = wire.guild(ctx, state)
    return FullGuild(
        **{field: getattr(guild, field) for field in guild.__struct_fields__},
        joined_at=format_timestamp(member.joined_ms),
        large=is_large,
        member_count=member_count,
        stage_instances=[
            stage_objects.shown(stage) for channel_id, stage in state.stages.items() if channel_id in seen_ids
        ],
        guild_scheduled_events=[
            scheduled_event_objects.shown(ctx, row)
            for row in ctx.scheduled_events.planned(state.id)
            if row.channel_id is None or row.channel_id in seen_ids
        ],
        soundboard_sounds=[soundboard.shown(ctx, row) for row in ctx.sounds.of(state.id)],
        voice_states=[voice_objects.bare(seat.told) for seat in seats if seat.told is not None],
        members=[wire.member(ctx, row) for row in shown],
        channels=[wire.channel(state, row) for row in channels],
        threads=[wire.thread(state, row, viewer_id=member.user_id) for row in state.visible_threads(member)],
        presences=presence.guild_presences(ctx, state, [row.user_id for row in shown]) if with_presences else [],
    )


async def user_ready(ctx: Context, actor: Actor, *, capabilities: int = 0) -> ReadyState:
    """What READY tells a user account beside its guilds, in the shapes that its client's capabilities ask for.

    After the reads nothing waits: it tells how things are now.
    """
    proto = (
        await user_settings.encoded_proto(ctx, actor.user_id, user_settings.PRELOADED)
        if capabilities & _PROTO
        else None
    )
    rows = await ctx.store.read_account(actor.user_id)
    row = ctx.users.get(actor.user_id)
    if row is None:
        raise errors.unauthorized()
    return ReadyState(
        user=own_user(row, rows.profile),
        private_channels=[
            direct_objects.private_channel(ctx, direct, actor.user_id) for direct in ctx.directs.shown_to(actor.user_id)
        ],
        read_state=_read_states(ctx, actor, rows, capabilities),
        users=[],
        relationships=relationships.list_relationships(ctx, actor),
        presences=presence.friend_presences(ctx, actor.user_id),
        guild_settings=_guild_settings(ctx, actor, rows, capabilities),
        settings=user_settings.assemble(ctx, actor.user_id, rows.settings),
        settings_proto=proto,
        notes={str(int(note.about_id)): note.note for note in rows.notes},
        sessions=presence.own_sessions(ctx, actor.user_id),
    )


def _read_states(
    ctx: Context, actor: Actor, rows: AccountRows, capabilities: int
) -> list[ReadState] | VersionedReadStates:
    entries = [
        read_states.shown(found) for found in rows.read_states if _is_visible(ctx, actor.user_id, found.channel_id)
    ]
    if capabilities & Capability.NON_CHANNEL_READ_STATES:
        entries += map(read_states.shown_feature, rows.feature_reads)
    if not capabilities & Capability.VERSIONED_READ_STATES:
        return entries
    versions = [row.version for row in rows.read_states] + [row.version for row in rows.feature_reads]
    version = max(versions, default=0)
    return VersionedReadStates(entries=entries, version=version)


def _guild_settings(
    ctx: Context, actor: Actor, rows: AccountRows, capabilities: int
) -> list[UserGuildSettings] | VersionedGuildSettings:
    entries = guild_settings.shown_of(ctx, actor.user_id, rows.guild_settings)
    if not capabilities & Capability.VERSIONED_USER_GUILD_SETTINGS:
        return entries
    version = max((row.version for row in rows.guild_settings), default=0)
    return VersionedGuildSettings(entries=entries, version=version)


def _is_visible(ctx: Context, user_id: int, channel_id: int) -> bool:
    state = ctx.guilds.of_channel(channel_id)
    if state is not None:
        return state.can_view(user_id, channel_id)
    direct = ctx.directs.get(channel_id)
    return direct is not None and user_id in direct.recipient_ids


def bot_ready(ctx: Context, actor: Actor) -> BotReadyState:
    """What READY tells a bot."""
    row = ctx.users.get(actor.user_id)
    if row is None:
        raise errors.unauthorized()
    return BotReadyState(
        user=own_user(row),
        application=ReadyApplication(id=actor.user_id, flags=actor.application_flags),
        guild_ids=[state.id for state in ctx.guilds.of_user(actor.user_id)],
    )
