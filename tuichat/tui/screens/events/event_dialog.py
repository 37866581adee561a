"""What the screens of events share: they follow what changes, and end with the event or the server."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Generic

from tuichat.client.change import Change, ChannelsChanged, EventsChanged, GuildChanged, GuildsChanged
from tuichat.client.errors import ClientError
from tuichat.client.state import GuildState
from tuichat.text.message_time import Clock
from tuichat.text.safe_text import safe_line
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Answer, Dialog

if TYPE_CHECKING:
    from tuichat.client.client import Client

FOLLOWED = (EventsChanged, GuildsChanged, GuildChanged, ChannelsChanged)


class EventDialog(Dialog[Answer | None], Generic[Answer]):
    """`now` is the time by this machine's clock."""

    def __init__(self, client: "Client", guild_id: int, *, now: Callable[[], datetime], is_12h: bool) -> None:
        super().__init__()
        self.client = client
        self.guild_id = guild_id
        self._clock = now
        self._is_12h = is_12h
        self._unsubscribe: Callable[[], None] | None = None
        self._is_due = False

    @property
    def guild(self) -> GuildState | None:
        """The server as it is now; None once it is gone."""
        return self.client.state.guilds.get(self.guild_id)

    @property
    def told(self) -> Clock:
        now = self._clock()
        return Clock(now.date(), is_12h=self._is_12h, now=now)

    def show(self) -> None:
        """Show everything as it is now; end where it is gone."""
        raise NotImplementedError

    def on_mount(self) -> None:
        self._unsubscribe = self.client.subscribe(self._heard)
        self.show()

    def on_unmount(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()

    def _heard(self, changes: Sequence[Change]) -> None:
        if not self._is_due and any(isinstance(change, FOLLOWED) for change in changes):
            self._is_due = True
            self.call_later(self._show_again)

    def on_screen_resume(self) -> None:
        if self._unsubscribe is not None:  # else it mounts in a moment
            self._show_again()

    def _show_again(self) -> None:
        self._is_due = False
        if self.is_open:
            self.show()

    def attempt(self, work: Awaitable[object], told: str = "") -> None:
        """Do something, and tell of it, or why it could not be done; `told` is safe text."""

        async def attempted() -> None:
            try:
                await work
            except ClientError as error:
                self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
            else:
                if told:
                    self.app.notify(told, markup=False, timeout=4)

        self.run_to_end(attempted())

    def action_close(self) -> None:
        self.dismiss(None)


def key_of(action_id: str) -> str:
    return keys.BY_ID[action_id].keys[0]
