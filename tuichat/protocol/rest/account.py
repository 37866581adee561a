"""Bodies of accounts: to make one, to sign in, and to change it."""

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol.snowflake import Snowflake


class RegisterRequest(msgspec.Struct, frozen=True, kw_only=True):
    username: str | UnsetType | None = UNSET
    global_name: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    password: str | UnsetType | None = UNSET
    invite: str | UnsetType | None = UNSET


class LoginRequest(msgspec.Struct, frozen=True, kw_only=True):
    login: str
    password: str


class RegisterResponse(msgspec.Struct, frozen=True, kw_only=True):
    """A new account's token; GET /users/@me says whose it is."""

    token: str


class UserSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What Discord keeps of a user's settings in an answer to a login; ours are the client's own, these are its defaults."""

    locale: str = "en-US"
    theme: str = "dark"


class LoginResponse(msgspec.Struct, frozen=True, kw_only=True):
    user_id: Snowflake
    token: str
    user_settings: UserSettings = UserSettings()


class LocalSignInResponse(msgspec.Struct, frozen=True, kw_only=True):
    """POST /tuichat/local/sign-in, an extension of ours: the token of an account of this machine's user."""

    user_id: Snowflake
    token: str


class EditUserRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Pictures are data URIs. `password` is the one in use, for a new one or another email."""

    avatar: str | UnsetType | None = UNSET
    banner: str | UnsetType | None = UNSET
    accent_color: int | UnsetType | None = UNSET
    bio: str | UnsetType | None = UNSET
    pronouns: str | UnsetType | None = UNSET
    email: str | UnsetType | None = UNSET
    password: str | UnsetType | None = UNSET
    new_password: str | UnsetType | None = UNSET
    username: str | UnsetType = UNSET
    global_name: str | UnsetType | None = UNSET
