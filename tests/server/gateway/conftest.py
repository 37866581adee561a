"""One running server a test."""

from collections.abc import AsyncIterator

import pytest

from tests.server.running import RunningServer, running_server


@pytest.fixture
async def site() -> AsyncIterator[RunningServer]:
    async with running_server() as running:
        yield running
