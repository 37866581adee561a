"""Notification settings of guilds and channels: each user's own, told to its own sessions."""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol import codec
from tuichat.protocol.guild_settings import (
    ChannelOverride,
    EditChannelOverride,
    EditGuildSettings,
    MuteConfig,
    UserGuildSettings,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp, parse_timestamp
from tuichat.server.actions import errors, fields
from tuichat.server.actions.access import require_guild
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.notice_cache import DIRECT, SUPPRESS_EVERYONE, SUPPRESS_ROLES, end_ms
from tuichat.server.bus import Event, event
from tuichat.server.store.operations import Operation, Put
from tuichat.server.store.social_rows import GuildSettingsRow

MAX_OVERRIDES = 1000  # taste: as many channels and threads as somebody can care for
MAX_GUILDS_AT_ONCE = 100
LEVELS = (0, 3)  # all messages, mentions, nothing, what the guild has
HIGHLIGHTS = (0, 2)
FLAGS = (0, 2**31 - 1)


async def edit_guild_settings(
    ctx: Context, actor: Actor, guild_id: int, request: EditGuildSettings
) -> UserGuildSettings:
    """Change how the actor is notified of a guild, or with the guild 0 of its direct messages.

    Overrides of channels that are not there are passed over. Raises ActionError 10004, 50001, 50035.
    """
    return (await _edit(ctx, actor, {Snowflake(guild_id): request}))[0]


async def edit_many(
    ctx: Context, actor: Actor, requests: Mapping[Snowflake, EditGuildSettings]
) -> list[UserGuildSettings]:
    """Change up to 100 guilds' at once, all or none."""
    if len(requests) > MAX_GUILDS_AT_ONCE:
        raise errors.too_long("guilds", MAX_GUILDS_AT_ONCE)
    if DIRECT in requests:
        raise errors.unknown_guild()
    return await _edit(ctx, actor, requests)


def shown_of(ctx: Context, user_id: int, rows: Sequence[GuildSettingsRow]) -> list[UserGuildSettings]:
    """All that a user changed, of guilds that it is in and of its direct messages; a mute that ended is none."""
    shown = []
    for row in rows:
        state = ctx.guilds.get(row.guild_id)
        if row.guild_id == DIRECT or (state is not None and state.has_member(user_id)):
            shown.append(_shown(row, ctx.now_ms()))
    return shown


async def _edit(ctx: Context, actor: Actor, requests: Mapping[Snowflake, EditGuildSettings]) -> list[UserGuildSettings]:
    if actor.is_bot:
        raise errors.bots_cannot()
    for guild_id in requests:
        if guild_id != DIRECT:
            require_guild(ctx, actor, guild_id)
    async with ctx.edits.hold(actor.user_id):
        known = {row.guild_id: row for row in await ctx.store.read_guild_settings(actor.user_id)}
        now_ms = ctx.now_ms()
        rows, events = [], []
        for guild_id, request in requests.items():
            row = known.get(guild_id)
            before = UserGuildSettings(guild_id=guild_id or None) if row is None else _shown(row, now_ms)
            changed = msgspec.structs.replace(
                _changed(ctx, actor, guild_id, before, request), version=ctx.versions.take(now_ms)
            )
            rows.append(_row(actor, guild_id, changed))
            events.append(_told(actor, changed))
        operations: list[Operation] = [Put(row) for row in rows]

        def remember() -> None:
            for row in rows:
                ctx.notices.put(row)

        await ctx.store.write(operations, events, before_publish=remember)
    return [_shown(row, now_ms) for row in rows]


def _changed(
    ctx: Context, actor: Actor, guild_id: int, before: UserGuildSettings, request: EditGuildSettings
) -> UserGuildSettings:
    changes: dict[str, object] = {}
    for name in (
        "hide_muted_channels",
        "mobile_push",
        "mute_scheduled_events",
        "muted",
        "suppress_everyone",
        "suppress_roles",
    ):
        if getattr(request, name) is not UNSET:
            changes[name] = getattr(request, name)
    for name, limits in (("message_notifications", LEVELS), ("notify_highlights", HIGHLIGHTS), ("flags", FLAGS)):
        if getattr(request, name) is not UNSET:
            changes[name] = fields.require_range(name, getattr(request, name), *limits)
    if request.mute_config is not UNSET:
        changes["mute_config"] = _mute_config("mute_config", request.mute_config)
    if isinstance(request.channel_overrides, dict):
        changes["channel_overrides"] = _overrides(ctx, actor, guild_id, before, request.channel_overrides)
    return msgspec.structs.replace(before, **changes)


def _overrides(
    ctx: Context,
    actor: Actor,
    guild_id: int,
    before: UserGuildSettings,
    requests: Mapping[Snowflake, EditChannelOverride],
) -> list[ChannelOverride]:
    overrides = {
        each.channel_id: each for each in before.channel_overrides if _is_there(ctx, actor, guild_id, each.channel_id)
    }
    for channel_id, request in requests.items():
        if not _is_there(ctx, actor, guild_id, channel_id):
            continue
        where = f"channel_overrides.{channel_id}"
        changes: dict[str, object] = {}
        for name in ("muted", "collapsed"):
            if getattr(request, name) is not UNSET:
                changes[name] = getattr(request, name)
        for name, limits in (("message_notifications", LEVELS), ("flags", FLAGS)):
            if getattr(request, name) is not UNSET:
                changes[name] = fields.require_range(f"{where}.{name}", getattr(request, name), *limits)
        if request.mute_config is not UNSET:
            changes["mute_config"] = _mute_config(f"{where}.mute_config", request.mute_config)
        known = overrides.get(channel_id) or ChannelOverride(channel_id=channel_id)
        overrides[channel_id] = msgspec.structs.replace(known, **changes)
    if len(overrides) > MAX_OVERRIDES:
        raise errors.too_long("channel_overrides", MAX_OVERRIDES)
    return list(overrides.values())


def _is_there(ctx: Context, actor: Actor, guild_id: int, channel_id: int) -> bool:
    if guild_id == DIRECT:
        direct = ctx.directs.get(channel_id)
        return direct is not None and actor.user_id in direct.recipient_ids
    state = ctx.guilds.of_channel(channel_id)
    return state is not None and state.id == guild_id


def _mute_config(field: str, config: MuteConfig | None) -> MuteConfig | None:
    """Check when a mute ends, and write the time as the server does."""
    if config is None or config.end_time is None:
        return config
    try:
        end_ms = parse_timestamp(config.end_time)
    except ValueError as error:
        raise errors.invalid_field(f"{field}.end_time", "DATE_TIME_TYPE_PARSE", str(error)) from None
    return msgspec.structs.replace(config, end_time=format_timestamp(end_ms))


def _row(actor: Actor, guild_id: Snowflake, settings: UserGuildSettings) -> GuildSettingsRow:
    bits = (SUPPRESS_EVERYONE if settings.suppress_everyone else 0) | (SUPPRESS_ROLES if settings.suppress_roles else 0)
    return GuildSettingsRow(
        user_id=actor.user_id,
        guild_id=guild_id,
        version=settings.version,
        settings=codec.encode(settings),
        suppresses=bits,
    )


def _shown(row: GuildSettingsRow, now_ms: int) -> UserGuildSettings:
    """A row's settings, less the mutes that ended."""
    settings = codec.decode(row.settings, UserGuildSettings)
    overrides = [
        each
        if each.muted is False or end_ms(each.muted, each.mute_config) > now_ms
        else msgspec.structs.replace(each, muted=False, mute_config=None)
        for each in settings.channel_overrides
    ]
    settings = msgspec.structs.replace(settings, channel_overrides=overrides)
    if settings.muted and end_ms(settings.muted, settings.mute_config) <= now_ms:
        settings = msgspec.structs.replace(settings, muted=False, mute_config=None)
    return settings


def _told(actor: Actor, settings: UserGuildSettings) -> Event:
    return event("USER_GUILD_SETTINGS_UPDATE", settings, user_ids=[actor.user_id])
