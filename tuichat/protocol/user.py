"""Users, and what they say of their presence."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake


class UserReference(msgspec.Struct, frozen=True, kw_only=True):
    """A user of whom only the id is told."""

    id: Snowflake


class User(UserReference, frozen=True, kw_only=True):
    """Another user, as messages and members carry one."""

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
    bio: str = ""
    pronouns: str = ""
    banner: str | None = None
    accent_color: int | None = None


class ActivityEmoji(msgspec.Struct, frozen=True, kw_only=True):
    """The emoji of a custom status: a character, or one of a guild's."""

    name: str
    id: Snowflake | UnsetType = UNSET
    animated: bool | UnsetType = UNSET


class ActivityTimestamps(msgspec.Struct, frozen=True, kw_only=True):
    """When something began and when it ends, in Unix milliseconds."""

    start: int | UnsetType = UNSET
    end: int | UnsetType = UNSET


class ActivityAssets(msgspec.Struct, frozen=True, kw_only=True):
    large_image: str | UnsetType = UNSET
    large_text: str | UnsetType = UNSET
    small_image: str | UnsetType = UNSET
    small_text: str | UnsetType = UNSET


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody does, as others see it; type 4 is a custom status, whose text is `state`."""

    name: str
    type: int = 0
    created_at: int = 0
    state: str | None = None
    id: str | UnsetType = UNSET
    details: str | UnsetType | None = UNSET
    url: str | UnsetType | None = UNSET
    emoji: ActivityEmoji | UnsetType | None = UNSET
    timestamps: ActivityTimestamps | UnsetType | None = UNSET
    assets: ActivityAssets | UnsetType | None = UNSET
    application_id: Snowflake | UnsetType | None = UNSET
    flags: int | UnsetType = UNSET


class ActivityRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a client says that its user does. Clients send times as numbers and as strings, and much that nobody keeps."""

    name: str = ""
    type: int = 0
    state: str | None = None
    details: str | UnsetType | None = UNSET
    url: str | UnsetType | None = UNSET
    emoji: ActivityEmoji | UnsetType | None = UNSET
    timestamps: dict[str, int | float | str | None] | UnsetType | None = UNSET
    assets: ActivityAssets | UnsetType | None = UNSET
    application_id: Snowflake | UnsetType | None = UNSET
    flags: int | UnsetType | None = UNSET


class ClientInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The client of a session: desktop, mobile, web or unknown, and its system."""

    client: str
    os: str
    version: int = 0


class SessionInfo(msgspec.Struct, frozen=True, kw_only=True):
    """One of one's own sessions, in READY and SESSIONS_REPLACE; `all` is what others see of all."""

    session_id: str
    client_info: ClientInfo
    status: str
    activities: list[Activity] = []
    active: bool | UnsetType = UNSET


class Presence(msgspec.Struct, frozen=True, kw_only=True):
    """PRESENCE_UPDATE, and an entry of GUILD_CREATE.presences. `status` is online, idle, dnd or offline."""

    user: UserReference
    status: str
    activities: list[Activity] = []
    client_status: dict[str, str] = {}
    guild_id: Snowflake | UnsetType = UNSET
