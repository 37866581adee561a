"""What a guild is set to: its name, pictures, levels, channels and features, and who owns it."""

import re

import msgspec
from msgspec import UNSET

from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch.guild import GuildUpdate
from tuichat.protocol.guild import Guild
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import EditGuildRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import audit, errors, fields, wire
from tuichat.server.actions.access import require_in_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.images import ImageKind, keep_image, put_image
from tuichat.server.actions.step import Step, write
from tuichat.server.actions.visibility import telling_visibility
from tuichat.server.bus import Event, event
from tuichat.server.store.operations import Operation, Put
from tuichat.server.store.rows import GuildRow, GuildSettings

NAME_CHARACTERS = (2, 100)
MAX_DESCRIPTION_CHARACTERS = 300  # Discord's clients; its documentation does not say
AFK_TIMEOUTS_S = (60, 300, 900, 1800, 3600)
MAX_SYSTEM_CHANNEL_FLAGS = 2**31 - 1  # more bits than have a meaning: libraries send all that they know
COMMUNITY = "COMMUNITY"
INVITES_DISABLED = "INVITES_DISABLED"
SETTABLE_FEATURES = frozenset({COMMUNITY, "DISCOVERABLE", INVITES_DISABLED, "RAID_ALERTS_DISABLED"})
_FOR_ADMINISTRATORS = frozenset({COMMUNITY, "DISCOVERABLE"})
NOTICE_CHANNELS = frozenset({ChannelType.TEXT, ChannelType.ANNOUNCEMENT})
AFK_CHANNELS = frozenset({ChannelType.VOICE, ChannelType.STAGE})
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z0-9]{2,3})?")
_NOT_TO_A_BOT = 50132  # Discord's documentation, "JSON Error Codes"
_PICTURES = {
    "icon": ImageKind.ICON,
    "banner": ImageKind.BANNER,
    "splash": ImageKind.SPLASH,
    "discovery_splash": ImageKind.DISCOVERY_SPLASH,
}
KEYS: audit.Keys = (
    ("name", lambda row: row.name),
    ("description", lambda row: row.settings.description),
    ("icon_hash", lambda row: row.icon),
    ("banner_hash", lambda row: row.banner),
    ("splash_hash", lambda row: row.splash),
    ("discovery_splash_hash", lambda row: row.discovery_splash),
    ("owner_id", lambda row: row.owner_id),
    ("verification_level", lambda row: row.settings.verification_level),
    ("default_message_notifications", lambda row: row.settings.default_notifications),
    ("explicit_content_filter", lambda row: row.settings.content_filter),
    ("afk_channel_id", lambda row: row.settings.afk_channel_id),
    ("afk_timeout", lambda row: row.settings.afk_timeout_s),
    ("system_channel_id", lambda row: row.system_channel_id),
    ("system_channel_flags", lambda row: row.settings.system_channel_flags),
    ("rules_channel_id", lambda row: row.settings.rules_channel_id),
    ("public_updates_channel_id", lambda row: row.settings.updates_channel_id),
    ("safety_alerts_channel_id", lambda row: row.settings.safety_channel_id),
    ("preferred_locale", lambda row: row.settings.locale),
    ("features", lambda row: list(row.settings.features)),
    ("premium_progress_bar_enabled", lambda row: row.settings.has_progress_bar),
    ("vanity_url_code", lambda row: row.vanity_code),
    ("widget_enabled", lambda row: row.settings.is_widget_enabled),
    ("widget_channel_id", lambda row: row.settings.widget_channel_id),
    ("welcome_screen_enabled", lambda row: row.settings.is_welcome_enabled),
    ("welcome_description", lambda row: row.settings.welcome_description),
    ("welcome_channels", lambda row: [str(int(each.channel_id)) for each in row.settings.welcome_channels]),
)


async def edit_guild(ctx: Context, actor: Actor, guild_id: int, request: EditGuildRequest) -> Guild:
    """Change a guild: MANAGE_GUILD; its owner gives it away, and administrators make it a community.

    A community has a channel for its rules and one for updates. Raises ActionError 50035 at what is out of its limits,
    10007 and 50132 for a new owner who is no member or a bot.
    """
    require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    pictures: dict[str, str | None] = {}
    for field in _PICTURES:
        given = getattr(request, field)
        if given is not UNSET:
            pictures[field] = await keep_image(ctx, field, given) if given else None
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
        row = _changed(ctx, actor, state, request)
        row = msgspec.structs.replace(row, **pictures)
        images = [
            put_image(_PICTURES[field], state.id, image)
            for field, image in pictures.items()
            if image != getattr(state.row, field)
        ]
        await write_settings(ctx, actor, state, row, *images)
    return wire.guild(ctx, state)


async def write_settings(ctx: Context, actor: Actor, state: GuildState, row: GuildRow, *more: Operation) -> None:
    """Write a guild's row with its entry in the audit log, where anything differs. The caller holds the guild's lock."""
    if row == state.row:
        return
    put, told = audit.entry(
        ctx, actor, state, AuditAction.GUILD_UPDATE, state.id, changes=audit.changes(KEYS, state.row, row)
    )
    await write(ctx, change(ctx, state, row), Step([*more, put], [told]))


def change(ctx: Context, state: GuildState, row: GuildRow) -> Step:
    """The guild with another row; another owner sees all, and the one before what others see."""

    def remember() -> None:
        ctx.guilds.put_row(state, row)

    concerned = {state.row.owner_id, row.owner_id} if state.row.owner_id != row.owner_id else set()
    before_publish = telling_visibility(ctx, state, remember, user_ids=concerned) if concerned else remember
    return Step([Put(row)], [guild_updated(ctx, state, row)], before_publish)


def guild_updated(ctx: Context, state: GuildState, row: GuildRow) -> Event:
    """GUILD_UPDATE with a row that is not in memory yet."""
    shown = wire.guild(ctx, state, row)
    payload = GuildUpdate(**{field: getattr(shown, field) for field in shown.__struct_fields__})
    return event("GUILD_UPDATE", payload, guild_id=state.id)


def without_channel(row: GuildRow, channel_id: int) -> GuildRow:
    """The guild's row where nothing names a channel that is to go."""
    settings = row.settings
    for field in ("afk_channel_id", "rules_channel_id", "updates_channel_id", "safety_channel_id", "widget_channel_id"):
        if getattr(settings, field) == channel_id:
            settings = msgspec.structs.replace(settings, **{field: None})
    kept = tuple(welcome for welcome in settings.welcome_channels if welcome.channel_id != channel_id)
    if kept != settings.welcome_channels:
        settings = msgspec.structs.replace(settings, welcome_channels=kept)
    system_id = None if row.system_channel_id == channel_id else row.system_channel_id
    return msgspec.structs.replace(row, system_channel_id=system_id, settings=settings)


def require_afk_timeout(seconds: int) -> int:
    if seconds not in AFK_TIMEOUTS_S:
        raise errors.invalid_field("afk_timeout", "BASE_TYPE_CHOICES", f"Value must be one of {AFK_TIMEOUTS_S}.")
    return seconds


def require_locale(locale: str) -> str:
    if not _LOCALE.fullmatch(locale):
        raise errors.invalid_field("preferred_locale", "BASE_TYPE_CHOICES", "Not a locale such as en-US or de.")
    return locale


def is_needed(row: GuildRow, channel_id: int) -> bool:
    """Whether a community cannot be without this channel."""
    needed = (row.settings.rules_channel_id, row.settings.updates_channel_id)
    return COMMUNITY in row.settings.features and channel_id in needed


def _changed(ctx: Context, actor: Actor, state: GuildState, request: EditGuildRequest) -> GuildRow:
    row = state.row
    changes: dict[str, object] = {}
    if isinstance(request.name, str):
        changes["name"] = fields.require_name("name", request.name, *NAME_CHARACTERS)
    if isinstance(request.owner_id, int) and request.owner_id != row.owner_id:
        changes["owner_id"] = _new_owner(ctx, actor, state, request)
    if request.system_channel_id is not UNSET:
        changes["system_channel_id"] = require_place_of_kind(
            state, "system_channel_id", request.system_channel_id, NOTICE_CHANNELS
        )
    return msgspec.structs.replace(row, settings=_changed_settings(ctx, actor, state, request), **changes)


def _changed_settings(ctx: Context, actor: Actor, state: GuildState, request: EditGuildRequest) -> GuildSettings:
    old = state.row.settings
    changes: dict[str, object] = {}
    if request.description is not UNSET:
        text = fields.require_length("description", request.description or "", 0, MAX_DESCRIPTION_CHARACTERS)
        changes["description"] = text or None
    for field, ours, highest in (
        ("verification_level", "verification_level", 4),
        ("default_message_notifications", "default_notifications", 1),
        ("explicit_content_filter", "content_filter", 2),
        ("system_channel_flags", "system_channel_flags", MAX_SYSTEM_CHANNEL_FLAGS),
    ):
        value = getattr(request, field)
        if value is not UNSET:
            changes[ours] = fields.require_range(field, value or 0, 0, highest)
    for field, ours, kinds in (
        ("afk_channel_id", "afk_channel_id", AFK_CHANNELS),
        ("rules_channel_id", "rules_channel_id", NOTICE_CHANNELS),
        ("public_updates_channel_id", "updates_channel_id", NOTICE_CHANNELS),
        ("safety_alerts_channel_id", "safety_channel_id", NOTICE_CHANNELS),
    ):
        value = getattr(request, field)
        if value is not UNSET:
            changes[ours] = require_place_of_kind(state, field, value, kinds)
    if isinstance(request.afk_timeout, int):
        changes["afk_timeout_s"] = require_afk_timeout(request.afk_timeout)
    if request.preferred_locale is not UNSET:
        changes["locale"] = require_locale(request.preferred_locale or "en-US")
    if isinstance(request.premium_progress_bar_enabled, bool):
        changes["has_progress_bar"] = request.premium_progress_bar_enabled
    settings = msgspec.structs.replace(old, **changes)
    if isinstance(request.features, list):
        settings = _with_features(ctx, actor, state, settings, set(request.features))
    if COMMUNITY in settings.features:
        for field, channel_id in (
            ("rules_channel_id", settings.rules_channel_id),
            ("public_updates_channel_id", settings.updates_channel_id),
        ):
            if channel_id is None:
                raise errors.invalid_field(field, "BASE_TYPE_REQUIRED", "A community needs this channel")
    return settings


def _with_features(
    ctx: Context, actor: Actor, state: GuildState, settings: GuildSettings, wanted: set[str]
) -> GuildSettings:
    """Turn features on and off; those that cannot be set stay as they are, whether they are named or not."""
    features = wanted & SETTABLE_FEATURES
    toggled = features ^ set(settings.features)
    is_administrator = state.permissions(actor.user_id, ctx.now_ms()) & Permissions.ADMINISTRATOR
    if toggled & _FOR_ADMINISTRATORS and not is_administrator:
        raise errors.missing_permissions()
    if "DISCOVERABLE" in features and COMMUNITY not in features:
        raise errors.invalid_field("features", "BASE_TYPE_CHOICES", "Only a community can be DISCOVERABLE.")
    return msgspec.structs.replace(settings, features=tuple(sorted(features)))


def _new_owner(ctx: Context, actor: Actor, state: GuildState, request: EditGuildRequest) -> int:
    if state.row.owner_id != actor.user_id:
        raise errors.missing_permissions()
    assert isinstance(request.owner_id, int)
    if request.owner_id not in state.members:
        raise errors.unknown_member()
    user = ctx.users.get(request.owner_id)
    if user is None or user.is_bot:
        raise errors.ActionError(400, _NOT_TO_A_BOT, "Ownership cannot be transferred to a bot user")
    return request.owner_id


def require_place_of_kind(
    state: GuildState, field: str, channel_id: int | None, kinds: frozenset[ChannelType]
) -> Snowflake | None:
    """A channel that the guild is to name, of one of the kinds that are good for it."""
    if channel_id is None:
        return None
    channel = state.channels.get(channel_id)
    if channel is None or channel.type not in kinds:
        wanted = "a voice channel" if kinds is AFK_CHANNELS else "a text channel"
        raise errors.invalid_field(field, "CHANNEL_INVALID", f"Must be {wanted} of this guild.")
    return channel.id
