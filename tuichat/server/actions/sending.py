"""Sending: what a member needs beside SEND_MESSAGES for what its message holds."""

from tuichat.protocol.message import MessageFlag
from tuichat.protocol.permissions import Permissions
from tuichat.server.actions import components, embeds, errors, poll_drafts
from tuichat.server.actions.access import Place
from tuichat.server.actions.context import Context
from tuichat.server.actions.posting import Draft

_VOICE_ALONE, _VOICE_ONE_FILE, _VOICE_METADATA = 50159, 50160, 50161  # Discord's documentation, "JSON Error Codes"
_NO_VOICE_HERE = 50173


def require_allowed(ctx: Context, place: Place, user_id: int, draft: Draft) -> None:
    """Check speech, polls and voice messages. Raises ActionError 50013, 520004, 50159 to 50161, 50173."""
    if draft.is_tts and not place.granted & Permissions.SEND_TTS_MESSAGES:
        raise errors.missing_permissions()
    if draft.poll is not None:
        if not place.granted & Permissions.SEND_POLLS:
            raise errors.missing_permissions()
        poll_drafts.require_usable(ctx, place, user_id, draft.poll)
    if draft.flags & MessageFlag.IS_VOICE_MESSAGE:
        _require_voice(place, draft)


def _require_voice(place: Place, draft: Draft) -> None:
    """A voice message is one recording, with how long it is and how it looks, and nothing else."""
    if not place.granted & Permissions.SEND_VOICE_MESSAGES:
        raise errors.ActionError(403, _NO_VOICE_HERE, "You cannot send voice messages in this channel.")
    has_more = draft.content or draft.embeds != embeds.NO_EMBEDS or draft.components != components.NO_COMPONENTS
    if has_more or draft.poll is not None:
        raise errors.ActionError(400, _VOICE_ALONE, "Voice messages do not support additional content.")
    if len(draft.attachments) != 1 or not (draft.attachments[0].content_type or "").startswith("audio/"):
        raise errors.ActionError(400, _VOICE_ONE_FILE, "Voice messages must have a single audio attachment.")
    if draft.attachments[0].duration_s is None or draft.attachments[0].waveform is None:
        raise errors.ActionError(400, _VOICE_METADATA, "Voice messages must have supporting metadata.")
