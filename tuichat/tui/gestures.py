"""Gestures: what a pane posts when the user did something; the screen makes commands of them."""

from collections.abc import Sequence
from typing import Any

from textual.message import Message as ScreenMessage
from textual.screen import Screen


class Gesture(ScreenMessage):
    """The root of all gestures."""


class GuildChosen(Gesture):
    """A guild of an account was chosen in the rail."""

    def __init__(self, account_key: str, guild_id: int) -> None:
        super().__init__()
        self.account_key = account_key
        self.guild_id = guild_id


class AccountChosen(Gesture):
    """An account that shows no guild was chosen in the rail."""

    def __init__(self, account_key: str) -> None:
        super().__init__()
        self.account_key = account_key


class ChannelChosen(Gesture):
    def __init__(self, account_key: str, channel_id: int) -> None:
        super().__init__()
        self.account_key = account_key
        self.channel_id = channel_id


class CategoryToggled(Gesture):
    """A category is to fold, or to unfold."""

    def __init__(self, category_id: int) -> None:
        super().__init__()
        self.category_id = category_id


class AddServerAsked(Gesture):
    pass


class AccountAsked(Gesture):
    """The own account is to be shown."""


class GuildSettingsAsked(Gesture):
    """The settings of the guild in view are to be shown."""


class ChannelSettingsAsked(Gesture):
    """The settings of the channel in view are to be shown."""


class InviteAsked(Gesture):
    pass


class PinsAsked(Gesture):
    """The pins of the channel shown are to be listed."""


class ParentAsked(Gesture):
    """The channel above the thread that is shown is to be shown."""


class ChannelsAsked(Gesture):
    """The list of channels is to show, or to go."""


class MembersAsked(Gesture):
    """The list of members is to show, or to go."""


class MemberRowsWanted(Gesture):
    """Rows of the list of members came into view that nothing is known of."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__()
        self.first, self.last = first, last


class AttachedRemoved(Gesture):
    """A file is not to go with the next message after all."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class LineSubmitted(Gesture):
    """A line was sent in the composer: text, or a command."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class Typed(Gesture):
    """Something was typed or pasted in the composer that is not a command."""


class TextChanged(Gesture):
    """What stands in the composer is another text now, whoever changed it."""


class OffersChanged(Gesture):
    """Other offers are to show over the composer, or another of them is chosen."""


class OfferChosen(Gesture):
    """An offer was clicked."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class CorrectionAsked(Gesture):
    """Other spellings of a word are asked for; empty where none is underlined. The cursor stands at its end."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word


class WordAdded(Gesture):
    """A word is spelled right, says its writer."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word


class EditorAsked(Gesture):
    """What stands in the composer is to be edited in the user's editor."""


class EditLastAsked(Gesture):
    pass


class PurposeLeft(Gesture):
    """A reply or an edit was given up."""


class OlderAsked(Gesture):
    """The view came near the oldest message known."""


class NewerAsked(Gesture):
    """The view came near the last message known, and newer ones follow it."""


class EndReached(Gesture):
    """The newest message is in view."""


class ViewMoved(Gesture):
    """The view has left the end or come back to it; `below` messages came since and are not in view.

    `is_past`: it shows the past, and a gap parts it from what is written now.
    """

    def __init__(self, below: int, follows: bool, is_past: bool = False) -> None:
        super().__init__()
        self.below = below
        self.follows = follows
        self.is_past = is_past


class EndAsked(Gesture):
    """The newest message is to be shown."""


class JumpAsked(Gesture):
    """A message of the channel that is shown is to be brought into view, wherever it stands."""

    def __init__(self, message_id: int) -> None:
        super().__init__()
        self.message_id = message_id


class UnreadAsked(Gesture):
    """The first unread message is to be shown."""


class ReadAsked(Gesture):
    """Everything here counts as read."""


class DateAsked(Gesture):
    """Another day is to be shown."""


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


class MemberChosen(Gesture):
    def __init__(self, user_id: int) -> None:
        super().__init__()
        self.user_id = user_id


class HintChosen(Gesture):
    """A key of the footer was clicked."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action = action


class TabChosen(Gesture):
    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index


class TabClosed(Gesture):
    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index


class EngineRetryAsked(Gesture):
    """The audio engine is to be started again."""


class StripWanted(Gesture):
    """A screen has come up on which a call is to be told of, if there is one."""

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__()
        self.screen = screen


class JoinCallAsked(Gesture):
    """The voice channel in view is to be joined, or the call of the private channel in view."""


class LeaveCallAsked(Gesture):
    pass


class CallChannelAsked(Gesture):
    """The channel of the call is to be shown."""


class MuteToggled(Gesture):
    pass


class DeafenToggled(Gesture):
    pass


class TalkPressed(Gesture):
    """The TALK button was pressed, or let go."""

    def __init__(self, is_pressed: bool) -> None:
        super().__init__()
        self.is_pressed = is_pressed


class CallStatsAsked(Gesture):
    """How well the call goes is to be shown, by person."""


class VoiceSettingsAsked(Gesture):
    pass


class SoundboardAsked(Gesture):
    pass


class VoicePersonChosen(Gesture):
    """Somebody in a voice channel was chosen: what can be done with them there is to be listed."""

    def __init__(self, user_id: int) -> None:
        super().__init__()
        self.user_id = user_id
