"""What a user does with the own account: profile, status, password, recovery codes, sign-ins, deletion."""

from msgspec import UNSET, UnsetType

from tuichat.client import account_routes, routes
from tuichat.client.errors import RefusedError
from tuichat.client.rest import Rest
from tuichat.config.secret import Token, remember_secret
from tuichat.protocol.profile import AuthSession, AuthSessions, EditedUser, RecoveryCodes, RecoveryState
from tuichat.protocol.rest.account import EditUserRequest
from tuichat.protocol.timestamp import format_timestamp
from tuichat.protocol.user import OwnUser
from tuichat.protocol.user_settings import CustomStatus, EditUserSettings, UserSettings
from tuichat.translation import _

MAX_ENDED = 64  # sign-ins that one request ends


class OwnAccount:
    """One account's. Every call raises ClientError alone."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def edit(self, edit: EditUserRequest) -> None:
        """Change names, picture or profile; the change comes as a dispatch."""
        await self._rest.get(account_routes.edit_me(edit), EditedUser)

    async def set_display_name(self, name: str) -> None:
        await self._rest.get(routes.edit_display_name(name), OwnUser)

    async def set_nickname(self, guild_id: int, nick: str | None) -> None:
        """Set one's name in a guild; None goes back to the display name."""
        await self._rest.perform(routes.set_nickname(guild_id, nick))

    async def set_status(self, status: str) -> None:
        """Show as online, idle, dnd or invisible, here and in every session."""
        await self._rest.get(account_routes.edit_settings(EditUserSettings(status=status)), UserSettings)

    async def set_custom_status(self, text: str, end_ms: int | None) -> None:
        """Say something beside the name until a time in Unix milliseconds; an empty text takes it away."""
        expires = None if end_ms is None else format_timestamp(end_ms)
        status = CustomStatus(text=text, expires_at=expires) if text else None
        await self._rest.get(account_routes.edit_settings(EditUserSettings(custom_status=status)), UserSettings)

    async def change_password(self, current: str, new: str) -> Token:
        """Set another password. Every sign-in ends, this one too: the token that is returned takes its place."""
        remember_secret(current)
        remember_secret(new)
        edit = EditUserRequest(password=current or None, new_password=new)
        answer = await self._rest.get(account_routes.edit_me(edit), EditedUser)
        if not isinstance(answer.token, str):
            raise RefusedError(_("The server changed the password and gave no new token: sign in again."))
        return Token(answer.token)

    async def sessions(self) -> list[AuthSession]:
        """Return where the account is signed in, the latest first."""
        return (await self._rest.get(account_routes.list_sessions(), AuthSessions)).user_sessions

    async def end_sessions(self, hashes: list[str], password: str) -> None:
        """End sign-ins: their tokens are of no use any more."""
        remember_secret(password)
        for start in range(0, len(hashes), MAX_ENDED):
            await self._rest.perform(account_routes.end_sessions(hashes[start : start + MAX_ENDED], password))

    async def recovery(self) -> RecoveryState:
        """Return how many recovery codes are left."""
        return await self._rest.get(account_routes.recovery_state(), RecoveryState)

    async def make_recovery_codes(self, password: str) -> list[str]:
        """Return new recovery codes; those before are of no use any more."""
        remember_secret(password)
        codes = (await self._rest.get(account_routes.make_recovery_codes(password), RecoveryCodes)).codes
        for code in codes:
            remember_secret(code)
        return codes

    async def delete(self, password: str) -> None:
        """Delete the account for good."""
        remember_secret(password)
        await self._rest.perform(account_routes.delete_account(password))


def changed(new: str, old: str) -> str | UnsetType | None:
    """Return a text as an edit has it: UNSET where it stays, None where it is taken away."""
    return UNSET if new == old else new or None
