"""Clients that run while a test uses them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from tests.client.waiting import until
from tests.server.running import Account
from tuichat.client.client import Client
from tuichat.client.endpoint import Endpoint
from tuichat.client.gateway import Target
from tuichat.client.locator import Locator
from tuichat.client.message_cache import MessageCache
from tuichat.client.outbox import Outbox
from tuichat.client.rest import Rest
from tuichat.client.state import Connection
from tuichat.config.accounts import AccountRecord, UrlAddress
from tuichat.config.secret import Token


class FixedLocator:
    """A server that stays where it is."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    async def find(self) -> Target:
        return Target(self._endpoint, self._endpoint.gateway_url)


async def no_other_token() -> bool:
    return False


def make_client(
    endpoint: Endpoint,
    account: Account,
    state_dir: Path,
    cache: MessageCache | None = None,
    locator: Locator | None = None,
) -> Client:
    record = AccountRecord("server", account.user_id, "somebody", "Somebody", UrlAddress(endpoint.url))
    token = Token(account.token)
    return Client(
        record,
        token=token,
        rest=Rest(endpoint, token),
        locator=locator or FixedLocator(endpoint),
        outbox=Outbox(state_dir, f"server/{account.user_id}"),
        renew_token=no_other_token,
        cache=cache,
    )


@contextlib.asynccontextmanager
async def running(client: Client) -> AsyncIterator[Client]:
    run = asyncio.create_task(client.run())
    try:
        await until(lambda: client.state.connection is Connection.READY)
        yield client
    finally:
        await client.close()
        await run
