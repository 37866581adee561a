"""Integrations: the bots of a guild, as its managers see them."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import User


class IntegrationAccount(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    name: str


class IntegrationApplication(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    name: str
    icon: str | None = None
    description: str = ""
    summary: str = ""
    bot: User


class Integration(msgspec.Struct, frozen=True, kw_only=True):
    """A bot in a guild; its id is its application's. `user` is the application's owner, where there is one."""

    id: Snowflake
    name: str
    application: IntegrationApplication
    account: IntegrationAccount
    type: str = "discord"
    enabled: bool = True
    scopes: tuple[str, ...] = ("bot", "applications.commands")
    user: User | UnsetType = UNSET
