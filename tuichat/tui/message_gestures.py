"""Gestures at a message: what is to be done with it, and what was clicked or selected in its text."""

from collections.abc import Sequence

from tuichat.tui.gestures import Gesture


class MessageGesture(Gesture):
    """Something is to be done with the message of this key."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class ReplyAsked(MessageGesture):
    pass


class EditAsked(MessageGesture):
    pass


class DeleteAsked(MessageGesture):
    pass


class CopyAsked(MessageGesture):
    pass


class FileAsked(MessageGesture):
    """A file of a message is to be saved, opened, paused, or its URL copied: `what`; all of them where number is None."""

    def __init__(self, key: str, what: str, number: int | None = None) -> None:
        super().__init__(key)
        self.what = what
        self.number = number


class TextSelected(Gesture):
    """Text was selected across messages, and is to be copied."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class SelectionMoved(Gesture):
    """Selecting text has begun or ended."""


class MessageOpened(MessageGesture):
    """A message that was found is to be shown where it stands."""


class RetryAsked(MessageGesture):
    pass


class DiscardAsked(MessageGesture):
    pass


class ReactAsked(MessageGesture):
    """An emoji is to be chosen, and put on the message."""


class WhoReactedAsked(MessageGesture):
    pass


class PinAsked(MessageGesture):
    """The message is to be pinned, or its pin taken away."""


class ThreadAsked(MessageGesture):
    """Its thread is to be opened, or begun."""


class ForwardAsked(MessageGesture):
    pass


class LinkCopyAsked(MessageGesture):
    pass


class CodeCopyAsked(MessageGesture):
    pass


class UnreadAgainAsked(MessageGesture):
    """It and all after it are to be unread again."""


class MessageMenuAsked(MessageGesture):
    pass


class ReactionToggled(MessageGesture):
    """A reaction was clicked: `emoji` is the emoji, or `name:id` of a server's own."""

    def __init__(self, key: str, emoji: str) -> None:
        super().__init__(key)
        self.emoji = emoji


class AnswerChosen(MessageGesture):
    """An answer of a poll was pressed."""

    def __init__(self, key: str, answer_id: int) -> None:
        super().__init__(key)
        self.answer_id = answer_id


class PollAsked(MessageGesture):
    """Something else is to be done with a poll: `what` is who, unvote or end."""

    def __init__(self, key: str, what: str) -> None:
        super().__init__(key)
        self.what = what


class ComponentPressed(MessageGesture):
    """A button or a menu of a bot was pressed: the one of this number (`components.pressed`)."""

    def __init__(self, key: str, number: int) -> None:
        super().__init__(key)
        self.number = number


class DismissAsked(MessageGesture):
    """A message that one alone sees is to go."""


class ReportAsked(MessageGesture):
    """The moderators are to be told of the message."""


class AuthorAsked(MessageGesture):
    """The profile of who wrote it is to be shown."""


class PressablesAsked(MessageGesture):
    """All that can be pressed in a message is to be listed: what each means, and the words that stand on it."""

    def __init__(self, key: str, found: Sequence[tuple[str, str]]) -> None:
        super().__init__(key)
        self.found = found


class ProfileAsked(Gesture):
    """Somebody's name was clicked."""

    def __init__(self, user_id: int) -> None:
        super().__init__()
        self.user_id = user_id


class CommandChosen(Gesture):
    """A /command in a message's text was clicked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class LinkChosen(Gesture):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address


class EmojiNameAsked(Gesture):
    """A server's own emoji was clicked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


class MomentAsked(Gesture):
    """A moment in a message's text was clicked, in seconds since 1970."""

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds


class ChannelLinkChosen(Gesture):
    """A #channel in a message's text was clicked."""

    def __init__(self, channel_id: int) -> None:
        super().__init__()
        self.channel_id = channel_id
