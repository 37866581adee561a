"""Gestures: what a pane posts when the user did something; the screen makes commands of them."""

from dataclasses import dataclass

from textual.message import Message as ScreenMessage


class Gesture(ScreenMessage):
    """The root of all gestures."""


@dataclass
class GuildChosen(Gesture):
    """A guild of an account was chosen in the rail."""

    account_key: str
    guild_id: int


@dataclass
class AccountChosen(Gesture):
    """An account that shows no guild was chosen in the rail."""

    account_key: str


@dataclass
class ChannelChosen(Gesture):
    account_key: str
    channel_id: int


@dataclass
class CategoryToggled(Gesture):
    """A category is to fold, or to unfold."""

    category_id: int


@dataclass
class AddServerAsked(Gesture):
    pass


@dataclass
class InviteAsked(Gesture):
    pass


@dataclass
class ChannelsAsked(Gesture):
    """The list of channels is to show, or to go."""


@dataclass
class MembersAsked(Gesture):
    """The list of members is to show, or to go."""


@dataclass
class LineSubmitted(Gesture):
    """A line was sent in the composer: text, or a command."""

    text: str


@dataclass
class Typed(Gesture):
    """Something was typed in the composer that is not a command."""


@dataclass
class EditLastAsked(Gesture):
    pass


@dataclass
class PurposeLeft(Gesture):
    """A reply or an edit was given up."""


@dataclass
class OlderAsked(Gesture):
    """The view came near the oldest message known."""


@dataclass
class EndReached(Gesture):
    """The newest message is in view."""


@dataclass
class ViewMoved(Gesture):
    """The view has left the end or come back to it; `below` messages came since and are not in view."""

    below: int
    follows: bool


@dataclass
class EndAsked(Gesture):
    """The newest message is to be shown."""


@dataclass
class MessageGesture(Gesture):
    """Something is to be done with the message of this key."""

    key: str


class ReplyAsked(MessageGesture):
    pass


class EditAsked(MessageGesture):
    pass


class DeleteAsked(MessageGesture):
    pass


class CopyAsked(MessageGesture):
    pass


class RetryAsked(MessageGesture):
    pass


class DiscardAsked(MessageGesture):
    pass


@dataclass
class LinkChosen(Gesture):
    address: str


@dataclass
class ChannelLinkChosen(Gesture):
    """A #channel in a message's text was clicked."""

    channel_id: int


@dataclass
class MemberChosen(Gesture):
    user_id: int


@dataclass
class HintChosen(Gesture):
    """A key of the footer was clicked."""

    action: str


@dataclass
class EngineRetryAsked(Gesture):
    """The audio engine is to be started again."""
