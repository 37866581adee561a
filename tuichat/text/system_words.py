"""What a message of the server says: somebody joined, pinned, named a group."""

import msgspec
from msgspec import UNSET

from tuichat.protocol.message import Message, MessageCall, MessageType
from tuichat.protocol.timestamp import parse_timestamp
from tuichat.text import markup
from tuichat.text.channel_names import ChannelNames
from tuichat.text.safe_text import safe_line
from tuichat.text.time_words import span_words
from tuichat.translation import _

MAX_QUOTED_CHARACTERS = 400


class SystemWords(msgspec.Struct, frozen=True):
    """A sign, and the words around the author's name."""

    after: str
    before: str = ""
    sign: str = "·"
    sign_style: str = "muted"
    action: str | None = None  # of a click on the words


def system_words(message: Message, names: ChannelNames) -> SystemWords:
    """Return the sentence of a message that nobody wrote; a type that a later protocol knows says what it holds."""
    about = ", ".join(names.name_of(user) for user in message.mentions[:1]) or _("somebody")
    title = safe_line(message.content)
    match message.type:
        case MessageType.MEMBER_JOIN:
            return SystemWords(_(" joined"), sign="→", sign_style="good")
        case MessageType.PINNED_MESSAGE:
            return SystemWords(_(" pinned a message"), sign="✦", action=_pinned(message))
        case MessageType.RECIPIENT_ADD:
            return SystemWords(_(" added {about}").format(about=about), sign="→", sign_style="good")
        case MessageType.RECIPIENT_REMOVE:
            is_own = any(user.id == message.author.id for user in message.mentions)
            return SystemWords(_(" left") if is_own else _(" removed {about}").format(about=about), sign="←")
        case MessageType.CALL:
            return _called(message, names)
        case MessageType.STAGE_START:
            return SystemWords(_(" took the stage live: {title}").format(title=title))
        case MessageType.STAGE_END:
            return SystemWords(_(" ended the stage: {title}").format(title=title))
        case MessageType.STAGE_TOPIC:
            return SystemWords(_(" changed what the stage is about: {title}").format(title=title))
        case MessageType.CHANNEL_NAME_CHANGE if names.is_thread:
            return SystemWords(_(" named the thread {title}").format(title=title))
        case MessageType.CHANNEL_NAME_CHANGE:
            return SystemWords(
                _(" named the group {title}").format(title=title) if title else _(" took the group's name away")
            )
        case MessageType.CHANNEL_ICON_CHANGE:
            return SystemWords(_(" changed the group's picture"))
        case MessageType.CHANNEL_FOLLOW_ADD:
            return SystemWords(_(" has this channel follow {title}").format(title=title))
        case MessageType.THREAD_CREATED:
            return SystemWords(_(" began the thread {title}").format(title=title), action=_opening(message))
        case MessageType.THREAD_STARTER_MESSAGE:
            return SystemWords(_(" began this thread with{quoted}").format(quoted=_quoted(message, names)))
        case MessageType.POLL_RESULT:
            return SystemWords(_(" has ended"), before=_("The poll of "))
        case _:
            return SystemWords(f" {title or _('did something (type {number})').format(number=int(message.type))}")


def _called(message: Message, names: ChannelNames) -> SystemWords:
    """A call, how long it lasted where it is over, and whether one missed it."""
    call = message.call
    if not isinstance(call, MessageCall) or call.ended_timestamp is None:
        return SystemWords(_(" started a call"))
    if not any(names.is_me(user_id) for user_id in call.participants):
        return SystemWords(_(" called, and you missed it"), sign_style="bad")
    try:
        lasted_s = (parse_timestamp(call.ended_timestamp) - message.id.timestamp_ms) // 1000
    except ValueError:
        return SystemWords(_(" started a call"))
    return SystemWords(_(" started a call that lasted {span}").format(span=span_words(lasted_s)))


def _pinned(message: Message) -> str | None:
    reference = message.message_reference
    if reference is UNSET or reference.message_id is UNSET:
        return None
    return f"jump:{int(reference.message_id)}"


def _opening(message: Message) -> str | None:
    """Return the action that opens the channel that a message refers to."""
    reference = message.message_reference
    if reference is UNSET or reference.channel_id is UNSET:
        return None
    return f"channel:{int(reference.channel_id)}"


def _quoted(message: Message, names: ChannelNames) -> str:
    original = message.referenced_message
    if original is UNSET or original is None:
        return _(" a message that is gone")
    return _(": {words}").format(
        words=markup.beginning(original.content, names, MAX_QUOTED_CHARACTERS) or _("(no text)")
    )
