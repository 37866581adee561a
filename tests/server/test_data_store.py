"""`tuichat serve --database`: the same server with its rows in PostgreSQL."""

import asyncio
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.server.store.postgres_server import PostgresServer, begin
from tests.system.fresh_home import FreshHome
from tests.system.rest_account import RestAccount, register
from tests.system.server_process import ServerDidNotStart, ServerProcess
from tuichat.local.database_place import DatabasePlace
from tuichat.local.errors import LocalError
from tuichat.server.data_store import open_store
from tuichat.server.options import OptionsError, ServeOptions
from tuichat.server.store.errors import StoreError, StoreTooNew
from tuichat.server.store.postgresql import store as postgresql
from tuichat.server.store.sqlite import SQLiteStore

OPEN = ("--registration", "open", "--no-rate-limits")


@pytest.fixture(scope="module")
def postgres() -> Iterator[PostgresServer]:
    yield from begin()


@pytest.fixture
def frail_postgres() -> Iterator[PostgresServer]:
    """One of the test's own, to be killed."""
    yield from begin()


@pytest.fixture
def url(postgres: PostgresServer) -> str:
    """An empty database of the test's own."""
    return postgres.url(postgres.make_database())


def nobody(event: object) -> None:
    """Take what is published."""


@pytest.mark.slow
@pytest.mark.system
async def test_a_server_on_postgresql_is_written_to_killed_and_read_again(url: str, tmp_path: Path) -> None:
    with FreshHome() as home, ServerProcess(home, "--database", url, *OPEN) as server:
        assert not (server.data / "tuichat.db").exists()
        async with aiohttp.ClientSession() as http:
            ada = await register(http, server.api_url, "ada")
            guild = await ada.create_guild("Team")
            channel = await ada.text_channel(guild.id)
            sent = [await ada.send(channel.id, f"number {number}") for number in range(20)]
            server.kill()
            server.arguments = OPEN  # the folder knows where its data is
            await asyncio.to_thread(server.start)
            ada = RestAccount(http, server.api_url, ada.authorization)
            sent.append(await ada.send(channel.id, "after"))
            assert await ada.history(channel.id) == sent
        # Another server, of another folder, does not come near it.
        with pytest.raises(ServerDidNotStart, match="open in another tuichat server"):
            await asyncio.to_thread(ServerProcess(home, "--database", url, data=home.folder / "other").start)
        for is_running in (True, False):
            here = ("--data", str(server.data))
            backup = tmp_path / f"{is_running}.tar"
            done = home.tuichat("admin", "backup", str(backup), *here)
            assert (done.returncode, done.stdout.strip()) == (0, str(backup)), done.stderr
            assert home.tuichat("admin", "check", *here).stdout == "The data holds together.\n"
            assert "messages\t21" in home.tuichat("admin", "stats", *here).stdout
            assert home.tuichat("admin", "account", "list", *here).stdout.split("\t")[1] == "ada"
            done = home.tuichat("admin", "export", str(tmp_path / f"{is_running}.zip"), *here)
            assert done.returncode == 0, done.stderr
            if is_running:
                assert server.stop() == 0
        # A backup becomes an embedded server; what is in the database is not replaced by one.
        done = home.tuichat("admin", "restore", str(backup), "--data", str(server.data), "--force")
        assert done.returncode == 1
        assert "is not replaced" in done.stderr
        done = home.tuichat("admin", "restore", str(backup), "--data", str(tmp_path / "new"))
        assert done.returncode == 0, done.stderr
        assert "messages\t21" in home.tuichat("admin", "stats", "--data", str(tmp_path / "new")).stdout
        assert "Traceback" not in server.errors()


@pytest.mark.slow
@pytest.mark.system
async def test_a_database_that_goes_away_and_comes_back_is_waited_for(frail_postgres: PostgresServer) -> None:
    with FreshHome() as home, ServerProcess(home, "--database", frail_postgres.url(), *OPEN) as server:
        async with aiohttp.ClientSession() as http:
            ada = await register(http, server.api_url, "ada")
            channel = await ada.text_channel((await ada.create_guild("Team")).id)
            await asyncio.to_thread(frail_postgres.stop)
            waiting = asyncio.create_task(ada.send(channel.id, "meanwhile"))
            await asyncio.to_thread(frail_postgres.start)
            message = await waiting
            assert await ada.history(channel.id) == [message]
        await asyncio.to_thread(frail_postgres.stop)
        server.kill()
        with pytest.raises(ServerDidNotStart, match="Is PostgreSQL running there"):
            await asyncio.to_thread(server.start)
        await asyncio.to_thread(frail_postgres.start)
        assert "Traceback" not in server.errors()


@pytest.mark.slow
@pytest.mark.system
async def test_a_folder_and_its_database_belong_together(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = postgres.make_database()
    url = postgres.url(first)
    embedded = await SQLiteStore.open(tmp_path / "tuichat.db", publish=nobody)
    await embedded.close()
    with pytest.raises(StoreError, match="admin migrate --to"):
        await open_store(tmp_path, nobody, database=url)
    folder = tmp_path / "folder"
    folder.mkdir(mode=0o700)
    store = await open_store(folder, nobody, database=url)
    await store.close()
    other = postgres.url(postgres.make_database())
    with pytest.raises(StoreError, match="is another server's"):
        await open_store(folder, nobody, database=other)
    # The database itself may move, and be of another name then.
    name = postgres.make_database(first)
    moved = await open_store(folder, nobody, database=postgres.url(name))
    await moved.close()
    place = DatabasePlace.read(folder)
    assert place == DatabasePlace(url=postgres.url(name), server_id=store.server_id)
    postgres.run_sql("UPDATE format SET version = 9999", name)
    with pytest.raises(StoreTooNew, match="Update tuichat"):
        await open_store(folder, nobody)
    monkeypatch.setattr(postgresql, "OLDEST_VERSION", 990_000)
    with pytest.raises(StoreError, match="tuichat needs 99 or newer"):
        await open_store(folder, nobody)
    monkeypatch.undo()
    with pytest.raises(StoreError, match="createdb nowhere"):
        await open_store(tmp_path / "new", nobody, database=postgres.url("nowhere"))
    latin = postgres.make_database()
    postgres.run_sql("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0", latin)
    with pytest.raises(StoreError, match="kept as LATIN1"):
        await open_store(tmp_path / "new", nobody, database=postgres.url("latin"))


async def test_what_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(StoreError, match=r"pip install 'tuichat\[scaled\]'"):
        await open_store(tmp_path, nobody, database="postgresql://ada@db/chat")


async def test_a_note_that_cannot_be_read_is_not_passed_over(tmp_path: Path) -> None:
    """Else the server would begin anew, with nothing in it."""
    (tmp_path / "database.json").write_text("{")
    (tmp_path / "database.json").chmod(0o600)
    with pytest.raises(LocalError, match="cannot be read"):
        await open_store(tmp_path, nobody)


@pytest.mark.parametrize(
    "given",
    ["postgresql://ada:s3cret@db/chat", "postgresql://db/chat?user=ada&password=s3cret", "mysql://ada:s3cret@db"],
)
def test_a_password_in_an_address_is_refused_and_not_said_again(given: str) -> None:
    with pytest.raises(OptionsError) as refused:
        ServeOptions(data=Path("/nowhere"), database=given)
    assert "s3cret" not in str(refused.value)
    assert "postgresql://" in str(refused.value)
