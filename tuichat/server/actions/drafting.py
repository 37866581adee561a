"""Drafting: what a request wants to say, checked field by field, whoever sends it."""

from collections.abc import Sequence
from enum import Enum

import msgspec
from msgspec import UNSET

from tuichat.protocol.message import MAX_CONTENT_CHARACTERS, MAX_NONCE_CHARACTERS, MessageFlag
from tuichat.protocol.rest.error import FieldError
from tuichat.protocol.rest.message import AllowedMentions, CreateMessageRequest
from tuichat.server.actions import components, embeds, errors, fields, mentions, poll_drafts
from tuichat.server.actions.posting import Draft

_INVALID_STICKER = 50081  # Discord's documentation, "JSON Error Codes"
_MESSAGE_FLAGS = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.SUPPRESS_NOTIFICATIONS
_PINGS_USERS = AllowedMentions(parse=["users"], replied_user=True)


class Sender(Enum):
    """Who sends a request, which decides what it may hold."""

    PERSON = "person"
    BOT = "bot"
    WEBHOOK = "webhook"  # of nobody's application: its components do not call anybody
    APPLICATION_WEBHOOK = "application webhook"
    INTERACTION = "interaction"  # an application's answer to one


_FLAGS = {
    Sender.PERSON: _MESSAGE_FLAGS | MessageFlag.IS_VOICE_MESSAGE,
    Sender.BOT: _MESSAGE_FLAGS | MessageFlag.IS_VOICE_MESSAGE | MessageFlag.IS_COMPONENTS_V2,
    Sender.WEBHOOK: _MESSAGE_FLAGS | MessageFlag.IS_COMPONENTS_V2,
    Sender.APPLICATION_WEBHOOK: _MESSAGE_FLAGS | MessageFlag.IS_COMPONENTS_V2,
    Sender.INTERACTION: _MESSAGE_FLAGS | MessageFlag.IS_COMPONENTS_V2 | MessageFlag.EPHEMERAL,
}  # what each may set; other flags are ignored


def draft(request: CreateMessageRequest, sender: Sender) -> Draft:
    """Check what a new message says: 2000 characters, 10 embeds, components, flags, whom it may ping.

    It is a draft of type DEFAULT that answers nothing. Raises ActionError 50035 naming field and limit, 50081 for
    stickers. `posting.post` refuses an empty one.
    """
    refuse_stickers(request.sticker_ids)
    flags = (request.flags or 0) & int(_FLAGS[sender])
    has_v2 = bool(flags & MessageFlag.IS_COMPONENTS_V2)
    if has_v2:
        refuse_legacy_fields(request)
    return Draft(
        content=content(request.content),
        nonce=_nonce(request.nonce),
        is_nonce_unique=bool(request.enforce_nonce),
        is_tts=bool(request.tts),
        flags=flags,
        embeds=embeds.check(request.embeds or []),
        components=check_components(request.components or [], sender, has_v2=has_v2),
        allowed=allowed_mentions(request.allowed_mentions or None, sender),
        poll=poll_drafts.check(request.poll) if request.poll else None,
    )


def content(given: object) -> str:
    """Return the text to store: as it was given, less what stands in no message.

    NUL is dropped, which PostgreSQL cannot hold; a lone surrogate, which is no text, is refused; white space at both ends
    goes, as Discord does it.
    """
    if not isinstance(given, str):
        return ""
    fields.require_text("content", given)
    cleaned = given.replace("\0", "").strip()
    if len(cleaned) > MAX_CONTENT_CHARACTERS:
        raise errors.too_long("content", MAX_CONTENT_CHARACTERS)
    return cleaned


def check_components(raws: Sequence[msgspec.Raw], sender: Sender, *, has_v2: bool) -> bytes:
    """Check components; people cannot send any."""
    if raws and sender is Sender.PERSON:
        raise errors.invalid_field(
            "components", "BASE_TYPE_BAD_LENGTH", "Must be 0 in length: only applications and webhooks send components."
        )
    return components.check(raws, may_use_v2=has_v2, may_interact=sender is not Sender.WEBHOOK)


def allowed_mentions(given: AllowedMentions | None, sender: Sender) -> AllowedMentions | None:
    """Whom a message may ping: without a word about it everybody, or users alone for webhooks and interactions."""
    if given is not None:
        mentions.check(given)
        return given
    return None if sender in (Sender.PERSON, Sender.BOT) else _PINGS_USERS


def refuse_stickers(sticker_ids: object) -> None:
    """This server has no stickers, so none can be sent."""
    if sticker_ids:
        fault = FieldError("STICKERS_UNAVAILABLE", "This server has no stickers: leave sticker_ids out.")
        raise errors.ActionError(400, _INVALID_STICKER, "Invalid sticker sent", errors={"sticker_ids": [fault]})


def refuse_legacy_fields(request: CreateMessageRequest) -> None:
    """With IS_COMPONENTS_V2 a message consists of components."""
    for name in ("content", "embeds", "poll"):
        if getattr(request, name) not in (UNSET, None, "", []):
            raise legacy_field(name)


def legacy_field(name: str) -> errors.ActionError:
    return errors.invalid_field(
        name,
        "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
        f"The '{name}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2",
    )


def _nonce(nonce: object) -> str | int | None:
    if isinstance(nonce, str):
        fields.require_text("nonce", nonce)
        if len(nonce) > MAX_NONCE_CHARACTERS:
            raise errors.too_long("nonce", MAX_NONCE_CHARACTERS)
        return nonce.replace("\0", "")
    if isinstance(nonce, int):
        fields.require_range("nonce", nonce, -(2**63), 2**64 - 1)
        return nonce
    return None
