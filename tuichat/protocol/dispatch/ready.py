"""READY and RESUMED: what a session begins with."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.channel import Channel
from tuichat.protocol.dispatch.read_state import ReadState, VersionedReadStates
from tuichat.protocol.guild import FullGuild, UnavailableGuild
from tuichat.protocol.guild_settings import UserGuildSettings
from tuichat.protocol.private_channel import PrivateChannel
from tuichat.protocol.relationship import Relationship
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import OwnUser, Presence, SessionInfo, User
from tuichat.protocol.user_settings import UserSettings


class VersionedGuildSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Notification settings, likewise."""

    entries: list[UserGuildSettings]
    version: int
    partial: bool = False


class NotificationSettings(msgspec.Struct, frozen=True, kw_only=True):
    flags: int = 0


class ReadyApplication(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    flags: int = 0


class Ready(msgspec.Struct, frozen=True, kw_only=True):
    """READY of a bot: its guilds follow as GUILD_CREATE."""

    v: int
    user: OwnUser
    guilds: list[UnavailableGuild]
    session_id: str
    resume_gateway_url: str
    session_type: str = "normal"
    application: ReadyApplication | UnsetType = UNSET
    shard: tuple[int, int] | UnsetType = UNSET
    private_channels: list[Channel] = []
    user_settings: dict[str, str] = {}
    relationships: list[msgspec.Raw] = []
    presences: list[Presence] = []
    geo_ordered_rtc_regions: list[str] = []
    auth: dict[str, str] = {}
    _trace: list[str] = []


class UserReady(msgspec.Struct, frozen=True, kw_only=True):
    """READY of a user account: whole guilds, and how far each channel was read."""

    v: int
    user: OwnUser
    guilds: list[FullGuild]
    session_id: str
    resume_gateway_url: str
    session_type: str = "normal"
    private_channels: list[PrivateChannel] = []
    read_state: list[ReadState] | VersionedReadStates = []
    users: list[User] = []
    user_settings: UserSettings | UnsetType = UNSET
    user_settings_proto: str | UnsetType = UNSET
    user_guild_settings: list[UserGuildSettings] | VersionedGuildSettings = []
    notification_settings: NotificationSettings = NotificationSettings()
    relationships: list[Relationship] = []
    presences: list[Presence] = []
    notes: dict[str, str] | UnsetType = UNSET
    sessions: list[SessionInfo] = []
    auth_session_id_hash: str | UnsetType = UNSET
    friend_suggestion_count: int = 0
    connected_accounts: list[msgspec.Raw] = []
    experiments: list[msgspec.Raw] = []
    guild_experiments: list[msgspec.Raw] = []
    country_code: str = ""
    tutorial: None = None
    _trace: list[str] = []

    @property
    def read_states(self) -> list[ReadState]:
        """The read states, however they were sent."""
        return self.read_state.entries if isinstance(self.read_state, VersionedReadStates) else self.read_state

    @property
    def guild_settings(self) -> list[UserGuildSettings]:
        """The settings of guilds, likewise."""
        told = self.user_guild_settings
        return told.entries if isinstance(told, VersionedGuildSettings) else told


class Resumed(msgspec.Struct, frozen=True, kw_only=True):
    """RESUMED; an object, since discord.py writes a key into it."""

    _trace: list[str] = []
