"""Fields of requests: lengths, ranges and characters, refused as Discord words it."""

from tuichat.protocol.channel import MESSAGE_CHANNELS
from tuichat.protocol.rest.error import ErrorCode
from tuichat.server import names
from tuichat.server.actions import errors
from tuichat.server.store.channel_rows import ChannelRow


def require_text(field: str, text: str) -> None:
    """Refuse lone surrogates: they are no text, and no database keeps them."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise errors.invalid_field(field, "BASE_TYPE_BAD_STRING", "Must be valid Unicode text.") from None


def require_length(field: str, text: str, low: int, high: int) -> str:
    """Return text without white space at its ends and without NUL; refuse what is shorter or longer than the limits."""
    require_text(field, text)
    cleaned = text.replace("\0", "").strip()
    if not low <= len(cleaned) <= high:
        if low and not cleaned:
            raise errors.invalid_field(
                field, "BASE_TYPE_REQUIRED", f"This field is required: {low} to {high} characters."
            )
        if low:
            raise errors.invalid_field(field, "BASE_TYPE_BAD_LENGTH", f"Must be between {low} and {high} in length.")
        raise errors.too_long(field, high)
    return cleaned


def require_range(field: str, value: int, low: int, high: int) -> int:
    if value < low:
        raise errors.invalid_field(field, "NUMBER_TYPE_MIN", f"int value should be greater than or equal to {low}.")
    if value > high:
        raise errors.invalid_field(field, "NUMBER_TYPE_MAX", f"int value should be less than or equal to {high}.")
    return value


def require_written_in(channel: ChannelRow) -> None:
    """Refuse a channel that holds no messages, such as a category."""
    if channel.type not in MESSAGE_CHANNELS:
        raise errors.bad_request(ErrorCode.NON_TEXT_CHANNEL, "Cannot send messages in a non-text channel")


def require_name(field: str, name: str, low: int, high: int) -> str:
    """Return the name of a guild, channel or role: without control, bidi and zero-width characters, within the limits."""
    return require_length(field, names.visible(name), low, high)


def require_display_name(field: str, name: str) -> str:
    """Return a person's name for the screen, or refuse it with the reason."""
    require_text(field, name)
    try:
        return names.clean_display_name(name)
    except names.NameRefused as refusal:
        raise errors.invalid_field(field, "BASE_TYPE_BAD_LENGTH", str(refusal)) from None
