"""Users, and what they say of their presence."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake


class User(msgspec.Struct, frozen=True, kw_only=True):
    """Another user, as messages and members carry one."""

    id: Snowflake
    username: str
    discriminator: str = "0"
    global_name: str | None = None
    avatar: str | None = None
    bot: bool = False
    system: bool = False
    public_flags: int = 0

    @property
    def display_name(self) -> str:
        return self.global_name or self.username


class OwnUser(User, frozen=True, kw_only=True):
    """The signed-in user: READY.user and GET /users/@me."""

    email: str | None = None
    verified: bool = True
    mfa_enabled: bool = False
    flags: int = 0
    locale: str = "en-US"
    premium_type: int = 0


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    type: int = 0
    created_at: int = 0
    state: str | None = None


class UserReference(msgspec.Struct, frozen=True, kw_only=True):
    """A user of whom only the id is told."""

    id: Snowflake


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """PRESENCE_UPDATE, and an entry of GUILD_CREATE.presences. `status` is online, idle, dnd or offline."""

    user: UserReference
    status: str
    activities: list[Activity] = []
    client_status: dict[str, str] = {}
    guild_id: Snowflake | UnsetType = UNSET
