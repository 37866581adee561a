"""Buses to test: the embedded one, and several nodes around a broker."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.server.bus.broker import Broker, Relay, running_broker
from tests.server.bus.town import Town
from tuichat.server.bus import Bus, LocalBus


@pytest.fixture
def broker() -> Iterator[Broker]:
    with running_broker() as running:
        yield running


@pytest.fixture
async def town(broker: Broker) -> AsyncIterator[Town]:
    built = Town(broker)
    yield built
    await built.close()


@pytest.fixture
async def relay(broker: Broker) -> AsyncIterator[Relay]:
    opened = Relay(broker.port)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
async def bus(kind: str, request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    """The bus of one node, of the kind that the test is parametrized with."""
    if kind == "local":
        yield LocalBus()
        return
    broker: Broker = request.getfixturevalue("broker")
    built = Town(broker)
    yield (await built.node()).bus
    await built.close()
