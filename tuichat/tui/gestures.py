"""Gestures: what a pane posts when the user did something; the screen makes commands of them."""

from textual.message import Message as ScreenMessage


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


class LineSearchAsked(Gesture):
    """A line that was entered before is to be found."""


class AddServerAsked(Gesture):
    pass


class AccountAsked(Gesture):
    """The own account is to be shown."""


class GuildSettingsAsked(Gesture):
    """The settings of the guild in view are to be shown."""


class ChannelSettingsAsked(Gesture):
    """The settings of the channel in view are to be shown."""


class EventsAsked(Gesture):
    """The events of the guild in view are to be shown."""


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
