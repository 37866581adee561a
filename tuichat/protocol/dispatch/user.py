"""Dispatches of users: what they show, and what they set."""

from tuichat.protocol.guild_settings import UserGuildSettings
from tuichat.protocol.user import OwnUser, Presence
from tuichat.protocol.user_settings import EditUserSettings


class UserSettingsUpdate(EditUserSettings, frozen=True, kw_only=True):
    pass


class UserGuildSettingsUpdate(UserGuildSettings, frozen=True, kw_only=True):
    pass


class PresenceUpdate(Presence, frozen=True, kw_only=True):
    pass


class UserUpdate(OwnUser, frozen=True, kw_only=True):
    pass
