"""Rows as the wire shows them."""

from typing import Any

from msgspec import UNSET, Raw

from tuichat.protocol import codec
from tuichat.protocol.channel import (
    POST_CHANNELS,
    VOICE_CHANNELS,
    Channel,
    ChannelType,
    DefaultReaction,
    ForumTag,
    PermissionOverwrite,
    ThreadMember,
    ThreadMetadata,
)
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.guild import (
    Guild,
    Invite,
    InviteChannel,
    InviteGuild,
    Member,
    PartialMember,
    Role,
    RoleColors,
    RoleTags,
)
from tuichat.protocol.message import MentionedUser, MessageReference
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.guild_cache import MessageCount
from tuichat.server.store.channel_rows import ChannelRow, ForumFields, ThreadFields, ThreadMemberRow
from tuichat.server.store.message_rows import MessageRow, ReferenceRow
from tuichat.server.store.rows import EmojiRow, GuildRow, InviteRow, MemberRow, RoleRow

MAX_SHOWN_MEMBERS = 100_000  # taste: some 40 MB
MAX_COUNTED_FOLLOWERS = 50  # Discord's documentation, "Thread Fields": a thread's member count stops there
_NO_MESSAGES = MessageCount()
_PLAIN_FORUM = ForumFields()
# On Discord these come with boosts or size, which our guilds do not have to earn.
EVERY_GUILDS_FEATURES = ("ANIMATED_ICON", "BANNER", "INVITE_SPLASH", "NEWS", "ROLE_ICONS", "VANITY_URL")


def role(row: RoleRow) -> Role:
    return Role(
        id=row.id,
        name=row.name,
        color=row.color,
        colors=RoleColors(
            primary_color=row.color, secondary_color=row.secondary_color, tertiary_color=row.tertiary_color
        ),
        icon=row.icon,
        unicode_emoji=row.unicode_emoji,
        hoist=row.is_hoisted,
        position=row.position,
        permissions=row.permissions,
        managed=row.is_managed,
        mentionable=row.is_mentionable,
        tags=UNSET if row.bot_id is None else RoleTags(bot_id=row.bot_id),
    )


def roles(state: GuildState) -> list[Role]:
    """A guild's roles, lowest first."""
    return [role(row) for row in sorted(state.roles.values(), key=lambda row: (row.position, row.id))]


def emoji(row: EmojiRow) -> Emoji:
    return Emoji(id=row.id, name=row.name, roles=list(row.role_ids), animated=row.is_animated)


def channel(state: GuildState, row: ChannelRow) -> Channel:
    """A guild's channel or thread."""
    if row.thread is not None:
        return thread(state, row)
    of_kind: dict[str, Any] = {}
    if row.type != ChannelType.CATEGORY:
        of_kind = {
            "topic": row.topic,
            "last_message_id": state.last_message_ids.get(row.id),
            "last_pin_timestamp": _last_pin(state, row),
            "rate_limit_per_user": row.rate_limit_s,
        }
    if row.type in VOICE_CHANNELS:
        of_kind |= {
            "bitrate": row.bitrate,
            "user_limit": row.user_limit,
            "rtc_region": row.rtc_region,
            "video_quality_mode": row.video_quality,
            "status": state.voice_statuses.get(row.id, UNSET),
        }
    elif row.type != ChannelType.CATEGORY:
        minutes = row.default_auto_archive_minutes
        of_kind["default_auto_archive_duration"] = UNSET if minutes is None else minutes
        of_kind["default_thread_rate_limit_per_user"] = row.default_thread_rate_limit_s
    if row.type in POST_CHANNELS:
        of_kind |= of_posts(row.forum or _PLAIN_FORUM)
    return Channel(
        id=row.id,
        type=row.type,
        guild_id=state.id,
        name=row.name,
        position=row.position,
        permission_overwrites=overwrites(row),
        parent_id=row.parent_id,
        nsfw=row.is_nsfw,
        flags=row.flags,
        **of_kind,
    )


def overwrites(row: ChannelRow) -> list[PermissionOverwrite]:
    """A channel's overwrites, in the order in which they are kept."""
    return [PermissionOverwrite(id=o.id, type=o.type, allow=o.allow, deny=o.deny) for o in row.overwrites]


def of_posts(forum: ForumFields) -> dict[str, Any]:
    """What a channel shows of its posts' settings."""
    has_reaction = forum.reaction_emoji_id is not None or forum.reaction_emoji_name is not None
    reaction = DefaultReaction(emoji_id=forum.reaction_emoji_id, emoji_name=forum.reaction_emoji_name)
    return {
        "available_tags": [
            ForumTag(
                id=tag.id,
                name=tag.name,
                moderated=tag.is_moderated,
                emoji_id=tag.emoji_id,
                emoji_name=tag.emoji_name,
            )
            for tag in forum.tags
        ],
        "default_reaction_emoji": reaction if has_reaction else None,
        "default_sort_order": forum.sort_order,
        "default_forum_layout": forum.layout,
    }


def _last_pin(state: GuildState, row: ChannelRow) -> str | None:
    pinned_ms = state.last_pins_ms.get(row.id)
    return None if pinned_ms is None else format_timestamp(pinned_ms)


def thread(state: GuildState, row: ChannelRow, *, viewer_id: int | None = None) -> Channel:
    """A thread. With the membership of `viewer_id`, where that user follows it."""
    fields = row.thread
    assert fields is not None
    followers = state.thread_members.get(row.id, {})
    count = state.thread_counts.get(row.id, _NO_MESSAGES)
    own = None if viewer_id is None else followers.get(viewer_id)
    is_private = row.type == ChannelType.PRIVATE_THREAD
    parent = state.channels.get(row.parent_id or 0)
    return Channel(
        id=row.id,
        type=row.type,
        guild_id=state.id,
        parent_id=row.parent_id,
        owner_id=row.owner_id,
        name=row.name,
        last_message_id=state.last_message_ids.get(row.id),
        last_pin_timestamp=_last_pin(state, row),
        rate_limit_per_user=row.rate_limit_s,
        flags=row.flags,
        message_count=count.kept,
        total_message_sent=count.kept + count.deleted,
        member_count=min(len(followers), MAX_COUNTED_FOLLOWERS),
        thread_metadata=ThreadMetadata(
            archived=fields.is_archived,
            auto_archive_duration=fields.auto_archive_minutes,
            archive_timestamp=format_timestamp(fields.changed_ms),
            locked=fields.is_locked,
            invitable=fields.is_invitable if is_private else UNSET,
            create_timestamp=format_timestamp(fields.created_ms),
        ),
        applied_tags=UNSET if parent is None or parent.forum is None else _present_tags(fields, parent.forum),
        member=UNSET if own is None else thread_member(own),
    )


def _present_tags(fields: ThreadFields, forum: ForumFields) -> list[Snowflake]:
    """A post's tags without those that its forum has no more."""
    known = {tag.id for tag in forum.tags}
    return [tag_id for tag_id in fields.tag_ids if tag_id in known]


def thread_member(row: ThreadMemberRow) -> ThreadMember:
    return ThreadMember(
        id=row.thread_id, user_id=row.user_id, join_timestamp=format_timestamp(row.joined_ms), flags=row.flags
    )


def partial_member(row: MemberRow, now_ms: int) -> PartialMember:
    return PartialMember(
        roles=list(row.role_ids),
        joined_at=format_timestamp(row.joined_ms),
        nick=row.nick,
        avatar=row.avatar,
        banner=row.banner,
        flags=row.flags,
        mute=row.is_mute,
        deaf=row.is_deaf,
        communication_disabled_until=_timeout(row, now_ms),
    )


def member(ctx: Context, row: MemberRow) -> Member:
    """A member; the same struct again for as long as neither member nor user change."""
    user = ctx.users.wire(row.user_id)
    known = ctx.shown_members.get((row.guild_id, row.user_id))
    if known is not None and known[0] is row and known[1] is user:
        return known[2]
    shown = Member(
        user=user,
        roles=list(row.role_ids),
        joined_at=format_timestamp(row.joined_ms),
        nick=row.nick,
        avatar=row.avatar,
        banner=row.banner,
        flags=row.flags,
        mute=row.is_mute,
        deaf=row.is_deaf,
        communication_disabled_until=_timeout(row, ctx.now_ms()),
    )
    if row.timeout_until_ms is None and len(ctx.shown_members) < MAX_SHOWN_MEMBERS:  # a timeout ends by itself
        ctx.shown_members[(row.guild_id, row.user_id)] = (row, user, shown)
    return shown


def _timeout(row: MemberRow, now_ms: int) -> str | None:
    until_ms = row.timeout_until_ms
    return format_timestamp(until_ms) if until_ms is not None and until_ms > now_ms else None


def guild(ctx: Context, state: GuildState, row: GuildRow | None = None, *, with_counts: bool = False) -> Guild:
    """A guild; with `row` as it is about to be."""
    row = row or state.row
    settings = row.settings
    return Guild(
        id=state.id,
        name=row.name,
        owner_id=row.owner_id,
        roles=roles(state),
        emojis=[emoji(each) for each in ctx.guilds.emojis.of(state.id)],
        icon=row.icon,
        banner=row.banner,
        splash=row.splash,
        discovery_splash=row.discovery_splash,
        description=settings.description,
        verification_level=settings.verification_level,
        default_message_notifications=settings.default_notifications,
        explicit_content_filter=settings.content_filter,
        afk_channel_id=settings.afk_channel_id,
        afk_timeout=settings.afk_timeout_s,
        system_channel_id=row.system_channel_id,
        system_channel_flags=settings.system_channel_flags,
        rules_channel_id=settings.rules_channel_id,
        public_updates_channel_id=settings.updates_channel_id,
        safety_alerts_channel_id=settings.safety_channel_id,
        preferred_locale=settings.locale,
        features=features(row),
        premium_progress_bar_enabled=settings.has_progress_bar,
        vanity_url_code=row.vanity_code,
        widget_enabled=settings.is_widget_enabled,
        widget_channel_id=settings.widget_channel_id,
        approximate_member_count=len(state.members) if with_counts else UNSET,
        approximate_presence_count=count_online(ctx, state) if with_counts else UNSET,
    )


def features(row: GuildRow) -> list[str]:
    """What clients may offer in a guild: what every guild has here, and what its own set."""
    welcome = ("WELCOME_SCREEN_ENABLED",) if row.settings.is_welcome_enabled else ()
    return sorted({*EVERY_GUILDS_FEATURES, *row.settings.features, *welcome})


def count_online(ctx: Context, state: GuildState) -> int:
    return sum(
        1
        for user_id in ctx.presences.connected_ids()
        if user_id in state.members and ctx.presences.shown(user_id).status != "offline"
    )


def invite(ctx: Context, state: GuildState, row: InviteRow, *, with_counts: bool, with_uses: bool) -> Invite:
    """An invite; its uses and limits only for whoever may manage it."""
    into = state.channels[row.channel_id]
    ends_ms = row.created_ms + row.max_age_s * 1000
    return Invite(
        code=row.code,
        guild_id=state.id,
        guild=invite_guild(state),
        channel=InviteChannel(id=into.id, name=into.name, type=into.type),
        inviter=UNSET if row.inviter_id is None else ctx.users.wire(row.inviter_id),
        expires_at=format_timestamp(ends_ms) if row.max_age_s else None,
        approximate_member_count=len(state.members) if with_counts else UNSET,
        approximate_presence_count=count_online(ctx, state) if with_counts else UNSET,
        uses=row.uses if with_uses else UNSET,
        max_uses=row.max_uses if with_uses else UNSET,
        max_age=row.max_age_s if with_uses else UNSET,
        temporary=row.is_temporary if with_uses else UNSET,
        created_at=format_timestamp(row.created_ms) if with_uses else UNSET,
    )


def invite_guild(state: GuildState) -> InviteGuild:
    row = state.row
    return InviteGuild(
        id=state.id,
        name=row.name,
        icon=row.icon,
        banner=row.banner,
        splash=row.splash,
        description=row.settings.description,
        features=features(row),
        verification_level=row.settings.verification_level,
        vanity_url_code=row.vanity_code,
    )


def mentioned_users(ctx: Context, guild: GuildState | None, row: MessageRow) -> list[MentionedUser]:
    now_ms = ctx.now_ms()
    found = []
    for user_id in row.mention_ids:
        user = ctx.users.wire(user_id)
        member_row = None if guild is None else guild.members.get(user_id)
        found.append(
            MentionedUser(
                id=user.id,
                username=user.username,
                global_name=user.global_name,
                bot=user.bot,
                system=user.system,
                member=UNSET if member_row is None else partial_member(member_row, now_ms),
            )
        )
    return found


def reference(row: ReferenceRow) -> MessageReference:
    return MessageReference(
        type=row.type,
        message_id=UNSET if row.message_id is None else row.message_id,
        channel_id=row.channel_id,
        guild_id=UNSET if row.guild_id is None else row.guild_id,
    )


def raw_list(encoded: bytes) -> list[Raw]:
    """A stored JSON array, each element as it is."""
    return [] if encoded == b"[]" else codec.decode(encoded, list[Raw])
