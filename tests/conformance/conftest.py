"""What the tests of the libraries in this process share."""

from collections.abc import AsyncIterator

import discord.asset
import discord.gateway
import discord.http
import pytest

from tests.conformance.environment import Environment
from tests.conformance.team import conformance_team


@pytest.fixture
def restored_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let discord.py know its own addresses again after the test."""
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)
    gateway = discord.gateway.DiscordWebSocket
    monkeypatch.setattr(gateway, "DEFAULT_GATEWAY", gateway.DEFAULT_GATEWAY)
    monkeypatch.setattr(discord.asset.Asset, "BASE", discord.asset.Asset.BASE)


@pytest.fixture
async def environment() -> AsyncIterator[Environment]:
    async with conformance_team() as made:
        yield made
