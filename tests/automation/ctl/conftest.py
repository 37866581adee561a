"""A tuichat with nobody signed in, whose ctl socket is open and whose voice does as a test says."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.tui.fake_desk import FakeDesk
from tuichat.automation.ctl.part import ControlSocket
from tuichat.automation.site import RunningSite
from tuichat.client.session import Accounts
from tuichat.commands.context import CommandContext
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings


@pytest.fixture
def desk() -> FakeDesk:
    return FakeDesk()


@pytest.fixture
def running_site(desk: FakeDesk) -> RunningSite:
    settings = Settings()
    return RunningSite(
        Accounts(Profile(), settings), lambda: settings, desk, lambda: CommandContext(desk=desk, clients={})
    )


@pytest.fixture
async def control(running_site: RunningSite) -> AsyncIterator[ControlSocket]:
    part = ControlSocket(running_site)
    await part.start()
    yield part
    await part.close()


@pytest.fixture
def path(control: ControlSocket) -> Path:
    assert control.path is not None
    return control.path
