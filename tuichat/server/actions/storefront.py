"""A guild's storefront: its welcome screen for newcomers, and its widget for other people's pages."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol.channel import VOICE_CHANNELS
from tuichat.protocol.guild import (
    Onboarding,
    WelcomeChannel,
    WelcomeScreen,
    Widget,
    WidgetChannel,
    WidgetMember,
    WidgetSettings,
)
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.guild import WelcomeScreenRequest, WidgetRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channel_fields, errors, fields, guild_editing, wire
from tuichat.server.actions.access import require_guild, require_in_guild, require_still
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.store.rows import MemberRow, WelcomeChannelRow

MAX_WELCOME_CHANNELS = 5
MAX_DESCRIPTION_CHARACTERS = 140  # Discord's clients; its documentation does not say
WELCOME_CHARACTERS = (1, 50)  # likewise
MAX_WIDGET_MEMBERS = 100
_UNKNOWN_WELCOME_SCREEN = 10069  # Discord's documentation, "JSON Error Codes"
_WIDGET_DISABLED = 50004


async def get_welcome_screen(ctx: Context, actor: Actor, guild_id: int) -> WelcomeScreen:
    """A guild's welcome screen: for its members, where it is not switched on for MANAGE_GUILD; else 10069."""
    state = require_guild(ctx, actor, guild_id)
    if not state.row.settings.is_welcome_enabled:
        granted = state.permissions(actor.user_id, ctx.now_ms())
        if not granted & Permissions.MANAGE_GUILD:
            raise errors.ActionError(404, _UNKNOWN_WELCOME_SCREEN, "Unknown Guild Welcome Screen")
    return _screen(state)


async def edit_welcome_screen(
    ctx: Context, actor: Actor, guild_id: int, request: WelcomeScreenRequest
) -> WelcomeScreen:
    """Change a welcome screen: MANAGE_GUILD. It has at most 5 channels, all of the guild."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
        changes: dict[str, object] = {}
        if request.enabled is not UNSET:
            changes["is_welcome_enabled"] = bool(request.enabled)
        if request.description is not UNSET:
            text = fields.require_length("description", request.description or "", 0, MAX_DESCRIPTION_CHARACTERS)
            changes["welcome_description"] = text or None
        if request.welcome_channels is not UNSET:
            changes["welcome_channels"] = _welcome_channels(ctx, state, request.welcome_channels or [])
        settings = msgspec.structs.replace(state.row.settings, **changes)
        await guild_editing.write_settings(ctx, actor, state, msgspec.structs.replace(state.row, settings=settings))
    return _screen(state)


async def get_onboarding(ctx: Context, actor: Actor, guild_id: int) -> Onboarding:
    """A guild's questions to newcomers, of which none can be set here."""
    return Onboarding(guild_id=require_guild(ctx, actor, guild_id).id)


async def get_widget_settings(ctx: Context, actor: Actor, guild_id: int) -> WidgetSettings:
    """Whether a guild shows a widget: MANAGE_GUILD."""
    return _widget_settings(require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD))


async def edit_widget_settings(ctx: Context, actor: Actor, guild_id: int, request: WidgetRequest) -> WidgetSettings:
    """Switch a guild's widget on or off: MANAGE_GUILD."""
    state = require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
    async with state.lock:
        require_still(ctx, state)
        require_in_guild(ctx, actor, guild_id, Permissions.MANAGE_GUILD)
        changes: dict[str, object] = {}
        if request.enabled is not UNSET:
            changes["is_widget_enabled"] = bool(request.enabled)
        if request.channel_id is not UNSET:
            if request.channel_id is not None and request.channel_id not in state.channels:
                raise errors.invalid_field("channel_id", "CHANNEL_INVALID", "Must be a channel of this guild.")
            changes["widget_channel_id"] = request.channel_id
        settings = msgspec.structs.replace(state.row.settings, **changes)
        await guild_editing.write_settings(ctx, actor, state, msgspec.structs.replace(state.row, settings=settings))
    return _widget_settings(state)


async def get_widget(ctx: Context, guild_id: int, *, base_url: str) -> Widget:
    """What a guild shows to everybody: voice channels that all see, and up to 100 who are online, by name and status.

    Raises ActionError 50004 where it is switched off.
    """
    state = ctx.guilds.get(guild_id)
    if state is None:
        raise errors.unknown_guild()
    if not state.row.settings.is_widget_enabled:
        raise errors.ActionError(403, _WIDGET_DISABLED, "Widget Disabled")
    anybody = MemberRow(guild_id=state.id, user_id=Snowflake(0), joined_ms=0)
    online = [
        (user_id, shown.status)
        for user_id in ctx.presences.connected_ids()
        if user_id in state.members and (shown := ctx.presences.shown(user_id)).status != "offline"
    ]
    channels = [
        WidgetChannel(id=row.id, name=row.name, position=row.position)
        for row in state.visible_channels(anybody)
        if row.type in VOICE_CHANNELS
    ]
    shown_ids = {channel.id for channel in channels}
    return Widget(
        id=state.id,
        name=state.row.name,
        instant_invite=state.row.vanity_code,
        channels=channels,
        members=[
            _in_voice(
                ctx,
                state,
                user_id,
                shown_ids,
                WidgetMember(
                    id=str(number),
                    username=state.members[user_id].nick or ctx.users.wire(user_id).display_name,
                    status=status,
                    avatar_url=f"{base_url}/embed/avatars/{number % 6}.png",
                ),
            )
            for number, (user_id, status) in enumerate(online[:MAX_WIDGET_MEMBERS])
        ],
        presence_count=wire.count_online(ctx, state),
    )


def _in_voice(
    ctx: Context, state: GuildState, user_id: int, channel_ids: set[Snowflake], member: WidgetMember
) -> WidgetMember:
    """A member of the widget with where it is in voice, if in a channel that all see."""
    seat = ctx.voice_seats.get(state.id, user_id)
    if seat is None or seat.told is None or seat.channel_id not in channel_ids:
        return member
    told = seat.told
    return msgspec.structs.replace(
        member,
        channel_id=told.channel_id,
        deaf=told.deaf,
        mute=told.mute,
        self_deaf=told.self_deaf,
        self_mute=told.self_mute,
        suppress=told.suppress,
    )


def _screen(state: GuildState) -> WelcomeScreen:
    settings = state.row.settings
    return WelcomeScreen(
        description=settings.welcome_description,
        welcome_channels=[
            WelcomeChannel(
                channel_id=row.channel_id,
                description=row.description,
                emoji_id=row.emoji_id,
                emoji_name=row.emoji_name,
            )
            for row in settings.welcome_channels
        ],
    )


def _welcome_channels(
    ctx: Context, state: GuildState, requests: Sequence[WelcomeChannel]
) -> tuple[WelcomeChannelRow, ...]:
    if len(requests) > MAX_WELCOME_CHANNELS:
        raise errors.too_long("welcome_channels", MAX_WELCOME_CHANNELS)
    found = []
    for index, request in enumerate(requests):
        path = f"welcome_channels.{index}"
        if request.channel_id not in state.channels:
            raise errors.invalid_field(f"{path}.channel_id", "CHANNEL_INVALID", "Must be a channel of this guild.")
        channel_fields.check_emoji(ctx, state, path, request.emoji_id, request.emoji_name)
        found.append(
            WelcomeChannelRow(
                channel_id=request.channel_id,
                description=fields.require_length(f"{path}.description", request.description, *WELCOME_CHARACTERS),
                emoji_id=request.emoji_id or None,
                emoji_name=request.emoji_name or None,
            )
        )
    return tuple(found)


def _widget_settings(state: GuildState) -> WidgetSettings:
    settings = state.row.settings
    return WidgetSettings(enabled=settings.is_widget_enabled, channel_id=settings.widget_channel_id)
