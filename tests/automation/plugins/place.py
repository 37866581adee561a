"""A tuichat of a test, as plugins have it: one account that is connected, with a screen that keeps its notices."""

from collections.abc import Callable, Mapping, Sequence
from typing import cast

from tuichat.client.change import Change
from tuichat.client.client import Client
from tuichat.client.voice_desk import VoiceDesk
from tuichat.commands.context import CommandContext
from tuichat.commands.screen import Screen, Severity
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings


class NoticeScreen:
    """As much of a screen as a host of plugins uses."""

    def __init__(self) -> None:
        self.notices: list[str] = []

    def show_notice(self, text: str, severity: Severity = Severity.INFORMATION) -> None:
        self.notices.append(text)


class PluginSite:
    """A site without anything of the disk."""

    desk: VoiceDesk | None = None

    def __init__(self, profile: Profile, *clients: Client) -> None:
        self.profile = profile
        self.settings = Settings()
        self.screen = NoticeScreen()
        self._clients = {client.key: client for client in clients}

    @property
    def clients(self) -> Mapping[str, Client]:
        return self._clients

    def listen(self, listener: Callable[[Client, Sequence[Change]], None]) -> Callable[[], None]:
        ends = [self._subscribe(client, listener) for client in self._clients.values()]

        def end() -> None:
            for each in ends:
                each()

        return end

    def _subscribe(self, client: Client, listener: Callable[[Client, Sequence[Change]], None]) -> Callable[[], None]:
        return client.subscribe(lambda changes: listener(client, changes))

    def context(self, client: Client | None = None, channel_id: int | None = None) -> CommandContext:
        screen = cast(Screen, self.screen)  # a plugin is given none of the rest
        return CommandContext(client, channel_id, screen=screen, clients=self._clients, is_script=True)
