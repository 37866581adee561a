"""The REST routes of one's own account, as requests."""

from tuichat.client.routes import Repeat, Request, make_request
from tuichat.protocol.guild_settings import EditGuildSettings
from tuichat.protocol.profile import (
    DeleteAccountRequest,
    LogoutSessionsRequest,
    RecoverRequest,
    RecoveryCodesRequest,
)
from tuichat.protocol.rest.account import EditUserRequest
from tuichat.protocol.user_settings import EditUserSettings


def edit_guild_settings(guild_id: int, edit: EditGuildSettings) -> Request:
    """Change notification settings of a guild; the id 0 stands for private channels."""
    return make_request("PATCH", "/users/@me/guilds/{}/settings", guild_id or "@me", body=edit)


def edit_me(edit: EditUserRequest) -> Request:
    # A new password makes the token useless that the second try would come with.
    return make_request("PATCH", "/users/@me", body=edit, repeat=Repeat.UNSAFE)


def edit_settings(edit: EditUserSettings) -> Request:
    return make_request("PATCH", "/users/@me/settings", body=edit)


def list_sessions() -> Request:
    return make_request("GET", "/auth/sessions")


def end_sessions(hashes: list[str], password: str) -> Request:
    body = LogoutSessionsRequest(session_id_hashes=hashes, password=password or None)
    return make_request("POST", "/auth/sessions/logout", body=body, repeat=Repeat.UNSAFE)


def recovery_state() -> Request:
    return make_request("GET", "/tuichat/recovery/codes")


def make_recovery_codes(password: str) -> Request:
    body = RecoveryCodesRequest(password=password or None)
    return make_request("POST", "/tuichat/recovery/codes", body=body, repeat=Repeat.UNSAFE)


def recover(login: str, code: str, password: str) -> Request:
    """Sign in by a recovery code, with a new password."""
    body = RecoverRequest(login=login, code=code, password=password)
    return make_request("POST", "/tuichat/recovery", body=body, repeat=Repeat.UNSAFE, patience_s=5)


def delete_account(password: str) -> Request:
    body = DeleteAccountRequest(password=password or None)
    return make_request("POST", "/users/@me/delete", body=body, repeat=Repeat.UNSAFE)
