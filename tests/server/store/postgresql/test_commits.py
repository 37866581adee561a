"""A connection that is lost in a transaction, or with the answer to its commit."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from tests.server.store.conftest import World
from tests.server.store.postgres_server import PostgresServer
from tuichat.server.bus import Event
from tuichat.server.store.connection import ConnectionLost
from tuichat.server.store.postgresql.address import DatabaseAddress
from tuichat.server.store.postgresql.connection import Found, PostgresConnection
from tuichat.server.store.postgresql.store import PostgresStore

pytestmark = [pytest.mark.slow, pytest.mark.system]


async def test_nothing_of_a_lost_transaction_is_done_outside_it(
    database_url: str, postgres_server: PostgresServer
) -> None:
    def lose() -> None:
        connection = PostgresConnection(DatabaseAddress(database_url))
        connection.execute("BEGIN")
        connection.execute("INSERT INTO settings VALUES (?, ?)", ("first", ""))
        (pid,) = connection.execute("SELECT pg_backend_pid()").fetchone()
        postgres_server.run_sql(f"SELECT pg_terminate_backend({pid}, 5000)")
        connection._loop.run_until_complete(asyncio.sleep(0.05))  # the driver hears of it between two statements
        with pytest.raises(ConnectionLost):
            connection.executemany("INSERT INTO settings VALUES (?, ?)", [("second", "")])
        assert not connection.in_transaction
        assert connection.execute("SELECT key FROM settings WHERE key IN (?, ?)", ("first", "second")).fetchall() == []
        connection.close()

    await asyncio.to_thread(lose)


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_commit_whose_answer_is_lost_is_done_once(
    database_url: str, monkeypatch: pytest.MonkeyPatch, *, is_done: bool
) -> None:
    published: list[Event] = []
    world = World(await PostgresStore.open(database_url, publish=published.append), published)
    await world.found()
    execute = PostgresConnection.execute
    lost: list[str] = []

    def lose(connection: PostgresConnection, sql: str, parameters: Sequence[Any] = (), /) -> Found:
        if sql == "COMMIT" and not lost:
            lost.append(sql)
            if is_done:
                execute(connection, sql, parameters)
            connection._hang_up()
            raise ConnectionLost("the cable was pulled")
        return execute(connection, sql, parameters)

    monkeypatch.setattr(PostgresConnection, "execute", lose)
    row = await world.store.add_message(world.message(), [world.event()])
    assert lost
    assert await world.store.read_messages(world.channel) == [row]
    assert [event.seq for event in await world.store.read_events(world.guild, 0)] == [1]
    assert [event.seq for event in published] == [1]
    await world.store.close()
