"""Profiles: what somebody shows of itself to those that look for it, and changes of one's own account."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.guild import Member
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import OwnUser, User


class ProfileUser(User, frozen=True, kw_only=True):
    """The user of a profile."""

    bio: str = ""
    banner: str | None = None
    accent_color: int | None = None


class ProfileMetadata(msgspec.Struct, frozen=True, kw_only=True):
    bio: str = ""
    pronouns: str = ""
    banner: str | None = None
    accent_color: int | None = None


class MutualGuild(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    nick: str | None = None


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """GET /users/{id}/profile. What is UNSET was not asked for, or is not shown to those whom the user blocked."""

    user: ProfileUser
    connected_accounts: list[msgspec.Raw] = []
    premium_type: int | None = None
    premium_since: str | None = None
    premium_guild_since: str | None = None
    legacy_username: str | None = None
    user_profile: ProfileMetadata | UnsetType = UNSET
    badges: list[msgspec.Raw] | UnsetType = UNSET
    guild_badges: list[msgspec.Raw] | UnsetType = UNSET
    guild_member: Member | UnsetType = UNSET
    mutual_guilds: list[MutualGuild] | UnsetType = UNSET
    mutual_friends: list[User] | UnsetType = UNSET
    mutual_friends_count: int | UnsetType = UNSET


class EditedUser(OwnUser, frozen=True, kw_only=True):
    """What PATCH /users/@me answers; `token` where the old ones are of no use any more."""

    token: str | UnsetType = UNSET


class EditProfileRequest(msgspec.Struct, frozen=True, kw_only=True):
    """PATCH /users/@me/profile."""

    bio: str | UnsetType | None = UNSET
    pronouns: str | UnsetType | None = UNSET
    banner: str | UnsetType | None = UNSET
    accent_color: int | UnsetType | None = UNSET


class AuthClientInfo(msgspec.Struct, frozen=True, kw_only=True):
    """The client of a sign-in; the server keeps nothing of it."""

    os: str | None = None
    platform: str | None = None
    location: str | None = None


class AuthSession(msgspec.Struct, frozen=True, kw_only=True):
    """One sign-in of an account. When it was used is not kept: the time is when it began."""

    id_hash: str
    approx_last_used_time: str
    client_info: AuthClientInfo = AuthClientInfo()


class AuthSessions(msgspec.Struct, frozen=True, kw_only=True):
    user_sessions: list[AuthSession]


class LogoutSessionsRequest(msgspec.Struct, frozen=True, kw_only=True):
    session_id_hashes: list[str]
    password: str | UnsetType | None = UNSET


class DeleteAccountRequest(msgspec.Struct, frozen=True, kw_only=True):
    """POST /users/@me/delete."""

    password: str | UnsetType | None = UNSET


class RecoveryCodesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """POST /tuichat/recovery/codes."""

    password: str | UnsetType | None = UNSET


class RecoveryCodes(msgspec.Struct, frozen=True, kw_only=True):
    """New recovery codes, which are told this once; each is good once."""

    codes: list[str]


class RecoveryState(msgspec.Struct, frozen=True, kw_only=True):
    """GET /tuichat/recovery/codes: how many codes are left, and whether there is a password that they could replace."""

    left: int
    has_password: bool


class RecoverRequest(msgspec.Struct, frozen=True, kw_only=True):
    """POST /tuichat/recovery: a new password for who has a code; the answer is that of a sign-in."""

    login: str
    code: str
    password: str
