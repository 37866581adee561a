"""Where automation works: a tuichat with its accounts, be it on a screen, in plain lines or without either."""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from tuichat.client.change import Change
from tuichat.client.client import Client
from tuichat.client.session import Accounts
from tuichat.client.voice_desk import VoiceDesk
from tuichat.commands.context import CommandContext
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings

LOCK_NAME = "automation.lock"  # in the state folder of a profile: whoever holds it automates


class Site(Protocol):
    """What is at hand there. `Headless` is one, and so is `RunningSite`."""

    @property
    def profile(self) -> Profile: ...

    @property
    def settings(self) -> Settings:
        """The settings as they are now: a person may change them while tuichat runs."""
        ...

    @property
    def clients(self) -> Mapping[str, Client]:
        """The accounts; those of a running tuichat need not be connected."""
        ...

    @property
    def desk(self) -> VoiceDesk | None:
        """Voice; None where nobody could speak or listen."""
        ...

    def listen(self, listener: Callable[[Client, Sequence[Change]], None]) -> Callable[[], None]:
        """Have `listener` called with what changes at any account; call what is returned to end that."""
        ...

    def context(self, client: Client | None = None, channel_id: int | None = None) -> CommandContext:
        """Return where a command of a program is typed: nowhere, unless a channel is given."""
        ...


class RunningSite:
    """The site of a tuichat that a person uses; `typed` tells where a line would go that this person typed now."""

    def __init__(
        self,
        accounts: Accounts,
        settings: Callable[[], Settings],
        desk: VoiceDesk | None,
        typed: Callable[[], CommandContext],
    ) -> None:
        self._accounts = accounts
        self._settings = settings
        self._typed = typed
        self.desk = desk

    @property
    def profile(self) -> Profile:
        return self._accounts.profile

    @property
    def settings(self) -> Settings:
        return self._settings()

    @property
    def clients(self) -> Mapping[str, Client]:
        return self._accounts.clients

    def listen(self, listener: Callable[[Client, Sequence[Change]], None]) -> Callable[[], None]:
        return self._accounts.listen(listener)

    def context(self, client: Client | None = None, channel_id: int | None = None) -> CommandContext:
        """Return where a command of a program is typed: with the screen at hand, and in no channel unless one is given."""
        typed = self._typed()
        return CommandContext(
            client,
            channel_id,
            screen=typed.screen,
            clients=self.clients,
            desk=self.desk,
            lines=typed.lines,
            chooser=typed.chooser,
            is_script=True,
            default_guild=self.settings.scripts.guild,
        )

    def typed_context(self) -> CommandContext:
        """Return where a line goes that the person types now: the open channel."""
        return self._typed()
