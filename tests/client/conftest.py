"""What the tests of clients on a real server share."""

from collections.abc import AsyncIterator

import pytest

from tests.client.faulty_proxy import faulty_proxy
from tests.client.site import Site
from tests.server.running import running_server


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with running_server() as server:
        other, me = await server.register("other"), await server.register("me")
        _, channel_id = await server.befriend(other, me)
        async with faulty_proxy(("127.0.0.1", server.port)) as proxy:
            yield Site(server, me, other, int(channel_id), proxy)
