"""The accounts of a profile without a screen: connected as long as something is done with them, and seen by nobody."""

import asyncio
import contextlib
import sys
import time
from collections.abc import Callable, Sequence
from types import TracebackType

from tuichat.automation.progress import shown
from tuichat.client.change import Change
from tuichat.client.client import Client
from tuichat.client.line_history import LineHistory
from tuichat.client.rest import load_transport
from tuichat.client.session import Accounts
from tuichat.client.state import Connection
from tuichat.client.voice_desk import VoiceDesk
from tuichat.commands.choosing import KeptChooser
from tuichat.commands.context import CommandContext
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings
from tuichat.errors import TuichatError
from tuichat.text.safe_text import safe_line
from tuichat.translation import _

CONNECT_LIMIT_S = 60.0  # how long a script waits for its servers
OTHERS_LIMIT_S = 3.0  # taste: how long it waits for the rest of them once one is there
_WAITING = (Connection.OFFLINE, Connection.CONNECTING)


class NotConnectedError(TuichatError):
    """There is nobody to talk as, or no server that could be reached."""


class Headless:
    """`async with Headless(profile, settings) as accounts:` connects, or raises NotConnectedError; beside an open screen, too."""

    desk: VoiceDesk | None = None  # nobody here could speak or listen

    def __init__(self, profile: Profile, settings: Settings) -> None:
        self.profile = profile
        self.settings = settings
        self._accounts = Accounts(profile, settings, is_unattended=True)
        self._chooser = KeptChooser(profile, settings, self._use_settings)
        self._moved = asyncio.Event()
        self._loading: asyncio.Task[None] | None = None  # of what will be needed, while the servers answer
        self._subscriptions: list[Callable[[], None]] = []

    @property
    def clients(self) -> dict[str, Client]:
        """The accounts that are connected."""
        return {
            key: client for key, client in self._accounts.clients.items() if client.state.connection is Connection.READY
        }

    def _use_settings(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def default_guild(self) -> str:
        return self.settings.scripts.guild

    def context(self, client: Client | None = None, channel_id: int | None = None) -> CommandContext:
        """Return where a script's command is typed: nowhere, unless a channel is given."""
        return CommandContext(
            client,
            channel_id,
            clients=self.clients,
            lines=LineHistory(self.profile),
            chooser=self._chooser,
            is_script=True,
            default_guild=self.default_guild,
        )

    async def __aenter__(self) -> "Headless":
        try:
            await self._connect()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        for unsubscribe in self._subscriptions:
            unsubscribe()
        self._subscriptions.clear()
        if self._loading is not None:
            await self._loading
        await self._accounts.close()

    async def wait_until(self, holds: Callable[[], bool], limit_s: float | None = None) -> bool:
        """Wait for something that changes with the accounts; return whether it came about within the limit."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                while not holds():
                    self._moved.clear()
                    await self._moved.wait()
        return holds()

    def listen(self, listener: Callable[[Client, Sequence[Change]], None]) -> Callable[[], None]:
        """Have `listener` called with what changes at any account; call what is returned to end that."""
        return self._accounts.listen(listener)

    async def _connect(self) -> None:
        if not self._accounts.has_accounts:
            raise NotConnectedError(
                _("There is no account in this profile yet: run `tuichat` or `tuichat --plain` at a terminal first.")
            )
        self._loading = asyncio.create_task(load_transport())
        await self._accounts.start_all()
        for client in self._accounts.clients.values():
            self._subscriptions.append(client.subscribe(self._take))
        deadline_s = time.monotonic() + CONNECT_LIMIT_S
        async with shown(self._progress, sys.stderr):
            is_settled = await self.wait_until(self._is_settled, CONNECT_LIMIT_S)
        if is_settled and self.clients:
            left_s = min(OTHERS_LIMIT_S, deadline_s - time.monotonic())
            await self.wait_until(lambda: not self._is_anybody_waiting(), left_s)
        if not self.clients:
            raise NotConnectedError(
                "\n".join([_("No server could be reached."), *dict.fromkeys(self._reasons())]).strip()
            )

    def _take(self, _changes: Sequence[Change]) -> None:
        self._moved.set()

    def _is_settled(self) -> bool:
        """Whether an account is connected, or none ever will be."""
        states = [client.state.connection for client in self._accounts.clients.values()]
        return Connection.READY in states or all(state is Connection.REFUSED for state in states)

    def _is_anybody_waiting(self) -> bool:
        return any(client.state.connection in _WAITING for client in self._accounts.clients.values())

    def _progress(self) -> str:
        notes = [safe_line(each) for each in dict.fromkeys(self._reasons()) if each]
        return " ".join([_("Waiting for the server; Ctrl+C ends it."), *notes[:1]])

    def _reasons(self) -> list[str]:
        return [client.state.connection_note for client in self._accounts.clients.values()]
