"""`tuichat admin migrate`: a server moves into PostgreSQL and back while people write, and they do not notice."""

import asyncio
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.server.store.postgres_server import PostgresServer, begin
from tests.system.fresh_home import FreshHome
from tests.system.rest_account import MessageObject, RestAccount, register
from tests.system.server_process import ServerProcess
from tuichat.local.database_place import DatabasePlace
from tuichat.server.actions import moving
from tuichat.server.offline import open_offline

pytestmark = [pytest.mark.slow, pytest.mark.system]

OPEN = ("--registration", "open", "--no-rate-limits")
WRITERS = 4


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    yield from begin()


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    return postgres.url(postgres.make_database())


@pytest.fixture
def server() -> Iterator[ServerProcess]:
    with FreshHome() as home, ServerProcess(home, *OPEN) as started:
        yield started


class Town:
    """Accounts that write to one channel all the time, and what they were answered."""

    def __init__(self, http: aiohttp.ClientSession, people: list[RestAccount], channel_id: str) -> None:
        self.http = http
        self.people = people
        self.channel_id = channel_id
        self.answered: list[MessageObject] = []
        self.longest_s = 0.0
        self._is_over = False

    async def write(self, account: RestAccount) -> None:
        while not self._is_over:
            begin_s = time.perf_counter()
            sent = await account.send(self.channel_id, f"number {len(self.answered)}", nonce=f"{begin_s}"[:25])
            self.longest_s = max(self.longest_s, time.perf_counter() - begin_s)
            self.answered.append(sent)

    async def during(
        self, work: "asyncio.Future[subprocess.CompletedProcess[str]]"
    ) -> "subprocess.CompletedProcess[str]":
        """Write while something goes on, and for a while after."""
        self._is_over, self.longest_s = False, 0.0
        async with asyncio.TaskGroup() as group:
            for account in self.people:
                group.create_task(self.write(account))
            done = await work
            count = len(self.answered)
            while len(self.answered) < count + 50:  # noqa: ASYNC110  # what the server answers is waited for
                await asyncio.sleep(0.01)
            self._is_over = True
        return done

    async def check(self) -> None:
        """What was answered is there, once, and each person's in the order of writing."""
        history = await self.people[0].history(self.channel_id)
        ids = [message.id for message in history]
        assert len(set(ids)) == len(ids)
        assert set(ids) == {message.id for message in self.answered}
        for account in self.people:
            me = (await account.me()).id
            ours = [message.id for message in self.answered if message.author.id == me]
            assert ours == [message.id for message in history if message.author.id == me]


@pytest.fixture
async def town(server: ServerProcess) -> AsyncIterator[Town]:
    async with aiohttp.ClientSession() as http:
        people = [await register(http, server.api_url, f"writer{number}") for number in range(WRITERS)]
        guild = await people[0].create_guild("Team")
        channel = await people[0].text_channel(guild.id)
        for other in people[1:]:
            await other.join(await people[0].invite(channel.id))
        joined = await people[0].history(channel.id)  # welcomes
        founded = Town(http, people, channel.id)
        founded.answered += joined
        yield founded


def migrate(server: ServerProcess, to: str) -> "asyncio.Future[subprocess.CompletedProcess[str]]":
    words = ("admin", "migrate", "--to", to, "--data", str(server.data))
    return asyncio.ensure_future(asyncio.to_thread(server.home.tuichat, *words))


async def test_people_write_on_while_a_server_moves_there_and_back(server: ServerProcess, town: Town, url: str) -> None:
    done = await town.during(migrate(server, url))
    assert (done.returncode, done.stdout) == (0, f"{url}\n"), done.stderr
    assert "counted and compared by their hashes" in done.stderr
    place = DatabasePlace.read(server.data)
    assert place is not None
    assert place.url == url
    assert not (server.data / "tuichat.db").exists()
    (kept,) = (server.data / "backups").glob("moved-*/tuichat.db")
    await town.check()
    # Started anew it is where it was, and comes back from there.
    server.kill()
    old_url = server.base_url
    server.port = int(old_url.rpartition(":")[2])
    await asyncio.to_thread(server.start)
    await town.check()
    done = await migrate(server, url)
    assert (done.returncode, done.stdout) == (1, "")
    assert "already" in done.stderr
    done = await town.during(migrate(server, str(server.data)))
    assert done.returncode == 0, done.stderr
    await town.check()
    assert DatabasePlace.read(server.data) is None
    here = ("--data", str(server.data))
    assert server.home.tuichat("admin", "check", *here).stdout == "The data holds together.\n"
    assert server.stop() == 0
    await asyncio.to_thread(server.start)
    await town.check()
    assert server.home.tuichat("admin", "check", *here).stdout == "The data holds together.\n"
    assert kept.exists()
    assert "Traceback" not in server.errors()


async def test_a_server_that_is_killed_while_it_moves_has_all_of_it(
    server: ServerProcess, town: Town, url: str, postgres: PostgresServer
) -> None:
    server.port = int(server.base_url.rpartition(":")[2])
    await town.people[0].send(town.channel_id, "before")
    moving = migrate(server, url)
    sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'tuichat' AND xact_start IS NOT NULL"
    while await asyncio.to_thread(postgres.run_sql, sql) == "0":
        assert not moving.done()
    server.kill()
    done = await moving
    if done.returncode != 0:
        assert "broke off" in done.stderr
        assert "Traceback" not in done.stderr
    await asyncio.to_thread(server.start)
    assert [message.content for message in await town.people[0].history(town.channel_id)][-1] == "before"
    await town.people[0].send(town.channel_id, "after")


def test_a_server_that_does_not_run_is_moved_too(url: str, tmp_path: Path) -> None:
    with FreshHome() as home:
        here = ("--data", str(tmp_path / "data"))
        with ServerProcess(home, data=tmp_path / "data"):
            home.tuichat("admin", "account", "create", "ada", *here, given="correct horse battery\n")
        for to in (url, str(tmp_path / "data")):
            done = home.tuichat("admin", "migrate", "--to", to, *here)
            assert (done.returncode, done.stdout) == (0, f"{to}\n"), done.stderr
            assert home.tuichat("admin", "account", "list", *here).stdout.split("\t")[1] == "ada"
        done = home.tuichat("admin", "migrate", "--to", url, *here)
        assert (done.returncode, done.stdout) == (1, "")
        assert "There is data of a server" in done.stderr
        done = home.tuichat("admin", "migrate", "--to", str(tmp_path / "elsewhere"), *here)
        assert "--to takes postgresql://" in done.stderr
        done = home.tuichat("admin", "migrate", "--to", "postgresql://ada:s3cret@db/x", *here)
        assert done.returncode == 1
        assert "s3cret" not in done.stderr
        assert "~/.pgpass" in done.stderr


async def test_who_breaks_a_move_off_leaves_the_data_where_it_was(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "REPORT_INTERVAL_S", 0.0)
    tmp_path.chmod(0o700)
    async with open_offline(tmp_path) as ctx:
        server_id = ctx.store.server_id
        first = moving.move(ctx, moving.MoveRequest(url=url))
        assert not (await anext(first)).is_done
        (second,) = [step async for step in moving.move(ctx, moving.MoveRequest(url=url))]
        assert second.fault is not None
        assert "already" in second.fault
        await first.aclose()
        assert DatabasePlace.read(tmp_path) is None
        assert [await ctx.store.read_setting("server_id")] == [server_id]
        *_, last = [step async for step in moving.move(ctx, moving.MoveRequest(url=url))]
        assert last.is_done
    async with open_offline(tmp_path) as ctx:
        assert DatabasePlace.read(tmp_path) == DatabasePlace(url=url, server_id=server_id)
        assert ctx.store.server_id == server_id
