"""What commands ask of a screen; the terminal implements it, and a script has none."""

from enum import Enum
from typing import Protocol


class Severity(Enum):
    INFORMATION = "information"
    WARNING = "warning"
    ERROR = "error"


class Screen(Protocol):
    """The screen of one user. Text that it is given may hold what strangers wrote: it is data."""

    def open_channel(self, account_key: str, channel_id: int) -> None: ...
    def show_notice(self, text: str, severity: Severity = Severity.INFORMATION) -> None: ...
    def show_text(self, title: str, text: str) -> None: ...
    def show_event(self, account_key: str, guild_id: int, event_id: int) -> None: ...
    def copy_text(self, text: str) -> bool:
        """Put text on the clipboard; say False where there is none."""
        ...

    async def show_message(self, account_key: str, channel_id: int, message_id: int) -> None:
        """Bring a message into view. Raises ClientError."""
        ...

    def show_call_stats(self) -> None: ...
    def test_sound(self) -> None: ...
    def quit(self) -> None: ...

    async def confirm(self, question: str, detail: str, label: str) -> bool:
        """Ask before something that cannot be taken back; `label` is the answer that goes on. True where nobody is there."""
        ...

    def show_hallway(self, words: str = "") -> bool:
        """Open what is live and what comes; say False where there is text alone to show it with."""
        ...
