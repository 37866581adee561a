"""One account to which things happen, for tests of what is told of them and done then."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import msgspec

from tests.commands.fake_client import FakeClient
from tuichat.client.change import Change
from tuichat.client.client import Client
from tuichat.client.own_call import SelfVoice
from tuichat.client.reducer import reducer
from tuichat.client.state import Connection
from tuichat.commands.context import CommandContext
from tuichat.config.schema import Settings


class FakeSite:
    """One account, to which dispatches happen."""

    def __init__(self) -> None:
        self.client = FakeClient()
        self.client.voice = SimpleNamespace(own=SelfVoice(), call=None)  # type: ignore[attr-defined]
        self.client.state.connection = Connection.READY
        self.clients = {self.client.key: cast(Client, self.client)}
        self.settings = Settings()
        self.profile: object = SimpleNamespace(state_dir=Path("nowhere"))
        self.desk = None
        self.listeners: list[Callable[[Client, Sequence[Change]], None]] = []

    def listen(self, listener: Callable[[Client, Sequence[Change]], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def happen(self, *dispatches: msgspec.Struct) -> None:
        for each in dispatches:
            self.change(*reducer.reduce(self.client.state, each, 0))

    def change(self, *changes: Change) -> None:
        for listener in list(self.listeners):
            listener(cast(Client, self.client), changes)

    def context(self, client: Client | None = None, channel_id: int | None = None) -> CommandContext:
        return CommandContext(client, channel_id, clients=self.clients, is_script=True)
