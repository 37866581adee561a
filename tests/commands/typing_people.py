"""Two people on a real server who type commands: the owner of a guild, and a member of it."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tests.commands.fake_client import FakeScreen
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.client.state import GuildState
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.engine import Engine


@dataclass
class Typist:
    """Somebody who types in one channel."""

    client: Client
    channel_id: int

    @property
    def id(self) -> int:
        return int(self.client.account.user_id)

    @property
    def guild(self) -> GuildState:
        found = self.client.state.guild_of(self.channel_id)
        assert found is not None
        return found

    async def type(self, line: str, screen: FakeScreen | None = None, *, channel_id: int | None = None) -> Outcome:
        context = CommandContext(
            self.client,
            channel_id or self.channel_id,
            screen,
            clients={self.client.key: self.client},
            is_script=screen is None,
        )
        outcome = await Engine().submit(line, context)
        if outcome.entry_key is not None:
            await until(lambda: not any(each.unsent for each in self.client.state.timelines.values()))
        return outcome

    async def do(self, line: str, screen: FakeScreen | None = None) -> str:
        outcome = await self.type(line, screen)
        assert outcome.is_done, f"{line}: {outcome.text}"
        return outcome.text

    async def fail(self, line: str, screen: FakeScreen | None = None) -> Outcome:
        outcome = await self.type(line, screen)
        assert not outcome.is_done, f"{line}: {outcome.text}"
        return outcome


@dataclass
class Team:
    owner: Typist
    member: Typist


@contextlib.asynccontextmanager
async def team(site: Site, folder: Path) -> AsyncIterator[Team]:
    endpoint = parse_url(site.server.base_url)
    async with contextlib.AsyncExitStack() as stack:
        typists = []
        for name, account in (("owner", site.other), ("member", site.me)):
            client = await stack.enter_async_context(running(make_client(endpoint, account, folder / name)))
            typist = Typist(client, site.channel_id)
            await until(partial(client.state.guild_of, site.channel_id))
            typists.append(typist)
        yield Team(*typists)
