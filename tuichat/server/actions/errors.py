"""How an action refuses: Discord's status, code and field errors."""

from collections.abc import Mapping
from typing import TypeAlias

import msgspec
from msgspec import UNSET

from tuichat.errors import TuichatError
from tuichat.protocol import codec
from tuichat.protocol.rest.error import ErrorBody, ErrorCode, FieldError

FieldErrors: TypeAlias = "Mapping[str, FieldErrors | list[FieldError]]"


class _SlowdownBody(msgspec.Struct, frozen=True, kw_only=True):
    """429 of one action, with the code that says which."""

    message: str
    code: int
    retry_after: float
    is_global: bool = msgspec.field(name="global", default=False)


class ActionError(TuichatError):
    """An action was refused. `errors` nests by key, with a list of faults at each leaf.

    `retry_after_s` is set for 429 alone.
    """

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        errors: "FieldErrors | None" = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = int(code)
        self.message = message
        self.errors = errors
        self.retry_after_s = retry_after_s

    def encode(self) -> bytes:
        """Return the body of the HTTP answer."""
        if self.retry_after_s is not None:
            return codec.encode(
                _SlowdownBody(message=self.message, code=self.code, retry_after=round(self.retry_after_s, 3))
            )
        errors = UNSET if self.errors is None else msgspec.Raw(msgspec.json.encode(_tree(self.errors)))
        return codec.encode(ErrorBody(message=self.message, code=self.code, errors=errors))


def _tree(errors: FieldErrors) -> Mapping[str, object]:
    return {
        key: {"_errors": value} if isinstance(value, list) else _tree(value)  # a leaf, or one level down
        for key, value in errors.items()
    }


def _unknown(code: ErrorCode, noun: str) -> ActionError:
    return ActionError(404, code, f"Unknown {noun}")


def unknown_channel() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_CHANNEL, "Channel")


def unknown_guild() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_GUILD, "Guild")


def unknown_emoji() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_EMOJI, "Emoji")


def unknown_sticker() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_STICKER, "Sticker")


def unknown_ban() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_BAN, "Ban")


def unknown_invite() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_INVITE, "Invite")


def unknown_member() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_MEMBER, "Member")


def unknown_message() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_MESSAGE, "Message")


def unknown_overwrite() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_OVERWRITE, "Overwrite")


def unknown_role() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_ROLE, "Role")


def unknown_user() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_USER, "User")


def unknown_voice_state() -> ActionError:
    """Whoever is asked about is not in voice, where the asker could see it."""
    return _unknown(ErrorCode.UNKNOWN_VOICE_STATE, "Voice State")


def not_in_voice() -> ActionError:
    return bad_request(ErrorCode.NOT_IN_VOICE, "Target user is not connected to voice.")


def unknown_stage() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_STAGE, "Stage Instance")


def unknown_scheduled_event() -> ActionError:
    """It is not there, or in a channel that the asker does not see."""
    return _unknown(ErrorCode.UNKNOWN_SCHEDULED_EVENT, "Guild Scheduled Event")


def unknown_event_user() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_EVENT_USER, "Guild Scheduled Event User")


def unknown_sound() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_SOUND, "sound")


def unknown_application() -> ActionError:
    return _unknown(ErrorCode.UNKNOWN_APPLICATION, "Application")


def missing_access() -> ActionError:
    """The asker may not even see it."""
    return ActionError(403, ErrorCode.MISSING_ACCESS, "Missing Access")


def missing_permissions() -> ActionError:
    """The asker sees it, and may not do this there."""
    return ActionError(403, ErrorCode.MISSING_PERMISSIONS, "Missing Permissions")


def not_in_this_room(reason: str) -> ActionError:
    """Permissions would allow it; the live room does not, for a reason that is told."""
    return ActionError(403, ErrorCode.MISSING_PERMISSIONS, reason)


def unauthorized() -> ActionError:
    return ActionError(401, ErrorCode.GENERAL, "401: Unauthorized")


def invalid_form(errors: FieldErrors) -> ActionError:
    """Fields of the body are wrong; each leaf says why, with the limit."""
    return ActionError(400, ErrorCode.INVALID_FORM_BODY, "Invalid Form Body", errors=errors)


def invalid_field(field: str, code: str, message: str) -> ActionError:
    """One field is wrong; `a.b` names one further down."""
    first, *rest = reversed(field.split("."))
    errors: FieldErrors = {first: [FieldError(code, message)]}
    for key in rest:
        errors = {key: errors}
    return invalid_form(errors)


def limit_reached(code: ErrorCode, noun: str, limit: int) -> ActionError:
    return ActionError(400, code, f"Maximum number of {noun} reached ({limit})")


def slow_down(code: int, message: str, retry_after_s: float) -> ActionError:
    return ActionError(429, code, message, retry_after_s=retry_after_s)


def bad_request(code: ErrorCode, message: str) -> ActionError:
    return ActionError(400, code, message)


def overloaded() -> ActionError:
    """More writes wait than the disk can take; libraries try again by themselves."""
    return ActionError(503, ErrorCode.GENERAL, "The server is overloaded; try again in a moment")


def too_long(field: str, limit: int) -> ActionError:
    return invalid_field(field, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")


def direct_message() -> ActionError:
    return ActionError(403, ErrorCode.CANNOT_EXECUTE_ON_DM, "Cannot execute action on a DM channel")


def system_message() -> ActionError:
    return ActionError(403, ErrorCode.SYSTEM_MESSAGE, "Cannot execute action on a system message")


def thread_archived() -> ActionError:
    return bad_request(ErrorCode.THREAD_ARCHIVED, "Thread is archived")


def thread_locked() -> ActionError:
    """Only who manages threads writes there, or brings it back."""
    return ActionError(403, ErrorCode.THREAD_LOCKED, "Thread is locked")


def wrong_channel_type() -> ActionError:
    return bad_request(ErrorCode.CHANNEL_TYPE, "Cannot execute action on this channel type")


def cannot_edit_others_message() -> ActionError:
    return ActionError(403, ErrorCode.CANNOT_EDIT_OTHERS_MESSAGE, "Cannot edit a message authored by another user")


def invalid_role() -> ActionError:
    """@everyone, or a bot's own role: it comes and goes with the guild, or with the bot."""
    return ActionError(400, 50028, "Invalid Role")


def bots_cannot() -> ActionError:
    return ActionError(403, ErrorCode.BOTS_CANNOT_USE, "Bots cannot use this endpoint")
