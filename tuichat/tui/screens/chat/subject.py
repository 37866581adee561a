"""What every subject of the main screen shares: the accounts, waiting for what they do, and telling what failed."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING

from tuichat.client.errors import ClientError
from tuichat.client.state import Entry
from tuichat.protocol.message import MessageType
from tuichat.text.safe_text import safe_block, safe_line
from tuichat.tui.key_table import KeyTable
from tuichat.tui.screens.chat.view import ChatView

if TYPE_CHECKING:
    from tuichat.client.session import Accounts
    from tuichat.commands.screen import Severity
    from tuichat.config.schema import Settings


Choose = Callable[[str, str, object], Awaitable[None]]  # table, key, value


async def _nothing_kept(table: str, key: str, value: object) -> None:
    """Stand in until there is an app."""


class Subject(ChatView):
    """A subject is a class with the gestures and actions of one thing; `ChatScreen` is all of them."""

    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(now=now, is_12h=settings.ui.clock == "12h")
        self.settings = settings
        self.key_table = KeyTable()
        self.show_theme: Callable[[str], str] = str  # returns what is wrong with it; the app gives it
        self.show_language: Callable[[str], str] = str  # likewise
        self.choose: Choose = _nothing_kept  # keeps a setting that was chosen; the app gives it
        self.accounts: Accounts | None = None

    def attempt(self, action: Awaitable[object]) -> None:
        """Wait for what an account does, and show the sentence when it fails."""

        async def guarded() -> None:
            try:
                await action
            except ClientError as error:
                self.show_error(error)

        self.run_worker(guarded(), exit_on_error=True)

    def show_error(self, error: ClientError) -> None:
        self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)

    def entry_of(self, key: str) -> Entry | None:
        state, channel_id = self.state, self.chosen.channel_id
        if state is None or channel_id is None:
            return None
        for timeline in (state.shown(channel_id), state.timeline(channel_id)):
            if (index := timeline.index_of_key(key)) is not None:
                return timeline[index]
        return None

    def _is_mine(self, entry: Entry) -> bool:
        me = self.state.me if self.state is not None else None
        own = me is not None and entry.message.author.id == me.id
        return own and entry.message.type in (MessageType.DEFAULT, MessageType.REPLY)

    def show_notice(self, text: str, severity: "Severity | None" = None) -> None:
        name = "information" if severity is None else severity.value
        level = {"warning": "warning", "error": "error"}.get(name, "information")
        self.app.notify(safe_block(text), severity=level, markup=False, timeout=8)  # type: ignore[arg-type]  # a literal of three
