"""Changes what a user wants to hear of: levels and mutes of guilds, channels and private messages, on the server for all sessions."""

from collections.abc import Callable, Sequence

from tuichat.client import hearing, notice_levels
from tuichat.client.account_routes import edit_guild_settings
from tuichat.client.change import Change
from tuichat.client.notice_levels import Level
from tuichat.client.rest import Rest
from tuichat.client.state import State
from tuichat.protocol.dispatch.user import UserGuildSettingsUpdate
from tuichat.protocol.guild_settings import EditChannelOverride, EditGuildSettings, MuteConfig
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp


class NoticeSettings:
    """One account's. Every call raises ClientError alone; the guild id PRIVATE stands for private messages."""

    def __init__(
        self, state: State, rest: Rest, emit: Callable[[Sequence[Change]], None], settings_seen: Callable[[], None]
    ) -> None:
        """`settings_seen` is called when a mute may have a new end."""
        self._state = state
        self._rest = rest
        self._emit = emit
        self._settings_seen = settings_seen

    async def set_guild_level(self, guild_id: int, level: Level) -> None:
        await self._edit(guild_id, EditGuildSettings(message_notifications=int(level)))

    async def set_channel_level(self, channel_id: int, level: Level) -> None:
        await self._edit_channel(channel_id, EditChannelOverride(message_notifications=int(level)))

    async def mute_guild(self, guild_id: int, end_ms: int | None) -> None:
        """Mute until a time in Unix milliseconds; None: until it is turned on again."""
        await self._edit(guild_id, EditGuildSettings(muted=True, mute_config=_config(end_ms)))

    async def unmute_guild(self, guild_id: int) -> None:
        await self._edit(guild_id, EditGuildSettings(muted=False, mute_config=None))

    async def mute_channel(self, channel_id: int, end_ms: int | None) -> None:
        """Mute a channel, a category with all that is in it, or a private conversation, as `mute_guild` does."""
        await self._edit_channel(channel_id, EditChannelOverride(muted=True, mute_config=_config(end_ms)))

    async def unmute_channel(self, channel_id: int) -> None:
        await self._edit_channel(channel_id, EditChannelOverride(muted=False, mute_config=None))

    async def suppress(self, guild_id: int, *, everyone: bool, roles: bool) -> None:
        """Choose whether @everyone and @here, and mentions of one's roles, count for nothing in a guild."""
        await self._edit(guild_id, EditGuildSettings(suppress_everyone=everyone, suppress_roles=roles))

    async def _edit_channel(self, channel_id: int, edit: EditChannelOverride) -> None:
        guild_id = notice_levels.guild_id_of(self._state, channel_id)
        await self._edit(guild_id, EditGuildSettings(channel_overrides={Snowflake(channel_id): edit}))

    async def _edit(self, guild_id: int, edit: EditGuildSettings) -> None:
        told = await self._rest.get(edit_guild_settings(guild_id, edit), UserGuildSettingsUpdate)
        self._emit(hearing.change_guild_settings(self._state, told))
        self._settings_seen()


def _config(end_ms: int | None) -> MuteConfig:
    return MuteConfig() if end_ms is None else MuteConfig(end_time=format_timestamp(end_ms))
