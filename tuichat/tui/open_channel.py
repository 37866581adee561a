"""What the screen keeps of each channel that was open: where it was left, what was being written, and for what."""

from enum import Enum

import msgspec

from tuichat.tui.messages.view import ViewPosition


class Purpose(Enum):
    """What Enter does with the text in the composer."""

    SEND = "send"
    REPLY = "reply"
    EDIT = "edit"


class Draft(msgspec.Struct):
    """Text being written; `message_id` is what it answers or replaces."""

    text: str = ""
    purpose: Purpose = Purpose.SEND
    message_id: int | None = None
    kept_text: str = ""  # what was in the composer before an edit began

    @property
    def own_words(self) -> str:
        """What is worth keeping: not the text of a message that is being edited."""
        return self.kept_text if self.purpose is Purpose.EDIT else self.text

    def begin(self, purpose: Purpose, message_id: int, text: str) -> None:
        """Start a reply (the text stays) or an edit (the text comes back afterwards)."""
        if purpose is Purpose.EDIT and self.purpose is not Purpose.EDIT:
            self.kept_text = self.text
        if purpose is Purpose.REPLY and self.purpose is Purpose.EDIT:
            text = self.kept_text
        self.purpose, self.message_id, self.text = purpose, message_id, text

    def end(self) -> None:
        """Leave a reply or an edit."""
        if self.purpose is Purpose.EDIT:
            self.text, self.kept_text = self.kept_text, ""
        self.purpose, self.message_id = Purpose.SEND, None


class OpenChannel(msgspec.Struct):
    """`position` is what the message list gave when the channel was left, `words` what the composer gave; `aside` what it
    gave when an edit began."""

    position: object = None
    words: object = None
    aside: object = None
    draft: Draft = msgspec.field(default_factory=Draft)
    new_after: int | None = None
    came_from: list[ViewPosition] = msgspec.field(default_factory=list)  # views before jumps within the channel
