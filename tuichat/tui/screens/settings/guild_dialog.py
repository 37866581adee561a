"""What the pages of a server's settings share: they follow what changes, and end with the server."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

from tuichat.client.change import Change, ChannelsChanged, GuildChanged, GuildsChanged, MembersChanged
from tuichat.client.errors import ClientError
from tuichat.client.state import GuildState
from tuichat.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from tuichat.client.client import Client

FOLLOWED = (GuildsChanged, GuildChanged, MembersChanged, ChannelsChanged)


class GuildDialog(Dialog[bool]):
    """Answers whether something may have changed. A subclass says what is shown of the guild."""

    def __init__(self, client: "Client", guild_id: int) -> None:
        super().__init__()
        self.client = client
        self.guild_id = guild_id
        self._unsubscribe: Callable[[], None] | None = None
        self._is_due = False

    @property
    def guild(self) -> GuildState | None:
        """The server as it is now; None once it is gone."""
        return self.client.state.guilds.get(self.guild_id)

    def show_guild(self, guild: GuildState) -> None:
        """Show the server as it is now."""
        raise NotImplementedError

    def is_gone(self) -> bool:
        """Whether there is nothing to show any more."""
        return self.guild is None

    def show_again(self) -> None:
        self._is_due = False
        if not self.is_open:
            return
        guild = self.guild
        if guild is None or self.is_gone():
            self.end(True)
        else:
            self.show_guild(guild)

    def on_mount(self) -> None:
        self._unsubscribe = self.client.subscribe(self._heard)
        self.show_again()

    def on_unmount(self) -> None:
        if self._unsubscribe is not None:
            self._unsubscribe()

    def on_screen_resume(self) -> None:
        if self._unsubscribe is not None:  # else it mounts in a moment
            self.show_again()

    def _heard(self, changes: Sequence[Change]) -> None:
        if not self._is_due and any(isinstance(change, FOLLOWED) for change in changes):
            self._is_due = True
            self.call_later(self.show_again)

    async def done(self, action: Awaitable[object]) -> bool:
        """Wait for something that is done at the server, and say whether it was; else `fault` tells why."""
        self.show_fault("")
        try:
            await action
        except ClientError as error:
            self.show_fault(str(error))
            return False
        return True

    def action_close(self) -> None:
        self.dismiss(True)
