"""The screen of an account on a real server, in the test's own loop."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

from tests.client.running import make_client
from tests.client.running import running as running_client
from tests.client.waiting import until
from tests.server.running import Account, RunningServer
from tests.tui.samples import FakeAccounts, FakeClient
from tests.tui.screens import Shown
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.client.locator import UrlLocator
from tuichat.config.paths import Profile
from tuichat.config.schema import ComposerSettings, Settings, VoiceSettings
from tuichat.tui.app import TuichatApp


@contextlib.asynccontextmanager
async def screen_of(
    site: RunningServer,
    account: Account,
    channel_id: int,
    folder: Path,
    size: tuple[int, int] = (120, 36),
    locator: UrlLocator | None = None,
) -> AsyncIterator[tuple[Shown, Client]]:
    """Run the screen of an account whose first channel is shown; `folder` holds what is not sent yet.

    With a `locator` it knows which extensions of ours the server has.
    """
    accounts = FakeAccounts()
    accounts.has_accounts = True
    settings = Settings(composer=ComposerSettings(spell_check=False), voice=VoiceSettings(enabled=False))
    app = TuichatApp(Profile("default"), settings, accounts=accounts.as_accounts())
    client = make_client(parse_url(site.base_url), account, folder, locator=locator)
    # The client runs in the app's context, as it does in the program.
    async with app.run_test(size=size, notifications=True) as pilot, running_client(client):
        accounts.clients[client.key] = cast(FakeClient, client)
        accounts.tell()
        shown = Shown(app, pilot, cast(FakeClient, client))
        await shown.until("general")
        await until(lambda: not client.state.timeline(channel_id).is_stale)
        yield shown, client
